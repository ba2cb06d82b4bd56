// Merging commits without touching what is checked out: `git merge-tree --write-tree`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"
#include "git/scratch.h"

namespace masc::git {

struct Merged {
  std::string tree;                    // of the result; where there are conflicts, with their marks
  std::vector<std::string> conflicts;  // paths; none: it is a clean merge
  std::vector<std::string> mixed;  // paths that both sides changed, so that contents were merged
};

// What `git merge-tree --write-tree -z --name-only --messages` prints. kFormat.
Result<Merged> parse_merge(std::string_view output);

// Merges pairs of commits (full ids). Not thread-safe.
class Merger {
 public:
  Merger(Repository repository, Git git)
      : repository_(std::move(repository)), git_(std::move(git)) {}

  // What `git merge THEIRS` would make of OURS where that is checked out. git 2.39 reads attributes
  // from files only, so it is done in an empty folder first; if that mixed contents and a
  // .gitattributes of `ours` says how to merge, once more in a scratch worktree, where merge
  // drivers find their files. One git, or two; five for the first merge that needs files.
  Result<Merged> merge(const std::string& ours, const std::string& theirs);

 private:
  Result<Merged> merge_in(const std::string& folder, const std::string& ours,
                          const std::string& theirs) const;
  Result<bool> attributes_matter(const std::string& commit,
                                 const std::vector<std::string>& paths) const;
  Result<void> show(const std::string& commit);

  Repository repository_;
  Git git_;
  std::optional<Scratch> scratch_;
};

}  // namespace masc::git
