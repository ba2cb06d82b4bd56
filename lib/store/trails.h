// Trails: deposits as lines of notes, refs/notes/masc/trails in state.git, on the user's commits.
//
// A note's key is the commit's id, of a SHA-256 one its first 40 digits. Notes lie in folders of
// two digits, as git's own do; notes that git or a person wrote otherwise are read and kept.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "model/policy.h"
#include "model/trail.h"
#include "store/workspace.h"

namespace masc::store {

inline constexpr const char* kTrailsRef = "refs/notes/masc/trails";
inline constexpr std::string_view kTrailRefs = "refs/notes/masc/";

// All notes: 40 hex digits → text.
using Notes = std::map<std::string, std::string>;

class Trails {
 public:
  Trails(Workspace& workspace, const model::Policy& policy)
      : workspace_(workspace), policy_(policy) {}

  // Adds `deposits` (their clone and number are given here) to the note on `commit` (full hex), all
  // in one swap; folds once enough have gathered. Nothing is written for none.
  Result<void> deposit(const std::string& commit, std::vector<model::Deposit> deposits,
                       std::string_view agent, Instant now);
  // Takes back the hazards that lay at or below `path` by `decided`, in a note on `commit`. How
  // many lines it took; none where that is done already. `note`: why.
  Result<std::size_t> lift(const std::string& commit, std::string_view path, Instant decided,
                           std::string_view note, std::string_view agent, Instant now);
  // Notes follow commits that became others: {old, new}, full hex. Two that became one share it.
  Result<void> follow(const std::vector<std::pair<std::string, std::string>>& rewritten,
                      std::string_view agent, Instant now);
  // Folds this clone's deposits but the newest `keep`. Readers see the same before and after.
  Result<void> fold(std::size_t keep, std::string_view agent, Instant now);

  // Every line of every note, parsed; others' lines are left out.
  Result<std::vector<model::Deposit>> lines() const;

 private:
  struct Tip;
  Result<Tip> tip() const;
  Result<void> swap(const Tip& tip, const git::ObjectId& tree, std::int64_t number,
                    std::int64_t folded, std::string_view agent, Instant now, std::string subject,
                    bool tells = false, const model::TaskId& task = {});
  Result<void> deposit_locked(const std::string& commit, std::vector<model::Deposit> deposits,
                              std::string_view agent, std::string subject, Instant now);
  Result<void> fold_locked(std::size_t keep, std::string_view agent, Instant now);

  Workspace& workspace_;
  const model::Policy& policy_;
};

// The key of a commit's note.
std::string note_key(std::string_view commit);
// The tree's notes, at any depth of folders. What is no note is left out.
Result<Notes> read_notes(const git::StateRepo& state, const git::ObjectId& tree);
std::vector<model::Deposit> parse_notes(const Notes& notes);

}  // namespace masc::store
