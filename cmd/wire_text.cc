#include "cmd/wire_text.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "wire/record.h"

namespace masc::cmd {

std::string message_of_line(std::string_view whole) {
  const std::string_view line = trim(whole);
  if (line.starts_with('"')) {  // as `decode` prints it, whatever its bytes are
    std::string unescaped;
    unescaped.reserve(line.size());
    std::string_view text;
    wire::JsonCursor cursor(line, unescaped);
    if (cursor.text(text) && cursor.done()) return std::string(text);
  }
  if (line.starts_with('"') || line.starts_with('{')) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_string()) return json.get<std::string>();
    if (json.is_object() && json.contains("m") && json["m"].is_string())
      return json["m"].get<std::string>();
  }
  return std::string(whole);
}

std::vector<std::string> messages_of_lines(std::string_view input) {
  std::vector<std::string> messages;
  for (const std::string_view line : split_lines(input)) messages.push_back(message_of_line(line));
  return messages;
}

}  // namespace masc::cmd
