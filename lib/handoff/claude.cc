// Claude Code: ~/.claude/projects/<folder>/<session>.jsonl. A record a line with "type" and, for
// what was said, a "message" in the form of the Messages API.
#include "handoff/calls.h"
#include "handoff/client.h"

namespace masc::handoff {
namespace {

Event said(EventKind kind, std::string text) {
  Event event;
  event.kind = kind;
  event.text = std::move(text);
  return event;
}

bool known_silent(std::string_view type) {
  for (const std::string_view silent :
       {"progress", "file-history-snapshot", "summary", "queue-operation", "system", "mode",
        "last-prompt", "tools-used", "cost-state", "pr-link", "custom-title", "agent-name",
        "permission-mode", "attachment", "saved_hook_context", "ai-title"}) {
    if (type == silent) return true;
  }
  return false;
}

class Claude final : public Parser {
 public:
  bool record(JsonView value, std::string_view, const EventSink& sink) override {
    const std::string_view type = value["type"].str();
    if (type != "user" && type != "assistant") return known_silent(type);
    if (value["isSidechain"].boolean().value_or(false) || value["isMeta"].boolean().value_or(false))
      return true;
    const JsonView content = value["message"]["content"];
    if (type == "assistant") {
      assistant(content, sink);
    } else if (value["isCompactSummary"].boolean().value_or(false)) {
      sink(said(EventKind::kCompaction, message_text(content)));
    } else {
      user(content, value["toolUseResult"], sink);
    }
    return true;
  }

 private:
  void assistant(JsonView content, const EventSink& sink) {
    if (content.is_string()) return sink(said(EventKind::kAssistant, std::string(content.str())));
    for (std::size_t i = 0; i < content.size(); ++i) {
      const JsonView part = content.at(i);
      const std::string_view type = part["type"].str();
      if (type == "text") {
        sink(said(EventKind::kAssistant, std::string(part["text"].str())));
      } else if (type == "thinking") {
        sink(said(EventKind::kReasoning, std::string(part["thinking"].str())));
      } else if (type == "tool_use") {
        Event call = make_call(part["name"].str(), part["input"]);
        call.call = part["id"].str();
        sink(std::move(call));
      }
    }
  }

  void user(JsonView content, JsonView result, const EventSink& sink) {
    if (content.is_string()) return user_text(content.str(), sink);
    for (std::size_t i = 0; i < content.size(); ++i) {
      const JsonView part = content.at(i);
      const std::string_view type = part["type"].str();
      if (type == "text") user_text(part["text"].str(), sink);
      if (type == "tool_result") output(part, result, sink);
    }
  }

  void user_text(std::string_view text, const EventSink& sink) {
    std::string clean = without_injections(text);
    if (!clean.empty() && !clean.starts_with("[Request interrupted")) {
      sink(said(EventKind::kUser, std::move(clean)));
    }
  }

  void output(JsonView part, JsonView result, const EventSink& sink) {
    Event event = said(EventKind::kOutput, without_injections(message_text(part["content"])));
    event.call = part["tool_use_id"].str();
    event.ok = !part["is_error"].boolean().value_or(false);
    if (result["interrupted"].boolean().value_or(false)) event.ok.reset();
    if (event.ok && !*event.ok) {
      event.status = stated_status(std::string_view(event.text).substr(0, 40));
    } else if (event.ok && result["stdout"]) {
      event.status = 0;
    }
    sink(std::move(event));
  }
};

}  // namespace

std::unique_ptr<Parser> claude_parser() { return std::make_unique<Claude>(); }

}  // namespace masc::handoff
