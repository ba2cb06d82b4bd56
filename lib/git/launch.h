// Starts a command that inherits the caller's streams, and says as a shell would why it couldn't.
// Children whose output is collected: process.h.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "git/process.h"
#include "git/signals.h"

namespace masc::git {

struct Launch {
  std::vector<std::string> argv;  // not empty; argv[0] is looked up in the PATH of `environment`
  std::string directory;          // "" = the caller's
  Environment environment;
  SignalState signals;
  bool own_group = false;  // it leads a process group of its own,
  int terminal = -1;       // which becomes the foreground group of this terminal; -1: none
};

struct CannotRun {
  int status;       // 127: not found; 126: found, but it can't be executed
  std::string why;  // one line
};

class Launched {
 public:
  Launched(pid_t pid, Fd report) noexcept : pid_(pid), report_(std::move(report)) {}
  pid_t pid() const noexcept { return pid_; }
  // To be asked once, after the child's end. nullopt: it became the command. kIo, kUnwritable: it
  // couldn't enter the directory.
  Result<std::optional<CannotRun>> failure(const Launch& launch) const;

 private:
  pid_t pid_;
  Fd report_;  // the child writes down here what went wrong; exec closes it
};

// On return the child has its group and the terminal, but may not be the command yet. Linux and
// POSIX: for a process of one thread, or the child could find locks held by others. kIo: no process
// to be had.
Result<Launched> launch(const Launch& launch);

}  // namespace masc::git
