#include "model/record.h"

#include <algorithm>

#include "base/text.h"
#include "model/fields.h"

namespace masc::model {
namespace {

constexpr std::int64_t kHighestGeneration = std::int64_t{1} << 53;

// An error about a field, at the field's place.
template <class T>
Result<T> placed(const Node& node, Result<T> result) {
  if (result) return result;
  return fail(error_at(node.mark, result.error().message));
}

class Fields {
 public:
  explicit Fields(Record& record) : record_(record), task_(record.task) {}

  Result<void> read(std::string_view name, Mark mark, const Node& node) {
    struct Row {
      std::string_view name;
      Result<void> (Fields::*take)(const Node&);
    };
    static constexpr Row kRows[] = {
        {"id", &Fields::id},
        {"key", &Fields::key},
        {"title", &Fields::title},
        {"body", &Fields::body},
        {"status", &Fields::status},
        {"priority", &Fields::priority},
        {"labels", &Fields::labels},
        {"after", &Fields::after},
        {"parent", &Fields::parent},
        {"paths", &Fields::paths},
        {"created_at", &Fields::created_at},
        {"created_by", &Fields::created_by},
        {"updated_at", &Fields::updated_at},
        {"generation", &Fields::generation},
        {"result", &Fields::result},
        {"note", &Fields::note},
        {"ready", &Fields::skip},
        {"blocked_by", &Fields::skip},
        {"claim", &Fields::skip},
        {"reserved", &Fields::skip},
        {"dna", &Fields::skip},
        {"version", &Fields::skip},
    };
    const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                   [&](const Row& one) { return one.name == name; });
    if (row == std::end(kRows))
      return fail(error_at(mark, fmt::format("a task has no field '{}'", printable(name))));
    return node.is_null() ? Result<void>{} : (this->*row->take)(node);
  }

 private:
  Result<void> skip(const Node&) { return {}; }

  Result<void> id(const Node& node) {
    MASC_TRY(const std::string text, text_of(node));
    MASC_TRY(task_.id, placed(node, TaskId::parse(text)));
    return {};
  }
  Result<void> key(const Node& node) {
    MASC_TRY(task_.key, text_of(node));
    return placed(node, check_key(task_.key));
  }
  Result<void> title(const Node& node) {
    MASC_TRY(task_.title, text_of(node));
    return placed(node, check_line(task_.title, "title"));
  }
  Result<void> body(const Node& node) {
    MASC_TRY(record_.body, text_of(node));
    return placed(node, check_body(record_.body, "body"));
  }
  Result<void> status(const Node& node) {
    MASC_TRY(const std::string text, text_of(node));
    MASC_TRY(task_.status, placed(node, parse_status(text)));
    if (task_.status == Status::kClaimed) task_.status = Status::kOpen;
    return {};
  }
  Result<void> priority(const Node& node) {
    MASC_TRY(const std::int64_t number, number_of(node, 0, 4));
    task_.priority = static_cast<int>(number);
    return {};
  }
  Result<void> labels(const Node& node) {
    MASC_TRY(task_.labels, texts_of(node));
    for (std::size_t i = 0; i < task_.labels.size(); ++i)
      MASC_CHECK(placed(node.items[i], check_label(task_.labels[i])));
    return {};
  }
  Result<void> paths(const Node& node) {
    MASC_TRY(task_.paths, texts_of(node));
    for (std::size_t i = 0; i < task_.paths.size(); ++i)
      MASC_CHECK(placed(node.items[i], check_glob(task_.paths[i])));
    return {};
  }
  Result<void> after(const Node& node) {
    MASC_TRY(auto names, texts_of(node));
    for (std::size_t i = 0; i < names.size(); ++i)
      record_.after.push_back({node.items[i].mark, std::move(names[i])});
    return {};
  }
  Result<void> parent(const Node& node) {
    MASC_TRY(std::string name, text_of(node));
    record_.parent = Reference{node.mark, std::move(name)};
    return {};
  }
  Result<void> time(const Node& node, Instant& out) {
    MASC_TRY(const std::string text, text_of(node));
    MASC_TRY(out, placed(node, parse_time(text)));
    return {};
  }
  Result<void> created_at(const Node& node) {
    record_.has_created = true;
    return time(node, task_.created);
  }
  Result<void> updated_at(const Node& node) {
    record_.has_updated = true;
    return time(node, task_.updated);
  }
  Result<void> created_by(const Node& node) {
    MASC_TRY(const std::string text, text_of(node));
    MASC_TRY(task_.created_by, placed(node, parse_agent_name(text)));
    return {};
  }
  Result<void> generation(const Node& node) {
    MASC_TRY(task_.generation, number_of(node, 0, kHighestGeneration));
    return {};
  }
  Result<void> note(const Node& node) {
    MASC_TRY(task_.note, text_of(node));
    return placed(node, check_note(task_.note, "note"));
  }

