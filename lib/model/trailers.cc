#include "model/trailers.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace masc::model {
namespace {

void append_hex(std::string& out, char c) {
  fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
}

// Reads the escape that begins at text[0] == '\\'; returns its length, 0 if it is none of ours.
std::size_t read_escape(std::string_view text, char& value) {
  if (text.size() < 2) return 0;
  switch (text[1]) {
    case '\\': value = '\\'; return 2;
    case 'n': value = '\n'; return 2;
    case 't': value = '\t'; return 2;
    case 'x': break;
    default: return 0;
  }
  unsigned byte = 0;
  if (text.size() < 4) return 0;
  const auto [end, failed] = std::from_chars(text.data() + 2, text.data() + 4, byte, 16);
  if (failed != std::errc{} || end != text.data() + 4) return 0;
  value = static_cast<char>(byte);
  return 4;
}

}  // namespace

std::string escape_value(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool edge = i == 0 || i + 1 == value.size();
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || (c == ' ' && edge)) {
      append_hex(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

Result<std::string> unescape_value(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (text[0] != '\\') {
      const std::size_t plain = std::min(text.find('\\'), text.size());
      out += text.substr(0, plain);
      text.remove_prefix(plain);
      continue;
    }
    char value = 0;
    const std::size_t length = read_escape(text, value);
    if (length == 0)
      return fail(ErrorCode::kFormat, "a bad escape in a trailer: '{}'", printable(text));
    out += value;
    text.remove_prefix(length);
  }
  return out;
}

std::string format_message(const Message& message) {
  std::string text = message.subject + "\n\n";
  for (const Trailer& trailer : message.trailers) {
    text += trailer.key;
    text += ": ";
    text += escape_value(trailer.value);
    text += '\n';
  }
  return text;
}

Result<Message> parse_message(std::string_view text) {
  Message message;
  while (text.ends_with('\n')) text.remove_suffix(1);
  message.subject = std::string(first_line(text));
  const std::size_t paragraph = text.rfind("\n\n");
  if (paragraph == text.npos) return message;
  for (const std::string_view line : split_lines(text.substr(paragraph + 2))) {
    const std::size_t colon = line.find(": ");
    const std::size_t end = colon == line.npos && line.ends_with(':') ? line.size() - 1 : colon;
    if (end == line.npos || end == 0) {
      return fail(ErrorCode::kFormat, "no trailer: '{}'", printable(line.substr(0, 80)));
    }
    MASC_TRY(std::string value, unescape_value(trim(line.substr(end + 1))));
    message.trailers.push_back({std::string(line.substr(0, end)), std::move(value)});
  }
  return message;
}

}  // namespace masc::model
