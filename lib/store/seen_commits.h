// Commits in claim worktrees: noted by a hook as they happen, which must cost nothing, and turned
// into `explored` trails by whoever reads trails next.
//
// A line of <masc>/cache/commits: "<time> <agent> <task> <from> <to>": the claim's branch moved
// from one commit to another.
#pragma once

#include <string>

#include "base/time.h"
#include "git/process.h"
#include "model/id.h"
#include "model/policy.h"
#include "store/workspace.h"

namespace masc::store {

struct SeenCommit {
  Instant at{};
  std::string agent;
  model::TaskId task;
  std::string from;  // full ids
  std::string to;
};

// One appended line.
Result<void> note_commit(const std::string& masc_dir, const SeenCommit& seen);
// Leaves the trails of what was noted: of a new commit on the old one all that it changed, of an
// amended one what the amendment changed; resets, rebases and merges are no work of the claim's.
// What git does not know any more is left out.
Result<void> settle_commits(Workspace& workspace, const model::Policy& policy, const git::Git& git,
                            Instant now);

}  // namespace masc::store
