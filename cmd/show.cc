#include "base/text.h"
#include "cmd/history.h"
#include "cmd/records.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

constexpr std::size_t kShownEntries = 6;
constexpr std::size_t kShownOutput = 5;

struct Options {
  std::optional<std::string> id;
  bool body = false;
  bool check = false;
};
struct Reply {
  TaskView view;
  std::string body;
  std::string check_log;
  bool body_only = false;
  bool check_only = false;
  std::vector<model::Step> steps;  // newest first
};

std::vector<Param> params(Options& o) {
  return {
      {.names = "ID",
       .target = &o.id,
       .value = "",
       .help = "the task; the own claim if left out",
       .completes = Completes::kTask},
      {"--body", &o.body, "", "print the body and nothing else"},
      {"--check", &o.check, "", "print what the last landing's check printed, and nothing else"}};
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::TaskId id, context.task_or_own(o.id, 2));
  MASC_TRY(model::Task task, tasks->load(id));
  if (o.body && o.check) return fail(ErrorCode::kUsage, "--body and --check exclude each other");
  Reply reply;
  reply.body_only = o.body;
  reply.check_only = o.check;
  MASC_TRY(reply.body, tasks->body(task));
  MASC_TRY(reply.check_log, tasks->check_log(task));
  if ((!o.body && !o.check) || context.globals().json) {
    MASC_TRY(reply.steps, tasks->history(task));
  }
  MASC_TRY(reply.view, view_task(context, std::move(task)));
  return reply;
}

// "<outcome> <commit> <command>"
struct Check {
  std::string outcome, commit, command;
};
std::optional<Check> check_of(const model::Task& task) {
  if (task.check.empty()) return std::nullopt;
  std::string_view rest(task.check);
  Check check;
  check.outcome = std::string(take_until(rest, ' '));
  check.commit = std::string(take_until(rest, ' '));
  check.command = std::string(rest);
  return check;
}

std::string check_text(const Reply& reply) {
  const auto check = check_of(reply.view.task);
  if (!check) return "";
  std::string text = fmt::format("check {} on {}: {}\n", check->outcome, check->commit.substr(0, 7),
                                 printable(check->command));
  if (check->outcome == "passed") return text;
  auto lines = split_lines(reply.check_log);
  if (lines.size() > kShownOutput)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kShownOutput));
  for (const std::string_view line : lines) text += fmt::format("| {}\n", printable(line));
  return text;
}

void put_check(JsonWriter& json, const Reply& reply) {
  json.key("check");
  const auto check = check_of(reply.view.task);
  if (!check) {
    json.null();
    return;
  }
  json.begin_object().field("outcome", check->outcome).field("commit", check->commit);
  json.field("command", check->command).field("output", reply.check_log).end_object();
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
    for (const std::string& value : values) text += " " + printable(value);
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
  text += check_text(reply);
  if (!task.note.empty()) text += "note: " + printable(first_line(task.note)) + "\n";
  return text;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  const model::Task& task = reply.view.task;
  out.more = fmt::format("masc show {} --json", task.id.str());
  if (reply.body_only) {
    out.text = reply.body;
    out.whole = out.bare = true;
  } else if (reply.check_only) {
    out.text = printable_text(reply.check_log);
    out.whole = out.bare = true;
  } else {
    out.text = task_line(reply.view, context.now()) + details(reply);
    if (!reply.body.empty()) out.text += printable_text(trim(reply.body)) + "\n";
    for (const model::Step& step : reply.steps) {
      if (step.change.event != "note") continue;
      out.text += fmt::format("{}: {} ({})\n", step.change.note_kind,
                              printable(first_line(step.change.note)), step.change.agent);
    }
    for (std::size_t i = 0; i < reply.steps.size() && i < kShownEntries; ++i) {
      out.text += entry_line(reply.steps[i]);
    }
  }
  JsonWriter json(context.globals().json);
  json.key("task");
  put_task(json, reply.view, &reply.body);
  put_notes(json, reply.steps);
  put_check(json, reply);
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
                       .usage = "show ID [--body | --check]",
                       .exits = "0 1 2 4",
                       .examples = {"masc show m-7k3q9fxa", "masc show m-7k --body"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
