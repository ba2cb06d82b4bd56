// What can drift between masc's state, git's worktrees and the disk, found and mended.
//
// A check only looks; what it finds may carry the way to mend it. Mending never deletes what a
// person or an agent wrote: worktrees go into the trash, refs move only where nothing needs them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "git/process.h"
#include "git/repository.h"
#include "store/claims.h"
#include "store/tasks.h"
#include "store/workspace.h"

namespace masc::store {

enum class Severity { kWarning, kError };
std::string_view severity_name(Severity severity) noexcept;  // "warning", "error"

struct Problem {
  std::string code;  // one of those in man/doctor.md
  Severity severity = Severity::kWarning;
  std::string subject;  // a task, an agent or a path
  std::string text;
  std::string hint;  // what a person can do; "" = nothing but --fix
  bool fixable = false;
  bool fixed = false;
};
void put_problem(JsonWriter& json, const Problem& problem);

struct Finding {
  Problem problem;
  std::function<Result<void>()> mend;  // empty: only a person can
};
using Findings = std::vector<Finding>;
using Check = std::function<Result<Findings>()>;

// Runs the checks in their order. With `fix`, mends what each finds and looks again before the next
// one: what is gone is `fixed`, what stays says why. Errors of a check itself are passed on.
Result<std::vector<Problem>> examine(const std::vector<Check>& checks, bool fix);

// A finding that can be mended, and one that can't.
Finding mendable(std::string code, Severity severity, std::string subject, std::string text,
                 std::function<Result<void>()> mend);
Finding hopeless(std::string code, Severity severity, std::string subject, std::string text,
                 std::string hint);

// --- state.git and the folder around it; needs no workspace that opens ---

struct StateScene {
  const git::Repository* repository = nullptr;
  std::string shared;  // core.sharedRepository
  std::string agent;
  Instant now{};
};
// state_incomplete, state_newer, state_foreign, ref_damaged, stale_lock, dead_socket.
Result<Findings> check_state(const StateScene& scene);
Result<Findings> check_locks(const StateScene& scene);
Result<Findings> check_sockets(const StateScene& scene);

// --- worktrees, claims, tasks ---

struct DoctorScene {
  Workspace* workspace = nullptr;
  TaskStore* tasks = nullptr;
  Claims* claims = nullptr;
  git::Git git;
  model::Actor actor;  // who mends
  ClaimOptions fitting;
  Instant now{};
};
// repository_copied, worktree_unlinked, worktree_moved, worktree_deleted, worktree_half_made,
// worktree_without_claim, worktree_holds_branch.
Result<Findings> check_worktrees(const DoctorScene& scene);
// cursor_adrift, cursor_unreadable, inbox_unreadable, portal_unreadable.
Result<Findings> check_inboxes(const DoctorScene& scene);
// landing_unfinished, claim_without_branch, claim_without_worktree, claim_misplaced.
Result<Findings> check_claims(const DoctorScene& scene);
// lease_from_future, dependency_cancelled, dependency_missing, child_unlisted, snapshot_unneeded.
Result<Findings> check_tasks(const DoctorScene& scene);
// The part of these that costs no process and no look at the disk, for `status`.
Result<std::vector<Problem>> quick_problems(TaskStore& tasks, const std::vector<model::Task>& all,
                                            Instant now);

}  // namespace masc::store
