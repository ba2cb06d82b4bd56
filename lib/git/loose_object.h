// Loose objects, written as git writes them (zlib of "<type> <size>\0<data>", gitformat-loose and
// git's object-file.c), but with a window no larger than the object: an ordinary deflate state is
// 268 KB to clear and to fault in, which costs a short process more than all else of the write.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace masc::git {

// Writes the object whose name is `hex` below the directory `objects`, in one step: readers see
// none or all of it, and an object that is there already stays one. `type` is git's word ("blob",
// "tree", "commit"). kIo, kUnwritable. A killed writer leaves a "tmp_obj_…", which git ignores and
// `git prune` removes.
Result<void> write_loose_object(const std::string& objects, std::string_view hex,
                                std::string_view type, std::string_view data);

}  // namespace masc::git
