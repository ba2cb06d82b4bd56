// Many new refs at once in a bare repository: one rename of its packed-refs file, so that a reader
// sees all of them or none, whenever the writer is killed.
//
// The form is git's (git-pack-refs(1), refs/packed-backend.c): a header line, then lines
// `<id> <name>` sorted by name as bytes, each followed by `^<id>` where the ref is a tag. git and
// libgit2 write the file under packed-refs.lock; so does this.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/state_repo.h"

namespace masc::git {

// `text` (packed-refs, "" if there is none) with `refs` in it; a ref of the same name is replaced.
std::string merge_packed_refs(std::string_view text, const std::vector<Ref>& refs);

// Adds `refs`, none of which exists. The caller holds every flock of the repository, so no other
// masc process is at this point. kBusy while git holds packed-refs.lock; nothing is added on error.
Result<void> add_packed_refs(const std::string& directory, const std::vector<Ref>& refs);

// Whether packed-refs.lock was left by a masc process that was killed in add_packed_refs(). It
// shares its inode with the file it was written as, which no lock of git's does.
bool is_own_packed_lock(const std::string& directory);
// Removes such a lock; the caller holds every flock. False where there is none.
Result<bool> break_own_packed_lock(const std::string& directory);

}  // namespace masc::git
