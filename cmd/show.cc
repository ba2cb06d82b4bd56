#include "base/text.h"
#include "cmd/history.h"
#include "cmd/records.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

constexpr std::size_t kShownEntries = 6;

struct Options {
  std::optional<std::string> id;
  bool body = false;
};
struct Reply {
  TaskView view;
  std::string body;
  bool body_only = false;
  std::vector<model::Step> steps;  // newest first
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task; the own claim if left out",
           .completes = Completes::kTask},
          {"--body", &o.body, "", "print the body and nothing else"}};
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::TaskId id, context.task_or_own(o.id, 2));
  MASC_TRY(model::Task task, tasks->load(id));
  Reply reply;
  reply.body_only = o.body;
  MASC_TRY(reply.body, tasks->body(task));
  if (!o.body || context.globals().json) {
    MASC_TRY(reply.steps, tasks->history(task));
  }
  MASC_TRY(reply.view, view_task(context, std::move(task)));
  return reply;
}

std::string details(const Reply& reply) {
  const model::Task& task = reply.view.task;
  std::string text;
  if (task.claim && !task.claim->worktree.empty()) {
    text += fmt::format("worktree {}, branch {} onto {}\n", shell_quote(task.claim->worktree),
                        task.claim->branch, task.claim->base);
  }
  const auto list = [&](std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    text += fmt::format("{}", name);
    for (const std::string& value : values) text += " " + value;
    text += "\n";
  };
  std::vector<std::string> ids;
  for (const model::TaskId& id : reply.view.blocked_by) ids.push_back(id.str());
  list("waits for", ids);
  list("paths", task.paths);
  if (!task.parent.empty()) text += "part of " + task.parent.str() + "\n";
  if (task.result && !task.result->commit.empty()) {
    text += fmt::format("{} {}\n", task.result->landed ? "landed as" : "last commit",
                        task.result->commit);
  }
  if (!task.note.empty()) text += "note: " + printable(first_line(task.note)) + "\n";
  return text;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  const model::Task& task = reply.view.task;
  out.more = fmt::format("masc show {} --json", task.id.str());
  if (reply.body_only) {
    out.text = reply.body;
    out.whole = true;
  } else {
    out.text = task_line(reply.view, context.now()) + details(reply);
    if (!reply.body.empty()) out.text += printable(trim(reply.body)) + "\n";
    for (const model::Step& step : reply.steps) {
      if (step.change.event != "note") continue;
      out.text += fmt::format("{}: {} ({})\n", step.change.note_kind,
                              printable(first_line(step.change.note)), step.change.agent);
    }
    for (std::size_t i = 0; i < reply.steps.size() && i < kShownEntries; ++i) {
      out.text += entry_line(reply.steps[i]);
    }
  }
  JsonWriter json;
  json.key("task");
  put_task(json, reply.view, &reply.body);
  put_notes(json, reply.steps);
  json.key("log");
  put_entries(json, reply.steps);
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_show() {
  static const Verb verb =
      define<Options>({.name = "show",
                       .summary = "show a task with its notes and what happened to it",
                       .usage = "show ID [--body]",
                       .exits = "0 1 2 4",
                       .examples = {"masc show m-7k3q9fxa", "masc show m-7k --body"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
