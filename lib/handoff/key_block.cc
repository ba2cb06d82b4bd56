// Private keys as PEM has them (RFC 1421, RFC 7468): a title, lines of base64, an end.
#include <algorithm>
#include <array>

#include "handoff/secret_text.h"
#include "handoff/secrets.h"

namespace masc::handoff {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::size_t kLongWord = 40;    // no word of a language has as many letters
constexpr std::size_t kMostBeside = 24;  // bytes of numbers, quotes and marks beside a key's line

constexpr bool is_base64(char c) { return is_alnum(c) || c == '+' || c == '/' || c == '='; }

enum class LineKind { kBlank, kBody, kOther };

bool is_header(std::string_view line) {
  static constexpr std::array<std::string_view, 6> kHeaders = {
      "Proc-Type:", "DEK-Info:", "Version:", "Comment:", "Hash:", "Charset:"};
  return std::any_of(kHeaders.begin(), kHeaders.end(),
                     [&](std::string_view header) { return line.find(header) <= kMostBeside; });
}

// A line of base64 may have a number or a mark before it, and quotes around it. On one line with
// others there are spaces between long words.
LineKind kind_of(std::string_view line) {
  if (is_header(line)) return LineKind::kBody;
  std::size_t beside = 0, words = 0, longs = 0;
  for (std::size_t i = 0; i < line.size();) {
    std::size_t end = i;
    bool letters = false;
    for (; end < line.size() && is_base64(line[end]); ++end) {
      letters = letters || !is_digit(line[end]);
    }
    longs += end - i >= kLongWord ? 1 : 0;
    words += letters ? 1 : 0;
    beside += letters ? 0 : std::max<std::size_t>(end - i, 1);
    i = std::max(end, i + 1);
  }
  if (words == 0) return LineKind::kBlank;
  // The last word of a key may be short.
  const bool key = words == 1 || (longs > 0 && words <= longs + 1);
  return key && beside <= kMostBeside + words ? LineKind::kBody : LineKind::kOther;
}

// Behind a line end that is escaped, as often as may be, at `at`; else `at`.
std::size_t escaped_line_end(std::string_view text, std::size_t at) {
  std::size_t i = at;
  while (i < text.size() && text[i] == '\\') ++i;
  return i > at && i < text.size() && (text[i] == 'n' || text[i] == 'r') ? i + 1 : at;
}

struct Body {
  std::size_t end;  // behind the last of it
  bool any = false;
  bool goes_on = false;  // perhaps, on the next line
};

// A key's lines from `at` on, up to the end of the line or of the string that they stand in.
Body body_from(std::string_view text, std::size_t at, bool open) {
  Body body{at};
  while (true) {
    std::size_t end = at, next = at;
    for (; end < text.size() && text[end] != '\n' && text[end] != '\r' && text[end] != '"'; ++end) {
      if (text[end] == '-' && text.substr(end, kBegin.size()) == kBegin) break;  // another one
      if (text[end] != '\\') continue;
      next = escaped_line_end(text, end);
      if (next != end) break;
      if (end + 1 < text.size()) ++end;  // an escaped quote
    }
    end = std::min(end, text.size());
    const std::string_view line = text.substr(at, end - at);
    if (const std::size_t last = line.find(kEnd); last != line.npos) {
      const std::size_t dashes = line.find(kDashes, last + kEnd.size());
      return {dashes == line.npos ? end : at + dashes + kDashes.size(), true, false};
    }
    const bool cut = open && end == text.size() && line.size() <= 2 * kLongWord;
    const LineKind kind = cut && !line.empty() ? LineKind::kBody : kind_of(line);
    if (kind == LineKind::kOther) {
      body.goes_on = false;
      return body;
    }
    if (kind == LineKind::kBody) {
      body.end = end;
      body.any = true;
    }
    body.goes_on = true;
    if (end == text.size() || text[end] != '\\') return body;
    at = next;
  }
}

}  // namespace

std::optional<Secret> private_key(std::string_view text, std::size_t at, bool open) {
  const std::string_view rest = text.substr(at, 80);
  if (!rest.starts_with(kBegin)) return std::nullopt;
  const std::size_t title = rest.find("PRIVATE KEY");
  if (title == rest.npos || title > 40) return std::nullopt;
  const std::size_t dashes = text.find(kDashes, at + title);
  if (dashes == text.npos || dashes > at + title + 20) return std::nullopt;
  const std::size_t behind = dashes + kDashes.size();
  const Body body = body_from(text, behind, open);
  if (body.any) return Secret{at, body.end, "private-key", body.goes_on};
  if (!body.goes_on) return std::nullopt;
  // What follows it on the next line may be a key.
  const bool alone = trim(text.substr(behind)).empty();
  return Secret{alone ? at : behind, behind, "private-key", true};
}

Secret rest_of_key(std::string_view line, bool open) {
  std::size_t at = 0;
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  if (at < line.size() && line[at] == '"') {
    // A line of a program, or of a list; a short word may be anything.
    const std::size_t begin = ++at;
    while (at < line.size() && is_base64(line[at])) ++at;
    if (at - begin < kLongWord) return {};
    at = begin;
  }
  const Body body = body_from(line, at, open);
  return {at, body.any ? body.end : at, "private-key", body.goes_on};
}

}  // namespace masc::handoff
