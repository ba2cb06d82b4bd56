// The worktrees of a repository: masc's slots read without git, checked-out branches asked of git.
//
// gitrepository-layout(5), "worktrees": <common dir>/worktrees/<name>/{gitdir,HEAD,locked}.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"
#include "git/token.h"

namespace masc::git {

// What the names of slots and of their git directories begin with.
constexpr std::string_view kSlotPrefix = "masc-";

struct Worktree {
  std::string name;       // of its git directory below <common dir>/worktrees
  std::string path;       // absolute
  std::string git_dir;    // absolute
  std::string branch;     // short; "" if HEAD is detached
  std::string head;       // commit id; "" before a first commit
  bool opaque = false;    // HEAD is not in a file (reftable): branch and head are "", ask git
  bool missing = false;   // its folder is gone
  bool prunable = false;  // `git worktree prune` would forget it
  std::optional<std::string> locked;  // by `git worktree lock`, with the reason given
  std::optional<Token> token;
  std::string token_damage;  // why there is no token although there is a token file

  // HEAD names a branch that does not exist, or has no commit yet.
  bool unborn() const { return !branch.empty() && head.empty(); }
  // `git worktree add` has not come to its end: it runs, or was killed.
  bool half_made() const { return locked == "initializing"; }
};

// Linked worktrees that carry a token or whose git directory is called masc-*, by name. What is
// damaged is left out, a damaged token aside.
Result<std::vector<Worktree>> list_worktrees(const Repository& repository);
// The one whose folder is `path`, slot or not; nullopt if no linked worktree is.
Result<std::optional<Worktree>> worktree_at(const Repository& repository, const std::string& path);
// The folder of the worktree with this git directory, from its file `gitdir`: "<folder>/.git",
// absolute or relative to the git directory. "" where it names none.
std::string folder_of(const std::string& git_dir);
// The commit that HEAD of a worktree was last on by its own reflog, "" where that says nothing.
std::string last_head(const Worktree& worktree);
// The folders of all linked worktrees, missing ones as well.
Result<std::vector<std::string>> linked_paths(const std::string& common_dir);

// A worktree that holds a branch, so that moving the branch would move its ground.
struct Checkout {
  enum class By { kHead, kRebase, kBisect };
  std::string path;
  std::string git_dir;
  By by = By::kHead;
  bool missing = false;  // its folder is gone; git counts it all the same
};
// All of them, the main worktree included: where HEAD is on `branch` (short name) or a rebase or
// bisection under way will come back to it (git's find_shared_symref). Starts one git.
Result<std::vector<Checkout>> checkouts_of(const Repository& repository, const Git& git,
                                           std::string_view branch);

// Runs a git that looks at all worktrees, again and again if need be: it dies where it meets one
// that another git is just registering ("failed to read …/commondir: Success"; git 2.55 still
// does). It has changed nothing then.
Result<Finished> run_past_races(const Git& git, const std::vector<std::string>& args);

// Detaches HEAD of a worktree at the commit it is on; no file, index or operation under way is
// touched, and the branch stays where it is. Fine if it is detached already. kGit before a first
// commit. Reference-transaction hooks fire as `git` is configured to run them. Starts one git.
Result<void> detach_head(const Git& git, const std::string& git_dir);

}  // namespace masc::git
