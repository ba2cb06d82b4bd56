#include <algorithm>

#include "cmd/locking.h"
#include "cmd/presence.h"
#include "cmd/records.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

struct Options {};
struct Reply {
  std::vector<AgentView> agents;
  std::vector<TaskView> claims;
  std::vector<store::HeldLock> locks;
  std::size_t ready = 0;
  std::size_t blocked = 0;
};

Result<Reply> execute(Context& context, const Options&) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(auto all, tasks->unfolded());
  std::erase_if(all, [](const model::Task& task) { return model::is_finished(task.status); });
  Reply reply;
  MASC_TRY(reply.agents, view_agents(context, all));
  MASC_TRY(auto views, view_tasks(context, std::move(all)));
  for (TaskView& view : views) {
    if (view.ready) ++reply.ready;
    if (!view.task.claim && !view.blocked_by.empty()) ++reply.blocked;
    if (view.task.claim) reply.claims.push_back(std::move(view));
  }
  MASC_TRY(const store::LockStore locks, lock_store(context));
  MASC_TRY(reply.locks, locks.live(context.now()));
  std::sort(reply.claims.begin(), reply.claims.end(), [](const TaskView& a, const TaskView& b) {
    return a.task.claim->granted < b.task.claim->granted;
  });
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = fmt::format("{} claimed, {} ready, {} blocked\n", reply.claims.size(), reply.ready,
                         reply.blocked);
  for (const TaskView& view : reply.claims) out.text += task_line(view, context.now());
  for (const store::HeldLock& held : reply.locks)
    out.text += "locked " + lock_line(held, context.now());
  for (const AgentView& view : reply.agents) {
    if (view.live && view.claims.empty()) out.text += agent_line(view, context.now());
  }
  out.more = "masc list --status claimed";
  JsonWriter json;
  json.key("agents").begin_array();
  for (const AgentView& view : reply.agents) put_agent(json, view);
  json.end_array().key("claims").begin_array();
  for (const TaskView& view : reply.claims) put_task(json, view, nullptr);
  json.end_array().field("ready", static_cast<std::uint64_t>(reply.ready));
  json.field("blocked", static_cast<std::uint64_t>(reply.blocked));
  json.key("locks").raw(store::locks_json(reply.locks)).key("problems").begin_array().end_array();
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_status() {
  static const Verb verb = define<Options>(
      {.name = "status",
       .summary = "who works on what, and what is ready, in one screen",
       .usage = "status",
       .exits = "0 1 2 4",
       .examples = {"masc status", "masc status --json"},
       .with = {}},
      [](Options&) { return std::vector<Param>{}; }, execute, render);
  return verb;
}

}  // namespace masc::cmd
