// Copilot CLI: ~/.copilot/session-state/<session>/events.jsonl, {type: "tool.execution_start",
// data}.
#include "handoff/calls.h"
#include "handoff/client.h"

namespace masc::handoff {
namespace {

class Copilot final : public Parser {
 public:
  bool record(JsonView value, std::string_view, const EventSink& sink) override {
    const std::string_view type = value["type"].str();
    const JsonView data = value["data"];
    if (type == "user.message") {
      say(EventKind::kUser, without_injections(data["content"].str()), sink);
    } else if (type == "assistant.message") {
      if (!data["parentToolCallId"].str().empty()) return true;  // a helper of the agent
      say(EventKind::kReasoning, std::string(data["reasoningText"].str()), sink);
      say(EventKind::kAssistant, std::string(data["content"].str()), sink);
    } else if (type == "assistant.reasoning") {
      say(EventKind::kReasoning, std::string(data["content"].str()), sink);
    } else if (type == "tool.execution_start") {
      Event call = make_call(data["toolName"].str(), data["arguments"]);
      call.call = data["toolCallId"].str();
      sink(std::move(call));
    } else if (type == "tool.execution_complete") {
      output(data, sink);
    } else if (type == "session.compaction_complete") {
      say(EventKind::kCompaction, std::string(data["summaryContent"].str()), sink);
    } else {
      return type.starts_with("session.") || type.starts_with("hook.") ||
             type.starts_with("assistant.") || type.starts_with("permission.") ||
             type.starts_with("system.") || type.starts_with("tool.") || type == "abort";
    }
    return true;
  }

 private:
  void say(EventKind kind, std::string text, const EventSink& sink) {
    if (text.empty()) return;
    Event event;
    event.kind = kind;
    event.text = std::move(text);
    sink(std::move(event));
  }

  // The shell tool ends its output with "<shellId: 1 completed with exit code 0>".
  void output(JsonView data, const EventSink& sink) {
    Event event;
    event.kind = EventKind::kOutput;
    event.call = data["toolCallId"].str();
    event.ok = data["success"].boolean();
    event.text = data["result"]["content"].str();
    if (event.text.empty()) event.text = data["error"]["message"].str();
    const std::size_t tag = event.text.rfind("\n<");
    const std::string_view tail =
        tag == event.text.npos ? std::string_view() : std::string_view(event.text).substr(tag);
    if (tail.find("exit code ") != tail.npos || tail.find("exited with code ") != tail.npos) {
      event.status = stated_status(tail);
      event.text.resize(tag);
      if (event.status) event.ok = *event.status == 0;
    }
    sink(std::move(event));
  }
};

}  // namespace

std::unique_ptr<Parser> copilot_parser() { return std::make_unique<Copilot>(); }

}  // namespace masc::handoff
