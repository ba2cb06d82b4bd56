#include "cmd/prompt.h"

#include "base/text.h"
#include "cmd/handing.h"
#include "cmd/verb.h"
#include "store/ports.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> id;
};
struct Reply {
  std::string prompt;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task; the own claim if left out",
           .completes = Completes::kTask}};
}

std::string rules(const model::Task& task) {
  const std::string id = task.id.str();
  std::string text = "\nHow work is done here:\n";
  if (task.claim && !task.claim->worktree.empty()) {
    text += fmt::format("- Work only in {}, on branch {}.\n", shell_quote(task.claim->worktree),
                        task.claim->branch);
    if (!task.claim->ports.empty())
      text += fmt::format("- Your servers listen on port {} only.\n",
                          store::format_ports(task.claim->ports));
  } else {
    text +=
        fmt::format("- Take it first: masc claim {}; then work in the worktree it names.\n", id);
  }
  text +=
      "- Commit with git as usual; hooks add the task to the message. Never bypass a hook that "
      "refuses.\n";
  text +=
      "- If masc says `superseded`, stop: another agent has the task, and your files are kept.\n";
  text +=
      "- Put decisions and dead ends on record: masc note 'TEXT' --decision | --deadend | --next\n";
  text +=
      "- When all is committed and tested: masc land. If you can't go on: masc handoff --next "
      "'what is left'.\n";
  return text;
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::TaskId id, context.task_or_own(o.id, 2));
  MASC_TRY(const model::Task task, tasks->load(id));
  MASC_TRY(std::string text, prompt_text(context, task));
  return Reply{std::move(text)};
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = printable_text(reply.prompt);
  out.whole = out.bare = true;
  JsonWriter json(context.globals().json);
  json.field("prompt", reply.prompt);
  out.json = json.take();
  return out;
}

}  // namespace

Result<std::string> prompt_text(Context& context, const model::Task& task) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const std::string body, tasks->body(task));
  MASC_TRY(const auto steps, tasks->history(task));
  std::string text = fmt::format("Your task is {}: {}\n", task.id.str(), task.title);
  if (!body.empty()) text += "\n" + body + (body.ends_with('\n') ? "" : "\n");
  std::string notes;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (step->change.note.empty()) continue;
    const std::string kind = step->change.note_kind.empty() ? "note" : step->change.note_kind;
    notes += fmt::format("- {} ({}): {}\n", kind, step->change.agent, step->change.note);
  }
  if (!notes.empty()) text += "\nOn record:\n" + notes;
  if (!task.paths.empty()) {
    text += "\nFiles it is about:";
    for (const std::string& path : task.paths) text += " " + path;
    text += "\n";
  }
  text += rules(task);
  MASC_TRY(const auto brief, task_brief(context, task, kBriefTokens));
  if (brief) text += "\n" + brief->text;
  return text;
}

const Verb& verb_prompt() {
  static const Verb verb = define<Options>({.name = "prompt",
                                            .summary = "what an agent is to be told about a task",
                                            .usage = "prompt [ID]",
                                            .exits = "0 1 2 4",
                                            .examples = {"masc prompt", "masc prompt m-7k3q9fxa"},
                                            .with = {}},
                                           params, execute, render);
  return verb;
}

}  // namespace masc::cmd
