// Telling whoever listens what has just happened. After the fact, and best effort: the refs are
// what counts.
#pragma once

#include <string>
#include <string_view>

#include "model/task.h"
#include "wire/event.h"

namespace masc::store {

std::string socket_folder(const std::string& masc_dir);
// Whether somebody listens under this agent's name.
bool is_listening(const std::string& masc_dir, const std::string& agent);
void announce(const std::string& masc_dir, const wire::Event& event);
// Of a change to a task, or with an empty id, to something else.
void announce(const std::string& masc_dir, const model::Change& change, const model::TaskId& task,
              std::int64_t generation);

}  // namespace masc::store
