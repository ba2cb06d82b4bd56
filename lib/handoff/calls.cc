#include "handoff/calls.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace masc::handoff {
namespace {

constexpr std::size_t kArgumentBytes = 4000;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view w) { return text.find(w) != text.npos; });
}

// The first of these members that is a text.
std::string_view first_of(JsonView object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const std::string_view found = object[key].str(); !found.empty()) return found;
  }
  return {};
}

FileEdit edit_of(JsonView object, std::string_view path) {
  FileEdit edit;
  edit.path = path;
  edit.before = first_of(object, {"old_string", "oldString", "old_str", "oldText", "search"});
  edit.after = first_of(object, {"new_string", "newString", "new_str", "newText", "replace"});
  return edit;
}

void add_edits(JsonView arguments, std::string_view tool, Event& event) {
  const std::string_view content =
      first_of(arguments, {"content", "contents", "file_text", "new_source", "code_edit"});
  if (const JsonView list = arguments["edits"]; list.is_array()) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      event.edits.push_back(edit_of(list.at(i), event.path));
    }
  } else if (arguments["old_string"] || arguments["oldString"] || arguments["old_str"] ||
             arguments["oldText"] || arguments["new_str"]) {
    event.edits.push_back(edit_of(arguments, event.path));
  } else if (!content.empty() && has_any(tool, {"write", "create", "edit", "replace", "insert"})) {
    event.edits.push_back({event.path, "", std::string(content), true, false});
  }
  if (!event.edits.empty()) event.action = Action::kEdit;
}

void add_todos(JsonView arguments, Event& event) {
  const JsonView list = arguments["todos"].is_array() ? arguments["todos"] : arguments["plan"];
  if (!list.is_array()) return;
  event.action = Action::kTodo;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonView item = list.at(i);
    Todo todo;
    todo.id = item["id"].str();
    todo.text = first_of(item, {"content", "step", "description", "text", "title", "subject"});
    todo.state = parse_todo_state(item["status"].str());
    if (!todo.text.empty()) event.todos.push_back(std::move(todo));
  }
}

// One item of a list that lives in the client: created, or changed by its id.
void add_task_item(std::string_view tool, JsonView arguments, Event& event) {
  if (tool != "taskcreate" && tool != "taskupdate") return;
  event.action = Action::kTodo;
  event.whole_list = false;
  Todo todo;
  todo.id = first_of(arguments, {"taskId", "id"});
  todo.text = first_of(arguments, {"subject", "content", "title"});
  todo.state = parse_todo_state(arguments["status"].str());
  event.todos.push_back(std::move(todo));
}

Action action_of(std::string_view tool) {
  if (has_any(tool, {"grep", "glob", "search", "find", "list", "codebase"})) return Action::kSearch;
  if (has_any(tool, {"read", "view", "open", "cat", "scroll", "goto"})) return Action::kRead;
  if (has_any(tool, {"fetch", "browser", "url"})) return Action::kFetch;
  if (tool == "task" || tool == "agent" || tool == "skill") return Action::kTask;
  return Action::kOther;
}

std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == text.npos) return {};
  const std::size_t start = at + from.size();
  const std::size_t end = text.find(to, start);
  return text.substr(start, end == text.npos ? text.npos : end - start);
}

// What a client writes in the user's name.
bool is_injected(std::string_view text) {
  return text.starts_with("# AGENTS.md instructions") || text.starts_with("Caveat: The messages");
}

}  // namespace

TodoState parse_todo_state(std::string_view word) noexcept {
  if (word == "completed" || word == "done" || word == "closed") return TodoState::kDone;
  if (word == "in_progress" || word == "active" || word == "doing") return TodoState::kActive;
  if (word == "cancelled" || word == "canceled" || word == "deleted") return TodoState::kDropped;
  return TodoState::kOpen;
}

std::string command_text(JsonView command) {
  if (command.is_string()) return std::string(command.str());
  std::string text;
  const std::size_t n = command.is_array() ? command.size() : 0;
  const std::string_view flag = n >= 3 ? command.at(1).str() : std::string_view();
  const bool shell = flag == "-lc" || flag == "-c" || flag == "-Command";
  for (std::size_t i = shell ? 2 : 0; i < n; ++i) {
    const std::string_view word = command.at(i).str();
    text += (text.empty() ? "" : " ") + (shell ? std::string(word) : shell_quote(word));
  }
  return text;
}

