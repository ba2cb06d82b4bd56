// `lock --wait`: asleep until a lock, a claim or a waiter before this one goes.
#include <algorithm>

#include "store/agents.h"
#include "store/locks.h"
#include "store/queue.h"

namespace masc::store {
namespace {

using model::Lock;
using model::LockTable;
using model::LockWish;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStandingNap{1'000};
// Who is first and takes nothing of what has been free for so long is stopped, or its machine is.
constexpr milliseconds kUnusedTurn{1'000};

std::string format_wish(const LockWish& wish) {
  LockTable table;
  for (const model::PathSet& paths : wish.paths)
    table.locks.push_back({paths, wish.mode, wish.agent, wish.task, 0, wish.granted, {}});
  return model::format_locks(table, "waits");
}

// Whether the waiter who left this note is to go first.
bool stands_before(std::string_view note, const LockWish& wish, bool fold) {
  const auto table = model::parse_locks(note, fold);
  if (!table) return false;
  return std::any_of(table->locks.begin(), table->locks.end(),
                     [&](const Lock& lock) { return model::is_in_the_way(lock, wish); });
}

Error timed_out(const std::vector<HeldLock>& held, Duration limit, Instant now) {
  if (held.empty()) {
    return error(ErrorCode::kTimedOut, "waited {} behind others who were first",
                 format_duration(limit))
        .hint("masc locks   (who holds what)");
  }
  Error made = locked_error(held, now);
  made.code = ErrorCode::kTimedOut;
  made.message = fmt::format("waited {}: {}", format_duration(limit), made.message);
  return made;
}

}  // namespace

// A lock under a claim ends with a change of its task's ref, or with the process of its runner.
void LockStore::watch_for_end(Watch& watch, const Lock& lock) const {
  if (lock.task.empty()) return;
  const std::string ref = workspace_.state().directory() + "/" + lock.task.ref();
  watch.add_folder(std::string(dir_name(ref)));
  watch.add_closing(runner_path(workspace_.masc_dir(), lock.task, lock.generation));
}

Result<std::vector<HeldLock>> LockStore::take_waiting(const LockWish& wish, Duration limit,
                                                      const Clock& clock) {
  const auto deadline = steady_clock::now() + limit;
  const Queue queue(workspace_.masc_dir() + "/live/queue/locks");
  std::optional<Queue::Ticket> ticket;
  std::optional<steady_clock::time_point> free_since;  // while others are first
  LockWish fresh = wish;
  const Duration lease = wish.expires - wish.granted;
  for (;;) {
    const Instant now = clock.now();
    Watch watch;
    watch.add_folder(workspace_.state().directory() + "/refs/masc");
    watch.add_folder(queue.folder());
    MASC_TRY(const Read found, read());
    MASC_TRY(const auto blockers, judge(model::in_the_way(found.table, wish, alive_at(now)), now));
    const bool holds = std::any_of(found.table.locks.begin(), found.table.locks.end(),
                                   [&](const Lock& lock) { return lock.agent == wish.agent; });
    MASC_TRY(const auto waiting, queue.before(ticket ? &*ticket : nullptr));
    const bool others_first =
        !holds && std::any_of(waiting.begin(), waiting.end(), [&](const Queue::Waiting& one) {
          return stands_before(one.note, wish, folds_case());
        });
    const bool their_turn = blockers.empty() && others_first;
    if (!their_turn) free_since.reset();
    if (their_turn && !free_since) free_since = steady_clock::now();
    const bool unused = their_turn && steady_clock::now() - *free_since >= kUnusedTurn;
    if (blockers.empty() && (!others_first || unused)) {
      // The lease counts from now, not from when the wait began.
      fresh.granted = now;
      if (wish.expires != Instant{}) fresh.expires = now + lease;
      auto taken = take(fresh, now);
      if (taken || taken.error().code != ErrorCode::kLocked) return taken;
    } else if (ticket) {
      auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
      if (left.count() <= 0) return fail(timed_out(blockers, limit, now));
      if (their_turn) left = std::min(left, kUnusedTurn);
      for (const HeldLock& blocker : blockers) {
        watch_for_end(watch, blocker.lock);
        // Past its lease a claim lives on while somebody stands in its worktree; nothing tells of
        // that.
        left = std::min(left, blocker.ends > now ? blocker.ends - now : kStandingNap);
      }
      watch.wait(left);
    } else {
      MASC_TRY(Queue::Ticket entered, queue.enter(format_wish(wish)));
      ticket.emplace(std::move(entered));
    }
    if (steady_clock::now() >= deadline && !ticket) return fail(timed_out(blockers, limit, now));
  }
}

}  // namespace masc::store
