// Commands of the policy (`land.check`, `claim.setup`): run with a time limit, all output kept.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "git/process.h"

namespace masc::store {

struct LoggedCommand {
  std::string what;              // in errors: "the check"
  std::string command;           // for `sh -c`
  std::string directory;         // where it runs
  git::Environment environment;  // whose git variables are dropped
  Duration limit{};
  std::string log;  // path of the file that gets all of its output; appended to, folders made
};

// `failed` where it ends with another status than 0, kTimedOut after `limit` (all of its process
// group is killed then); both with the facts `output` (its last lines, shown as hints too) and
// `path` (the log).
Result<void> run_logged(const LoggedCommand& run, ErrorCode failed);

// "<what> may not run here: …": git config masc.commands is not true.
Error commands_off(std::string_view what, std::string_view command);

}  // namespace masc::store
