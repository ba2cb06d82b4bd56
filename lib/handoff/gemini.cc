// Gemini CLI: ~/.gemini/tmp/<project>/chats/session-*.jsonl, formerly one JSON document. A message
// is written again when its tool calls are known, and all of them after a resume.
#include <unordered_set>

#include "handoff/calls.h"
#include "handoff/client.h"

namespace masc::handoff {
namespace {

class Gemini final : public Parser {
 public:
  bool record(JsonView value, std::string_view, const EventSink& sink) override {
    if (const JsonView set = value["$set"]; set.is_object()) {
      const JsonView messages = set["messages"];
      for (std::size_t i = 0; messages.is_array() && i < messages.size(); ++i) {
        message(messages.at(i), sink);
      }
      return true;
    }
    if (value["projectHash"] || value["$rewindTo"]) return true;
    return message(value, sink);
  }

 private:
  bool is_new(std::string key) { return seen_.insert(std::move(key)).second; }

  bool message(JsonView value, const EventSink& sink) {
    const std::string_view type = value["type"].str();
    const std::string id(value["id"].str());
    if (type == "user") {
      std::string text = without_injections(message_text(value["content"]));
      if (!text.empty() && is_new("u" + id)) say(EventKind::kUser, std::move(text), sink);
      return true;
    }
    if (type != "gemini") return type == "info" || type == "error" || type == "warning";
    if (const JsonView thoughts = value["thoughts"]; thoughts.size() > 0 && is_new("t" + id)) {
      for (std::size_t i = 0; i < thoughts.size(); ++i) {
        say(EventKind::kReasoning, std::string(thoughts.at(i)["description"].str()), sink);
      }
    }
    std::string text = message_text(value["content"]);
    if (!text.empty() && is_new("a" + id)) say(EventKind::kAssistant, std::move(text), sink);
    const JsonView calls = value["toolCalls"];
    for (std::size_t i = 0; i < calls.size(); ++i) call(calls.at(i), sink);
    return true;
  }

  void call(JsonView value, const EventSink& sink) {
    const std::string id(value["id"].str());
    if (is_new("c" + id)) {
      Event event = make_call(value["name"].str(), value["args"]);
      event.call = id;
      sink(std::move(event));
    }
    const JsonView response = value["result"].at(0)["functionResponse"]["response"];
    if (!response || !is_new("o" + id)) return;
    Event event;
    event.kind = EventKind::kOutput;
    event.call = id;
    const bool failed = value["status"].str() == "error" || !response["error"].str().empty();
    event.text = failed ? response["error"].str() : response["output"].str();
    unwrap(event);
    event.ok = !failed && event.status.value_or(0) == 0;
    sink(std::move(event));
  }

  // Shell output comes as "<untrusted_context>\nOutput: …\nExit Code: 2\n…".
  static void unwrap(Event& event) {
    event.status = stated_status(event.text);
    const std::size_t start = event.text.find("Output: ");
    if (!event.text.starts_with("<untrusted_context>") || start == event.text.npos) return;
    if (!event.status) event.status = 0;
    std::size_t end = event.text.rfind("\nExit Code: ");
    if (end == event.text.npos) end = event.text.rfind("\nProcess Group PGID: ");
    event.text = event.text.substr(start + 8, end == event.text.npos ? end : end - start - 8);
  }

  void say(EventKind kind, std::string text, const EventSink& sink) {
    Event event;
    event.kind = kind;
    event.text = std::move(text);
    sink(std::move(event));
  }

  std::unordered_set<std::string> seen_;
};

}  // namespace

std::unique_ptr<Parser> gemini_parser() { return std::make_unique<Gemini>(); }

}  // namespace masc::handoff