  Result<void> line_of(const Node& node, std::string& out, std::string_view what) {
    if (node.is_null()) return {};
    MASC_TRY(out, text_of(node));
    return placed(node, check_line(out, what));
  }
  Result<void> result(const Node& node) {
    if (node.kind != Node::Kind::kMap) return fail(error_at(node.mark, "a map expected"));
    Outcome& outcome = task_.result.emplace();
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const Node& value = node.items[i];
      const std::string& name = node.keys[i];
      if (name == "agent") {
        MASC_CHECK(line_of(value, outcome.agent, name));
      } else if (name == "branch") {
        MASC_CHECK(line_of(value, outcome.branch, name));
      } else if (name == "commit") {
        MASC_CHECK(line_of(value, outcome.commit, name));
      } else if (name == "landed") {
        MASC_TRY(outcome.landed, flag_of(value));
      } else if (name == "generation") {
        MASC_TRY(outcome.generation, number_of(value, 0, kHighestGeneration));
      } else {
        return fail(error_at(node.key_marks[i],
                             fmt::format("a result has no field '{}'", printable(name))));
      }
    }
    return {};
  }

  Record& record_;
  Task& task_;
};

Result<std::vector<Record>> read_json_lines(std::string_view text) {
  std::vector<Record> records;
  int line = 0;
  for (const std::string_view one : split_lines(text)) {
    ++line;
    if (trim(one).empty()) continue;
    MASC_TRY(const Node node, parse_json(one, line));
    MASC_TRY(Record record, read_record(node));
    records.push_back(std::move(record));
  }
  return records;
}

Result<std::vector<Record>> read_yaml_list(std::string_view text) {
  std::vector<Record> records;
  MASC_TRY(const Node root, parse_yaml(text));
  if (root.is_null()) return records;
  if (root.kind != Node::Kind::kList)
    return fail(error_at(root.mark, "a list of task records expected"));
  for (const Node& node : root.items) {
    MASC_TRY(Record record, read_record(node));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

Result<Record> read_record(const Node& node) {
  Record record;
  record.mark = node.mark;
  if (node.kind != Node::Kind::kMap) return fail(error_at(node.mark, "a task record expected"));
  Fields fields(record);
  for (std::size_t i = 0; i < node.keys.size(); ++i)
    MASC_CHECK(fields.read(node.keys[i], node.key_marks[i], node.items[i]));
  if (record.task.title.empty()) return fail(error_at(node.mark, "a task needs a title"));
  if (!is_finished(record.task.status)) record.task.result.reset();
  return record;
}

Result<RecordFormat> parse_record_format(std::string_view name) {
  if (name == "jsonl") return RecordFormat::kJsonLines;
  if (name == "yaml") return RecordFormat::kYaml;
  return fail(
      error(ErrorCode::kUsage, "'{}' is no format", printable(name)).hint("use jsonl or yaml"));
}

RecordFormat guess_format(std::string_view text) noexcept {
  text = trim(text);
  return text.starts_with('{') ? RecordFormat::kJsonLines : RecordFormat::kYaml;
}

Result<std::vector<Record>> read_records(std::string_view text, RecordFormat format) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  switch (format) {
    case RecordFormat::kJsonLines: return read_json_lines(text);
    case RecordFormat::kYaml: return read_yaml_list(text);
  }
  return read_json_lines(text);
}

}  // namespace masc::model
