// The check of a landing: a command on exactly what the base would become.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "git/process.h"
#include "git/repository.h"
#include "model/policy.h"
#include "model/rules.h"

namespace masc::store {

// The commands to run: the policy's, and what was asked for on the command line, which takes the
// policy's place for a person and comes on top of it for an agent. kCommandsOff unless they are
// allowed here (`allowed`: git config masc.commands) or a person asked for them.
Result<std::vector<std::string>> checks_of(const std::string& of_policy, const std::string& asked,
                                           bool human, bool allowed);

struct CheckRun {
  std::string commit;            // full id; what is checked out for it
  std::string command;           // for `sh -c`
  git::Environment environment;  // of the command; MASC_TASK and MASC_AGENT are set here
  std::string task;
  std::string agent;
  Duration limit{};
  std::string log;  // path of the file that gets all of its output; appended to
};

// Runs it in a scratch worktree. kCheckFailed with the facts `output` (its last lines) and `path`
// (the log); kTimedOut, and all of its process group is killed.
Result<void> run_check(const git::Repository& repository, const git::Git& git,
                       const CheckRun& check);

}  // namespace masc::store
