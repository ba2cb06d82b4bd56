#include "cmd/records.h"

#include <chrono>
#include <map>
#include <set>

#include "base/text.h"
#include "handoff/lineage.h"

namespace masc::cmd {
namespace {

using model::Task;
using model::TaskId;

void put_ids(JsonWriter& json, std::string_view name, const std::vector<TaskId>& ids) {
  json.key(name).begin_array();
  for (const TaskId& id : ids) json.value(id.str());
  json.end_array();
}

void put_claim(JsonWriter& json, const TaskView& view) {
  json.key("claim");
  if (!view.task.claim) {
    json.null();
    return;
  }
  const model::Claim& claim = *view.task.claim;
  json.begin_object().field("agent", claim.agent).field_or_null("session", claim.session);
  json.field("generation", claim.generation).field("granted_at", format_time(claim.granted));
  json.field("expires_at", format_time(model::expires_at(claim, view.liveness)));
  json.field("expired", view.expired).field_or_null("branch", claim.branch);
  json.field_or_null("base", claim.base).field_or_null("base_commit", claim.base_commit);
  json.field_or_null("worktree", claim.worktree).key("ports").begin_array();
  for (const int port : claim.ports) json.value(port);
  json.end_array().end_object();
}

void put_result(JsonWriter& json, const Task& task) {
  json.key("result");
  if (!task.result) {
    json.null();
    return;
  }
  json.begin_object()
      .field("agent", task.result->agent)
      .field("generation", task.result->generation);
  json.field_or_null("branch", task.result->branch).field_or_null("commit", task.result->commit);
  json.field("landed", task.result->landed).end_object();
}

void put_reservation(JsonWriter& json, const Task& task) {
  json.key("reserved");
  if (!task.reserved) {
    json.null();
    return;
  }
  json.begin_object().field("agent", task.reserved->agent);
  json.field("until", format_time(task.reserved->until)).end_object();
}

// Who asks, as far as that is known without an error.
std::string asking_agent(Context& context) {
  const auto identity = context.identity();
  return identity ? (*identity)->agent : "";
}

TaskView judge(Context& context, const store::Workspace& workspace, Task task,
               std::vector<TaskId> blocked_by, const std::string& agent) {
  TaskView view;
  const Instant now = context.now();
  view.liveness = store::liveness_with_processes(workspace, task, now);
  view.expired = task.claim && model::expired(*task.claim, view.liveness, now);
  model::Actor actor;
  actor.agent = agent;
  view.ready = blocked_by.empty() && model::is_claimable(task, actor, view.liveness, now);
  view.blocked_by = std::move(blocked_by);
  view.task = std::move(task);
  return view;
}

DnaStamp stamp_of(const handoff::Generation& generation) {
  return {generation.generation, Instant(std::chrono::seconds(generation.seconds))};
}

// One look for all of them: most tasks have none.
Result<std::map<std::string, git::ObjectId>> dna_refs(const store::Workspace& workspace) {
  constexpr std::string_view kPrefix = "refs/masc/dna/";
  MASC_TRY(const auto refs, workspace.state().refs(std::string(kPrefix)));
  std::map<std::string, git::ObjectId> found;
  for (const git::Ref& ref : refs) found.emplace(ref.name.substr(kPrefix.size()), ref.id);
  return found;
}

}  // namespace

Result<TaskView> view_task(Context& context, Task task) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(auto blocked_by, tasks->blocked_by(task));
  const std::string agent = task.reserved ? asking_agent(context) : "";
  const TaskId id = task.id;
  TaskView view = judge(context, *workspace, std::move(task), std::move(blocked_by), agent);
  if (!context.globals().json) return view;
  const handoff::Lineage lineage(workspace->state());
  MASC_TRY(const auto latest, lineage.latest(id));
  if (latest) view.dna = stamp_of(*latest);
  return view;
}

Result<std::vector<TaskView>> view_tasks(Context& context, std::vector<Task> tasks) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * store, context.tasks());
  std::map<TaskId, const Task*> known;
  for (const Task& task : tasks) known[task.id] = &task;
  std::vector<std::vector<TaskId>> blockers;
  for (const Task& task : tasks) {
    MASC_TRY(auto list, store->blocked_by(task, &known));
    blockers.push_back(std::move(list));
  }
  const std::string agent = asking_agent(context);
  std::map<std::string, git::ObjectId> dna;
  if (context.globals().json) {
    MASC_TRY(dna, dna_refs(*workspace));
  }
  const handoff::Lineage lineage(workspace->state());
  std::vector<TaskView> views;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    views.push_back(judge(context, *workspace, std::move(tasks[i]), std::move(blockers[i]), agent));
    const auto newest = dna.find(views.back().task.id.str());
    if (newest == dna.end()) continue;
    MASC_TRY(const handoff::Generation generation, lineage.generation(newest->second));
    views.back().dna = stamp_of(generation);
  }
  return views;
}

void put_task(JsonWriter& json, const TaskView& view, const std::string* body) {
  const Task& task = view.task;
  json.begin_object().field("id", task.id.str()).field_or_null("key", task.key);
  json.field("title", task.title);
  if (body != nullptr) json.field("body", *body);
  json.field("status", model::status_name(task.status)).field("priority", task.priority);
  json.key("labels").strings(task.labels);
  put_ids(json, "after", task.after);
  json.field_or_null("parent", task.parent.str());
  json.key("paths").strings(task.paths);
  json.field("created_at", format_time(task.created)).field("created_by", task.created_by);
  json.field("updated_at", format_time(task.updated)).field("ready", view.ready);
  put_ids(json, "blocked_by", view.blocked_by);
  json.field("generation", task.generation);
  put_claim(json, view);
  put_reservation(json, task);
  put_result(json, task);
  json.key("dna");
  if (view.dna) {
    json.begin_object().field("generation", view.dna->generation);
    json.field("at", format_time(view.dna->at)).end_object();
  } else {
    json.null();
  }
  json.field_or_null("note", task.note).field_or_null("version", task.version).end_object();
}

Result<std::string> task_field(Context& context, const Task& task) {
  if (!context.globals().json) return "";
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const TaskView view, view_task(context, task));
  MASC_TRY(const std::string body, tasks->body(task));
  JsonWriter json;
  json.key("task");
  put_task(json, view, &body);
  return json.take();
}

std::string tasks_field(const Context& context, const std::vector<TaskView>& views,
                        std::size_t count) {
  JsonWriter json(context.globals().json);
  json.key("tasks").begin_array();
  for (const TaskView& view : views) put_task(json, view, nullptr);
  json.end_array().field("count", static_cast<std::uint64_t>(count));
  return json.take();
}

std::string task_line(const TaskView& view, Instant now) {
  const Task& task = view.task;
  std::string state(model::status_name(task.status));
  if (task.claim) {
    const std::string until = format_time_short(model::expires_at(*task.claim, view.liveness), now);
    state = fmt::format("{} {}", task.claim->agent, view.expired ? "lapsed" : "until " + until);
  } else if (!view.blocked_by.empty() && !model::is_finished(task.status)) {
    state = "after " + view.blocked_by.front().str();
    if (view.blocked_by.size() > 1) state += fmt::format(" +{}", view.blocked_by.size() - 1);
  } else if (task.reserved && task.status == model::Status::kOpen) {
    state = "reserved for " + task.reserved->agent;
  }
  std::string line =
      fmt::format("{}  P{}  {}  {}", task.id.str(), task.priority, state, printable(task.title));
  for (const std::string& label : task.labels) line += fmt::format(" [{}]", printable(label));
  return line + "\n";
}

}  // namespace masc::cmd
