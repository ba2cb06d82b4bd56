// What a landing that can't go through is told, with the way on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/conflict.h"
#include "git/replay.h"
#include "model/task.h"

namespace masc::store {

struct LandingFacts {
  const model::Task& task;
  std::string base;      // branch
  std::string worktree;  // "" = there is none
  git::Strategy strategy = git::Strategy::kRebase;
};

Error nothing_to_land(const LandingFacts& facts);
Error branch_gone(const LandingFacts& facts);
Error conflict_error(const LandingFacts& facts, const std::vector<git::ConflictPath>& conflicts,
                     const std::string& culprit);
Error diverged_error(const LandingFacts& facts);  // ff
Error merges_error(const LandingFacts& facts);    // rebase of what is no chain

}  // namespace masc::store
