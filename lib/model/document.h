// YAML and JSON texts as one small tree in which every node knows where it stands.
//
// The policy and files to import are read through this, so that an error can name line and column.
// YAML is read by yaml-cpp, JSON by nlohmann/json. Not taken, with an error at its place: aliases
// and tags of YAML (a short text could stand for a huge one), keys that are no text, a key given
// twice, more than 32 levels, more than one document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace masc::model {

// Counted from 1; columns in bytes.
struct Mark {
  int line = 1;
  int column = 1;
  bool operator==(const Mark&) const = default;
};

struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  Mark mark;
  std::string text;     // kScalar
  bool quoted = false;  // kScalar: certainly a text, not a number or a truth value
  std::vector<std::string> keys;
  std::vector<Mark> key_marks;  // as long as keys
  std::vector<Node> items;      // kList; kMap: the values, as long as keys

  bool is_null() const noexcept { return kind == Kind::kNull; }
  bool is_scalar() const noexcept { return kind == Kind::kScalar; }
};

// kInvalid with the facts `line` and `column`: "<line>:<column>: <why>".
Error error_at(Mark mark, std::string_view why);
// The same error with "<name>:" in front.
Error in_file(std::string_view name, Error error);

// A whole YAML document; kNull for an empty one.
Result<Node> parse_yaml(std::string_view text);
// One JSON value that takes all of `text`, which begins in line `line` and holds no other.
Result<Node> parse_json(std::string_view text, int line = 1);

// What a node says, or an error at its place.
Result<std::string> text_of(const Node& node, std::string_view wanted = "a text");
Result<std::int64_t> number_of(const Node& node, std::int64_t least, std::int64_t most);
Result<bool> flag_of(const Node& node);
Result<std::vector<std::string>> texts_of(const Node& node);  // a list of texts

// A list of maps as YAML in block style, a map an item, its values in flow style, texts of several
// lines as literal blocks. parse_yaml() gives the same tree back, marks and kNull values aside:
// those are left out.
std::string format_yaml(const std::vector<Node>& maps);

}  // namespace masc::model
