#include "base/text.h"
#include "cmd/claiming.h"
#include "cmd/input.h"
#include "cmd/links.h"
#include "cmd/records.h"
#include "cmd/verb.h"
#include "model/fields.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> title, body, file, parent, key;
  std::optional<int> priority;
  std::vector<std::string> labels, after, paths;
  bool claim = false;
};
struct Reply {
  store::Taken taken;
  bool created = false;
  bool claimed = false;
  std::string json;
};

std::vector<Param> params(Options& o) {
  return {{.names = "TITLE", .target = &o.title, .value = "", .help = "one line", .required = true},
          {"-p,--priority", &o.priority, "N", "0 (first) to 4; 2 if unsaid"},
          {"-d,--body", &o.body, "BODY", "longer text"},
          {"-F,--file", &o.file, "FILE", "read the body from FILE, - for standard input",
           Completes::kFile},
          {"-l,--label", &o.labels, "LABEL", "add a label"},
          {"--after", &o.after, "ID", "must be done first", Completes::kTask},
          {"--parent", &o.parent, "ID", "the task this is a part of", Completes::kTask},
          {"--path", &o.paths, "GLOB", "files it will touch"},
          {"--key", &o.key, "K", "adding with the same key again gives the same task"},
          {"--claim", &o.claim, "", "claim it at once"}};
}

Result<store::Draft> make_draft(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  store::Draft draft;
  MASC_CHECK(check_line(*o.title, "title"));
  draft.task.title = *o.title;
  MASC_TRY(draft.task.priority, model::check_priority(o.priority.value_or(2)));
  MASC_TRY(draft.task.labels, check_labels(o.labels));
  MASC_TRY(draft.task.paths, check_paths(o.paths));
  for (const std::string& id : o.after) {
    MASC_TRY(model::TaskId after, tasks->resolve(id, 4));
    auto& known = draft.task.after;
    if (std::find(known.begin(), known.end(), after) == known.end())
      known.push_back(std::move(after));
  }
  if (o.parent) {
    MASC_TRY(draft.task.parent, tasks->resolve(*o.parent, 4));
  }
  if (o.key) {
    MASC_CHECK(check_line(*o.key, "key", 256));
    draft.task.key = *o.key;
    draft.task.id = store::id_of_key(*o.key);
  } else {
    MASC_TRY(draft.task.id, tasks->fresh_id());
  }
  MASC_CHECK(refuse_circle(*tasks, draft.task.id, draft.task.after, draft.task.parent));
  MASC_TRY(draft.body, body_of(context, o.body, o.file));
  MASC_TRY(draft.change,
           context.change("task_created",
                          fmt::format("add {}: {}", draft.task.id.str(), draft.task.title)));
  draft.task.created = draft.change.at;
  draft.task.created_by = draft.change.agent;
  return draft;
}

// A key that is taken gives its task back. nullopt: go on and create it.
Result<std::optional<Reply>> existing(Context& context, const Options& o) {
  if (!o.key) return std::nullopt;
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(auto task, tasks->find(store::id_of_key(*o.key)));
  if (!task) return std::nullopt;
  Reply reply;
  reply.taken.task = std::move(*task);
  if (!o.claim) return reply;
  MASC_TRY(reply.taken, claim_task(context, reply.taken.task.id.str(), {}));
  reply.claimed = true;
  return reply;
}

Result<Reply> create(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(store::Draft draft, make_draft(context, o));
  MASC_TRY(auto before, existing(context, o));
  if (before) return std::move(*before);
  Reply reply;
  reply.created = true;
  reply.claimed = o.claim;
  if (o.claim) {
    MASC_TRY(store::Claims * claims, context.claims());
    MASC_TRY(const model::Actor actor, context.actor());
    store::ClaimOptions options;
    MASC_CHECK(allow_setup(context, options));
    MASC_TRY(reply.taken, claims->add_claimed(std::move(draft), actor, options, context.now()));
    for (const std::string& warning : reply.taken.warnings) context.warn(warning);
  } else {
    MASC_TRY(reply.taken.task, tasks->create({std::move(draft)}));
  }
  return reply;
}

Result<Reply> execute(Context& context, const Options& o) {
  auto made = create(context, o);
  // Another process added the same key between the look and the swap: its task is the answer.
  if (!made && made.error().code == ErrorCode::kConflict && o.key) made = create(context, o);
  if (!made) return made;
  const model::Task& task = made->taken.task;
  if (made->created && !task.parent.empty()) {
    MASC_CHECK(name_child(context, task.parent, task.id));
  }
  MASC_TRY(made->json, task_field(context, task));
  return made;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  const model::Task& task = reply.taken.task;
  const std::string verdict = reply.created ? "added" : "exists";
  out.text = fmt::format("{} {} {}\n", verdict, task.id.str(), printable(task.title));
  if (reply.claimed) out.text += claim_text(reply.taken, context.now());
  out.quiet = task.id.str() + "\n";
  JsonWriter json(context.globals().json);
  json.raw(reply.json).field("created", reply.created);
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_add() {
  static const Verb verb = define<Options>(
      {.name = "add",
       .summary = "add a task",
       .usage = "add TITLE [-p N] [-d BODY | -F FILE|-] [-l LABEL]… [--after ID]… [--parent ID] "
                "[--path GLOB]… [--key K] [--claim]",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc add 'Fix login redirect' -p 1",
                    "masc add 'Write the tests' --after m-7k3q9fxa -l tests"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
