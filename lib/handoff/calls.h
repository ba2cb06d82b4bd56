// What the clients' tool calls have in common, whatever they are called.
#pragma once

#include <string>
#include <string_view>

#include "handoff/event.h"
#include "handoff/json_view.h"

namespace masc::handoff {

// A call of `tool` with `arguments` (an object): what it does to which file, command or list.
Event make_call(std::string_view tool, JsonView arguments);

// A shell command, given as one text or as a list of words ("bash", "-lc", TEXT).
std::string command_text(JsonView command);

// Files and changes of a "*** Begin Patch" text.
std::vector<FileEdit> parse_patch(std::string_view patch);

TodoState parse_todo_state(std::string_view word) noexcept;

// A message's text: a string, or the joined "text" of a list of parts.
std::string message_text(JsonView content);

// `text` without what the client put in: <system-reminder> and the like.
std::string without_injections(std::string_view text);

// An exit status that stands in an output: "Exit code 2", "exited with code 2", "Exit Code: 2".
std::optional<int> stated_status(std::string_view output) noexcept;

}  // namespace masc::handoff
