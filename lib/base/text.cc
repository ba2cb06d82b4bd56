#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace masc {
namespace {

bool is_control(std::string_view sequence) noexcept {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 2) {
    return first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
  }
  return sequence.size() == 1 && (first < 0x20 || first == 0x7F);
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

char32_t code_point(std::string_view sequence) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0);
  char32_t code = byte(0) & (0xFFU >> (sequence.size() + 1));
  for (std::size_t i = 1; i < sequence.size(); ++i) code = code << 6 | (byte(i) & 0x3FU);
  return code;
}

// Characters that show nothing but change what is seen around them: they turn the direction, end a
// line, or carry a text that nobody sees. The joiners U+200C and U+200D are part of words and
// emoji.
bool is_hidden(char32_t code) noexcept {
  struct Range {
    char32_t first, last;
  };
  constexpr Range kHidden[] = {
      {0xAD, 0xAD},     {0x61C, 0x61C},   {0x180E, 0x180E}, {0x200B, 0x200B}, {0x200E, 0x200F},
      {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
  return std::any_of(std::begin(kHidden), std::end(kHidden),
                     [code](Range range) { return range.first <= code && code <= range.last; });
}

std::string escape(std::string_view text, bool lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    const bool space = text[0] == '\n' || text[0] == '\t';
    if (space && !lines) {
      out += text[0] == '\n' ? "\\n" : "\\t";
    } else if (length > 1 && is_hidden(code_point(sequence))) {
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}",
                     static_cast<std::uint32_t>(code_point(sequence)));
    } else if (space || (length > 0 && !is_control(sequence))) {
      out += sequence;
    } else {
      const char last = sequence.back();
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(last));
    }
    text.remove_prefix(sequence.size());
  }
  return out;
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  if (text.empty()) return 0;
  const unsigned char b = byte(0);
  if (b < 0x80) return 1;
  if (b < 0xC2) return 0;
  if (b < 0xE0) return continues(1) ? 2 : 0;
  if (b < 0xF0) {
    if (!continues(1) || !continues(2)) return 0;
    if (b == 0xE0 && byte(1) < 0xA0) return 0;
    if (b == 0xED && byte(1) >= 0xA0) return 0;
    return 3;
  }
  if (b > 0xF4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (b == 0xF0 && byte(1) < 0x90) return 0;
  if (b == 0xF4 && byte(1) >= 0x90) return 0;
  return 4;
}

bool is_utf8(std::string_view text) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    // Eight bytes of ASCII at once.
    if (const auto left = static_cast<std::size_t>(end - at); left >= sizeof(std::uint64_t)) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, at, sizeof eight);
      if ((eight & 0x8080808080808080ULL) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    if (static_cast<unsigned char>(*at) < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = utf8_length({at, static_cast<std::size_t>(end - at)});
    if (length == 0) return false;
    at += length;
  }
  return true;
}

Result<void> check_line(std::string_view text, std::string_view what, std::size_t max_bytes) {
  if (trim(text).empty()) return fail(ErrorCode::kInvalid, "the {} is empty", what);
  if (text.size() > max_bytes) {
    return fail(ErrorCode::kInvalid, "the {} has {} bytes; at most {} are allowed", what,
                text.size(), max_bytes);
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) return fail(ErrorCode::kInvalid, "the {} is not UTF-8 (byte {})", what, at);
    if (is_control(text.substr(at, length))) {
      return fail(ErrorCode::kInvalid, "the {} has a control character (byte {})", what, at);
    }
    at += length;
  }
  return {};
}

Result<void> check_body(std::string_view text, std::string_view what, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    return fail(ErrorCode::kInvalid, "the {} has {} bytes; at most {} are allowed", what,
                text.size(), max_bytes);
  }
  if (text.find('\0') != text.npos) return fail(ErrorCode::kInvalid, "the {} has a NUL byte", what);
  if (!is_utf8(text)) return fail(ErrorCode::kInvalid, "the {} is not UTF-8", what);
  return {};
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& rest, char separator) noexcept {
  const std::size_t at = rest.find(separator);
  const std::string_view head = rest.substr(0, at);
  rest = at == rest.npos ? std::string_view() : rest.substr(at + 1);
  return head;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at; (at = text.find(separator)) != text.npos; text.remove_prefix(at + 1)) {
    parts.push_back(text.substr(0, at));
  }
  parts.push_back(text);
  return parts;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  auto lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::string join_words(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (&word != words.data()) text += separator;
    text += word;
  }
  return text;
}

std::string shell_quote(std::string_view text) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
  if (!text.empty() && text.find_first_not_of(kSafe) == text.npos) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string printable(std::string_view text) { return escape(text, false); }
std::string printable_text(std::string_view text) { return escape(text, true); }

std::string_view first_line(std::string_view text) noexcept {
  return trim(text.substr(0, text.find('\n')));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool kept = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (kept) {
      out += lower;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

}  // namespace masc
