// Path locks: the whole table behind refs/masc/locks, read, decided and swapped under its flock, so
// that several paths are taken or refused at once.
//
// A lock under a claim needs no clean-up: once the claim has ended or lapsed it counts for nothing,
// and whoever takes its paths removes it. drop() only tidies up and wakes who waits.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/watch.h"
#include "model/lock.h"
#include "model/rules.h"
#include "store/tasks.h"
#include "store/workspace.h"

namespace masc::store {

inline constexpr const char* kLocksRef = "refs/masc/locks";

// A lock with what a reader judges: when it ends if nothing more is heard of its holder.
struct HeldLock {
  model::Lock lock;
  Instant ends{};
};

struct Unlocked {
  std::vector<model::Lock> gone;    // what was let go
  std::vector<HeldLock> covering;   // own locks that still cover a path that was asked for
  std::vector<std::string> untold;  // agents whose locks went and who could not be told
};

class LockStore {
 public:
  LockStore(Workspace& workspace, TaskStore& tasks) : workspace_(workspace), tasks_(tasks) {}

  // core.ignorecase of the repository: paths are to be made with it.
  bool folds_case() const;

  // The live locks, by path.
  Result<std::vector<HeldLock>> live(Instant now) const;
  // Live locks of others that stand in the way of `wish`. Takes no flock.
  Result<std::vector<HeldLock>> in_the_way(const model::LockWish& wish, Instant now) const;
  // Live locks of agents other than `agent` that a change of one of `files` touches, with the first
  // such file. Cheap where there is no lock of another agent.
  struct Touched {
    HeldLock held;
    std::string file;
  };
  Result<std::vector<Touched>> touched(const std::vector<std::string>& files,
                                       std::string_view agent, Instant now) const;
  // Whether there is any lock of another agent on record, live or not.
  Result<bool> others_hold(std::string_view agent) const;

  // All of the wish or nothing: kLocked with the facts of locked_error(). The locks as they are
  // then.
  Result<std::vector<HeldLock>> take(const model::LockWish& wish, Instant now);
  // The same, waiting until `limit` has gone: kTimedOut, with the same facts. First come, first
  // served among those who wait for paths of each other; an agent that holds locks already goes
  // first, since others may wait for it.
  Result<std::vector<HeldLock>> take_waiting(const model::LockWish& wish, Duration limit,
                                             const Clock& clock);

  // Lets the agent's own locks at or below `paths` go, all of them without paths. kLocked where a
  // path is another's alone, unless `force`: then that goes.
  Result<Unlocked> release(const std::vector<model::PathSet>& paths, const std::string& agent,
                           bool force, std::string_view because, Instant now);
  // Forgets what was locked under claims of `task` up to `generation`.
  Result<void> drop(const model::TaskId& task, std::int64_t generation, std::string_view agent,
                    Instant now);

 private:
  struct Read {
    std::optional<git::ObjectId> id;
    model::LockTable table;
  };
  Result<Read> read() const;
  Result<void> write(const Read& before, const model::LockTable& next, std::string_view agent,
                     std::string_view subject, Instant now);
  Instant end_of(const model::Lock& lock, Instant now) const;
  model::Alive alive_at(Instant now) const;
  Result<std::vector<HeldLock>> judge(const std::vector<model::Lock>& locks, Instant now) const;
  void tell(std::string event, const model::Lock& lock, std::string_view agent, std::string text,
            Instant now) const;
  void watch_for_end(Watch& watch, const model::Lock& lock) const;

  Workspace& workspace_;
  TaskStore& tasks_;
  mutable std::optional<bool> folds_case_;
};

// "src is held by codex (m-…, generation 2, until 14:05Z)". Facts: path, wanted, holder, task,
// generation, expires_at of the first, and `locks`, all of them.
Error locked_error(const std::vector<HeldLock>& held, Instant now);
// The contract's lock record.
void put_lock(JsonWriter& json, const HeldLock& held);
std::string locks_json(const std::vector<HeldLock>& held);

}  // namespace masc::store
