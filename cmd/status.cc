#include <algorithm>

#include "base/text.h"
#include "cmd/locking.h"
#include "cmd/presence.h"
#include "cmd/records.h"
#include "cmd/verb.h"
#include "store/doctor.h"
#include "store/forecast.h"

namespace masc::cmd {
namespace {

struct Options {};
// What a landing of an own claim would meet.
struct Warning {
  std::string code;  // "forecast_conflict", "forecast_takeback"
  std::string task;
  std::string text;
};
struct Reply {
  std::vector<AgentView> agents;
  std::vector<TaskView> claims;
  std::vector<store::HeldLock> locks;
  std::vector<Warning> warnings;
  std::size_t ready = 0;
  std::size_t blocked = 0;
  std::vector<store::Problem> problems;
};

std::string joined(const std::vector<std::string>& paths) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), kMost); ++i)
    text += (i == 0 ? "" : ", ") + paths[i];
  return paths.size() > kMost ? text + fmt::format(" and {} more", paths.size() - kMost) : text;
}

// The claim of this worktree, else the agent's only one; an empty id where there is none.
Result<model::TaskId> own_claim(Context& context, const std::vector<TaskView>& claims) {
  MASC_TRY(const std::optional<git::Token>* token, context.token());
  if (*token) return (*token)->ended ? model::TaskId() : model::TaskId::parse((*token)->task);
  MASC_TRY(const Identity* identity, context.identity());
  model::TaskId own;
  for (const TaskView& view : claims) {
    if (view.task.claim->agent != identity->agent) continue;
    if (!own.empty()) return model::TaskId();
    own = view.task.id;
  }
  return own;
}

Result<std::vector<Warning>> warn_of_landing(Context& context,
                                             const std::vector<TaskView>& claims) {
  std::vector<Warning> warnings;
  MASC_TRY(const model::TaskId id, own_claim(context, claims));
  if (id.empty()) return warnings;
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const git::Git git, context.git());
  MASC_TRY(const store::Forecast forecast, store::make_forecast(*repository, git, *tasks, id));
  for (const store::ForecastPair& pair : forecast.pairs) {
    if (pair.kind == store::ForecastPair::Kind::kBothEdit) continue;
    const bool takeback = pair.kind == store::ForecastPair::Kind::kTakeback;
    const std::string& other = pair.a == id.str() ? pair.b : pair.a;
    warnings.push_back(
        {takeback ? "forecast_takeback" : "forecast_conflict", id.str(),
         takeback
             ? fmt::format("landing it would take back lines of {}: {}", other, joined(pair.paths))
             : fmt::format("it would be in conflict with {}: {}", other, joined(pair.paths))});
  }
  return warnings;
}

Result<Reply> execute(Context& context, const Options&) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(auto all, tasks->unfolded());
  Reply reply;
  MASC_TRY(reply.problems, store::quick_problems(*tasks, all, context.now()));
  std::erase_if(all, [](const model::Task& task) { return model::is_finished(task.status); });
  MASC_TRY(reply.agents, view_agents(context, all));
  MASC_TRY(auto views, view_tasks(context, std::move(all)));
  for (TaskView& view : views) {
    if (view.ready) ++reply.ready;
    if (!view.task.claim && !view.blocked_by.empty()) ++reply.blocked;
    if (view.task.claim) reply.claims.push_back(std::move(view));
  }
  MASC_TRY(const store::LockStore locks, lock_store(context));
  MASC_TRY(reply.locks, locks.live(context.now()));
  // A screen is shown whatever git says about a landing.
  if (auto warnings = warn_of_landing(context, reply.claims)) reply.warnings = std::move(*warnings);
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
  for (const Warning& warning : reply.warnings)
    out.text += fmt::format("warning: {}: {}\n", warning.task, printable(warning.text));
  for (const AgentView& view : reply.agents) {
    if (view.live && view.claims.empty()) out.text += agent_line(view, context.now());
  }
  for (const store::Problem& problem : reply.problems)
    out.text += fmt::format("{} {}: {}: masc doctor\n", store::severity_name(problem.severity),
                            problem.subject, printable(problem.text));
  out.more = "masc status --json";
  JsonWriter json(context.globals().json);
  json.key("agents").begin_array();
  for (const AgentView& view : reply.agents) put_agent(json, view);
  json.end_array().key("claims").begin_array();
  for (const TaskView& view : reply.claims) put_task(json, view, nullptr);
  json.end_array().field("ready", static_cast<std::uint64_t>(reply.ready));
  json.field("blocked", static_cast<std::uint64_t>(reply.blocked));
  json.key("locks").raw(store::locks_json(reply.locks)).key("problems").begin_array();
  for (const Warning& warning : reply.warnings) {
    json.begin_object().field("code", warning.code).field("severity", "warning");
    json.field("subject", warning.task).field("text", warning.text).field("fixable", false);
    json.field("fixed", false).field("hint", "masc forecast " + warning.task).end_object();
  }
  for (const store::Problem& problem : reply.problems) store::put_problem(json, problem);
  json.end_array();
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
