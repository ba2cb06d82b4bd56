// The index's part of a snapshot's restoration. For snapshot_restore.cc.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/snapshot.h"
#include "git/snapshot_format.h"
#include "git/state_repo.h"
#include "git/status.h"

namespace masc::git {

// A blob that an index entry needs in the user's repository.
struct Staged {
  Version version;
  std::string entry;  // in the snapshot's tree
};
std::vector<Staged> staged_blobs(const Snapshot& snapshot);

// Makes the index say what it said at the capture, from HEAD's or from what an earlier attempt
// left; `flat` is the snapshot's tree. One step, intents to add aside. Up to three gits.
Result<void> restore_index(const StateRepo& state, const Git& git, const Place& place,
                           const Snapshot& snapshot, const FlatTree& flat);

}  // namespace masc::git
