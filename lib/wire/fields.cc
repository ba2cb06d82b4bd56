#include "wire/fields.h"

#include <algorithm>

#include "wire/field_tables.h"

namespace masc::wire {

void Memory::saw(std::string_view name) {
  if (!kept) return;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) {
    std::rotate(found, found + 1, names.end());
    return;
  }
  if (names.size() == kNames) names.erase(names.begin());
  names.emplace_back(name);
}

namespace {

void each_json_text(JsonCursor& in, const std::function<void(std::string_view, Start)>& use) {
  const std::size_t begin = in.at();
  std::string_view text;
  const char c = in.peek();
  if (c == '"') {
    in.text(text);
    return use(text, Start::kValue);
  }
  if (c != '{' && c != '[') {
    in.skip_value(0);
    const std::string_view spelling = in.from(begin);
    if (spelling.find_first_not_of("0123456789") != std::string_view::npos && c != 't' &&
        c != 'f' && c != 'n')
      use(spelling, Start::kValue);
    return;
  }
  const char close = c == '{' ? '}' : ']';
  in.literal(c == '{' ? "{" : "[");
  while (in.peek() != close) {
    in.literal(",");
    if (c == '{') {
      in.text(text);
      in.literal(":");
      use(text, Start::kKey);
    }
    each_json_text(in, use);
  }
  in.literal(c == '{' ? "}" : "]");
}

}  // namespace

void for_each_text(const Record& record, Field field, const Value& value,
                   const std::function<void(std::string_view, Start)>& use) {
  if (is_quantity(column_of(field))) return;
  if (field == Field::kJson) {
    std::string unescaped;
    unescaped.reserve(value.text.size());
    JsonCursor in(value.text, unescaped);
    return each_json_text(in, use);
  }
  const auto one = [&](std::string_view text) {
    if (field == Field::kOptions) return;
    const bool usual = with_words(field, [&](const auto& table) {
      if (std::find(table.words.begin(), table.words.end(), text) == table.words.end())
        use(text, Start::kWord);
    });
    if (!usual) use(text, start_of(field));
  };
  if (is_list(field)) {
    for (const Value& element : elements_of(record, value)) one(element.text);
  } else if (value.number == 0) {
    one(value.text);
  }
}

}  // namespace masc::wire
