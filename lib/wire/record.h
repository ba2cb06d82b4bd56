// A message taken apart: which shape it has and what its fields hold; and back to its text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/shapes.h"

namespace masc::wire {

// One field's content, or one element of a list. Which members count depends on the field.
struct Value {
  std::uint64_t number = 0;  // also: how many elements (lists), 1 = null (texts)
  std::uint32_t form = 0;    // decimals: digits behind the point; times: 1 with milliseconds
  std::uint32_t extra = 0;   // milliseconds; lists: where among the values their elements begin
  std::uint64_t high = 0;    // uuids
  std::string_view text;     // plain, without quotes and escapes; %j: the JSON itself
};

struct Record {
  Kind kind = Kind::kOpaque;
  std::size_t shape = 0;      // among shapes_of(kind)
  std::vector<Value> values;  // one a field, in their order; then the elements of lists
  std::string unescaped;      // what texts with escapes refer to
};

inline std::span<const Value> elements_of(const Record& record, const Value& list) {
  return std::span(record.values).subspan(list.extra, list.number);
}

// Seconds from 1970 to 2024-01-01, where times begin to count.
inline constexpr std::uint64_t kTimeBase = 1704067200;
inline constexpr std::size_t kMostElements = 4096;
inline constexpr std::size_t kMostDepth = 32;

// Takes `message` apart; its texts refer to it and to record.unescaped. What fits no shape becomes
// opaque.
void take_apart(std::string_view message, Record& record);
// Appends the text that a record stands for. False where it is longer than `most`; then `out` may
// have a part of it, and never much more.
bool put_together(const Record& record, std::size_t most, std::string& out);

// `text` between quotes as JSON, escaping only '"', '\' and control characters below 0x20.
void put_json_text(std::string& out, std::string_view text);
// How many bytes that appends.
std::size_t json_text_size(std::string_view text);

// A cursor over JSON as compact writers make it. Each function takes what it names and says whether
// it was there; where it was not, the place is undefined.
class JsonCursor {
 public:
  JsonCursor(std::string_view text, std::string& unescaped) : text_(text), unescaped_(unescaped) {}
  bool literal(std::string_view what) {
    if (text_.substr(at_, what.size()) != what) return false;
    at_ += what.size();
    return true;
  }
  bool text(std::string_view& out);  // a string, escaped as put_json_text() does it
  bool number(std::uint64_t& out);   // a whole number below 2^63 without sign
  bool digits(std::size_t count, std::uint64_t& out);
  bool decimal(Value& out);
  bool time(Value& out);
  bool uuid(Value& out);
  bool skip_value(std::size_t depth);  // any value; numbers in any spelling
  std::size_t at() const { return at_; }
  std::string_view from(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
  bool done() const { return at_ == text_.size(); }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

 private:
  std::string_view text_;
  std::string& unescaped_;  // its memory never moves: reserved for the whole message
  std::size_t at_ = 0;
};

}  // namespace masc::wire
