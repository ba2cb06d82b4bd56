// The coding of records' fields: names, texts, numbers and times, in one entropy coding.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "wire/record.h"
#include "wire/text.h"

namespace masc::wire {

// Values of all records that are coded together, lists' elements counted.
inline constexpr std::size_t kMostValues = std::size_t{1} << 20;

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

// Calls `use` with every free text that coding a record's field would code, in that order: what a
// model learns from.
void for_each_text(const Record& record, Field field, const Value& value,
                   const std::function<void(std::string_view, Start)>& use);

class FieldWriter {
 public:
  FieldWriter(AnsEncoder& out, TextEncoder& text, Memory& memory)
      : out_(out), text_(text), memory_(memory) {}
  void put_shape(const Record& record);
  // Codes the fields of all records, column by column.
  void put_all(std::span<const Record> records);

 private:
  void put(const Record& record, Field field, const Value& value);
  void put_quantity(Field field, const Value& value);
  void put_name(Field field, const Value& value);
  void put_list(Field field, std::span<const Value> elements);
  void put_word(Field field, std::string_view text);
  void put_json(JsonCursor& in);
  void put_text(std::string_view text, Start start) { text_.put(out_, text, start); }

  AnsEncoder& out_;
  TextEncoder& text_;
  Memory& memory_;
};

class FieldReader {
 public:
  // At most `most` bytes of text are made beside those of `text`.
  FieldReader(AnsDecoder& in, TextDecoder& text, Memory& memory, std::size_t most)
      : in_(in), text_(text), memory_(memory), most_(most) {}
  std::size_t take_shape(Kind kind);
  // Reads the fields of all records, whose kinds and shapes are known. Their texts refer to the
  // text decoder and to this. False, and `in` fails, on damage.
  bool take_all(std::span<Record> records);

 private:
  void take_column(Column column, Record& record);
  Value take_value(Field field);
  Value take_quantity(Field field);
  Value take_name(Field field);
  // Its elements go behind `values`.
  Value take_list(Field field, std::vector<Value>& values);
  Value take_word(Field field);
  Value take_text(Start start);
  void take_json(std::string& out, std::size_t depth);
  Value keep(std::string text);
  // Texts are at first noted as places in the pool, since it grows.
  void settle(std::vector<Value>& values) const;

  AnsDecoder& in_;
  TextDecoder& text_;
  Memory& memory_;
  std::size_t most_;
  std::size_t values_ = 0;         // so far
  std::size_t made_bytes_ = 0;     // in made_
  std::vector<std::string> made_;  // texts that are not in the pool
};

}  // namespace masc::wire
