// Kills a program just before its n-th system call that changes the disk or starts a child that may
// (Linux: ptrace(2)).
#pragma once

#include <string>
#include <vector>

#include "git/process.h"

namespace masc::testing {

struct Traced {
  bool possible = false;  // false: this machine lets nobody trace
  bool killed = false;    // false: it came to its end before
  int status = 0;         // exit status, if it was not killed
  int changes = 0;        // calls that change the disk or start a child, up to the kill
  std::string last;       // the call it was killed before: "renameat2"
};

// Runs `argv` (argv[0] is a path) in `directory`; kills it with SIGKILL before change number
// `kill_before` (from 1; 0: never). Several writes in a row to one descriptor count once, from the
// first on. Children that it started are not traced; all have ended when this returns. Standard
// output and error go to /dev/null.
Traced run_traced(const std::vector<std::string>& argv, const std::string& directory,
                  const git::Environment& environment, int kill_before);

}  // namespace masc::testing
