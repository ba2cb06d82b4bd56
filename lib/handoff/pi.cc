// pi: ~/.pi/agent/sessions/<folder>/<time>_<id>.jsonl. Entries form a tree; they are read in the
// order in which they were written.
#include "handoff/calls.h"
#include "handoff/client.h"

namespace masc::handoff {
namespace {

class Pi final : public Parser {
 public:
  bool record(JsonView value, std::string_view, const EventSink& sink) override {
    const std::string_view type = value["type"].str();
    if (type == "compaction" || type == "branch_summary") {
      say(EventKind::kCompaction, std::string(value["summary"].str()), sink);
      return true;
    }
    if (type != "message") {
      return type == "session" || type == "model_change" || type == "thinking_level_change" ||
             type == "custom" || type == "label" || type == "session_info";
    }
    return message(value["message"], sink);
  }

 private:
  void say(EventKind kind, std::string text, const EventSink& sink) {
    if (text.empty()) return;
    Event event;
    event.kind = kind;
    event.text = std::move(text);
    sink(std::move(event));
  }

  bool message(JsonView message, const EventSink& sink) {
    const std::string_view role = message["role"].str();
    if (role == "user") {
      say(EventKind::kUser, without_injections(message_text(message["content"])), sink);
    } else if (role == "assistant") {
      assistant(message["content"], sink);
    } else if (role == "toolResult") {
      Event event;
      event.kind = EventKind::kOutput;
      event.call = message["toolCallId"].str();
      event.text = message_text(message["content"]);
      event.ok = !message["isError"].boolean().value_or(false);
      if (!*event.ok) event.status = stated_status(event.text);
      sink(std::move(event));
    } else if (role == "bashExecution") {
      execution(message, sink);
    } else {
      return false;
    }
    return true;
  }

  void assistant(JsonView content, const EventSink& sink) {
    if (content.is_string()) say(EventKind::kAssistant, std::string(content.str()), sink);
    for (std::size_t i = 0; content.is_array() && i < content.size(); ++i) {
      const JsonView part = content.at(i);
      const std::string_view type = part["type"].str();
      if (type == "text") say(EventKind::kAssistant, std::string(part["text"].str()), sink);
      if (type == "thinking") say(EventKind::kReasoning, std::string(part["thinking"].str()), sink);
      if (type != "toolCall") continue;
      Event call = make_call(part["name"].str(), part["arguments"]);
      call.call = part["id"].str();
      sink(std::move(call));
    }
  }

  // A command that the person ran.
  void execution(JsonView message, const EventSink& sink) {
    Event call = make_call("bash", message);
    call.call = "!" + std::to_string(number);
    Event output;
    output.kind = EventKind::kOutput;
    output.call = call.call;
    output.text = message["output"].str();
    if (const auto exit = message["exitCode"].integer()) {
      output.status = static_cast<int>(*exit);
      output.ok = *exit == 0;
    }
    sink(std::move(call));
    sink(std::move(output));
  }
};

}  // namespace

std::unique_ptr<Parser> pi_parser() { return std::make_unique<Pi>(); }

}  // namespace masc::handoff
