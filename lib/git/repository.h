// Finding the repository one stands in, as git does, without starting git.
#pragma once

#include <string>

#include "base/result.h"
#include "git/process.h"

namespace masc::git {

// Absolute paths without symbolic links.
struct Repository {
  std::string git_dir;     // this worktree's own git directory
  std::string common_dir;  // the one that all worktrees share; = git_dir in the main worktree
  std::string
      work_tree;  // root of the worktree one stands in; "" outside of one (bare, inside .git)

  // Root of the main worktree; "" for a bare repository, or where its place is not known.
  std::string main_tree = "";

  bool linked() const { return git_dir != common_dir; }
  std::string masc_dir() const { return common_dir + "/masc"; }
  std::string state_dir() const { return common_dir + "/masc/state.git"; }
};

// Looks at GIT_DIR (with GIT_WORK_TREE, GIT_COMMON_DIR), else walks up from `directory` to a .git
// folder or file or a bare repository. kNotARepository.
Result<Repository> find_repository(const std::string& directory, const Environment& environment);

// Root of the main worktree, or the bare repository itself.
std::string main_root(const Repository& repository);
// git there. In a bare repository it is told so: `safe.bareRepository=explicit` lets it find none.
Git main_git(const Repository& repository, const Environment& environment);

// A git directory that isn't called `.git` (`.git` is a file or a link to it, as in submodules)
// doesn't say where its worktree is, unless core.worktree does. Then the file <masc>/work-tree
// says: its whole content is the path. Written by `init` in the main worktree; nothing to do
// elsewhere.
Result<void> record_main_tree(const Repository& repository);

// git's own rule about repositories of other users (git-config(1), safe.directory): kGit with git's
// advice as hint. Starts a git only where the owner is another.
Result<void> check_ownership(const Repository& repository, const Environment& environment);

}  // namespace masc::git
