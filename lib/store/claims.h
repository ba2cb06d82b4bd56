// Claims with their branches and worktrees: taking, giving back, ending.
//
// Taking is one swap of the task's ref; everything around it can be repeated. What a kill leaves
// half done, the holder's next `claim` completes. What fails is rolled back to an unclaimed task.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "git/clean.h"
#include "git/process.h"
#include "git/repository.h"
#include "git/slot.h"
#include "git/worktree.h"
#include "model/lock.h"
#include "model/policy.h"
#include "model/rules.h"
#include "store/tasks.h"
#include "store/workspace.h"

namespace masc::store {

struct ClaimOptions {
  std::optional<Duration> lease;
  std::optional<std::string> base;  // revision to begin at
  std::optional<std::string> onto;  // branch to land into
  bool worktree = true;
  bool resume = false;                     // take a claim of another session of the same agent
  bool runner = false;                     // under `masc run`
  bool force = false;                      // take a live claim of another agent,
  std::string because;                     // for this reason
  std::vector<model::PathSet> lock_paths;  // locked as well, or there is no claim
  git::Environment environment;            // of the policy's set-up command
  bool commands = false;                   // git config masc.commands
};

struct Taken {
  model::Task task;
  model::ClaimOutcome outcome = model::ClaimOutcome::kClaimed;
  std::vector<std::string>
      remarks;  // what the agent should know: files left behind, unlanded dependencies
  std::vector<std::string> locked;    // paths that are locked under it
  std::vector<std::string> warnings;  // what was skipped
  std::optional<FileLock> runner;  // ClaimOptions::runner: while this is held, the claim is alive
};

struct Ended {
  model::Task task;
  bool changed = false;              // false: there was nothing to do
  std::vector<std::string> remarks;  // what was kept, and where
};

// How a claim ends.
enum class End { kRelease, kDone, kCancel };

struct EndOptions {
  std::string note;
  bool force = false;
  std::string because;
};

// How a claim is handed on.
struct HandOff {
  std::string note;
  std::string to;  // the agent that it is reserved for, one lease long; "" = anybody
};

// What a claim's worktree held beyond its commits when the claim ended.
struct KeptWork {
  std::string keep;                  // for Task::keep
  std::vector<std::string> remarks;  // what was kept, and what could not be
};

class Claims {
 public:
  Claims(Workspace& workspace, TaskStore& tasks, git::Repository repository, git::Git git,
         model::Policy policy)
      : workspace_(workspace),
        tasks_(tasks),
        repository_(std::move(repository)),
        git_(std::move(git)),
        policy_(std::move(policy)) {}

  // Takes `id`, or renews it if it is the actor's own (and completes what a crash left out).
  // kHeld, kReserved, kClosed, kBlocked, kSuperseded, kLocked; kUsage for a bad base.
  Result<Taken> take(const model::TaskId& id, const model::Actor& actor,
                     const ClaimOptions& options, Instant now);
  // Takes the best ready task, a lapsed one only if nothing else is ready; goes on to the next when
  // it loses a race. kNothingReady.
  Result<Taken> take_best(const model::Actor& actor, const ClaimOptions& options, Instant now);
  // The same for the first of `order` that can be had.
  Result<Taken> take_first(const std::vector<model::Task>& order, const model::Actor& actor,
                           const ClaimOptions& options, Instant now);
  // The best ready ones of `tasks` (all that are unfolded) in the order in which take_best() tries
  // them.
  Result<std::vector<model::Task>> candidates(const std::vector<model::Task>& tasks,
                                              const model::Actor& actor, Instant now) const;
  // A fresh task's first claim, as the second of two drafts that become visible at once (`add
  // --claim`).
  Result<Taken> add_claimed(Draft first, const model::Actor& actor, const ClaimOptions& options,
                            Instant now);

  // Gives a claim of this clone whose worktree is gone, or was never finished, another one, for its
  // holder and without a renewal; `doer` is on record. The task as it is then.
  Result<Taken> complete(const model::TaskId& id, const model::Actor& doer,
                         const ClaimOptions& options, Instant now);

  // Makes the lost branch of a claim again: where its worktree's HEAD last was, else where the
  // claim began. Nothing where it stands.
  Result<void> restore_branch(const model::Task& task);
  // Makes the lost branch of a task again where HEAD last was in the worktree of its claim, or in
  // one of an earlier claim that is still on the branch; with that, the commits are on a branch
  // again. The commit; "" with nothing done where the branch stands, or nobody knows where it was.
  Result<std::string> bring_back(const model::Task& task);
  // Whether a task is open because its last holder handed it on: the worktree stays as it is then.
  Result<bool> is_handed_on(const model::Task& task) const;

  Result<model::Task> renew(const model::TaskId& id, const model::Actor& actor,
                            std::optional<Duration> lease, Instant now);
  Result<Ended> end(const model::TaskId& id, const model::Actor& actor, End how,
                    const EndOptions& options, Instant now);

  // Gives the claim up for a successor. The work is kept as a snapshot, and the worktree stays as
  // it is, wherever its HEAD is and whatever is under way, for take_in_place(). kNoClaim, kHeld,
  // kSuperseded.
  Result<Ended> hand_off(const model::TaskId& id, const model::Actor& actor, const HandOff& how,
                         Instant now);
  // Takes an open task and goes on in the worktree at `place`, which the last holder handed over as
  // it is. nullopt, with nothing done, where that is not possible: take() makes another then.
  Result<std::optional<Taken>> take_in_place(const model::TaskId& id, const model::Actor& actor,
                                             const ClaimOptions& options, const std::string& place,
                                             Instant now);

