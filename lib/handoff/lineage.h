// The DNA of a task, generation by generation: refs/masc/dna/<task id> in state.git.
//
// A chain of commits, one a generation, its parent the one before. The message: "dna <task>
// generation <n> by <agent>", then the trailers Masc-Format (1), Masc-Task, Masc-Agent,
// Masc-Generation (the number in this chain) and Masc-Redacted (secrets taken out so far). The tree
// holds the entries of a DNA (dna.h) under their names; those that a generation did not change are
// the same objects.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "git/state_repo.h"
#include "handoff/dna.h"
#include "model/id.h"

namespace masc::handoff {

struct Generation {
  git::ObjectId id;  // the commit
  git::ObjectId tree;
  std::optional<git::ObjectId> previous;
  std::string task, agent;
  std::int64_t generation = 0;
  std::uint64_t redacted = 0;
  std::int64_t seconds = 0;  // when it was saved, since the epoch
};

class Lineage {
 public:
  explicit Lineage(git::StateRepo& state) : state_(state) {}

  static std::string ref_of(const model::TaskId& task);
  // nullopt: none was saved yet.
  Result<std::optional<Generation>> latest(const model::TaskId& task) const;
  // Newest first.
  Result<std::vector<Generation>> all(const model::TaskId& task) const;
  Result<Generation> generation(const git::ObjectId& id) const;
  Result<Dna> load(const Generation& generation) const;
  // Names, object ids and sizes matter to whoever compares two generations.
  Result<std::vector<git::TreeEntry>> entries(const Generation& generation) const;

  // Appends `dna` to the chain whose newest is `expected`, or returns that one if it says the same
  // already. kConflict, with nothing changed, if the chain has moved.
  Result<Generation> save(const model::TaskId& task, const Dna& dna,
                          const std::optional<Generation>& expected, std::int64_t seconds);

 private:
  git::StateRepo& state_;
};

// Whether two say the same of transcript, notes and work tree.
bool same_content(const Dna& a, const Dna& b);

}  // namespace masc::handoff
