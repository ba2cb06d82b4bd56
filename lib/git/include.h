// .worktreeinclude: ignored files that a new worktree needs (.env and the like), brought along.
//
// The file stands in the root of a work tree and holds gitignore patterns. What matches them *and*
// is ignored by git there is copied; tracked and merely untracked files never are. Folders are
// walked by git, which follows no symbolic link; a link that matches is copied as the link it is.
// Nothing that stands in the new worktree already is overwritten, and no path leads out of it.
//
// What came in is noted in the new worktree's git directory, file `masc-included`, a file a line:
// `<size> <modification time in ns> <path>`, the path escaped as in model/trailers.h. A file that
// was changed since counts as a change (clean.h).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/status.h"

namespace masc::git {

inline constexpr const char* kIncludeFile = ".worktreeinclude";

// The paths that `source`'s .worktreeinclude names; none where there is no such file. Two gits.
Result<std::vector<std::string>> included_paths(const Git& git, const Place& source);

// Copies them into `target` and notes them there; the number of files that came in.
Result<std::size_t> bring_included(const Git& git, const Place& source, const Place& target);

// Files that came in and are not any more what they were; missing ones are not among them.
Result<std::vector<std::string>> changed_included(const Place& place);

}  // namespace masc::git
