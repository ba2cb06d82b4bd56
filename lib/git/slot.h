// Slots: the fixed places <root>/masc-<n> in which claims have their worktrees.
#pragma once

#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "base/time.h"
#include "git/process.h"
#include "git/repository.h"
#include "git/worktree.h"

namespace masc::git {

// In a slot's own configuration: the core.hooksPath of the main worktree's own configuration, which
// masc's takes the place of there.
inline constexpr const char* kUserHooks = "masc.hookspath";

// A place that nobody else will take while this lives. It is held by flock(2) on
// <common dir>/masc/flock/slot.<n>, so a process that dies lets go of it.
struct SlotReservation {
  int number = 0;
  std::string path;  // absolute; does not exist, or is an empty folder
  std::string common_dir;
  FileLock lock;
};

// The lowest free place below `root` (absolute; created if there is none): its lock is free, its
// folder does not exist or is empty, and no worktree is registered there. A root inside a
// work tree, be it that of a superproject, gets its line in info/exclude.
Result<SlotReservation> reserve_slot(const Repository& repository, const std::string& root);

// The number of a slot's path, 0 if it is none.
int slot_number(std::string_view path);
// The lock of a slot that stands, for whoever wants to use it again; nullopt if somebody has it.
Result<std::optional<FileLock>> lock_slot(const std::string& common_dir, int number);

// Waits, for ten seconds at most, until nobody has that lock: the git of a claim that was killed
// may still be writing there. kBusy.
Result<void> await_slot(const std::string& common_dir, int number);
// Whether somebody has it now. Writes nothing.
bool is_slot_locked(const std::string& common_dir, int number);

// git copies the main worktree's own configuration (extensions.worktreeConfig) into a new worktree.
// A core.hooksPath there would win over the one that chooses masc's hooks, so it becomes
// kUserHooks. Nothing to do elsewhere; else two gits.
Result<void> step_aside(const Git& git, const std::string& git_dir);

struct NewWorktree {
  std::string branch;          // short name
  std::string start;           // full commit id; only used where the branch is made
  bool branch_exists = false;  // else it is made, and must not exist
  // Checks it out although another worktree has it (a takeover before the former HEAD is detached,
  // or while a rebase there is under way).
  bool share_branch = false;
  // The user's own hooks; "" leaves core.hooksPath as it is configured.
  std::string hooks_path;
};

struct AddedWorktree {
  Worktree worktree;
  std::string warning;  // what a failing post-checkout hook said; git keeps the worktree, so do we
};

// Makes the branch, if it is to be made, and the worktree: one git each. On failure everything is
// as before (what git left half made is in the trash, see trash.h) and git's words are the error;
// kConflict if the branch exists already. `now` names the trash.
//
// git's child holds the slot's lock as well: if this process is killed, the place is not given to
// anybody else before git has come to its end.
Result<AddedWorktree> add_worktree(const Git& git, const SlotReservation& slot,
                                   const NewWorktree& wanted, Instant now);

// Takes away what a killed `git worktree add` left (Worktree::half_made). kBusy while it may still
// run. The branch stays.
Result<void> discard_half_made(const Repository& repository, const Worktree& worktree, Instant now);

// The same for every one below `root` that nobody is making any more; how many. While one stands
// there half registered, git's own commands fail in the whole repository.
Result<int> sweep_half_made(const Repository& repository, const std::string& root, Instant now);

}  // namespace masc::git
