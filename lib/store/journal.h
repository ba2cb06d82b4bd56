// The local log, <masc>/log: what happened here and is not told by a task's own history (locks).
//
// One event a line, its fields separated by tabs: time, event, agent, task ("-": none), generation,
// text; each escaped as a trailer's value (model/trailers.h). Never shared; may be deleted. Past 4
// MiB it becomes `log.1`, whose former content goes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/task.h"

namespace masc::store {

// Best effort: what happened has happened, told or not.
void write_journal(const std::string& masc_dir, const model::Change& change,
                   const model::TaskId& task, std::int64_t generation);
// Newest first. Lines that are no such event are left out.
Result<std::vector<model::Step>> read_journal(const std::string& masc_dir);

}  // namespace masc::store
