// What would happen if the live claims landed now: each on its base, and each behind each other.
//
// Nothing is written but objects in a folder of their own, which goes afterwards: no worktree,
// index or ref is touched, and the user's object store neither. Work that is not committed counts
// as if it were.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"
#include "model/task.h"
#include "store/tasks.h"

namespace masc::store {

struct ForecastPair {
  enum class Kind { kConflict, kTakeback, kBothEdit };
  std::string a;  // a task's id
  std::string b;  // another's, or the name of a base branch
  Kind kind = Kind::kConflict;
  std::vector<std::string> paths;  // sorted
};
std::string_view kind_name(
    ForecastPair::Kind kind) noexcept;  // "conflict", "takeback", "both_edit"

struct Forecast {
  std::vector<ForecastPair> pairs;   // conflicts first
  std::vector<std::string> order;    // task ids: the order of landing with the fewest conflicts
  std::vector<std::string> remarks;  // what could not be looked at
};

// `only`: just the pairs of this task; its order is then empty. About five gits a claim, and one or
// two for each pair that changes the same paths.
Result<Forecast> make_forecast(const git::Repository& repository, const git::Git& git,
                               const TaskStore& tasks, const std::optional<model::TaskId>& only);

}  // namespace masc::store
