// Locks that go with a claim: those asked for, and the task's own paths where the policy says so.
#include "base/text.h"
#include "store/claims.h"
#include "store/locks.h"

namespace masc::store {
namespace {

using model::Actor;
using model::PathSet;
using model::Task;

// A task's path, from the root of the work tree: a pattern, or a path with what is below it.
PathSet path_set_of(std::string_view text, bool fold) {
  if (model::looks_like_glob(text)) {
    if (auto glob = PathSet::glob(text, fold)) return std::move(*glob);
  }
  std::string path;
  for (const std::string_view part : split(text, '/')) {
    if (!part.empty() && part != ".") path += (path.empty() ? "" : "/") + std::string(part);
  }
  return PathSet::path(path.empty() ? "." : path, fold);
}

}  // namespace

model::LockWish Claims::wish_of(const Task& task, const Actor& actor, const ClaimOptions& options,
                                Instant now) {
  model::LockWish wish;
  wish.paths = options.lock_paths;
  wish.agent = actor.agent;
  wish.task = task.id;
  wish.generation = task.generation;
  wish.granted = now;
  if (!policy_.claim.lock_paths) return wish;
  const bool fold = LockStore(workspace_, tasks_).folds_case();
  for (const std::string& path : task.paths) wish.paths.push_back(path_set_of(path, fold));
  return wish;
}

Result<void> Claims::check_locks(const Task& task, const Actor& actor, const ClaimOptions& options,
                                 Instant now) {
  const model::LockWish wish = wish_of(task, actor, options, now);
  if (wish.paths.empty()) return {};
  MASC_TRY(const auto held, LockStore(workspace_, tasks_).in_the_way(wish, now));
  if (held.empty()) return {};
  return fail(locked_error(held, now));
}

Result<void> Claims::take_locks(Taken& taken, const Actor& actor, const ClaimOptions& options,
                                Instant now) {
  const model::LockWish wish = wish_of(taken.task, actor, options, now);
  if (wish.paths.empty()) return {};
  MASC_TRY(const auto locks, LockStore(workspace_, tasks_).take(wish, now));
  for (const HeldLock& held : locks) taken.locked.push_back(held.lock.paths.text());
  return {};
}

void Claims::drop_locks(const Task& task, const Actor& actor, Instant now) {
  // They count for nothing already; who waits for them looks again by itself.
  static_cast<void>(LockStore(workspace_, tasks_).drop(task.id, task.generation, actor.agent, now));
}

}  // namespace masc::store
