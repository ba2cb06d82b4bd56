#include "wire/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace masc::wire {
namespace {

bool take_list(JsonCursor& in, std::vector<Value>& values, Value& list) {
  list.extra = static_cast<std::uint32_t>(values.size());
  if (!in.literal("[")) return false;
  for (; in.peek() != ']'; ++list.number) {
    if (list.number == kMostElements || (list.number > 0 && !in.literal(","))) return false;
    if (!in.text(values.emplace_back().text)) return false;
  }
  return in.literal("]");
}

// Elements of a list go behind `values`.
bool take_field(JsonCursor& in, Field field, std::vector<Value>& values, Value& value) {
  switch (field) {
    case Field::kTime: return in.time(value);
    case Field::kSequence:
    case Field::kCall:
    case Field::kSmall:
    case Field::kSeconds: return in.number(value.number);
    case Field::kDecimal: return in.decimal(value);
    case Field::kUuid: return in.uuid(value);
    case Field::kAgentOrNull:
    case Field::kTaskOrNull:
      value.number = in.literal("null") ? 1 : 0;
      return value.number == 1 || in.text(value.text);
    case Field::kSkills:
    case Field::kOptions:
    case Field::kPaths: return take_list(in, values, value);
    case Field::kBoolean:
      value.number = in.literal("true") ? 1 : 0;
      return value.number == 1 || in.literal("false");
    case Field::kJson: {
      const std::size_t begin = in.at();
      if (!in.skip_value(0)) return false;
      value.text = in.from(begin);
      return true;
    }
    default: return in.text(value.text);
  }
}

bool fits(JsonCursor in, const Shape& shape, Record& record) {
  record.values.assign(shape.fields(), Value{});
  for (std::size_t i = 0; i < shape.fields(); ++i) {
    const Part& part = shape.parts[i];
    Value value;
    if (!in.literal(part.before) || !take_field(in, part.field, record.values, value)) return false;
    record.values[i] = value;
  }
  return in.literal(shape.parts[shape.fields()].before) && in.done();
}

bool fits_kind(std::string_view message, Kind kind, Record& record) {
  const KindHead head = head_of(kind);
  const std::size_t size = head.before.size() + head.name.size() + head.behind.size();
  const std::span<const Shape> shapes = shapes_of(kind);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    record.kind = kind;
    record.shape = i;
    record.unescaped.clear();  // of the shape before: it must not outgrow what is reserved
    if (fits(JsonCursor(message.substr(size), record.unescaped), shapes[i], record)) return true;
  }
  return false;
}

void put_time(const Value& value, std::string& out) {
  const std::uint64_t seconds = value.number + kTimeBase;
  // Civil date of a day number (H. Hinnant).
  const std::uint64_t z = seconds / 86400 + 719468;
  const std::uint64_t era = z / 146097;
  const std::uint64_t doe = z - era * 146097;
  const std::uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::uint64_t mp = (5 * doy + 2) / 153;
  const std::uint64_t day = doy - (153 * mp + 2) / 5 + 1;
  const std::uint64_t month = mp < 10 ? mp + 3 : mp - 9;
  const std::uint64_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  const std::uint64_t s = seconds % 86400;
  char text[] = "\"0000-00-00T00:00:00.000Z\"";
  const auto put = [&text](std::size_t at, std::size_t count, std::uint64_t number) {
    for (; count > 0; --count, number /= 10)
      text[at + count - 1] = static_cast<char>('0' + number % 10);
  };
  put(1, 4, year);
  put(6, 2, month);
  put(9, 2, day);
  put(12, 2, s / 3600);
  put(15, 2, s / 60 % 60);
  put(18, 2, s % 60);
  put(21, 3, value.extra);
  if (value.form == 1) {
    out.append(text, 26);
  } else {
    out.append(text, 20).append("Z\"");
  }
}

void put_number(std::uint64_t number, std::string& out) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

void put_decimal(const Value& value, std::string& out) {
  if (value.form == 0) return put_number(value.number, out);
  std::uint64_t scale = 1;
  for (std::uint32_t i = 0; i < value.form; ++i) scale *= 10;
  put_number(value.number / scale, out);
  out += '.';
  for (std::uint64_t rest = value.number % scale; scale > 1; rest %= scale) {
    scale /= 10;
    out += static_cast<char>('0' + rest / scale);
  }
}

