// Scratch worktrees: a moment's detached checkout for what needs files, a merge driver or a check.
//
// They are <common dir>/masc/scratch/land-<n>, made by `git worktree add` under a name that the
// includeIf of masc's hooks does not match, and held by flock(2) on <common dir>/masc/flock/
// scratch.<n>. What a killed process leaves is removed by the next one that makes a scratch
// worktree or calls prune_scratch().
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"

namespace masc::git {

// An existing folder without any file of the repository, for commands that would otherwise read
// the attributes of whatever is checked out where they run.
Result<std::string> scratch_folder(const Repository& repository);

class Scratch {
 public:
  // Checks out all of `commit` (full id), HEAD detached there. No post-checkout hook runs. Two
  // gits.
  static Result<Scratch> make(const Repository& repository, const Git& git,
                              const std::string& commit);
  Scratch(Scratch&&) noexcept = default;
  Scratch& operator=(Scratch&&) = delete;
  // Removes the worktree with whatever is in it.
  ~Scratch();

  const std::string& path() const noexcept { return path_; }
  // Makes the tracked files those of another commit; HEAD stays. One git.
  Result<void> show(const std::string& commit) const;

 private:
  Scratch(const Repository& repository, const Git& git, std::string path, FileLock lock)
      : repository_(repository),
        git_(git.in(path).with_config("core.sparseCheckout=false")),
        path_(std::move(path)),
        lock_(std::move(lock)) {}

  Repository repository_;
  Git git_;
  std::string path_;
  FileLock lock_;
};

// Removes what killed processes left. Best effort: what can't be removed is tried again next time.
void prune_scratch(const Repository& repository);

}  // namespace masc::git
