// What a fresh claim worktree is fitted out with: the files of .worktreeinclude, the policy's
// `claim.setup`, and the variables that set-up and `run` are given.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"
#include "git/worktree.h"
#include "model/policy.h"
#include "model/task.h"

namespace masc::store {

// MASC_AGENT, MASC_TASK and, where the claim has ports, MASC_PORT (the first) and MASC_PORTS (all,
// separated by spaces).
git::Environment claim_environment(const git::Environment& outside, const model::Task& task);

struct Fitting {
  git::Environment environment;  // the caller's
  bool commands = false;         // git config masc.commands
  std::string log;               // path of the file that keeps set-up's output
};

struct Fitted {
  std::vector<std::string> remarks;   // what came in
  std::vector<std::string> warnings;  // what was skipped
};

// Brings what .worktreeinclude of the main work tree names (of a bare repository: of the worktree
// that has the claim's base), then runs `claim.setup` in the worktree. kSetupFailed, kTimedOut with
// the command's last lines.
Result<Fitted> fit_out(const git::Repository& repository, const git::Git& git,
                       const model::Policy& policy, const model::Task& task,
                       const git::Worktree& worktree, const Fitting& fitting);

}  // namespace masc::store
