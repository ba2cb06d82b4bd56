#include "base/json.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace masc {
namespace {

// Appends one code point's bytes, escaped where JSON or a terminal needs it.
void append_escaped(std::string& out, std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (bytes.size() == 2 && first == 0xC2 && static_cast<unsigned char>(bytes[1]) < 0xA0) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(bytes[1]));
    return;
  }
  if (bytes.size() > 1) {
    out += bytes;
    return;
  }
  switch (first) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (first < 0x20 || first == 0x7F) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", first);
  } else {
    out += bytes;
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    append_escaped(out, text.substr(0, length));
    text.remove_prefix(length);
  }
  out += '"';
  return out;
}

void JsonWriter::separate() {
  if (need_comma_) text_ += ',';
  need_comma_ = true;
}

JsonWriter& JsonWriter::open(char c) {
  if (!wanted_) return *this;
  separate();
  text_ += c;
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char c) {
  if (!wanted_) return *this;
  text_ += c;
  need_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  if (!wanted_) return *this;
  separate();
  text_ += json_string(name);
  text_ += ':';
  need_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  if (!wanted_) return *this;
  separate();
  text_ += json;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  return wanted_ ? raw(json_string(text)) : *this;
}
JsonWriter& JsonWriter::value(bool yes) { return raw(yes ? "true" : "false"); }
JsonWriter& JsonWriter::value(std::int64_t number) { return raw(std::to_string(number)); }
JsonWriter& JsonWriter::value(std::uint64_t number) { return raw(std::to_string(number)); }
JsonWriter& JsonWriter::value(double number) {
  return std::isfinite(number) ? raw(fmt::format("{}", number)) : null();
}
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::strings(std::span<const std::string> list) {
  begin_array();
  for (const std::string& text : list) value(text);
  return end_array();
}

JsonWriter& JsonWriter::field_or_null(std::string_view name, std::string_view text) {
  key(name);
  return text.empty() ? null() : value(text);
}

}  // namespace masc
