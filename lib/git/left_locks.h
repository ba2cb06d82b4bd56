// Lock files that a killed git left in the user's repository.
//
// git guards a ref, an index, packed-refs and its configuration by a file <name>.lock beside it
// (its lockfile.h) and dies where one stands already. One counts as left behind if nothing has
// changed it for two seconds and no git of this machine stands in the repository: git goes to the
// top of the work tree it works on, so a commit that waits for its editor or for a hook is seen.
// Never one of another user, never on a network file system.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "git/worktree.h"

namespace masc::git {

// Where the lock of a branch (short name) would be.
std::string branch_lock(const Repository& repository, std::string_view branch);

// Those of branches, of HEAD and index of all worktrees, of packed-refs and configuration; absolute
// paths, sorted.
Result<std::vector<std::string>> left_locks(const Repository& repository);

// Takes the lock file at `path` away if it was left behind, after waiting until that can be told.
// Nothing where there is none, or where it is a living git's. One look at the disk if there is
// none.
Result<void> break_left_lock(const Repository& repository, const std::string& path);

}  // namespace masc::git
