// Task records in files: what `masc import` reads.
//
// A record is a map with the contract's fields. `title` must be there. Kept: id, key, title, body,
// status, priority, labels, after, parent, paths, created_at, created_by, updated_at, generation,
// result, note. A claim ends with the import, so `claimed` is read as `open`. Read over: what is
// derived or local (ready, blocked_by, claim, reserved, dna, version). Any other field is an error.
// `after` and `parent` name tasks by id or by key.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/document.h"
#include "model/task.h"

namespace masc::model {

struct Reference {
  Mark mark;
  std::string text;  // an id or a key
};

struct Record {
  Mark mark;
  Task task;  // without after and parent; id is empty if the record has none
  std::string body;
  std::vector<Reference> after;
  std::optional<Reference> parent;
  bool has_created = false;
  bool has_updated = false;
};

// kInvalid with line and column.
Result<Record> read_record(const Node& node);

enum class RecordFormat { kJsonLines, kYaml };
Result<RecordFormat> parse_record_format(std::string_view name);  // "jsonl", "yaml"; kUsage
// What a text most likely is, from the first byte that is no blank.
RecordFormat guess_format(std::string_view text) noexcept;

// All records of a text: a JSON object a line (blank lines are skipped), or a YAML list.
Result<std::vector<Record>> read_records(std::string_view text, RecordFormat format);

}  // namespace masc::model
