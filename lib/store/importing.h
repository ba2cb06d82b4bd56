// Records of a file become tasks: all of them or none.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/record.h"
#include "store/tasks.h"

namespace masc::store {

struct ImportOptions {
  std::string agent;  // who imports; the author where a record names none
  std::string session;
  Instant now{};
  std::function<void(std::size_t done, std::size_t all)> progress;
};

struct Imported {
  std::size_t created = 0;
  std::size_t existed = 0;  // tasks that are there already stay as they are
};

// A record's id is its own, else that of its key, else a new one. `after` and `parent` may name
// tasks of the file or of the workspace. kInvalid with line and column: an id or key twice, an id
// that is not its key's, a task that does not exist, a circle. Nothing is changed on error.
Result<Imported> import_records(TaskStore& tasks, const std::vector<model::Record>& records,
                                const ImportOptions& options);

}  // namespace masc::store
