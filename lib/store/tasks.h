// Tasks: reading them, and changing one by read–decide–swap under its shard's flock.
//
// A task's own ref wins; where there is none the archive is looked in, and then the ref again, so
// that a task is found while it is being folded away.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/rules.h"
#include "model/task.h"
#include "store/archive.h"
#include "store/workspace.h"

namespace masc::store {

// What a decision wants written. `body`, `check_log`: replace the task's (nullopt: keep them).
struct Draft {
  model::Task task;
  model::Change change;
  std::optional<std::string> body;
  std::optional<std::string> check_log = std::nullopt;
};

class TaskStore {
 public:
  explicit TaskStore(Workspace& workspace)
      : workspace_(workspace), state_(workspace.state()), archive_(workspace.state()) {}

  // kNotFound.
  Result<model::Task> load(const model::TaskId& id) const;
  Result<std::optional<model::Task>> find(const model::TaskId& id) const;
  // Every task that has a ref: all unfinished ones and the lately finished.
  Result<std::vector<model::Task>> unfolded() const;
  // The archived ones too.
  Result<std::vector<model::Task>> all() const;
  Result<std::string> body(const model::Task& task) const;
  // What the check of its last landing printed; "" if there was none.
  Result<std::string> check_log(const model::Task& task) const;
  // Newest first; all parents of merges.
  Result<std::vector<model::Step>> history(const model::Task& task) const;

  // A full id or a unique prefix with at least `least` digits. kInvalid, kNotFound, kAmbiguous.
  Result<model::TaskId> resolve(std::string_view text, std::size_t least) const;

  // Unfinished dependencies, then unfinished children. A dependency that does not exist blocks.
  // `known`: tasks that are loaded already.
  using Known = std::map<model::TaskId, const model::Task*>;
  Result<std::vector<model::TaskId>> blocked_by(const model::Task& task,
                                                const Known* known = nullptr) const;

  // An id that no task has.
  Result<model::TaskId> fresh_id() const;
  // Creates a task out of one or more drafts (states of the same task, oldest first, all with its
  // id): all of them become visible at once. kConflict if the id is taken.
  Result<model::Task> create(std::vector<Draft> drafts);
  // Takes a task back that was created with its claim, if nothing but that and the claim's release
  // has happened to it; else it stays.
  Result<void> withdraw(const model::TaskId& id);

  // Creates many tasks, all of them visible at once or none. `progress` hears how many are written.
  // kConflict if one of the ids is taken.
  Result<void> create_all(std::vector<Draft> drafts,
                          const std::function<void(std::size_t)>& progress);

  using Decide = std::function<Result<std::optional<Draft>>(const model::Task& now)>;
  // Reads the task, lets `decide` make the next state (nullopt: nothing to do) and swaps it in.
  // Returns what the task is then. Decides again if plain git moved the ref meanwhile.
  Result<model::Task> change(const model::TaskId& id, const Decide& decide);

  // Notes that a task was finished, and folds once kMostFolded have gathered.
  Result<void> finished(const model::TaskId& id, std::string_view agent, Instant now);

  Archive& archive() noexcept { return archive_; }

 private:
  Result<model::Task> read(const git::ObjectId& version) const;
  Result<std::string> part(const model::Task& task, std::string_view name) const;
  Result<git::ObjectId> write_tree(const Draft& draft);
  Result<git::ObjectId> write(Draft& draft, const std::optional<git::ObjectId>& parent,
                              std::int64_t parent_lamport);
  Result<std::optional<git::ObjectId>> revive(const model::TaskId& id);
  Result<void> check_writable() const;
  Result<std::set<model::TaskId>> known_ids() const;
  void tell(const Draft& draft) const;

  Workspace& workspace_;
  git::StateRepo& state_;
  Archive archive_;
};

// The id of a task added with `key`: the first digits of git's blob hash of the key.
model::TaskId id_of_key(std::string_view key);

}  // namespace masc::store
