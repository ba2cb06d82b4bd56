// Commits of submodules that exist in one linked worktree alone.
//
// git gives each linked worktree a repository of its own for every submodule that is initialised
// there, <git dir>/modules/<name>. What was committed in one and not pushed is out of reach for any
// other worktree.
#pragma once

#include "base/result.h"
#include "git/process.h"
#include "git/worktree.h"

namespace masc::git {

// Has the submodules of `from` with commits that no remote of theirs is known to hold in `to` as
// well, at the commit that `to`'s index names, in a repository of its own with the same remote.
// Others stay as they are: `git submodule update --init` finds them. kRefused where that is not
// possible. Starts nothing where `from` has no submodule initialised.
Result<void> bring_submodules(const Git& git, const Worktree& from, const Worktree& to);

}  // namespace masc::git
