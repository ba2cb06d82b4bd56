#include "model/document.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.h"
#include "base/text.h"

namespace masc::model {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// A scalar that YAML reads as this very text without quotes.
bool is_bare(std::string_view text) {
  constexpr std::string_view kMarks = "-_./+@";  // in the middle of a word
  const auto plain = [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
  };
  const bool starts =
      !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  return starts && std::all_of(text.begin(), text.end(), plain) &&
         !is_one_of(text,
                    {"null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE",
                     "yes",  "Yes",  "YES",  "no",   "No",   "NO",   "on",    "On",    "ON",
                     "off",  "Off",  "OFF",  "y",    "Y",    "n",    "N"});
}

// Whether a text of several lines can stand as a literal block and come back as it was.
bool is_block(std::string_view text) {
  const bool lines = text.find('\n') != text.npos && text.ends_with('\n') && text[0] != '\n' &&
                     text[0] != ' ' && !text.ends_with("\n\n");
  return lines && printable_text(text) == text && text.find('\t') == text.npos;
}

std::string scalar_text(const Node& node) {
  if (!node.quoted || is_bare(node.text)) return node.text;
  return json_string(node.text);
}

std::string flow(const Node& node) {
  std::string out;
  switch (node.kind) {
    case Node::Kind::kNull: return "null";
    case Node::Kind::kScalar: return scalar_text(node);
    case Node::Kind::kList:
      for (const Node& item : node.items) out += (out.empty() ? "" : ", ") + flow(item);
      return "[" + out + "]";
    case Node::Kind::kMap:
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        out += fmt::format("{}{}: {}", i == 0 ? "" : ", ", json_string(node.keys[i]),
                           flow(node.items[i]));
      }
      return "{" + out + "}";
  }
  return out;
}

std::string block(std::string_view text) {
  std::string out = "|\n";
  for (const std::string_view line : split_lines(text))
    out += line.empty() ? "\n" : fmt::format("    {}\n", line);
  return out;
}

}  // namespace

Error error_at(Mark mark, std::string_view why) {
  return error(ErrorCode::kInvalid, "{}:{}: {}", mark.line, mark.column, why)
      .fact("line", mark.line)
      .fact("column", mark.column);
}

Error in_file(std::string_view name, Error error) {
  error.message = fmt::format("{}:{}", name, error.message);
  return error;
}

Result<std::string> text_of(const Node& node, std::string_view wanted) {
  if (node.is_scalar()) return node.text;
  return fail(error_at(node.mark, fmt::format("{} expected", wanted)));
}

Result<std::int64_t> number_of(const Node& node, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, failed] = std::from_chars(node.text.data(), end, value);
  const bool number = node.is_scalar() && !node.quoted && failed == std::errc{} && stop == end;
  if (number && value >= least && value <= most) return value;
  return fail(
      error_at(node.mark, fmt::format("a whole number from {} to {} expected", least, most)));
}

Result<bool> flag_of(const Node& node) {
  if (node.is_scalar() && !node.quoted) {
    if (is_one_of(node.text, {"true", "True", "TRUE", "yes", "on"})) return true;
    if (is_one_of(node.text, {"false", "False", "FALSE", "no", "off"})) return false;
  }
  return fail(error_at(node.mark, "true or false expected"));
}

Result<std::vector<std::string>> texts_of(const Node& node) {
  if (node.kind != Node::Kind::kList) return fail(error_at(node.mark, "a list expected"));
  std::vector<std::string> texts;
  for (const Node& item : node.items) {
    MASC_TRY(std::string text, text_of(item));
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string format_yaml(const std::vector<Node>& maps) {
  std::string out;
  for (const Node& map : maps) {
    std::string_view before = "- ";
    for (std::size_t i = 0; i < map.items.size(); ++i) {
      const Node& value = map.items[i];
      if (value.is_null()) continue;
      const bool literal = value.is_scalar() && value.quoted && is_block(value.text);
      out += fmt::format("{}{}: ", before,
                         is_bare(map.keys[i]) ? map.keys[i] : json_string(map.keys[i]));
      out += literal ? block(value.text) : flow(value) + "\n";
      before = "  ";
    }
    if (before == "- ") out += "- {}\n";
  }
  return out.empty() ? "[]\n" : out;
}

}  // namespace masc::model
