// opencode: what `opencode export` prints, {info, messages: [{info: {role}, parts: []}]}.
#include "handoff/calls.h"
#include "handoff/client.h"

namespace masc::handoff {
namespace {

class Opencode final : public Parser {
 public:
  bool record(JsonView value, std::string_view list, const EventSink& sink) override {
    if (list != "messages") return true;
    const bool user = value["info"]["role"].str() == "user";
    const bool summary = value["info"]["summary"].boolean().value_or(false);
    const JsonView parts = value["parts"];
    for (std::size_t i = 0; parts.is_array() && i < parts.size(); ++i) {
      part(parts.at(i), user, summary, sink);
    }
    return parts.is_array();
  }

 private:
  void part(JsonView part, bool user, bool summary, const EventSink& sink) {
    const std::string_view type = part["type"].str();
    if (type == "tool") return tool(part, sink);
    if (type != "text" && type != "reasoning") return;
    if (part["synthetic"].boolean().value_or(false)) return;
    Event event;
    event.kind = type == "reasoning" ? EventKind::kReasoning
                 : user              ? EventKind::kUser
                 : summary           ? EventKind::kCompaction
                                     : EventKind::kAssistant;
    event.text = user ? without_injections(part["text"].str()) : std::string(part["text"].str());
    if (!event.text.empty()) sink(std::move(event));
  }

  void tool(JsonView part, const EventSink& sink) {
    const JsonView state = part["state"];
    Event call = make_call(part["tool"].str(), state["input"]);
    call.call = part["callID"].str();
    Event output;
    output.kind = EventKind::kOutput;
    output.call = call.call;
    sink(std::move(call));
    const std::string_view status = state["status"].str();
    if (status != "completed" && status != "error") return;
    output.ok = status == "completed";
    output.text = *output.ok ? state["output"].str() : state["error"].str();
    if (const auto exit = state["metadata"]["exit"].integer()) {
      output.status = static_cast<int>(*exit);
      output.ok = *exit == 0;
    }
    sink(std::move(output));
  }
};

}  // namespace

std::unique_ptr<Parser> opencode_parser() { return std::make_unique<Opencode>(); }

}  // namespace masc::handoff
