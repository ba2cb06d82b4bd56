// SWE-agent: NAME.traj, {trajectory: [{action, observation, thought}], history: [{role, content}]}.
// The steps are read from `trajectory`, the task from the first messages of `history`.
#include "base/text.h"
#include "handoff/calls.h"
#include "handoff/client.h"

namespace masc::handoff {
namespace {

class SweAgent final : public Parser {
 public:
  bool record(JsonView value, std::string_view list, const EventSink& sink) override {
    if (list == "trajectory") return step(value, sink);
    if (list == "history") return history(value, sink);
    return true;
  }

 private:
  bool step(JsonView value, const EventSink& sink) {
    if (!value["action"]) return false;
    Event thought;
    thought.kind = EventKind::kAssistant;
    thought.text = value["thought"].str();
    if (thought.text.empty()) thought.text = value["response"].str();
    if (!trim(thought.text).empty()) sink(std::move(thought));
    const std::string_view action = trim(value["action"].str());
    if (action.empty()) return true;
    Event call = command(action, open_file(value["state"]));
    call.call = "s" + std::to_string(number);
    Event output;
    output.kind = EventKind::kOutput;
    output.call = call.call;
    output.text = value["observation"].str();
    if (call.action == Action::kEdit) {
      output.ok = output.text.find("Your proposed edit has introduced") == output.text.npos;
    }
    sink(std::move(call));
    sink(std::move(output));
    return true;
  }

  // The state is an object, formerly that as text.
  static std::string open_file(JsonView state) {
    if (state.is_object()) return std::string(state["open_file"].str());
    JsonText json;
    if (!json.parse(std::string(state.str()))) return {};
    return std::string(json.root()["open_file"].str());
  }

  static Event command(std::string_view action, const std::string& open_file) {
    Event call;
    call.kind = EventKind::kCall;
    call.tool = "bash";
    call.action = Action::kShell;
    call.text = action;
    const std::string_view head = first_line(action);
    std::string_view rest = head;
    const std::string_view word = take_until(rest, ' ');
    if (word == "edit" || word == "str_replace_editor" || word == "insert") {
      call.tool = word;
      call.action = Action::kEdit;
      call.path = open_file;
      call.edits.push_back({open_file, "", std::string(action.substr(head.size())), false, false});
      call.text.clear();
    } else if (word == "create") {
      call.tool = word;
      call.action = Action::kEdit;
      call.path = trim(rest);
      call.edits.push_back({call.path, "", "", true, false});
      call.text.clear();
    } else if (word == "open") {
      call.tool = word;
      call.action = Action::kRead;
      call.path = take_until(rest, ' ');
    }
    return call;
  }

  bool history(JsonView value, const EventSink& sink) {
    const std::string_view role = value["role"].str();
    const std::string_view type = value["message_type"].str();
    if (value["is_demo"].boolean().value_or(false) || type == "demonstration") return true;
    if (role == "assistant") answered_ = true;
    if (role != "user" || answered_ || type == "observation") return true;
    Event task;
    task.kind = EventKind::kUser;
    task.text = message_text(value["content"]);
    task.first = true;
    if (!task.text.empty()) sink(std::move(task));
    return true;
  }

  bool answered_ = false;
};

}  // namespace

std::unique_ptr<Parser> swe_agent_parser() { return std::make_unique<SweAgent>(); }

}  // namespace masc::handoff
