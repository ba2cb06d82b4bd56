// Codex: ~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl. Today each line is {timestamp, type,
// payload}; older rollouts have the payload bare. In code mode one tool, "exec", runs a script that
// calls the others.
#include <unordered_map>

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

// The argument of the first call of `function` in a script, if it is a JSON value.
std::string_view argument_of(std::string_view script, std::string_view function) {
  const std::size_t at = script.find(function);
  if (at == script.npos) return {};
  const std::string_view rest = script.substr(at + function.size());
  bool in_string = false, escaped = false;
  int depth = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (in_string) {
      if (!escaped && c == '"') in_string = false;
      escaped = !escaped && c == '\\';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '(' || c == '{' || c == '[') {
      ++depth;
    } else if (c == ')' || c == '}' || c == ']') {
      if (depth-- == 0) return rest.substr(0, i);
    }
  }
  return {};
}

class Codex final : public Parser {
 public:
  bool record(JsonView value, std::string_view, const EventSink& sink) override {
    const JsonView payload = value["payload"];
    const std::string_view type = value["type"].str();
    if (!payload)
      return type.empty() ? bool(value["id"] || value["record_type"]) : item(value, sink);
    if (type == "response_item") return item(payload, sink);
    if (type == "event_msg") return note(payload);
    if (type == "compacted") {
      sink(said(EventKind::kCompaction, std::string(payload["message"].str())));
      return true;
    }
    return type == "session_meta" || type == "turn_context" || type == "world_state";
  }

 private:
  bool item(JsonView item, const EventSink& sink) {
    const std::string_view type = item["type"].str();
    if (type == "message") return message(item, sink);
    if (type == "reasoning") {
      std::string text = message_text(item["summary"]);
      if (text.empty()) text = message_text(item["content"]);
      if (!text.empty()) sink(said(EventKind::kReasoning, std::move(text)));
      return true;
    }
    if (type == "function_call") return function(item, sink);
    if (type == "custom_tool_call") return custom(item, sink);
    if (type == "local_shell_call") {
      send(make_call("shell", item["action"]), item, sink);
      return true;
    }
    if (type == "web_search_call" || type == "tool_search_call") {
      const JsonView arguments = item["action"] ? item["action"] : item["arguments"];
      send(make_call(type == "web_search_call" ? "web_search" : "tool_search", arguments), item,
           sink);
      return true;
    }
    if (type == "function_call_output" || type == "custom_tool_call_output") {
      return output(item, sink);
    }
    return type == "tool_search_output" || type == "ghost_snapshot" || type == "compaction";
  }

  bool message(JsonView item, const EventSink& sink) {
    const std::string_view role = item["role"].str();
    std::string text = message_text(item["content"]);
    if (role == "user") {
      text = without_injections(text);
      if (!text.empty() && text[0] != '<') sink(said(EventKind::kUser, std::move(text)));
    } else if (role == "assistant" && !text.empty()) {
      sink(said(EventKind::kAssistant, std::move(text)));
    }
    return true;
  }

  // A look at a command that still runs belongs to the call that started it.
  bool function(JsonView item, const EventSink& sink) {
    JsonText json;
    if (!json.parse(std::string(item["arguments"].str()))) {
      send(make_call(item["name"].str(), JsonView()), item, sink);
      return true;
    }
    const JsonView arguments = json.root();
    if (item["name"].str() == "write_stdin") {
      const auto started = running_.find(arguments["session_id"].integer().value_or(-1));
      if (started != running_.end() && arguments["chars"].str().empty()) {
        alias_[std::string(item["call_id"].str())] = started->second;
        return true;
      }
      // Of one that an earlier transcript started nothing is known.
      Event look = make_call("write_stdin", arguments);
      look.action = Action::kFetch;
      send(std::move(look), item, sink);
      return true;
    }
    send(make_call(item["name"].str(), arguments), item, sink);
    return true;
  }

  bool custom(JsonView item, const EventSink& sink) {
    const std::string_view input = item["input"].str();
    JsonText json;
    if (item["name"].str() == "exec") {
      for (const auto& [function, tool] : {std::pair{"tools.exec_command(", "exec_command"},
                                           {"tools.shell(", "shell"},
                                           {"tools.apply_patch(", "apply_patch"},
                                           {"tools.update_plan(", "update_plan"}}) {
        if (!json.parse(std::string(argument_of(input, function)))) continue;
        const JsonView argument = json.root();
        if (argument.is_string()) {
          send(patch(argument.str()), item, sink);
        } else {
          send(make_call(tool, argument), item, sink);
        }
        return true;
      }
    }
    Event call = input.find("*** Begin Patch") != input.npos ? patch(input) : Event();
    call.kind = EventKind::kCall;
    if (call.edits.empty()) call.text = input;
    if (call.tool.empty()) call.tool = item["name"].str();
    send(std::move(call), item, sink);
    return true;
  }

  static Event patch(std::string_view text) {
    Event call;
    call.kind = EventKind::kCall;
    call.tool = "apply_patch";
    call.action = Action::kEdit;
    call.edits = parse_patch(text);
    if (!call.edits.empty()) call.path = call.edits.front().path;
    return call;
  }

  void send(Event&& call, JsonView item, const EventSink& sink) {
    call.call = item["call_id"].str();
    sink(std::move(call));
  }

  bool output(JsonView item, const EventSink& sink) {
    std::string text = message_text(item["output"]);
    JsonText json;
    std::optional<int> status;
    if (text.starts_with("{\"output\"") && json.parse(text)) {
      text = json.root()["output"].str();
      if (const auto code = json.root()["metadata"]["exit_code"].integer()) {
        status = static_cast<int>(*code);
      }
    }
    Event event = said(EventKind::kOutput, "");
    event.call = item["call_id"].str();
    if (const auto alias = alias_.find(event.call); alias != alias_.end()) {
      event.call = alias->second;
    }
    const std::string_view head = std::string_view(text).substr(0, 300);
    if (!status) status = head.starts_with("Script ") ? executed_ : stated_status(head);
    executed_.reset();
    constexpr std::string_view kRunning = "Process running with session ID ";
    if (const std::size_t at = head.find(kRunning); at != head.npos) {
      running_[std::atoll(head.substr(at + kRunning.size()).data())] = event.call;
    }
    const std::size_t body = head.find("Output:\n");
    event.text = body == head.npos ? text : text.substr(body + 8);
    event.status = status;
    if (status) event.ok = *status == 0;
    sink(std::move(event));
    return true;
  }

  // Beside the conversation: how a command of a script ended.
  bool note(JsonView payload) {
    const JsonView item = payload["item"];
    if (payload["type"].str() == "item_completed" && item["type"].str() == "CommandExecution") {
      if (const auto code = item["exit_code"].integer()) executed_ = static_cast<int>(*code);
    }
    return true;
  }

  std::unordered_map<std::int64_t, std::string> running_;
  std::unordered_map<std::string, std::string> alias_;
  std::optional<int> executed_;
};

}  // namespace

std::unique_ptr<Parser> codex_parser() { return std::make_unique<Codex>(); }

}  // namespace masc::handoff
