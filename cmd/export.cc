#include <algorithm>

#include "cmd/records.h"
#include "cmd/verb.h"
#include "model/record.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> format;
};
struct Reply {
  model::RecordFormat format = model::RecordFormat::kJsonLines;
  std::vector<std::string> records;  // a JSON object each
};

std::vector<Param> params(Options& o) {
  return {{"--format",
           &o.format,
           "F",
           "jsonl (a record a line) or yaml",
           Completes::kWords,
           {"jsonl", "yaml"}}};
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  Reply reply;
  if (o.format) {
    MASC_TRY(reply.format, model::parse_record_format(*o.format));
  }
  MASC_TRY(auto all, tasks->all());
  std::sort(all.begin(), all.end(), [](const model::Task& a, const model::Task& b) {
    return std::tie(a.created, a.id) < std::tie(b.created, b.id);
  });
  MASC_TRY(const auto views, view_tasks(context, std::move(all)));
  for (const TaskView& view : views) {
    MASC_TRY(const std::string body, tasks->body(view.task));
    JsonWriter json;
    put_task(json, view, &body);
    reply.records.push_back(json.take());
  }
  return reply;
}

// What is derived or local says nothing to the one who reads the file.
bool is_kept(std::string_view key, const model::Node& value) {
  if (value.is_null() || (value.quoted && value.text.empty())) return false;
  if (value.kind != model::Node::Kind::kScalar && value.items.empty()) return false;
  for (const std::string_view derived :
       {"ready", "blocked_by", "claim", "reserved", "dna", "version"}) {
    if (key == derived) return false;
  }
  return true;
}

model::Node yaml_record(const std::string& json) {
  // It was written by put_task(), so it reads.
  const model::Node whole = model::parse_json(json).value();
  model::Node record;
  record.kind = model::Node::Kind::kMap;
  for (std::size_t i = 0; i < whole.keys.size(); ++i) {
    if (!is_kept(whole.keys[i], whole.items[i])) continue;
    record.keys.push_back(whole.keys[i]);
    record.items.push_back(whole.items[i]);
  }
  return record;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.whole = out.bare = true;
  JsonWriter json(context.globals().json);
  json.field("count", static_cast<std::uint64_t>(reply.records.size()));
  json.key("tasks").begin_array();
  for (const std::string& record : reply.records) json.raw(record);
  json.end_array();
  out.json = json.take();
  if (reply.format == model::RecordFormat::kJsonLines) {
    for (const std::string& record : reply.records) out.text += record + "\n";
    return out;
  }
  std::vector<model::Node> records;
  for (const std::string& record : reply.records) records.push_back(yaml_record(record));
  out.text = model::format_yaml(records);
  return out;
}

}  // namespace

const Verb& verb_export() {
  static const Verb verb = define<Options>(
      {.name = "export",
       .summary = "print every task record, finished ones included",
       .usage = "export [--format jsonl|yaml]",
       .exits = "0 1 2 4",
       .examples = {"masc export > tasks.jsonl", "masc export --format yaml > tasks.yaml"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
