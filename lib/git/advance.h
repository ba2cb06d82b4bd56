// Moving a branch forward together with the files of the worktree that has it checked out.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"

namespace masc::git {

// `git` with the user's own hooks in a worktree for which masc's would be chosen
// (core.hooksPath, else <common dir>/hooks); elsewhere as it is.
Git with_user_hooks(const Repository& repository, const Git& git, const std::string& git_dir);
// Where those hooks are, as the user configured it: may be relative.
std::string user_hooks_path(const Repository& repository, const Git& git);

struct Advance {
  std::string branch;  // short name
  std::string from;    // full commit ids; `to` is a descendant of `from`
  std::string to;
  std::string why;  // for the reflog
};

enum class Advanced {
  kMoved,      // the branch is at `to`, or beyond it
  kMeanwhile,  // it was not at `from` any more: nothing moved
};

// Moves the branch by compare-and-swap; where it is checked out, by `git merge --ff-only` there,
// which moves index and files first and refuses to overwrite a change, an untracked or an ignored
// file. kBaseDirty with the facts `path` and `paths`, nothing moved: files would be overwritten, an
// operation is under way there, or it is checked out twice or in a worktree that is gone. kBusy:
// another git has locked the index or the branch (what a killed one left of these and of HEAD's
// is taken away first, see left_locks.h). kRefused: a hook of the user said no. Two gits.
Result<Advanced> advance_branch(const Repository& repository, const Git& git, const Advance& move);

// The answer that advance_branch() would most likely give, with nothing moved. Two gits.
Result<void> try_advance(const Repository& repository, const Git& git, const Advance& move);

}  // namespace masc::git
