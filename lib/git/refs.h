// Where the user's branches point, read from the files where that is possible.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"

namespace masc::git {

// The commit at the tip of a branch (short name), as full hex; nullopt if there is no such branch.
// Loose refs and packed-refs are read here (git's "files" backend); git is asked for others.
Result<std::optional<std::string>> branch_tip(const Repository& repository, const Git& git,
                                              const std::string& branch);

// Whether deleting the ref `name` at `id` is what `git pack-refs --prune` (and so every gc) does to
// a loose ref that packed-refs now holds: the ref stays. A real deletion has packed-refs.lock by
// the time its hook runs (git's refs/files-backend.c), a prune has given it back.
Result<bool> is_prune(const Repository& repository, std::string_view name, std::string_view id);

// The full id of the commit that `revision` names. kUsage if it names none.
Result<std::string> resolve_commit(const Git& git, const std::string& revision);

// Whether commit `a` is `b` or an ancestor of it.
Result<bool> is_ancestor(const Git& git, const std::string& a, const std::string& b);

// Whether some branch or tag holds `commit`, so that no gc takes it. "" (before a first commit):
// there is nothing to take.
Result<bool> is_reachable(const Git& git, const std::string& commit);

// Deletes a branch that still is at `expected` (full id). kConflict if it moved.
Result<void> delete_branch(const Git& git, const std::string& branch, const std::string& expected);

}  // namespace masc::git
