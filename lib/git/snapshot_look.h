// One look at what is uncommitted in a worktree. For snapshot_draft.cc.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/snapshot.h"
#include "git/status.h"

namespace masc::git {

// Everything git can tell about what is uncommitted.
struct Look {
  Status status;
  std::vector<LeftBehind> left_behind;           // what is no matter of paths that could be kept
  std::map<std::string, std::string> operation;  // operation_files() with their bytes

  bool empty() const { return status.entries.empty() && left_behind.empty() && operation.empty(); }
  bool same_as(const Look& other) const {
    return status.raw == other.status.raw && left_behind == other.left_behind &&
           operation == other.operation;
  }
};

// Flags that hide changes are taken off a copy of the index first. kIo where git could not look
// everywhere.
Result<Look> look_at(const Git& git, const Place& place);

}  // namespace masc::git