void put_uuid(const Value& value, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (unsigned i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    const std::uint64_t half = i < 16 ? value.high : value.number;
    out += kHex[half >> (60 - 4 * (i % 16)) & 15];
  }
  out += '"';
}

// Whether `text`, escaped, fits into `room` bytes.
bool fits_escaped(std::string_view text, std::size_t room) {
  constexpr std::size_t kLongest = 6;  // \u001f
  return text.size() <= room / kLongest || json_text_size(text) <= room;
}

void put_quoted(std::string_view text, std::string& out) {
  out += '"';
  put_json_text(out, text);
  out += '"';
}

void put_field(const Record& record, Field field, const Value& value, std::string& out) {
  switch (field) {
    case Field::kTime: return put_time(value, out);
    case Field::kSequence:
    case Field::kCall:
    case Field::kSmall:
    case Field::kSeconds: return put_number(value.number, out);
    case Field::kDecimal: return put_decimal(value, out);
    case Field::kUuid: return put_uuid(value, out);
    case Field::kBoolean: out += value.number == 1 ? "true" : "false"; return;
    case Field::kJson: out += value.text; return;
    case Field::kSkills:
    case Field::kOptions:
    case Field::kPaths:
      out += '[';
      for (const Value& element : elements_of(record, value)) {
        if (out.back() != '[') out += ',';
        put_quoted(element.text, out);
      }
      out += ']';
      return;
    case Field::kAgentOrNull:
    case Field::kTaskOrNull:
      if (value.number == 1) {
        out += "null";
        return;
      }
      return put_quoted(value.text, out);
    default: return put_quoted(value.text, out);
  }
}

}  // namespace

void take_apart(std::string_view message, Record& record) {
  record.unescaped.reserve(message.size());
  const std::string_view event = head_of(Kind::kNote).before;
  const auto try_kind = [&](Kind kind) {
    return message.starts_with(head_of(kind).before) && fits_kind(message, kind, record);
  };
  // A frame holds UTF-8 wherever it has a shape, so that a reader never has to wonder.
  if (message.starts_with(R"({"jsonrpc":"2.0",)") && is_utf8(message)) {
    if (message.starts_with(event)) {
      const std::size_t end = std::min(message.find('"', event.size()), message.size());
      const Kind kind = kind_of_event(message.substr(event.size(), end - event.size()));
      const KindHead head = head_of(kind);
      const bool known =
          kind != Kind::kNotification && message.substr(end, head.behind.size()) == head.behind;
      if (known && fits_kind(message, kind, record)) return;
    }
    for (const Kind kind : {Kind::kCall, Kind::kResult, Kind::kNotification, Kind::kRequest})
      if (try_kind(kind)) return;
  }
  record.kind = Kind::kOpaque;
  record.shape = 0;
  record.values.assign(1, Value{});
  record.values[0].text = message;
}

bool put_together(const Record& record, std::size_t most, std::string& out) {
  if (record.kind == Kind::kOpaque) {
    if (record.values[0].text.size() > most) return false;
    out += record.values[0].text;
    return true;
  }
  const std::size_t begin = out.size();
  const KindHead head = head_of(record.kind);
  // Nearly always enough, so that it grows once.
  std::size_t size = 256;
  for (const Value& value : record.values) size += 32 + value.text.size() + value.text.size() / 8;
  out.reserve(out.size() + size);
  out.append(head.before).append(head.name).append(head.behind);
  const Shape& shape = shapes_of(record.kind)[record.shape];
  for (std::size_t i = 0; i < shape.fields(); ++i) {
    const Part& part = shape.parts[i];
    const Value& value = record.values[i];
    out += part.before;
    if (out.size() - begin > most) return false;
    const std::size_t room = most - (out.size() - begin);
    if (!fits_escaped(value.text, room)) return false;
    if (is_list(part.field))
      for (const Value& element : elements_of(record, value))
        if (!fits_escaped(element.text, room)) return false;
    put_field(record, part.field, value, out);
  }
  out += shape.parts[shape.fields()].before;
  return out.size() - begin <= most;
}

}  // namespace masc::wire
