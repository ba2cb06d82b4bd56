#include "git/token.h"

#include <charconv>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "model/id.h"
#include "model/trailers.h"

namespace masc::git {
namespace {

void append_field(std::string& text, std::string_view key, std::string_view value) {
  if (!value.empty()) text += fmt::format("{} {}\n", key, model::escape_value(value));
}

Result<std::int64_t> parse_generation(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || number < 1) {
    return fail(ErrorCode::kFormat, "'{}' is no generation", printable(text));
  }
  return number;
}

Result<bool> parse_yes(std::string_view text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  return fail(ErrorCode::kFormat, "'{}' is neither yes nor no", printable(text));
}

Result<void> set_field(Token& token, std::string_view key, std::string value) {
  if (key == "task") {
    MASC_TRY(const auto id, model::TaskId::parse(value));
    token.task = id.str();
  } else if (key == "agent") {
    MASC_TRY(token.agent, model::parse_agent_name(value));
  } else if (key == "generation") {
    MASC_TRY(token.generation, parse_generation(value));
  } else if (key == "session") {
    token.session = std::move(value);
  } else if (key == "version") {
    token.version = std::move(value);
  } else {
    MASC_TRY(token.ended, parse_yes(value));
  }
  return {};
}

bool is_known(std::string_view key) {
  return key == "task" || key == "agent" || key == "generation" || key == "session" ||
         key == "version" || key == "ended";
}

Result<void> read_line(Token& token, std::string_view line, std::set<std::string_view>& seen) {
  const std::string_view whole = line;
  const std::string_view key = take_until(line, ' ');
  if (key.empty()) return fail(ErrorCode::kFormat, "'{}' is no field", printable(whole));
  if (!is_known(key)) {
    token.others.emplace_back(whole);
    return {};
  }
  if (!seen.insert(key).second) return fail(ErrorCode::kFormat, "'{}' is there twice", key);
  MASC_TRY(std::string value, model::unescape_value(line));
  return set_field(token, key, std::move(value));
}

}  // namespace

std::string token_path(const std::string& git_dir) { return join_path(git_dir, "masc-token"); }

std::string format_token(const Token& token) {
  std::string text;
  append_field(text, "task", token.task);
  append_field(text, "agent", token.agent);
  append_field(text, "generation", std::to_string(token.generation));
  append_field(text, "session", token.session);
  append_field(text, "version", token.version);
  append_field(text, "ended", token.ended ? "yes" : "");
  for (const std::string& line : token.others) text += line + '\n';
  return text;
}

Result<Token> parse_token(std::string_view text) {
  Token token;
  std::set<std::string_view> seen;
  if (!text.ends_with('\n')) return fail(ErrorCode::kFormat, "its last line is cut off");
  for (const std::string_view line : split_lines(text)) MASC_CHECK(read_line(token, line, seen));
  for (const std::string_view key : {"task", "agent", "generation"}) {
    if (!seen.contains(key)) return fail(ErrorCode::kFormat, "it has no '{}'", key);
  }
  return token;
}

Result<std::optional<Token>> read_token(const std::string& git_dir) {
  const std::string path = token_path(git_dir);
  MASC_TRY(const auto text, read_file_if_any(path));
  if (!text) return std::nullopt;
  auto token = parse_token(*text);
  if (token) return std::move(*token);
  return fail(
      error(ErrorCode::kFormat, "the token '{}' is damaged: {}", path, token.error().message)
          .fact("path", path));
}

Result<void> write_token(const std::string& git_dir, const Token& token) {
  return write_file(token_path(git_dir), format_token(token));
}

}  // namespace masc::git
