// The coding of a record's fields: numbers, usual words and texts, in one range coder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "wire/record.h"
#include "wire/text.h"

namespace masc::wire {

// Which fields a pass over a batch codes; a single frame codes all at once.
enum class Column : std::uint8_t { kNumbers, kNames, kTexts, kAll };
bool in_column(Field field, Column column) noexcept;

// What earlier messages of a batch tell about the next. In a single frame it stays empty.
struct Memory {
  bool kept = false;  // in a batch
  bool any_time = false;
  std::uint64_t time = 0;
  std::uint64_t sequence[2] = {0, 0};  // 0 = none yet
  std::vector<std::string> names;      // the latest last, at most kNames

  static constexpr std::size_t kNames = 16;
  // Moves it to the end, or adds it.
  void saw(std::string_view name);
};

// Calls `use` with every free text that coding a field would code, in that order: what a model
// learns from.
void for_each_text(Field field, const Value* at,
                   const std::function<void(std::string_view, Start)>& use);

class FieldWriter {
 public:
  FieldWriter(RangeEncoder& out, TextEncoder& text, Memory& memory)
      : out_(out), text_(text), memory_(memory) {}
  // Codes the field whose value `at` points to, and moves `at` behind it.
  void put(Field field, const Value*& at);
  void put_shape(const Record& record);
  // Moves `at` behind a field without coding it.
  static void skip(Field field, const Value*& at);

 private:
  void put_quantity(Field field, const Value& value);
  void put_name(Field field, const Value& value);
  void put_list(Field field, const Value*& at);
  void put_word(Field field, std::string_view text);
  void put_json(JsonCursor& in);
  void put_text(std::string_view text, Start start) { text_.put(out_, text, start); }

  RangeEncoder& out_;
  TextEncoder& text_;
  Memory& memory_;
};

class FieldReader {
 public:
  FieldReader(RangeDecoder& in, TextDecoder& text, Memory& memory)
      : in_(in), text_(text), memory_(memory) {}
  // Reads one field; a list's elements follow its head. Texts are noted as places in the pool,
  // since it grows: see settle().
  void take(Field field, std::vector<Value>& values);
  std::size_t take_shape(Kind kind);
  // The one text of an opaque message.
  void take_opaque(std::vector<Value>& values) { values.push_back(take_text(Start::kOther)); }
  // Once all is read: has the texts refer to the pool.
  void settle(std::vector<Value>& values) const;

 private:
  Value take_quantity(Field field);
  Value take_name(Field field);
  void take_list(Field field, std::vector<Value>& values);
  Value take_word(Field field);
  Value take_text(Start start);
  void take_json(std::string& out, std::size_t depth);

  RangeDecoder& in_;
  TextDecoder& text_;
  Memory& memory_;
  std::vector<std::string> made_;  // texts that are not in the pool
};

}  // namespace masc::wire
