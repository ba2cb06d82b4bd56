// What a commit would change, from the index alone.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"

namespace masc::git {

// The paths whose staged bytes, mode or presence differ from HEAD: deletions, both names of a
// rename, submodules and links included, whatever the user has configured. While a merge is
// concluded only what differs from every parent: the rest came in with it. `index_file`:
// GIT_INDEX_FILE as git set it; "" = the worktree's own. Sorted. One git, one more for each parent
// of a merge.
Result<std::vector<std::string>> staged_paths(const Git& git, const Repository& repository,
                                              const std::string& index_file);

}  // namespace masc::git
