#include "handoff/work.h"

#include <algorithm>

#include "base/text.h"
#include "handoff/prose.h"

namespace masc::handoff {
namespace {

constexpr std::size_t kMostFacts = 4000;
constexpr std::size_t kMostNames = 600;  // of one file
constexpr std::size_t kMessageBytes = 32 << 10;
constexpr std::size_t kErrorLines = 5;

template <class T>
void bound(std::vector<T>& facts, std::size_t most) {
  if (facts.size() > most) {
    facts.erase(facts.begin(), facts.end() - static_cast<std::ptrdiff_t>(most * 3 / 4));
  }
}

std::string_view outcome_line(std::string_view output, bool failed) {
  std::string_view last;
  for (const std::string_view line : split_lines(output)) {
    const std::string_view text = trim(line);
    if (text.size() < 2) continue;
    if (failed ? tells_failure(text) : tells_success(text)) return text;
    last = text;
  }
  return last;
}

// What a test runner or compiler says at the end, where nobody saw its exit status. Other words
// about failures may be part of any log.
Outcome by_evidence(std::string_view output) {
  Outcome verdict = Outcome::kUnknown;
  for (const std::string_view line : split_lines(output)) {
    const std::string_view text = trim(line);
    if (text.starts_with("FAIL") || text.starts_with("--- FAIL") || text.starts_with("FAILED") ||
        text.find(": error:") != text.npos || text.starts_with("error[") ||
        text.starts_with("error:") || text.find(" failed,") != text.npos) {
      if (text.find(" 0 failed,") == text.npos) return Outcome::kFailed;
    }
    if (verdict != Outcome::kOk && tells_success(text)) verdict = Outcome::kOk;
  }
  return verdict;
}

// The person didn't let it run: that says nothing of what it would have done.
bool was_refused(std::string_view output) {
  const std::string_view head = output.substr(0, 400);
  for (const std::string_view sign : {"doesn't want to proceed", "tool use was rejected",
                                      "user rejected", "rejected by user", "user denied"}) {
    if (head.find(sign) != head.npos) return true;
  }
  return false;
}

// Nothing was tried: the program isn't there.
bool was_not_run(std::optional<int> status, std::string_view output) {
  return status == 127 || output.find("could not determine executable to run") != output.npos;
}

// Of a huge message both ends: what is wanted stands before or behind what was pasted.
std::string kept(const std::string& text) {
  if (text.size() <= kMessageBytes) return text;
  const std::size_t tail = kMessageBytes / 4;
  return text.substr(0, kMessageBytes - tail) + " … " + text.substr(text.size() - tail);
}

// Whether what is printed tells how it ended.
bool is_judged(CommandKind kind) {
  return kind == CommandKind::kTest || kind == CommandKind::kBuild || kind == CommandKind::kLint;
}

// Git stopped in the middle of something, and what ends that.
bool leaves_conflict(const std::vector<std::string>& commands) {
  return std::any_of(commands.begin(), commands.end(), [](const std::string& command) {
    const std::string tool = tool_of(command);
    return tool == "git merge" || tool == "git rebase" || tool == "git cherry-pick" ||
           tool == "git revert" || tool == "git pull" || tool == "git am";
  });
}
bool ends_conflict(std::string_view command) {
  return tool_of(command) == "git commit" || command.find(" --continue") != command.npos ||
         command.find(" --abort") != command.npos || command.find(" --skip") != command.npos;
}

bool is_hex(std::string_view text) {
  return text.size() >= 7 && text.size() <= 40 &&
         text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace

struct Work::Pending {
  Event call;
  std::vector<SimpleCommand> commands;
};

std::string place_text(Place place) { return fmt::format("{}:{}", place.generation, place.record); }

std::string Work::place(Place place) const {
  return generation_ == 1 ? fmt::format("@{}", place.record) : place_text(place);
}

void Work::begin(std::uint32_t generation, std::string_view directory) {
  generation_ = generation;
  pending_.clear();
  set_directory(directory);
}

void Work::set_directory(std::string_view directory) {
  if (directory.empty() || directory == directory_) return;
  directory_ = directory;
  const std::size_t second = directory.find('/', 1);
  if (second == directory.npos) return;
  const std::string_view top = directory.substr(0, second);
  if (top == "/home" || top == "/Users") {
    home_ = directory.substr(0, directory.find('/', second + 1));
  } else if (top == "/root") {
    home_ = top;
  }
}

std::string Work::display(std::string_view path) const {
  if (path.starts_with("file://")) path.remove_prefix(7);
  while (path.starts_with("./")) path.remove_prefix(2);
  if (!directory_.empty() && path.size() > directory_.size() + 1 && path.starts_with(directory_) &&
      path[directory_.size()] == '/') {
    return std::string(path.substr(directory_.size() + 1));
  }
  if (!home_.empty() && path.starts_with(home_) && path.size() > home_.size() + 1) {
    return "~" + std::string(path.substr(home_.size()));
  }
  return std::string(path);
}

std::size_t Work::file_of(std::string_view path) {
  const std::string name = tidy(display(path), 300);
  const auto [known, is_new] = file_index_.try_emplace(name, files_.size());
  if (is_new) {
    FileFact file;
    file.path = name;
    files_.push_back(std::move(file));
    file_names_.emplace_back();
  }
  return known->second;
}

void Work::add(Event&& event) {
  ++event_;
  here_ = {generation_, event.record};
  ++counts_[static_cast<std::size_t>(event.kind)];
  switch (event.kind) {
    case EventKind::kUser: on_user(event); break;
    case EventKind::kAssistant:
    case EventKind::kReasoning:
    case EventKind::kCompaction: on_said(event); break;
    case EventKind::kCall: on_call(event); break;
    case EventKind::kOutput: on_output(event); break;
  }
  position_ += event.text.size() + 20;
  for (const FileEdit& edit : event.edits) position_ += edit.before.size() + edit.after.size();
  compact();
}

void Work::on_user(Event& event) {
  Said said{here_, position_, kept(event.text)};
  const std::string text = said.text;
  if (event.first) {
    user_.insert(user_.begin() + static_cast<std::ptrdiff_t>(firsts_++), std::move(said));
  } else {
    user_.push_back(std::move(said));
  }
  if (user_.size() > kMostFacts) user_.erase(user_.begin() + kMostFacts / 2);
  add_lines(text, EventKind::kUser, Action::kOther, -1, Voice::kUser);
}

void Work::on_said(Event& event) {
  if (event.kind == EventKind::kCompaction) {
    compactions_.push_back({here_, position_, event.text.substr(0, kMessageBytes)});
    bound(compactions_, 20);
  } else if (event.kind == EventKind::kAssistant && !trim(event.text).empty()) {
    agent_.push_back({here_, position_, event.text.substr(0, kMessageBytes)});
    if (agent_.size() > 8) agent_.erase(agent_.begin());
  }
  if (event.kind != EventKind::kReasoning) decide(event.text);
  add_lines(std::string_view(event.text).substr(0, kMessageBytes), event.kind, Action::kOther, -1,
            Voice::kAgent);
}

void Work::decide(std::string_view text) {
  for (const std::string_view sentence : sentences(text)) {
    talk_.push_back({here_, position_, tidy(sentence, 400)});
    const double weight = decision_weight(sentence);
    if (weight < 0.8) continue;
    decisions_.push_back({tidy(sentence, 400), here_, position_, weight});
  }
  bound(talk_, 1000);
  bound(decisions_, kMostFacts);
}

void Work::on_call(Event& event) {
  auto pending = std::make_shared<Pending>();
  std::string summary;
  if (event.action == Action::kShell) {
    pending->commands = split_commands(localised(event.text));
    summary = "$ " + tidy(localised(event.text), 300);
    add_lines(std::string_view(event.text).substr(0, 4096), EventKind::kCall, event.action, -1,
              Voice::kAgent);
  } else if (event.action == Action::kTodo) {
    on_todos(event);
  } else if (event.action == Action::kRead && !event.path.empty()) {
    FileFact& file = files_[file_of(event.path)];
    ++file.reads;
    if (file.edits == 0) {
      file.at = here_;
      file.position = position_;
    }
    summary = event.tool + " " + file.path;
    add_line(file.path, EventKind::kCall, event.action, -1, Voice::kAgent);
  } else if (event.edits.empty()) {
    summary = event.tool + " " + tidy(event.text, 200);
    add_lines(std::string_view(event.text).substr(0, 2048), EventKind::kCall, event.action, -1,
              Voice::kAgent);
  }
  for (const FileEdit& edit : event.edits) on_edit(edit);
  if (!event.edits.empty()) summary = event.tool + " " + display(event.path);
  if (!summary.empty()) {
    calls_.push_back({here_, position_, std::move(summary)});
    if (calls_.size() > 8) calls_.erase(calls_.begin());
  }
  if (event.call.empty()) return;
  if (pending_.size() > 256) pending_.clear();
  pending->call.action = event.action;
  pending->call.tool = event.tool;
  pending->call.path = event.path;
  pending->call.text = event.text.substr(0, 4096);
  pending_[event.call] = std::move(pending);
}

void Work::on_edit(const FileEdit& edit) {
  if (edit.path.empty()) return;
  const std::size_t index = file_of(edit.path);
  FileFact& file = files_[index];
  ++file.edits;
  file.at = here_;
  file.position = position_;
  file.removed = edit.removed;
  if (edit.whole && file.reads == 0 && file.edits == 1) file.created = true;
  for (const std::string_view name : definitions(edit.after)) {
    if (edit.before.find(name) != edit.before.npos) continue;
    std::erase(file.symbols, name);
    file.symbols.emplace_back(name);
    if (file.symbols.size() > 24) file.symbols.erase(file.symbols.begin());
  }
  if (keeps_ == Keeps::kFacts) return;
  auto& names = file_names_[index];
  found_.clear();
  find_atoms(file.path, found_);
  find_atoms(std::string_view(edit.after).substr(0, 32 << 10), found_);
  find_atoms(std::string_view(edit.before).substr(0, 8 << 10), found_);
  for (const Atom& atom : found_) names[touch(atom, Voice::kAgent)] = event_;
  if (names.size() > kMostNames) {
    std::erase_if(names, [&](const auto& entry) { return entry.second + 300 < event_; });
  }
}

void Work::on_todos(const Event& event) {
  todos_at_ = here_;
  if (event.whole_list) {
    todos_ = event.todos;
    bound(todos_, 200);
    return;
  }
  for (const Todo& change : event.todos) {
    const auto known = std::find_if(todos_.begin(), todos_.end(), [&](const Todo& todo) {
      return !change.id.empty() && todo.id == change.id;
    });
    if (known != todos_.end()) {
      known->state = change.state;
      if (!change.text.empty()) known->text = change.text;
    } else if (!change.text.empty()) {
      todos_.push_back(change);
      // The client counts them; an output may say otherwise.
      if (change.id.empty()) todos_.back().id = std::to_string(todos_.size());
    }
  }
}

void Work::on_output(Event& event) {
  const auto known = pending_.find(event.call);
  const std::shared_ptr<Pending> call = known == pending_.end() ? nullptr : known->second;
  const Action action = call ? call->call.action : Action::kOther;
  std::int32_t file = -1;
  if (call && !call->call.path.empty() && action == Action::kRead) {
    file = static_cast<std::int32_t>(file_of(call->call.path));
  }
  if (call && action == Action::kShell) {
    on_shell_output(*call, event);
    if (const auto shown = shown_file(call->commands); !shown.empty()) {
      file = static_cast<std::int32_t>(file_of(shown));
      ++files_[static_cast<std::size_t>(file)].reads;
    }
  }
  if (!call && event.text.find("Commit ") != event.text.npos) find_commits("commit", event.text);
  // That a file isn't there is an answer, no failure.
  const bool asks = action == Action::kRead || action == Action::kSearch ||
                    action == Action::kFetch || action == Action::kTodo;
  if (call && action != Action::kShell && !asks && event.ok && !was_refused(event.text)) {
    const std::string name = call->call.tool + " " + display(call->call.path);
    if (*event.ok) {
      settle(name, Outcome::kOk);
    } else {
      fail(name, {name}, event.text, false);
    }
  }
  if (action == Action::kTodo || action == Action::kEdit) return;
  add_output_lines(event.text, action, file);
}

void Work::on_shell_output(const Pending& call, const Event& output) {
  if (was_refused(output.text)) return;
  const std::optional<bool> success =
      output.status ? std::optional(*output.status == 0) : output.ok;
  const std::vector<SimpleCommand>& commands = call.commands;
  std::vector<Outcome> ends = outcomes(commands, success);
  // Where the status doesn't tell, what is printed may: of the only one that can have printed it.
  std::vector<std::size_t> suspects;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (ends[i] == Outcome::kUnknown && is_judged(kind_of(commands[i].text))) suspects.push_back(i);
  }
  const Outcome evidence = suspects.empty() ? Outcome::kUnknown : by_evidence(output.text);
  if (evidence == Outcome::kOk || suspects.size() == 1) {
    for (const std::size_t i : suspects) ends[i] = evidence;
  }
  const bool not_run = success && !*success && was_not_run(output.status, output.text);
  bool blamed = false;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const std::string text = tidy(commands[i].text, 200);
    const CommandKind kind = kind_of(text);
    if (kind == CommandKind::kLook) continue;
    const bool failed = ends[i] == Outcome::kFailed;
    const std::optional<int> status =
        failed == (success && !*success) ? output.status : std::nullopt;
    note_command(text, kind, ends[i], status,
                 is_judged(kind) || failed ? tidy(outcome_line(output.text, failed), 160) : "",
                 failed && not_run);
    settle(text, ends[i]);
    if (failed) {
      fail(text, {text}, output.text, not_run);
      blamed = true;
    }
  }
  const bool went_wrong = (success && !*success) || evidence == Outcome::kFailed;
  if (went_wrong && !blamed) {
    // One of them, nobody knows which.
    std::vector<std::string> parts;
    parts.reserve(commands.size());
    for (const std::size_t i : suspects) parts.push_back(tidy(commands[i].text, 200));
    for (std::size_t i = 0; i < commands.size() && suspects.empty(); ++i) {
      const bool looks = kind_of(commands[i].text) == CommandKind::kLook;
      if (ends[i] == Outcome::kUnknown && !looks) parts.push_back(tidy(commands[i].text, 200));
    }
    const std::string whole = parts.size() == 1 ? parts[0] : tidy(joined_commands(commands), 200);
    if (!parts.empty()) fail(whole, std::move(parts), output.text, not_run);
  }
  settle_tests(output.text);
  find_commits(call.call.text, output.text);
}

void Work::note_command(const std::string& text, CommandKind kind, Outcome outcome,
                        std::optional<int> status, std::string result, bool not_run) {
  const auto [known, is_new] = command_index_.try_emplace(text, commands_.size());
  if (is_new) commands_.push_back({text, kind, outcome, status, {}, false, here_, position_, 0});
  CommandFact& fact = commands_[known->second];
  fact.outcome = outcome;
  fact.status = status;
  fact.result = std::move(result);
  fact.not_run = not_run;
  fact.at = here_;
  fact.position = position_;
  ++fact.runs;
  if (commands_.size() <= kMostFacts) return;
  bound(commands_, kMostFacts);
  command_index_.clear();
  for (std::size_t i = 0; i < commands_.size(); ++i) command_index_[commands_[i].text] = i;
}

// A success ends what it covers, and leaves open questions about what is only like it.
void Work::settle(const std::string& command, Outcome outcome) {
  if (outcome == Outcome::kUnknown) return;
  const std::string tool = tool_of(command);
  const CommandKind kind = kind_of(command);
  const bool proves = is_judged(kind);
  for (Failure& failure : failures_) {
    if (failure.state == FailureState::kFixed) continue;
    if (outcome == Outcome::kOk && failure.state == FailureState::kOpen && ends_conflict(command) &&
        leaves_conflict(failure.parts)) {
      failure.state = FailureState::kEnded;
      failure.settled = here_;
      continue;
    }
    bool like = false, same_kind = false, fixed = false;
    if (outcome == Outcome::kOk) {
      for (const std::string& part : failure.parts) {
        like = like || tool_of(part) == tool;
        same_kind = same_kind || kind_of(part) == kind;
      }
      fixed = std::erase_if(failure.parts,
                            [&](const std::string& part) { return covers(command, part); }) > 0 &&
              failure.parts.empty();
    } else if (failure.state == FailureState::kOpen &&
               std::any_of(failure.parts.begin(), failure.parts.end(),
                           [&](const std::string& part) { return covers(command, part); })) {
      failure.state = FailureState::kSuperseded;
      failure.settled = here_;
      continue;
    }
    if (fixed) {
      failure.state = FailureState::kFixed;
    } else if (like && !proves && failure.state != FailureState::kSuperseded &&
               failure.state != FailureState::kUnrepeated) {
      failure.state = FailureState::kUnrepeated;
    } else if (same_kind && !like && proves && failure.state == FailureState::kOpen) {
      // Another program of the same purpose succeeded: perhaps it ran the same things.
      failure.state = FailureState::kUnclear;
    } else {
      continue;  // other tests say nothing of those that failed
    }
    failure.settled = here_;
  }
}

// What passed by name is not what fails any more, whoever ran it.
void Work::settle_tests(std::string_view output) {
  const std::vector<std::string_view> passed = passed_tests(output);
  if (passed.empty()) return;
  for (Failure& failure : failures_) {
    if (failure.tests.empty() || failure.state == FailureState::kFixed) continue;
    std::erase_if(failure.tests, [&](const std::string& test) {
      return std::find(passed.begin(), passed.end(), test) != passed.end();
    });
    const bool open = failure.state == FailureState::kOpen ||
                      failure.state == FailureState::kUnrepeated ||
                      failure.state == FailureState::kUnclear;
    if (!open || !failure.tests.empty()) continue;
    failure.state = FailureState::kPassed;
    failure.settled = here_;
  }
}

void Work::fail(const std::string& command, std::vector<std::string> parts, std::string_view output,
                bool not_run) {
  std::vector<std::string> lines = error_lines(output, kErrorLines);
  if (lines.empty()) return;
  for (Failure& failure : failures_) {
    const bool again =
        failure.command == command ||
        std::any_of(parts.begin(), parts.end(), [&](const std::string& part) {
          return std::find(failure.parts.begin(), failure.parts.end(), part) != failure.parts.end();
        });
    if (!again || failure.state == FailureState::kSuperseded) continue;
    failure.state = FailureState::kSuperseded;
    failure.settled = here_;
  }
  Failure failure;
  failure.command = command;
  failure.parts = std::move(parts);
  failure.lines = std::move(lines);
  for (const std::string_view test : failed_tests(output)) failure.tests.emplace_back(test);
  failure.not_run = not_run;
  failure.at = here_;
  failure.position = position_;
  failures_.push_back(std::move(failure));
  bound(failures_, 1000);
}

// "[branch 1a2b3c4] subject" of git commit, "Commit 1a2b3c4 subject" of aider, and the first lines
// of a short log.
void Work::find_commits(std::string_view command, std::string_view output) {
  const bool commit = command.find("commit") != command.npos;
  const bool log = command.find("git log") != command.npos;
  if (!commit && !log) return;
  int seen = 0;
  for (std::string_view line : split_lines(output.substr(0, 256 << 10))) {
    line = trim(line);
    std::string_view id, subject;
    if (line.starts_with('[') && line.find(']') != line.npos) {
      const std::string_view head = line.substr(1, line.find(']') - 1);
      id = head.substr(head.rfind(' ') == head.npos ? 0 : head.rfind(' ') + 1);
      subject = trim(line.substr(line.find(']') + 1));
    } else {
      if (line.starts_with("Commit ")) line.remove_prefix(7);
      std::string_view rest = line;
      id = take_until(rest, ' ');
      subject = trim(rest);
    }
    if (!is_hex(id) || subject.empty() || (log && ++seen > 6)) continue;
    const std::string known(id.substr(0, 10));
    if (std::any_of(commits_.begin(), commits_.end(),
                    [&](const CommitFact& c) { return known.starts_with(c.id.substr(0, 7)); })) {
      continue;
    }
    commits_.push_back({known, tidy(subject, 120), here_, position_});
  }
  bound(commits_, kMostFacts);
}

}  // namespace masc::handoff
