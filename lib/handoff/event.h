// What happens in a transcript, the same for every client.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace masc::handoff {

enum class EventKind {
  kUser,        // what a person wrote
  kAssistant,   // what the agent said
  kReasoning,   // what it thought
  kCall,        // a tool it used
  kOutput,      // what the tool answered
  kCompaction,  // a summary that took the place of earlier events
};

enum class Action { kOther, kShell, kRead, kEdit, kSearch, kTodo, kFetch, kTask };

// One place of a file that a call changes. `before` empty: new text; both empty: only the path is
// known.
struct FileEdit {
  std::string path;
  std::string before, after;
  bool whole = false;    // the file is written anew
  bool removed = false;  // the file is deleted
};

enum class TodoState { kOpen, kActive, kDone, kDropped };

struct Todo {
  std::string id;  // "" where the client gives none
  std::string text;
  TodoState state = TodoState::kOpen;
};

struct Event {
  EventKind kind = EventKind::kAssistant;
  std::uint64_t record = 0;  // 1-based line, element or block of the transcript
  std::string text;          // what was said; the command of a shell call; an output
  std::string call;          // joins a call and its output; "" where the client gives none

  // of calls
  std::string tool;  // the client's own name of it
  Action action = Action::kOther;
  std::string path;  // the file or folder that it acts upon
  std::vector<FileEdit> edits;
  std::vector<Todo> todos;
  bool whole_list = true;  // `todos` replaces the list, else changes these items of it

  // of outputs
  std::optional<int> status;  // exit status of a command
  std::optional<bool> ok;     // what the client says of it

  bool first = false;  // stands before everything that was read so far
};

using EventSink = std::function<void(Event&&)>;

}  // namespace masc::handoff
