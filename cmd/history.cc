#include "cmd/history.h"

#include "base/text.h"

namespace masc::cmd {

std::string entry_line(const model::Step& step) {
  const std::string note =
      step.change.note.empty() ? "" : ": " + std::string(first_line(step.change.note));
  return fmt::format("{} {}: {}{}\n", format_time(step.change.at), step.change.agent,
                     printable(step.change.text), printable(note));
}

void put_entries(JsonWriter& json, const std::vector<model::Step>& steps) {
  json.begin_array();
  for (const model::Step& step : steps) {
    json.begin_object().field("at", format_time(step.change.at)).field("agent", step.change.agent);
    json.field("event", step.change.event).field_or_null("task", step.task.id.str());
    json.field("generation", step.task.generation);
    json.field("text", step.change.note.empty() ? step.change.text : step.change.note);
    json.field_or_null("commit", step.task.version).end_object();
  }
  json.end_array();
}

void put_notes(JsonWriter& json, const std::vector<model::Step>& steps) {
  json.key("notes").begin_array();
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (step->change.note.empty()) continue;
    const std::string& kind = step->change.note_kind;
    json.begin_object().field("kind", kind.empty() ? "note" : kind.c_str());
    json.field("text", step->change.note).field("agent", step->change.agent);
    json.field("at", format_time(step->change.at)).end_object();
  }
  json.end_array();
}

}  // namespace masc::cmd
