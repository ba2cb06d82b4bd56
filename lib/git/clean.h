// Whether a worktree can go without anything being lost.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/system.h"
#include "git/process.h"

namespace masc::git {

struct Cleanliness {
  bool clean = false;
  std::vector<std::string> reasons;  // why not, one sentence each
  std::vector<std::string> paths;    // in the worktree, sorted; what the reasons are about
  bool only_changes = false;         // not clean, but for nothing a snapshot would not hold
  std::string path;                  // what was looked at
  std::string head;                  // its commit, and its branch ("" if detached): whether that is
  std::string branch;                // landed or pushed is another question
};

// Whether all that the worktree at `path` holds is in its HEAD commit, ignored files aside. It asks
// neither the user's configuration nor flags in the index:
//
//   - no staged, unstaged or untracked change, in submodules neither, and git could look into
//     every folder;
//   - no assume-unchanged flag, and no skip-worktree flag except for files that the sparse patterns
//     leave out and that are not there;
//   - no repository inside, ignored folders included: nested, worktree or submodule;
//   - no file that .worktreeinclude brought has changed since (include.h), though git ignores it;
//   - no merge, rebase, cherry-pick, revert or bisection under way, no refs of this worktree alone;
//   - the place is a folder reached without symbolic links, nothing is mounted on or in it, and the
//     worktree's git directory knows it under this name.
//
// Starts two gits and writes nothing. Errors: where git can't say (kGit, kNotARepository).
Result<Cleanliness> prove_clean(const Git& git, const std::string& path);

// The same for many places, as many at a time as the machine has processors. In their order.
std::vector<Result<Cleanliness>> prove_all_clean(const Git& git,
                                                 const std::vector<std::string>& paths);

// Processes whose current directory is in the worktree.
std::vector<Process> standing_in(const std::string& path);
// The same without this process and its ancestors.
std::vector<Process> strangers_in(const std::string& path);

}  // namespace masc::git
