#include <algorithm>

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
  std::optional<std::string> id, title, body, file, parent;
  std::optional<int> priority;
  std::vector<std::string> labels, after, paths;
};
struct Reply {
  model::Task task;
  bool changed = true;
  std::string json;
};

std::vector<Param> params(Options& o) {
  return {
      {.names = "ID",
       .target = &o.id,
       .value = "",
       .help = "the task",
       .completes = Completes::kTask,
       .required = true},
      {"--title", &o.title, "T", "a new title"},
      {"-d,--body", &o.body, "BODY", "a new body"},
      {"-F,--file", &o.file, "FILE", "read the body from FILE, - for standard input",
       Completes::kFile},
      {"-p,--priority", &o.priority, "N", "0 (first) to 4"},
      {"-l,--label", &o.labels, "+L|-L", "add or drop a label"},
      {"--after", &o.after, "+ID|-ID", "add or drop a dependency", Completes::kTask},
      {"--path", &o.paths, "+G|-G", "add or drop a glob"},
      {"--parent", &o.parent, "ID", "the task this is a part of; '' for none", Completes::kTask}};
}

// "+x" adds, "-x" drops, "x" adds.
struct Edits {
  std::vector<std::string> added;
  std::vector<std::string> dropped;
};

Result<Edits> read_edits(const std::vector<std::string>& words) {
  Edits edits;
  for (const std::string& word : words) {
    const bool drop = word.starts_with('-');
    const bool sign = drop || word.starts_with('+');
    (drop ? edits.dropped : edits.added).push_back(word.substr(sign ? 1 : 0));
  }
  for (const std::string& word : edits.added) {
    if (std::find(edits.dropped.begin(), edits.dropped.end(), word) != edits.dropped.end())
      return fail(ErrorCode::kUsage, "'{}' is to be added and dropped", printable(word));
  }
  return edits;
}

template <class T>
void apply(std::vector<T>& list, const std::vector<T>& added, const std::vector<T>& dropped) {
  std::erase_if(list, [&](const T& item) {
    return std::find(dropped.begin(), dropped.end(), item) != dropped.end();
  });
  for (const T& item : added) {
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
  }
}

Result<std::vector<model::TaskId>> resolve_all(const store::TaskStore& tasks,
                                               const std::vector<std::string>& words) {
  std::vector<model::TaskId> ids;
  for (const std::string& word : words) {
    MASC_TRY(model::TaskId id, tasks.resolve(word, 4));
    ids.push_back(std::move(id));
  }
  return ids;
}

Result<void> apply_text(Context& context, const Options& o, store::Draft& draft) {
  model::Task& task = draft.task;
  if (o.title) {
    MASC_CHECK(check_line(*o.title, "title"));
    task.title = *o.title;
  }
  if (o.priority) {
    MASC_TRY(task.priority, model::check_priority(*o.priority));
  }
  MASC_TRY(const Edits labels, read_edits(o.labels));
  MASC_CHECK(check_labels(labels.added));
  apply(task.labels, labels.added, labels.dropped);
  MASC_TRY(const Edits paths, read_edits(o.paths));
  MASC_CHECK(check_paths(paths.added));
  apply(task.paths, paths.added, paths.dropped);
  MASC_TRY(draft.body, body_of(context, o.body, o.file));
  return {};
}

struct Links {
  std::vector<model::TaskId> added;
  std::vector<model::TaskId> dropped;
  std::optional<model::TaskId> parent;  // empty id: none
};

Result<Links> read_links(const store::TaskStore& tasks, const model::TaskId& id, const Options& o) {
  Links links;
  MASC_TRY(const Edits after, read_edits(o.after));
  MASC_TRY(links.added, resolve_all(tasks, after.added));
  MASC_TRY(links.dropped, resolve_all(tasks, after.dropped));
  if (o.parent && o.parent->empty()) links.parent.emplace();
  if (o.parent && !o.parent->empty()) {
    MASC_TRY(links.parent, tasks.resolve(*o.parent, 4));
  }
  MASC_CHECK(refuse_circle(tasks, id, links.added, links.parent.value_or(model::TaskId{})));
  return links;
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::TaskId id, tasks->resolve(*o.id, 4));
  MASC_TRY(const Links links, read_links(*tasks, id, o));
  MASC_TRY(const model::Change change, context.change("task_edited", "edit " + id.str()));
  // The parent learns of its part first: a part that it names but that is not there yet blocks
  // nothing.
  if (links.parent && !links.parent->empty()) {
    MASC_CHECK(name_child(context, *links.parent, id));
  }
  Reply reply;
  MASC_TRY(reply.task,
           tasks->change(id, [&](const model::Task& now) -> Result<std::optional<store::Draft>> {
             store::Draft draft{now, change, std::nullopt};
             MASC_CHECK(apply_text(context, o, draft));
             apply(draft.task.after, links.added, links.dropped);
             if (links.parent) draft.task.parent = *links.parent;
             return draft;
           }));
  MASC_TRY(reply.json, task_field(context, reply.task));
  return reply;
}

Rendered render(Context&, const Reply& reply) {
  Rendered out;
  out.text = fmt::format("edited {} {}\n", reply.task.id.str(), printable(reply.task.title));
  out.json = reply.json;
  return out;
}

}  // namespace

const Verb& verb_edit() {
  static const Verb verb = define<Options>(
      {.name = "edit",
       .summary = "change a task's fields",
       .usage =
           "edit ID [--title T] [-d BODY | -F FILE|-] [-p N] [--label +x/-x]… [--after +ID/-ID]… "
           "[--path +G/-G]… [--parent ID]",
       .exits = "0 1 2 4 6 7",
       .examples = {"masc edit m-7k3q9fxa -p 0 --label +urgent",
                    "masc edit m-7k3q9fxa --after +m-2c8e0d1b"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
