// `gc`: folds the finished away, packs, and empties what has lain long enough. Loses nothing: every
// task, note and snapshot is there afterwards.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "git/process.h"
#include "git/repository.h"
#include "store/tasks.h"
#include "store/workspace.h"

namespace masc::store {

struct Collected {
  std::size_t folded = 0;       // tasks
  std::uint64_t reclaimed = 0;  // bytes of state.git
  std::size_t emptied = 0;      // entries of the trash
};

struct CollectOptions {
  std::string agent;
  Instant now{};
  Duration trash_age{};  // how long what was taken away stays in the trash
};

Result<Collected> collect(Workspace& workspace, TaskStore& tasks, const git::Repository& repository,
                          const git::Git& git, const CollectOptions& options);

}  // namespace masc::store
