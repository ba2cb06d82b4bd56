#include "base/text.h"
#include "cmd/input.h"
#include "cmd/records.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> text, id;
  bool decision = false, constraint = false, deadend = false, blocked = false, next = false;
};
struct Reply {
  model::Task task;
  std::string kind;
  std::string json;
};

std::vector<Param> params(Options& o) {
  return {{.names = "TEXT",
           .target = &o.text,
           .value = "",
           .help = "what to put on record",
           .required = true},
          {.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task; the own claim if left out",
           .completes = Completes::kTask},
          {"--decision", &o.decision, "", "something was decided"},
          {"--constraint", &o.constraint, "", "something that must hold"},
          {"--deadend", &o.deadend, "", "something that did not work"},
          {"--blocked", &o.blocked, "", "something that stands in the way"},
          {"--next", &o.next, "", "what to do next"}};
}

Result<std::string> kind_of(const Options& o) {
  std::string kind = "note";
  int given = 0;
  for (const auto& [set, name] : {std::pair{o.decision, "decision"},
                                  {o.constraint, "constraint"},
                                  {o.deadend, "deadend"},
                                  {o.blocked, "blocked"},
                                  {o.next, "next"}}) {
    if (!set) continue;
    kind = name;
    ++given;
  }
  if (given > 1) return fail(ErrorCode::kUsage, "a note is of one kind");
  return kind;
}

Result<Reply> execute(Context& context, const Options& o) {
  Reply reply;
  MASC_TRY(reply.kind, kind_of(o));
  MASC_TRY(const std::string text, check_note(context, *o.text, "note"));
  MASC_TRY(const model::TaskId id, context.task_or_own(o.id));
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(model::Change change,
           context.change("note", fmt::format("{} on {}", reply.kind, id.str())));
  change.note_kind = reply.kind;
  change.note = text;
  MASC_TRY(reply.task,
           tasks->change(id, [&](const model::Task& now) -> Result<std::optional<store::Draft>> {
             return store::Draft{now, change, std::nullopt};
           }));
  MASC_TRY(reply.json, task_field(context, reply.task));
  return reply;
}

Rendered render(Context&, const Reply& reply) {
  Rendered out;
  out.text = fmt::format("noted {} {} ({})\n", reply.task.id.str(), printable(reply.task.title),
                         reply.kind);
  out.json = reply.json;
  return out;
}

}  // namespace

const Verb& verb_note() {
  static const Verb verb = define<Options>(
      {.name = "note",
       .summary = "put something on record for whoever works on the task next",
       .usage = "note TEXT [--decision | --constraint | --deadend | --blocked | --next] [ID]",
       .exits = "0 1 2 4 6 7",
       .examples = {"masc note 'the API stays as it is' --decision",
                    "masc note 'tried a cache: slower' --deadend m-7k3q9fxa"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
