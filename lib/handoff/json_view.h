// Reading JSON without its parser in sight: a parsed text, and views of its values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace masc::handoff {

// A value inside a JsonText, or nothing. Nothing answers as an absent value would: empty, not
// there.
class JsonView {
 public:
  JsonView() = default;
  explicit JsonView(const void* value) : value_(value) {}

  explicit operator bool() const noexcept { return value_ != nullptr; }
  bool is_object() const noexcept;
  bool is_array() const noexcept;
  bool is_string() const noexcept;

  JsonView operator[](std::string_view key) const noexcept;
  std::size_t size() const noexcept;  // members or elements
  JsonView at(std::size_t index) const noexcept;
  std::string_view key(std::size_t index) const noexcept;  // of an object's member

  std::string_view str() const noexcept;  // "" where it is no string
  std::optional<std::int64_t> integer() const noexcept;
  std::optional<bool> boolean() const noexcept;
  // The value as compact JSON text, at most about `limit` bytes of it.
  std::string dump(std::size_t limit) const;

 private:
  const void* value_ = nullptr;
};

// Parses one text in place, again and again. Views live until the next parse(). Depth is bounded:
// nothing here recurses over the input.
class JsonText {
 public:
  JsonText();
  ~JsonText();
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  // Takes `text` over and changes it. False where it is no JSON.
  bool parse(std::string text);
  JsonView root() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace masc::handoff
