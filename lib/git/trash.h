// The trash: where worktrees go before anything of them is deleted.
//
// An entry is a folder <common dir>/masc/trash/<YYYYMMDDTHHMMSSZ>-<name> (with .2, .3 … behind it
// where that exists) that holds
//
//   about      lines "key value", values escaped as in model/trailers.h: path (where the worktree
//              stood), name (of its git directory), tree (where its files are now)
//   tree/      its files, without `.git`; on another file system than the repository they lie in
//              <slot root>/.trash/<same name> instead
//   dot-git    the worktree's `.git` file, kept apart so that no git started in the tree can take
//              the next worktree of that name for its own
//   admin/     its git directory: HEAD, index, logs, token
//
// By hand it comes back with `mv tree <path>`, `mv dot-git <path>/.git` and `mv admin
// <common dir>/worktrees/<name>`. Each step of a removal is one rename; killed in between, it
// leaves a worktree that git calls prunable and files that are all there, and finish_removals()
// goes on.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "git/clean.h"
#include "git/process.h"
#include "git/repository.h"
#include "git/worktree.h"

namespace masc::git {

struct TrashEntry {
  std::string directory;  // <common dir>/masc/trash/…
  std::string path;       // where the worktree stood
  std::string name;       // of its git directory
  std::string tree;       // where its files are; "" if they are not here (yet)
  std::string admin;      // where its git directory is; "" likewise
  Instant at{};           // from the entry's name
};

// Moves a worktree into the trash. Refused (kRefused), with nothing moved: the main worktree, a
// locked one, one that `proof` does not prove clean or is not about, one that the repository does
// not know, one in which any process stands (the caller's own ancestors too). A process that comes
// in meanwhile makes it come back. What a proof can't see, a change made since, is in the trash.
// The caller holds the slot's lock (lock_slot).
Result<TrashEntry> remove_to_trash(const Repository& repository, const Worktree& worktree,
                                   const Cleanliness& proof, Instant now);

// What is moved: the folder and the git directory, each "" if there is none.
struct Remains {
  std::string path;
  std::string git_dir;
};
// The same without any question asked, for what is known to be nobody's.
Result<TrashEntry> move_to_trash(const std::string& common_dir, const Remains& remains,
                                 Instant now);

// Oldest first. What is no entry, or has taken nothing yet, is left out.
Result<std::vector<TrashEntry>> list_trash(const Repository& repository);

// Ends removals that were killed half-way: the git directory follows its files. The number of them.
Result<int> finish_removals(const Repository& repository);

}  // namespace masc::git
