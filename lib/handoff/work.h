// What a transcript says about the work: facts with their sources, and the lines a brief is made
// of.
//
// A Work is built event by event and has a bounded size, however long the transcript is. It is a
// pure function of the events: the same ones give the same Work.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "handoff/atoms.h"
#include "handoff/event.h"
#include "handoff/hash_slots.h"
#include "handoff/shell.h"
#include "handoff/text_pool.h"

namespace masc::handoff {

// Where something is said: the record of the transcript of that generation.
struct Place {
  std::uint32_t generation = 1;
  std::uint64_t record = 0;
};
std::string place_text(Place place);  // "2:145"

struct Said {
  Place at;
  std::uint64_t position = 0;  // bytes of conversation before it
  std::string text;
};

struct FileFact {
  std::string path;
  Place at;  // of the last change, else of the last look
  std::uint64_t position = 0;
  int edits = 0, reads = 0;
  bool created = false, removed = false;
  std::vector<std::string> symbols;  // newly defined ones, newest last
};

struct CommandFact {
  std::string text;
  CommandKind kind = CommandKind::kOther;
  Outcome outcome = Outcome::kUnknown;
  std::optional<int> status;
  std::string result;    // the line of its output that says most
  bool not_run = false;  // there was no such program
  Place at;
  std::uint64_t position = 0;
  int runs = 0;
};

enum class FailureState {
  kOpen,        // nothing later speaks against it
  kSuperseded,  // it failed again later, otherwise
  kFixed,       // the same succeeded later
  kUnrepeated,  // the same program succeeded later, called otherwise
  kUnclear,     // another one for the same purpose succeeded later
  kPassed,      // not called again, but the tests that failed passed later
  kEnded,       // a merge or the like that was committed, continued or given up later
};

struct Failure {
  std::string command;
  std::vector<std::string> parts;  // one of which failed and has not succeeded since
  std::vector<std::string> lines;
  std::vector<std::string> tests;  // named as failed and not seen to pass since
  bool not_run = false;            // there was no such program
  FailureState state = FailureState::kOpen;
  Place at, settled;
  std::uint64_t position = 0;
};

struct CommitFact {
  std::string id, subject;
  Place at;
  std::uint64_t position = 0;
};

struct Decision {
  std::string text;
  Place at;
  std::uint64_t position = 0;
  double weight = 0;
};

// A line of the transcript that a brief may show.
struct Line {
  std::string_view text;  // the Work's own
  Place at;
  EventKind kind = EventKind::kAssistant;
  Action action = Action::kOther;
  std::uint32_t event = 0;
  std::int32_t file = -1;               // index into files(), -1: none
  std::uint32_t first = 0, number = 0;  // its atoms, for Work::atoms_of
};

// How an atom was used so far; counts fade with the number of events since.
struct Use {
  float agent = 0, shown = 0, user = 0;
  std::uint32_t at = 0;        // event of the last fading
  std::uint32_t last = 0;      // last event where the agent used it
  std::uint32_t total = 0;     // uses by the agent, unfaded
  std::uint32_t mentions = 0;  // all
};

// What a Work keeps: the facts alone, or also lines() and atoms(), of which briefs and pages are
// made.
enum class Keeps { kFacts, kAll };

class Work {
 public:
  explicit Work(Keeps keeps = Keeps::kAll);
  Keeps keeps() const noexcept { return keeps_; }
  // A transcript of this generation follows.
  void begin(std::uint32_t generation, std::string_view directory);
  void set_directory(std::string_view directory);
  void add(Event&& event);

