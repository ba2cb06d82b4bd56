#include "cmd/links.h"

#include <algorithm>
#include <set>

namespace masc::cmd {
namespace {

using model::TaskId;

// Whether `from` waits for one of `targets`, over any number of steps.
Result<bool> waits_for(const store::TaskStore& tasks, const TaskId& from,
                       const std::vector<TaskId>& targets) {
  std::set<TaskId> seen;
  std::vector<TaskId> open = {from};
  while (!open.empty()) {
    const TaskId id = open.back();
    open.pop_back();
    if (std::find(targets.begin(), targets.end(), id) != targets.end()) return true;
    if (!seen.insert(id).second) continue;
    MASC_TRY(const auto task, tasks.find(id));
    if (!task) continue;
    open.insert(open.end(), task->after.begin(), task->after.end());
    open.insert(open.end(), task->children.begin(), task->children.end());
  }
  return false;
}

Error circle(const TaskId& from) {
  return error(ErrorCode::kUsage, "{} waits for it already: that would be a circle", from.str())
      .hint(fmt::format("masc show {}", from.str()));
}

}  // namespace

Result<void> refuse_circle(const store::TaskStore& tasks, const TaskId& id,
                           const std::vector<TaskId>& after, const TaskId& parent) {
  std::vector<TaskId> targets = {id};
  if (!parent.empty()) targets.push_back(parent);
  for (const TaskId& other : after) {
    MASC_TRY(const bool waits, waits_for(tasks, other, targets));
    if (waits) return fail(circle(other));
  }
  if (parent.empty()) return {};
  MASC_TRY(const bool waits, waits_for(tasks, id, {parent}));
  if (waits) return fail(circle(id));
  return {};
}

}  // namespace masc::cmd
