// Paths as people and tools write them, as paths from the root of the repository's work tree.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "git/repository.h"

namespace masc::git {

// `text`, absolute or relative to `directory`, from the root of the work tree that it lies in: this
// worktree's or the main one's. "." is the root itself. Folders on the way are looked through
// symbolic links, the last part is not: a link is a path of its own. What does not exist is taken
// as it is written. In a bare repository `text` is relative to the root. kInvalid: empty, outside
// of the work tree (through a link as well), in a `.git`, with NUL, or longer than 4 KiB.
Result<std::string> path_in_tree(const Repository& repository, const std::string& directory,
                                 std::string_view text);

// The same for a pattern of gitignore(5) (model/glob.h): what stands before its first part with a
// wildcard is a path, and one that names no folder matches at any depth below `directory`. With a
// first
// '/' that part is an absolute path, or else starts at the root of the work tree.
Result<std::string> pattern_in_tree(const Repository& repository, const std::string& directory,
                                    std::string_view text);

}  // namespace masc::git