  const std::vector<Said>& user() const noexcept { return user_; }
  const std::vector<Said>& agent() const noexcept { return agent_; }  // its last messages
  const std::vector<Said>& talk() const noexcept { return talk_; }    // its newest sentences
  const std::vector<Said>& calls() const noexcept { return calls_; }  // its last calls
  const std::vector<FileFact>& files() const noexcept { return files_; }
  const std::vector<CommandFact>& commands() const noexcept { return commands_; }
  const std::vector<Failure>& failures() const noexcept { return failures_; }
  const std::vector<Todo>& todos() const noexcept { return todos_; }
  Place todos_at() const noexcept { return todos_at_; }
  const std::vector<CommitFact>& commits() const noexcept { return commits_; }
  const std::vector<Decision>& decisions() const noexcept { return decisions_; }
  const std::vector<Said>& compactions() const noexcept { return compactions_; }
  const std::vector<Line>& lines() const noexcept { return lines_; }
  // Each once, in order.
  std::span<const std::uint32_t> atoms_of(const Line& line) const noexcept {
    return std::span(line_atoms_).subspan(line.first, line.number);
  }
  const AtomTable& atoms() const noexcept { return atoms_; }
  // As of the last event.
  Use use(std::uint32_t atom) const noexcept;
  // Names that stand in what was changed in a file, with the event of the last such change.
  const std::unordered_map<std::uint32_t, std::uint32_t>& names_of(std::size_t file) const;

  std::uint32_t events() const noexcept { return event_; }
  std::uint64_t position() const noexcept { return position_; }
  const std::array<std::uint64_t, 6>& counts() const noexcept { return counts_; }
  // How a brief names a place: "2:145", or "@145" where there is one generation only.
  std::string place(Place place) const;
  // `path` as a reader in the worktree would write it.
  std::string display(std::string_view path) const;

 private:
  struct Pending;
  enum class Voice { kAgent, kShown, kUser };

  void on_user(Event& event);
  void on_said(Event& event);
  void on_call(Event& event);
  void on_output(Event& event);
  void on_edit(const FileEdit& edit);
  void on_shell_output(const Pending& call, const Event& output);
  void on_todos(const Event& event);
  void settle(const std::string& command, Outcome outcome);
  void fail(const std::string& command, std::vector<std::string> parts, std::string_view output,
            bool not_run);
  void settle_tests(std::string_view output);
  void find_commits(std::string_view command, std::string_view output);
  std::size_t file_of(std::string_view path);
  void note_command(const std::string& text, CommandKind kind, Outcome outcome,
                    std::optional<int> status, std::string result, bool not_run);
  void decide(std::string_view text);

  // Lines and their atoms.
  void add_lines(std::string_view text, EventKind kind, Action action, std::int32_t file,
                 Voice voice);
  void add_line(std::string_view text, EventKind kind, Action action, std::int32_t file,
                Voice voice);
  void add_output_lines(std::string_view text, Action action, std::int32_t file);
  std::uint32_t touch(const Atom& atom, Voice voice);
  void compact();
  void keep_newer_lines();
  std::string localised(std::string_view text) const;

  Keeps keeps_;
  std::uint32_t generation_ = 1, event_ = 0;
  Place here_;
  std::uint64_t position_ = 0;
  std::array<std::uint64_t, 6> counts_{};
  std::string directory_, home_;

  std::vector<Said> user_, agent_, talk_, calls_, compactions_;
  std::size_t firsts_ = 0;
  std::vector<FileFact> files_;
  std::unordered_map<std::string, std::size_t> file_index_;
  std::vector<std::unordered_map<std::uint32_t, std::uint32_t>> file_names_;
  std::vector<CommandFact> commands_;
  std::unordered_map<std::string, std::size_t> command_index_;
  std::vector<Failure> failures_;
  std::vector<Todo> todos_;
  Place todos_at_;
  std::vector<CommitFact> commits_;
  std::vector<Decision> decisions_;
  std::vector<Line> lines_;
  std::vector<std::uint32_t> line_atoms_;
  TextPool line_texts_;
  HashSlots line_index_;
  AtomTable atoms_;
  std::vector<Use> uses_;
  std::unordered_map<std::string, std::shared_ptr<Pending>> pending_;
  std::vector<Atom> found_;
};

}  // namespace masc::handoff
