#include "store/landing_check.h"

#include "base/text.h"
#include "git/scratch.h"
#include "store/logged_command.h"

namespace masc::store {

Result<std::vector<std::string>> checks_of(const std::string& of_policy, const std::string& asked,
                                           bool human, bool allowed) {
  if (human && !asked.empty()) return std::vector{asked};
  std::vector<std::string> checks;
  if (!of_policy.empty()) checks.push_back(of_policy);
  if (!asked.empty() && asked != of_policy) checks.push_back(asked);
  if (!checks.empty() && !allowed) return fail(commands_off("the check", checks.front()));
  return checks;
}

Result<void> run_check(const git::Repository& repository, const git::Git& git,
                       const CheckRun& check) {
  MASC_TRY(const git::Scratch scratch, git::Scratch::make(repository, git, check.commit));
  LoggedCommand run{"the check",       check.command, scratch.path(),
                    check.environment, check.limit,   check.log};
  run.environment.set("MASC_TASK", check.task);
  run.environment.set("MASC_AGENT", check.agent);
  return run_logged(run, ErrorCode::kCheckFailed);
}

}  // namespace masc::store
