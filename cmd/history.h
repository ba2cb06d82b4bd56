// What happened: log entries and notes, as text and JSON.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "model/task.h"

namespace masc::cmd {

// "2026-03-01T14:05:00Z codex: claim m-… by codex (generation 2)"
std::string entry_line(const model::Step& step);
// An array of the contract's log entries.
void put_entries(JsonWriter& json, const std::vector<model::Step>& steps);
// "notes":[…], oldest first.
void put_notes(JsonWriter& json, const std::vector<model::Step>& steps);

}  // namespace masc::cmd
