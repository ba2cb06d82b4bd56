#include "cmd/wire_text.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace masc::cmd {

std::vector<std::string> messages_of_lines(std::string_view input) {
  std::vector<std::string> messages;
  for (const std::string_view line : split_lines(input)) {
    std::string message(line);
    if (line.starts_with('"') || line.starts_with('{')) {
      const auto json = nlohmann::json::parse(line, nullptr, false);
      if (json.is_string()) message = json.get<std::string>();
      if (json.is_object() && json.contains("m") && json["m"].is_string())
        message = json["m"].get<std::string>();
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace masc::cmd
