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

  bool linked() const { return git_dir != common_dir; }
  std::string masc_dir() const { return common_dir + "/masc"; }
  std::string state_dir() const { return common_dir + "/masc/state.git"; }
};

// Looks at GIT_DIR (with GIT_WORK_TREE, GIT_COMMON_DIR), else walks up from `directory` to a .git
// folder or file or a bare repository. kNotARepository.
Result<Repository> find_repository(const std::string& directory, const Environment& environment);

// Root of the main worktree, or the bare repository itself.
std::string main_root(const Repository& repository);

}  // namespace masc::git
