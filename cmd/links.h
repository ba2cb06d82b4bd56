// Dependencies between tasks: a task waits for what it comes after, and for its parts.
#pragma once

#include <vector>

#include "store/tasks.h"

namespace masc::cmd {

// kUsage if `id` would wait for itself once it comes after the tasks of `after` and is a part of
// `parent` (empty: of none).
Result<void> refuse_circle(const store::TaskStore& tasks, const model::TaskId& id,
                           const std::vector<model::TaskId>& after, const model::TaskId& parent);

}  // namespace masc::cmd
