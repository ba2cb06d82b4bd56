#include <algorithm>

#include "wire/field_tables.h"

namespace masc::wire {

std::size_t FieldReader::take_shape(Kind kind) {
  const auto shapes = shapes_of(kind);
  if (shapes.size() < 2) return 0;
  const std::uint32_t slot = in_.slot(6);
  std::uint32_t before = 0;
  std::size_t i = 0;
  while (before + shapes[i].weight <= slot) before += shapes[i++].weight;
  in_.take(before, shapes[i].weight, 6);
  return i;
}

Value FieldReader::take_text(Start start) {
  Value value;
  value.high = kInPool;
  value.number = text_.take(in_, start);
  value.extra = static_cast<std::uint32_t>(text_.pool().size() - value.number);
  return value;
}

void FieldReader::settle(std::vector<Value>& values) const {
  for (Value& value : values) {
    if (value.high != kInPool || value.form == 1) continue;
    const std::string_view from =
        value.form == 2 ? std::string_view(made_[value.number]) : text_.pool();
    value.text = value.form == 2 ? from : from.substr(value.number, value.extra);
    value = Value{.text = value.text};
  }
}

bool FieldReader::take_all(std::span<Record> records) {
  for (const Column column : kColumns)
    for (Record& record : records) {
      take_column(column, record);
      if (in_.failed()) return false;
    }
  for (Record& record : records) settle(record.values);
  return true;
}

// The first column, of which lists are, lays out a record's values.
void FieldReader::take_column(Column column, Record& record) {
  if (record.kind == Kind::kOpaque) {
    if (column != Column::kTexts) return;
    record.values.assign(1, take_text(Start::kOther));
    ++values_;
    return;
  }
  const Shape& shape = shapes_of(record.kind)[record.shape];
  const bool first = column == kColumns[0];
  if (first) record.values.assign(shape.fields(), Value{});
  for (const std::size_t i : shape.in(column)) {
    const Field field = shape.parts[i].field;
    const Value value = is_list(field) ? take_list(field, record.values) : take_value(field);
    record.values[i] = value;
    if (in_.failed()) return;
  }
  if (!first) return;
  values_ += record.values.size();
  if (values_ > kMostValues) in_.fail();
}

Value FieldReader::take_value(Field field) {
  if (is_quantity(column_of(field))) return take_quantity(field);
  if (is_agent(field) || field == Field::kTaskOrNull) return take_name(field);
  if (field != Field::kJson) return take_word(field);
  std::string json;
  take_json(json, 0);
  return keep(std::move(json));
}

Value FieldReader::keep(std::string text) {
  made_bytes_ += text.size();
  if (made_bytes_ > most_) in_.fail();
  made_.push_back(std::move(text));
  return {.number = made_.size() - 1, .form = 2, .high = kInPool, .text = {}};
}

Value FieldReader::take_quantity(Field field) {
  Value value;
  switch (field) {
    case Field::kTime: {
      value.form = take_flag(in_, 16) ? 1 : 0;
      const bool later = memory_.kept && memory_.any_time;
      value.number = later ? unfolded(take_number(in_, kGapLengths), memory_.time)
                           : take_number(in_, kTimeLengths);
      if (value.form == 1) value.extra = static_cast<std::uint32_t>(in_.bits(10));
      if (value.number > kMostTime || value.extra > 999) in_.fail();
      memory_.any_time = true;
      memory_.time = value.number;
      break;
    }
    case Field::kSequence:
    case Field::kCall: {
      std::uint64_t& last = memory_.sequence[field == Field::kCall ? 1 : 0];
      value.number = memory_.kept && last != 0 ? unfolded(take_number(in_, kStepLengths), last)
                                               : take_number(in_, kGrowingLengths);
      if (value.number > kMostNumber) in_.fail();
      last = value.number;
      break;
    }
    case Field::kSmall:
    case Field::kSeconds:
      value.number =
          field == Field::kSmall ? take_usual(in_, kSmallUsual) : take_usual(in_, kSecondsUsual);
      if (value.number > kMostNumber) in_.fail();
      break;
    case Field::kBoolean: value.number = take_flag(in_, 16) ? 1 : 0; break;
    case Field::kDecimal:
      if (take_flag(in_, 220)) {
        value.form = 2;
        value.number = in_.bits(7);
      } else {
        value.form = static_cast<std::uint32_t>(in_.bits(3));
        value.number = take_number(in_, kGrowingLengths);
        if (value.form > 6 || value.number > kMostNumber) in_.fail();
      }
      break;
    case Field::kUuid:
      value.high = in_.bits(64);
      value.number = in_.bits(64);
      value.form = 1;  // no text: see settle()
      break;
    default: break;
  }
  return value;
}

Value FieldReader::take_name(Field field) {
  if (field != Field::kAgent && take_flag(in_, 160)) return Value{.number = 1, .text = {}};
  if (!memory_.kept || !is_agent(field)) return take_text(start_of(field));
  Value value;
  std::string name;
  if (take_flag(in_, 200)) {
    const std::uint64_t index = in_.bits(4);
    if (index >= memory_.names.size()) {
      in_.fail();
      return value;
    }
    name = memory_.names[memory_.names.size() - 1 - index];
    value = keep(name);
  } else {
    value = take_text(start_of(field));
    name = text_.pool().substr(value.number, value.extra);
  }
  memory_.saw(name);
  return value;
}

Value FieldReader::take_list(Field field, std::vector<Value>& values) {
  Value list{.extra = static_cast<std::uint32_t>(values.size()), .text = {}};
  if (field == Field::kOptions && take_flag(in_, 240)) {
    list.number = std::size(kUsualOptions);
    for (const std::string_view option : kUsualOptions) values.push_back({.text = option});
    return list;
  }
  list.number = take_usual(in_, kSmallUsual);
  if (list.number > kMostElements) in_.fail();
  for (std::uint64_t i = 0; i < list.number && !in_.failed(); ++i)
    values.push_back(take_word(field));
  return list;
}

Value FieldReader::take_word(Field field) {
  Value value;
  const bool has_words = with_words(field, [&](const auto& table) {
    const std::size_t index = take_symbol(in_, table.symbols);
    value =
        index == table.words.size() ? take_text(Start::kWord) : Value{.text = table.words[index]};
  });
  return has_words ? value : take_text(start_of(field));
}

void FieldReader::take_json(std::string& out, std::size_t depth) {
  if (depth > kMostDepth || made_bytes_ + out.size() > most_) in_.fail();
  if (in_.failed()) return;
  const auto quoted = [&](Start start) {
    const std::size_t begin = text_.take(in_, start);
    const std::string_view text = text_.pool().substr(begin);
    if (in_.failed() || made_bytes_ + out.size() + json_text_size(text) > most_) return in_.fail();
    out += '"';
    put_json_text(out, text);
    out += '"';
  };
  const auto type = static_cast<JsonType>(take_symbol(in_, kJsonTypes));
  switch (type) {
    case kText: return quoted(Start::kValue);
    case kNumber: {
      const std::uint64_t number = take_number(in_, kGrowingLengths);
      if (number > kMostNumber) in_.fail();
      out += std::to_string(number);
      return;
    }
    case kOther: {
      const std::size_t begin = text_.take(in_, Start::kValue);
      const std::string_view spelling = text_.pool().substr(begin);
      std::string none;
      JsonCursor cursor(spelling, none);
      const bool number = spelling.find_first_not_of("+-.0123456789eE") == spelling.npos;
      if (!number || !cursor.skip_value(0) || !cursor.done()) return in_.fail();
      out += spelling;
      return;
    }
    case kTrue: out += "true"; return;
    case kFalse: out += "false"; return;
    case kNull: out += "null"; return;
    case kObject:
    case kList: break;
  }
  out += type == kObject ? '{' : '[';
  bool first = true;
  while (!in_.failed() && take_flag(in_, kMoreMembers)) {
    if (!first) out += ',';
    first = false;
    if (type == kObject) {
      quoted(Start::kKey);
      out += ':';
    }
    take_json(out, depth + 1);
  }
  out += type == kObject ? '}' : ']';
}

}  // namespace masc::wire
