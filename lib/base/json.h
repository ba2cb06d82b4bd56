// A JSON writer: text out, commas and escapes kept right. Reading JSON is for the libraries.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace masc {

// `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD; C0 controls, DEL
// and C1 controls are escaped, so that the result is safe to print on a terminal.
std::string json_string(std::string_view text);

// Builds one JSON value. Calls must nest properly: a key before each value inside an object.
// Not thread-safe. The text so far is in str().
class JsonWriter {
 public:
  // One that is not `wanted` takes every call and stays empty: most replies are read as text.
  explicit JsonWriter(bool wanted = true) noexcept : wanted_(wanted) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool yes);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(double number);  // not finite: null
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // already encoded
  JsonWriter& strings(std::span<const std::string> list);

  template <class T>
  JsonWriter& field(std::string_view name, const T& v) {
    return key(name).value(v);
  }
  // "" becomes null.
  JsonWriter& field_or_null(std::string_view name, std::string_view text);

  const std::string& str() const noexcept { return text_; }
  std::string take() { return std::move(text_); }

 private:
  JsonWriter& open(char c);
  JsonWriter& close(char c);
  void separate();

  bool wanted_;
  std::string text_;
  bool need_comma_ = false;
};

}  // namespace masc
