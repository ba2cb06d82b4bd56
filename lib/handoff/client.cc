#include "handoff/client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "handoff/document.h"

namespace masc::handoff {
namespace {

constexpr std::array<std::pair<std::string_view, Client>, 9> kNames = {{
    {"claude", Client::kClaude},
    {"codex", Client::kCodex},
    {"gemini", Client::kGemini},
    {"opencode", Client::kOpencode},
    {"copilot", Client::kCopilot},
    {"pi", Client::kPi},
    {"swe-agent", Client::kSweAgent},
    {"specstory", Client::kSpecStory},
    {"aider", Client::kAider},
}};

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  for (const std::string_view w : words) {
    if (w == word) return true;
  }
  return false;
}

// By the members of one record of a file of JSON Lines.
std::optional<Client> of_record(JsonView record) {
  const std::string_view type = record["type"].str();
  if (record["payload"].is_object()) return Client::kCodex;
  if (record["data"].is_object() && type.find('.') != type.npos) return Client::kCopilot;
  if (record["projectHash"] || record["$set"]) return Client::kGemini;
  if (record["record_type"] || (record["instructions"] && record["id"])) return Client::kCodex;
  if (type == "session" && record["cwd"] && record["id"]) return Client::kPi;
  if (record["uuid"] || record["parentUuid"] || record["sessionId"] || record["leafUuid"] ||
      record["messageId"]) {
    return Client::kClaude;
  }
  if (one_of(type, {"function_call", "function_call_output", "reasoning"}) ||
      (type == "message" && record["role"])) {
    return Client::kCodex;
  }
  if (type == "message" && record["message"].is_object()) return Client::kPi;
  if (one_of(type, {"user", "gemini"}) && record["content"]) return Client::kGemini;
  return std::nullopt;
}

std::optional<Client> of_document(std::string_view beginning) {
  bool info = false, messages = false, gemini = false;
  for (const std::string& key : top_keys(beginning)) {
    if (key == "trajectory" || key == "history") return Client::kSweAgent;
    if (key == "info") info = true;
    if (key == "messages") messages = true;
    if (key == "projectHash") gemini = true;
  }
  if (gemini) return Client::kGemini;
  return info || messages ? std::optional(Client::kOpencode) : std::nullopt;
}

std::optional<Client> of_text(std::string_view beginning) {
  if (beginning.find("SpecStory") != beginning.npos ||
      beginning.find("_**User") != beginning.npos) {
    return Client::kSpecStory;
  }
  if (beginning.find("# aider chat started at") != beginning.npos ||
      beginning.starts_with("#### ") || beginning.find("\n#### ") != beginning.npos) {
    return Client::kAider;
  }
  return std::nullopt;
}

// Whether the first line that is not empty is a whole JSON value: then the file has one a line.
bool is_lines(std::string_view beginning, JsonText& json) {
  beginning = without_bom(beginning);
  const std::string_view first = first_line(beginning);
  return first.size() < beginning.size() && json.parse(std::string(first));
}

}  // namespace

std::string_view client_name(Client client) noexcept {
  for (const auto& [name, value] : kNames) {
    if (value == client) return name;
  }
  return "";
}

std::optional<Client> parse_client(std::string_view name) noexcept {
  for (const auto& [known, value] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::string_view without_bom(std::string_view text) noexcept {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

std::optional<Client> detect_client(std::string_view beginning) {
  beginning = without_bom(beginning);
  beginning.remove_prefix(std::min(beginning.find_first_not_of(" \t\r\n"), beginning.size()));
  if (!beginning.starts_with('{')) {
    if (const auto client = of_text(beginning)) return client;
  }
  JsonText json;
  std::size_t looked = 0;
  // A line that is no record says nothing; those behind it may.
  for (const std::string_view line : split_lines(beginning)) {
    if (looked++ == 60) break;
    if (!line.starts_with('{') || !json.parse(std::string(line))) continue;
    if (json.root()["trajectory"] || json.root()["messages"]) break;  // a document on one line
    if (const auto client = of_record(json.root())) return client;
  }
  return of_document(beginning);
}

Framing framing_of(Client client, std::string_view beginning) noexcept {
  switch (client) {
    case Client::kSpecStory:
    case Client::kAider: return Framing::kText;
    case Client::kOpencode:
    case Client::kSweAgent: return Framing::kDocument;
    case Client::kGemini: {
      JsonText json;
      const bool lines = is_lines(beginning, json) && !json.root()["messages"].is_array();
      return lines ? Framing::kLines : Framing::kDocument;
    }
    case Client::kClaude:
    case Client::kCodex:
    case Client::kCopilot:
    case Client::kPi: return Framing::kLines;
  }
  return Framing::kLines;
}

std::unique_ptr<Parser> make_parser(Client client) {
  switch (client) {
    case Client::kClaude: return claude_parser();
    case Client::kCodex: return codex_parser();
    case Client::kGemini: return gemini_parser();
    case Client::kOpencode: return opencode_parser();
    case Client::kCopilot: return copilot_parser();
    case Client::kPi: return pi_parser();
    case Client::kSweAgent: return swe_agent_parser();
    case Client::kSpecStory: return spec_story_parser();
    case Client::kAider: return aider_parser();
  }
  return nullptr;
}

}  // namespace masc::handoff