  // After a claim's end (its state is written already): marks the worktree's token as ended, and
  // moves the worktree to the trash if nothing is lost and nobody stands there. `before`: the task
  // while it was claimed. Remarks say what stays, and where.
  Result<std::vector<std::string>> retire_worktree(const model::Task& before, Instant now);

  // Forgets what was locked under the claim of `task`, which has ended. Best effort.
  void drop_locks(const model::Task& task, const model::Actor& actor, Instant now);

  // Tells the holder of `before`, whose claim `actor` has overridden, in a message. Best effort: a
  // remark where it could not be sent.
  void tell_holder(const model::Task& before, const model::Actor& actor, std::string_view did,
                   std::string_view because, Instant now, std::vector<std::string>& remarks);

  // Snapshots what is uncommitted in the claim's worktree, if anything is.
  Result<KeptWork> keep_work(const model::Task& task, std::string_view reason, Instant now);

  // git::prove_clean() of a worktree whose claim is over; changes that a snapshot of that claim
  // holds exactly as they are don't count once nobody has been there for the policy's pool.rest.
  Result<git::Cleanliness> prove_spare(const git::Worktree& worktree, Instant now);

  // Folder that holds the slots.
  std::string slot_root() const;
  const git::Repository& repository() const noexcept { return repository_; }
  const git::Git& git() const noexcept { return git_; }
  const model::Policy& policy() const noexcept { return policy_; }

 private:
  struct Plan;
  Result<Plan> make_plan(const model::TaskId& id, const ClaimOptions& options);
  model::Claim make_claim(const model::Task& task, const model::Actor& actor,
                          const ClaimOptions& options, const Plan& plan, Instant now) const;
  Draft grant(const model::Task& now_task, const model::Actor& actor, const ClaimOptions& options,
              const Plan& plan, const std::optional<KeptWork>& kept, Instant now) const;
  model::LockWish wish_of(const model::Task& task, const model::Actor& actor,
                          const ClaimOptions& options, Instant now);
  Result<void> check_locks(const model::Task& task, const model::Actor& actor,
                           const ClaimOptions& options, Instant now);
  Result<void> take_locks(Taken& taken, const model::Actor& actor, const ClaimOptions& options,
                          Instant now);
  Result<void> check_limit(const model::Actor& actor) const;
  Result<void> reserve_space();
  Result<Taken> take_fresh(const model::Task& task, const model::Actor& actor,
                           const ClaimOptions& options, Instant now);
  Result<Taken> resume(const model::Task& task, const model::Actor& actor,
                       const ClaimOptions& options, Instant now);
  Result<Taken> complete_added(Taken taken, Plan& plan, const model::Actor& actor,
                               const ClaimOptions& options, Instant now);
  Result<git::SlotReservation> reserve_slot(Instant now) const;
  Result<Taken> furnish(Taken taken, git::SlotReservation slot, const ClaimOptions& options,
                        Instant now);
  std::optional<git::Worktree> standing_worktree(const model::Task& task) const;
  Result<void> clear_remains(const model::Task& task, Instant now);
  Result<void> break_locks(const model::TaskId& id, const std::string& tip) const;
  Result<git::AddedWorktree> make_worktree(const model::TaskId& id, const Plan& plan, Instant now);
  Result<void> bring_submodules(const model::TaskId& id, const git::Worktree& to) const;
  Result<void> refuse_foreign_checkout(const model::TaskId& id) const;
  Result<void> make_lost_branch(const model::TaskId& id, const std::string& commit);
  std::vector<std::string> bring_back_remarks(const model::Task& task);
  Result<std::optional<FileLock>> hold_runner(const model::Task& task, std::int64_t generation,
                                              const ClaimOptions& options) const;
  Error roll_back(const model::Task& task, const model::Actor& actor, Error why, Instant now);
  Result<Taken> settle_or_give_back(Taken taken, const git::AddedWorktree& added, const Plan& plan,
                                    const model::Actor& actor, const ClaimOptions& options,
                                    Instant now);
  void discard_fresh(const git::Worktree& worktree, const Plan& plan, const model::TaskId& id,
                     Instant now);
  Result<void> drop_worktree(const git::AddedWorktree& added, Instant now);
  Result<Taken> settle(Taken taken, const git::AddedWorktree& added, const Plan& plan,
                       const ClaimOptions& options);
  Result<void> free_branch(const model::Task& task, const git::Worktree& own);
  void add_stray(const model::TaskId& id, const std::string& tip,
                 std::vector<std::string>& remarks) const;
  Result<std::vector<std::string>> unlanded_warnings(const model::Task& task) const;
  Result<std::vector<std::string>> standing_remarks(const model::TaskId& id,
                                                    const git::Worktree& worktree) const;
  Result<std::vector<std::string>> restore_work(const model::Task& task,
                                                const git::Worktree& worktree);
  Result<model::Outcome> outcome_of(const model::Task& task) const;
  Result<void> leave_trail(const model::Task& before, End how, Instant now);

  Workspace& workspace_;
  TaskStore& tasks_;
  git::Repository repository_;
  git::Git git_;
  model::Policy policy_;
  SpaceReserve reserve_;  // for roll_back()
};

}  // namespace masc::store
