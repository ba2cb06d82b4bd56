// The ground of a landing: the claim's worktree and branch, before and after.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"
#include "git/status.h"
#include "git/worktree.h"
#include "model/task.h"

namespace masc::store {

// The worktree that a claim worked in, and what it holds beside its commits.
struct Ground {
  git::Worktree worktree;
  git::Status status;
  std::vector<std::string> changed;  // tracked paths with changes that are not committed
  std::vector<std::string> untracked;
  bool clean() const { return changed.empty() && untracked.empty(); }
};

// The worktree of `task`'s claim; nullopt where it is gone, or is another claim's by now. One git.
Result<std::optional<Ground>> look_at_ground(const git::Repository& repository, const git::Git& git,
                                             const model::Task& task);

// Whether all that was committed there is in one of the commits `landing` (the tips of the task's
// branch and of the base), and nothing is uncommitted, changes in tracked files aside if
// `leave_changes`. kUncommitted with the facts `path` and `paths`.
Result<void> check_ground(const git::Git& git, const Ground& ground, const model::Task& task,
                          const std::vector<std::string>& landing, bool leave_changes);

// Where the landing went.
struct Arrival {
  std::string branch;  // the task's
  std::string tip;     // of that branch when it was landed
  std::string commit;  // what the base became
};

// Detaches HEAD: at the landed commit, with its files, where nothing stands in the way, else where
// it is. No branch moves.
Result<void> leave_ground(const git::Repository& repository, const git::Git& git,
                          const Ground& ground, const Arrival& arrival);
// Moves branch and files to the landed commit (`land --keep`). A remark where something that is not
// committed stands in the way; then all stays as it is.
Result<std::optional<std::string>> move_ground(const git::Repository& repository,
                                               const git::Git& git,
                                               const std::optional<Ground>& ground,
                                               const Arrival& arrival);
// Deletes the task's branch unless it moved since or is checked out: then a remark says so.
Result<std::optional<std::string>> drop_branch(const git::Repository& repository,
                                               const git::Git& git, const Arrival& arrival);

}  // namespace masc::store
