#include <algorithm>

#include "wire/field_tables.h"

namespace masc::wire {

void FieldWriter::put_shape(const Record& record) {
  const auto shapes = shapes_of(record.kind);
  if (shapes.size() < 2) return;
  std::uint32_t before = 0;
  for (std::size_t i = 0; i < record.shape; ++i) before += shapes[i].weight;
  out_.put(before, shapes[record.shape].weight, 6);
}

void FieldWriter::put_all(std::span<const Record> records) {
  for (const Column column : kColumns) {
    for (const Record& record : records) {
      if (record.kind == Kind::kOpaque) {
        if (column == Column::kTexts) put_text(record.values[0].text, Start::kOther);
        continue;
      }
      const Shape& shape = shapes_of(record.kind)[record.shape];
      for (const std::size_t i : shape.in(column))
        put(record, shape.parts[i].field, record.values[i]);
    }
  }
}

void FieldWriter::put(const Record& record, Field field, const Value& value) {
  if (is_list(field)) return put_list(field, elements_of(record, value));
  if (is_quantity(column_of(field))) return put_quantity(field, value);
  switch (field) {
    case Field::kAgent:
    case Field::kAgentOrNull:
    case Field::kTaskOrNull: return put_name(field, value);
    case Field::kJson: {
      std::string unescaped;
      unescaped.reserve(value.text.size());
      JsonCursor in(value.text, unescaped);
      return put_json(in);
    }
    default: return put_word(field, value.text);
  }
}

void FieldWriter::put_quantity(Field field, const Value& value) {
  switch (field) {
    case Field::kTime: {
      put_flag(out_, value.form == 1, 16);
      if (memory_.kept && memory_.any_time) {
        put_number(out_, kGapLengths, folded(value.number, memory_.time));
      } else {
        put_number(out_, kTimeLengths, value.number);
      }
      memory_.any_time = true;
      memory_.time = value.number;
      if (value.form == 1) out_.put_bits(value.extra, 10);
      return;
    }
    case Field::kSequence:
    case Field::kCall: {
      std::uint64_t& last = memory_.sequence[field == Field::kCall ? 1 : 0];
      if (memory_.kept && last != 0) {
        put_number(out_, kStepLengths, folded(value.number, last));
      } else {
        put_number(out_, kGrowingLengths, value.number);
      }
      last = value.number;
      return;
    }
    case Field::kSmall: return put_usual(out_, kSmallUsual, value.number);
    case Field::kSeconds: return put_usual(out_, kSecondsUsual, value.number);
    case Field::kBoolean: return put_flag(out_, value.number == 1, 16);
    case Field::kDecimal: {
      // 0.56 and the like first.
      const bool usual = value.form == 2 && value.number < 128;
      put_flag(out_, usual, 220);
      if (usual) return out_.put_bits(value.number, 7);
      out_.put_bits(value.form, 3);
      return put_number(out_, kGrowingLengths, value.number);
    }
    case Field::kUuid: out_.put_bits(value.high, 64); return out_.put_bits(value.number, 64);
    default: return;
  }
}

void FieldWriter::put_name(Field field, const Value& value) {
  if (field != Field::kAgent) put_flag(out_, value.number == 1, 160);
  if (value.number == 1) return;
  if (memory_.kept && is_agent(field)) {
    const auto found = std::find(memory_.names.rbegin(), memory_.names.rend(), value.text);
    const bool known = found != memory_.names.rend();
    put_flag(out_, known, 200);
    if (known) out_.put_bits(static_cast<std::uint64_t>(found - memory_.names.rbegin()), 4);
    memory_.saw(value.text);
    if (known) return;
  }
  return put_text(value.text, start_of(field));
}

void FieldWriter::put_list(Field field, std::span<const Value> elements) {
  if (field == Field::kOptions) {
    const bool usual = std::ranges::equal(kUsualOptions, elements, {}, {}, &Value::text);
    put_flag(out_, usual, 240);
    if (usual) return;
  }
  put_usual(out_, kSmallUsual, elements.size());
  for (const Value& element : elements) put_word(field, element.text);
}

// A text, or one of the field's usual words.
void FieldWriter::put_word(Field field, std::string_view text) {
  const bool has_words = with_words(field, [&](const auto& table) {
    const auto found = std::find(table.words.begin(), table.words.end(), text);
    put_symbol(out_, table.symbols, static_cast<std::size_t>(found - table.words.begin()));
    if (found == table.words.end()) put_text(text, Start::kWord);
  });
  if (!has_words) put_text(text, start_of(field));
}

void FieldWriter::put_json(JsonCursor& in) {
  const std::size_t begin = in.at();
  std::string_view text;
  std::uint64_t number = 0;
  const auto type = [this](JsonType t) { put_symbol(out_, kJsonTypes, t); };
  switch (in.peek()) {
    case '"':
      in.text(text);
      type(kText);
      return put_text(text, Start::kValue);
    case '{':
    case '[': {
      const bool object = in.peek() == '{';
      type(object ? kObject : kList);
      in.literal(object ? "{" : "[");
      while (in.peek() != (object ? '}' : ']')) {
        in.literal(",");
        put_flag(out_, true, kMoreMembers);
        if (object) {
          in.text(text);
          in.literal(":");
          put_text(text, Start::kKey);
        }
        put_json(in);
      }
      in.literal(object ? "}" : "]");
      return put_flag(out_, false, kMoreMembers);
    }
    case 't': in.literal("true"); return type(kTrue);
    case 'f': in.literal("false"); return type(kFalse);
    case 'n': in.literal("null"); return type(kNull);
    default: break;
  }
  in.skip_value(0);
  const std::string_view spelling = in.from(begin);
  std::string none;
  JsonCursor again(spelling, none);
  if (again.number(number) && again.done()) {
    type(kNumber);
    return put_number(out_, kGrowingLengths, number);
  }
  type(kOther);
  put_text(spelling, Start::kValue);
}

}  // namespace masc::wire