std::vector<FileEdit> parse_patch(std::string_view patch) {
  std::vector<FileEdit> edits;
  std::string_view path;
  bool open = false, whole = false;
  const auto start = [&](std::string_view name, bool add, bool removed) {
    path = trim(name);
    open = !removed;
    whole = add;
    edits.push_back({std::string(path), "", "", add, removed});
  };
  for (std::string_view line : split_lines(patch)) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("*** Update File: ")) {
      start(line.substr(17), false, false);
    } else if (line.starts_with("*** Add File: ")) {
      start(line.substr(14), true, false);
    } else if (line.starts_with("*** Delete File: ")) {
      start(line.substr(17), false, true);
    } else if (line.starts_with("*** Move to: ")) {
      start(line.substr(13), false, false);
    } else if (line.starts_with("@@") && open) {
      if (!edits.back().before.empty() || !edits.back().after.empty()) {
        edits.push_back({std::string(path), "", "", whole, false});
      }
    } else if (!line.empty() && open && line[0] == '-') {
      edits.back().before.append(line.substr(1)).push_back('\n');
    } else if (!line.empty() && open && line[0] == '+') {
      edits.back().after.append(line.substr(1)).push_back('\n');
    }
  }
  return edits;
}

std::string message_text(JsonView content) {
  if (content.is_string()) return std::string(content.str());
  std::string text;
  for (std::size_t i = 0; content.is_array() && i < content.size(); ++i) {
    const JsonView part = content.at(i);
    const std::string_view piece = part.is_string() ? part.str() : part["text"].str();
    if (piece.empty()) continue;
    if (!text.empty()) text += '\n';
    text += piece;
  }
  return text;
}

std::string without_injections(std::string_view text) {
  static constexpr std::array<std::string_view, 14> kTags = {
      "system-reminder",      "system_reminder",  "environment_context", "user_instructions",
      "session_context",      "ide_selection",    "ide_opened_file",     "local-command-stdout",
      "local-command-caveat", "command-contents", "current_datetime",    "permissions instructions",
      "turn_aborted",         "task-notification"};
  if (text.find('<') == text.npos) {
    const std::string_view rest = trim(text);
    return is_injected(rest) ? std::string() : std::string(rest);
  }
  std::string out(text);
  for (const std::string_view tag : kTags) {
    const std::string open = "<" + std::string(tag);
    const std::string close = "</" + std::string(tag) + ">";
    for (std::size_t at = out.find(open); at != out.npos; at = out.find(open, at)) {
      const std::size_t end = out.find(close, at);
      out.erase(at, end == out.npos ? out.npos : end + close.size() - at);
    }
  }
  if (out.find("<command-name>") != out.npos) {
    const std::string name(trim(between(out, "<command-name>", "</command-name>")));
    const std::string args(trim(between(out, "<command-args>", "</command-args>")));
    return args.empty() ? name : name + " " + args;
  }
  const std::string_view rest = trim(out);
  return is_injected(rest) ? std::string() : std::string(rest);
}

std::optional<int> stated_status(std::string_view output) noexcept {
  static constexpr std::array<std::string_view, 6> kForms = {"exited with code ", "exit code ",
                                                             "Exit code: ",       "Exit code ",
                                                             "Exit Code: ",       "exit status "};
  // The clients say it at the head or at the tail.
  const std::string_view head = output.substr(0, 400);
  const std::string_view tail = output.substr(output.size() > 300 ? output.size() - 300 : 0);
  for (const std::string_view part : {head, tail}) {
    for (const std::string_view form : kForms) {
      const std::size_t at = part.find(form);
      if (at == part.npos) continue;
      const std::string_view digits = part.substr(at + form.size(), 6);
      int value = 0;
      const auto [end, failed] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (failed == std::errc{} && end != digits.data()) return value;
    }
  }
  return std::nullopt;
}

Event make_call(std::string_view tool, JsonView arguments) {
  Event event;
  event.kind = EventKind::kCall;
  event.tool = tool;
  const std::string name = lower(tool);
  event.path = first_of(arguments, {"file_path", "filePath", "path", "target_file", "absolute_path",
                                    "notebook_path", "filename", "file", "dir_path", "directory"});
  const JsonView command = arguments["command"] ? arguments["command"] : arguments["cmd"];
  const std::string shell = name.find("edit") == name.npos ? command_text(command) : "";
  const std::string_view patch = first_of(arguments, {"patch", "input", "patchText", "patch_text"});
  add_todos(arguments, event);
  add_task_item(name, arguments, event);
  add_edits(arguments, name, event);
  if (patch.find("*** Begin Patch") != patch.npos || shell.find("*** Begin Patch") != shell.npos) {
    event.edits = parse_patch(patch.empty() ? std::string_view(shell) : patch);
    event.action = Action::kEdit;
  } else if (event.action == Action::kOther && !shell.empty()) {
    event.action = Action::kShell;
    event.text = shell;
  }
  if (event.action == Action::kOther) event.action = action_of(name);
  if (event.path.empty() && !event.edits.empty()) event.path = event.edits.front().path;
  if (event.text.empty() && event.action != Action::kEdit && event.action != Action::kTodo) {
    event.text = arguments.dump(kArgumentBytes);
  }
  return event;
}

}  // namespace masc::handoff
