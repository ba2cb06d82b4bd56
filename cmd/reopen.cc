#include "base/text.h"
#include "cmd/records.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> id;
};
struct Reply {
  model::Task task;
  bool changed = false;
  std::string json;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task",
           .completes = Completes::kTask,
           .required = true}};
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::TaskId id, tasks->resolve(*o.id, 4));
  MASC_TRY(const model::Change change, context.change("task_reopened", "reopen " + id.str()));
  Reply reply;
  MASC_TRY(reply.task,
           tasks->change(id, [&](const model::Task& now) -> Result<std::optional<store::Draft>> {
             MASC_TRY(reply.changed, model::decide_reopen(now));
             if (!reply.changed) return std::nullopt;
             store::Draft draft{now, change, std::nullopt};
             draft.task.status = model::Status::kOpen;
             draft.task.result.reset();
             draft.task.landing.clear();
             return draft;
           }));
  MASC_TRY(reply.json, task_field(context, reply.task));
  return reply;
}

Rendered render(Context&, const Reply& reply) {
  Rendered out;
  out.text =
      fmt::format("{} {} {}\n", reply.changed ? "reopened" : model::status_name(reply.task.status),
                  reply.task.id.str(), printable(reply.task.title));
  out.json = reply.json;
  return out;
}

}  // namespace

const Verb& verb_reopen() {
  static const Verb verb =
      define<Options>({.name = "reopen",
                       .summary = "open a finished task again",
                       .usage = "reopen ID",
                       .exits = "0 1 2 4 6 7",
                       .examples = {"masc reopen m-7k3q9fxa", "masc reopen m-7k3q --json"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
