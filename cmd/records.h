// The contract's records: a task as JSON and as a line of text.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cmd/context.h"
#include "model/rules.h"
#include "model/task.h"

namespace masc::cmd {

// The newest DNA of a task.
struct DnaStamp {
  std::int64_t generation = 0;
  Instant at{};
};

// A task with what readers judge for themselves.
struct TaskView {
  model::Task task;
  model::Liveness liveness;
  std::vector<model::TaskId> blocked_by;
  bool expired = false;
  bool ready = false;
  std::optional<DnaStamp> dna;  // with --json only
};

Result<TaskView> view_task(Context& context, model::Task task);
// The same for many; dependencies are looked up among them first.
Result<std::vector<TaskView>> view_tasks(Context& context, std::vector<model::Task> tasks);

// The contract's task record. `body` nullptr leaves the field out (list, ready).
void put_task(JsonWriter& json, const TaskView& view, const std::string* body);
// `"task":{…}` for a verb's reply, body included; "" without --json.
Result<std::string> task_field(Context& context, const model::Task& task);

// One line of a list: "m-7k3q9fxa  P1  claimed by codex until 14:05Z  Fix login [ui]".
std::string task_line(const TaskView& view, Instant now);

// `"tasks":[…],"count":n`; "" without --json.
std::string tasks_field(const Context& context, const std::vector<TaskView>& views,
                        std::size_t count);

}  // namespace masc::cmd
