// What a worktree holds that is uncommitted, written to state.git and verified. For snapshot.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "git/process.h"
#include "git/snapshot_format.h"
#include "git/state_repo.h"
#include "git/status.h"

namespace masc::git {

// What one attempt has found and written.
struct Draft {
  Manifest manifest;
  FlatTree files;
  ObjectId tree;
  std::string head;
  bool stable = true;  // nothing changed under our hands
};

// A draft that was true of the whole worktree at one moment, all objects written; nullopt where
// nothing is uncommitted. kConflict where the worktree would not stand still in three attempts.
Result<std::optional<Draft>> steady_draft(StateRepo& state, const Git& git, const Place& place,
                                          std::int64_t max_untracked_bytes);

}  // namespace masc::git
