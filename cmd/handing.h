// DNA of tasks: making it from what a claim's worktree, its notes and its client's transcript hold,
// and reading it back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/context.h"
#include "cmd/verb.h"
#include "handoff/brief.h"
#include "handoff/extract.h"
#include "handoff/lineage.h"

namespace masc::cmd {

inline constexpr int kBriefTokens = 4000;
inline constexpr int kPageTokens = 1000;

struct CaptureOptions {
  std::optional<std::string> transcript;  // else the newest of a client in the claim's worktree
  std::optional<std::string> client;
  std::vector<handoff::Note> notes;  // beside those on the task
  std::string agent;                 // whose DNA it is; "": the actor's
  // Whose session it is, if not the actor's under the task's claim; without a worktree none is
  // looked for.
  std::optional<model::Claim> former;
};

struct Captured {
  handoff::Generation generation;
  handoff::Dna dna;
  bool changed = false;    // false: the last one says the same
  std::string transcript;  // that was read, "" if none
  handoff::ReadingCounts counts;
};

// Adds a generation to the task's DNA, if there is anything new.
Result<Captured> capture_dna(Context& context, const model::Task& task,
                             const CaptureOptions& options);

// A DNA by what the reader calls it: a file, or a task's id.
struct NamedDna {
  handoff::Dna dna;
  std::optional<handoff::Generation> generation;  // of a task's
  std::string name;                               // for commands that page through it
};
Result<NamedDna> load_dna(Context& context, const std::string& name, std::optional<int> generation);
// A generation of the task's chain, the newest if unsaid. kNotFound.
Result<NamedDna> load_task_dna(Context& context, const model::TaskId& id,
                               std::optional<int> generation);

// The newest brief for whoever goes on with the task, with its notes and git's state of now;
// nullopt: there is no DNA. Stores nothing.
Result<std::optional<handoff::Brief>> task_brief(Context& context, const model::Task& task,
                                                 int budget);

Result<std::optional<handoff::Client>> parse_client_option(const std::optional<std::string>& name);
std::vector<std::string> client_words();

// "key": the contract's dna record.
void put_dna(JsonWriter& json, const handoff::Generation& generation, const handoff::Dna& dna);
std::string dna_line(const handoff::Generation& generation);

// The actions of `dna`, by what they work on.
struct DnaOptions {
  std::optional<std::string> action, dna, section, transcript, client, previous, output;
  std::optional<int> budget, generation;
  bool list = false;
};
Result<Rendered> dna_on_file(Context& context, const DnaOptions& options);  // extract
Result<Rendered> dna_to_read(Context& context, const DnaOptions& options);  // brief, page
Result<Rendered> dna_of_task(Context& context,
                             const DnaOptions& options);  // save, list, show, diff

}  // namespace masc::cmd
