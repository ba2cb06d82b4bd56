#include "store/landing_errors.h"

#include <algorithm>

#include "base/text.h"

namespace masc::store {
namespace {

// "src/a.c (m-7k3q9fxa), b.c"
std::string named(const std::vector<git::ConflictPath>& conflicts) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(conflicts.size(), kMost); ++i) {
    text += (i == 0 ? "" : ", ") + printable(conflicts[i].path);
    std::string tasks;
    for (const std::string& task : conflicts[i].tasks) tasks += (tasks.empty() ? "" : ", ") + task;
    if (!tasks.empty()) text += fmt::format(" ({})", tasks);
  }
  if (conflicts.size() > kMost) text += fmt::format(" and {} more", conflicts.size() - kMost);
  return text;
}

// How the branch's author brings the base in.
Error with_way_on(Error made, const LandingFacts& facts) {
  const std::string base = shell_quote(facts.base);
  const std::string id = facts.task.id.str();
  const std::string verb = facts.strategy == git::Strategy::kMerge ? "merge" : "rebase";
  if (!facts.task.claim) {
    made =
        std::move(made).hint(fmt::format("masc reopen {0}   (then claim it: masc claim {0})", id));
  } else if (!facts.worktree.empty()) {
    made = std::move(made).hint(fmt::format("cd {}", shell_quote(facts.worktree)));
  } else {
    made = std::move(made).hint(fmt::format("git switch {}", facts.task.id.branch()));
  }
  made = std::move(made).hint(
      fmt::format("git {0} {1}   (resolve; git add FILE; git {0} --continue)", verb, base));
  return std::move(made).hint(fmt::format("masc land {}", id));
}

}  // namespace

Error nothing_to_land(const LandingFacts& facts) {
  Error made = error(ErrorCode::kNothingToLand, "{} has no commit that {} lacks",
                     facts.task.id.branch(), printable(facts.base));
  if (!facts.worktree.empty()) {
    made = std::move(made).hint(fmt::format("git -C {} status", shell_quote(facts.worktree)));
  }
  if (!facts.task.claim) return made;
  return std::move(made).hint(
      fmt::format("masc done {}   (if it needed no commit)", facts.task.id.str()));
}

Error branch_gone(const LandingFacts& facts) {
  const std::string id = facts.task.id.str();
  const auto& claim = facts.task.claim;
  if (claim && claim->branch.empty()) {
    return error(ErrorCode::kNothingToLand, "{} was claimed without a branch of its own", id)
        .hint(fmt::format("masc done {}   (if it is finished)", id));
  }
  Error made = error(ErrorCode::kNotFound, "the branch {} is gone", facts.task.id.branch());
  if (!claim) return made;
  return std::move(made).hint(
      fmt::format("masc claim {}   (makes it again where its worktree was)", id));
}

Error conflict_error(const LandingFacts& facts, const std::vector<git::ConflictPath>& conflicts,
                     const std::string& culprit) {
  const std::string where = culprit.empty() ? "" : fmt::format(" at {}", culprit);
  return with_way_on(error(ErrorCode::kConflict, "{} is in conflict with {}{}: {}",
                           facts.task.id.str(), printable(facts.base), where, named(conflicts))
                         .fact_json("conflicts", git::conflicts_json(conflicts)),
                     facts);
}

Error diverged_error(const LandingFacts& facts) {
  return with_way_on(
      error(ErrorCode::kConflict, "{} has moved on, so {} is no fast-forward of it any more",
            printable(facts.base), facts.task.id.branch())
          .fact_json("conflicts", "[]"),
      facts);
}

Error merges_error(const LandingFacts& facts) {
  return error(ErrorCode::kConflict, "{} contains merges, which can't be replayed onto {}",
               facts.task.id.branch(), printable(facts.base))
      .hint(fmt::format("masc land {} --strategy merge   (or squash)", facts.task.id.str()))
      .fact_json("conflicts", "[]");
}

}  // namespace masc::store
