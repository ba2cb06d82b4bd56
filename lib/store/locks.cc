#include "store/locks.h"

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "git/config.h"
#include "store/agents.h"
#include "store/announce.h"
#include "store/journal.h"
#include "store/mail.h"

namespace masc::store {
namespace {

using model::Lock;
using model::LockTable;
using model::LockWish;
using model::PathSet;

constexpr int kAttempts = 20;

std::string number_of_paths(std::size_t count) {
  return fmt::format("{} path{}", count, count == 1 ? "" : "s");
}

std::string describe(const HeldLock& held, Instant now) {
  const Lock& lock = held.lock;
  const std::string under =
      lock.task.empty() ? "" : fmt::format("{}, generation {}, ", lock.task.str(), lock.generation);
  return fmt::format("{} is held by {} ({}until {}{})", printable(lock.paths.text()), lock.agent,
                     under, format_time_short(held.ends, now),
                     lock.mode == model::LockMode::kShared ? ", shared" : "");
}

}  // namespace

bool LockStore::folds_case() const {
  if (!folds_case_) {
    const std::string config = std::string(dir_name(workspace_.masc_dir())) + "/config";
    folds_case_ = git::UserConfig::load_file(config).get_bool("core.ignorecase", false);
  }
  return *folds_case_;
}

// The table's commit has no parent, and goes when the next one comes: between the ref and the
// commit a reader may have to look again.
Result<LockStore::Read> LockStore::read() const {
  Read read;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MASC_TRY(read.id, workspace_.state().ref(kLocksRef));
    if (!read.id) return read;
    auto commit = workspace_.state().commit(*read.id);
    if (commit) {
      const bool fold = commit->message.find("\nMasc-Lock: ") != std::string::npos && folds_case();
      MASC_TRY(read.table, model::parse_locks(commit->message, fold));
      return read;
    }
    MASC_TRY(const auto again, workspace_.state().ref(kLocksRef));
    if (again == read.id) return fail(std::move(commit).error());
  }
  return fail(ErrorCode::kBusy, "{} changes all the time", kLocksRef);
}

Result<void> LockStore::write(const Read& before, const LockTable& next, std::string_view agent,
                              std::string_view subject, Instant now) {
  git::Commit commit;
  commit.tree = git::StateRepo::empty_tree();
  commit.author = std::string(agent);
  commit.seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  commit.message = model::format_locks(next, subject);
  MASC_TRY(const git::ObjectId id, workspace_.state().write_commit(commit));
  if (before.id == id) return {};
  MASC_CHECK(workspace_.state().swap(kLocksRef, before.id, id));
  if (before.id) workspace_.state().forget(*before.id);
  return {};
}

// Zero: it counts for nothing any more.
Instant LockStore::end_of(const Lock& lock, Instant now) const {
  if (lock.task.empty()) return now < lock.expires ? lock.expires : Instant{};
  const auto task = tasks_.find(lock.task);
  // What can't be read is better believed: nobody is to write over it.
  if (!task) return now + std::chrono::minutes(1);
  if (!*task || !(*task)->claim || (*task)->claim->generation != lock.generation) return {};
  const model::Liveness liveness = liveness_with_processes(workspace_, **task, now);
  if (model::expired(*(*task)->claim, liveness, now)) return {};
  return std::max(model::expires_at(*(*task)->claim, liveness), now);
}

// One look a claim, however many locks it has.
model::Alive LockStore::alive_at(Instant now) const {
  auto known = std::make_shared<std::map<std::pair<model::TaskId, std::int64_t>, bool>>();
  return [this, now, known](const Lock& lock) {
    if (lock.task.empty()) return end_of(lock, now) != Instant{};
    const auto [at, fresh] = known->try_emplace({lock.task, lock.generation}, false);
    if (fresh) at->second = end_of(lock, now) != Instant{};
    return at->second;
  };
}

Result<std::vector<HeldLock>> LockStore::judge(const std::vector<Lock>& locks, Instant now) const {
  std::vector<HeldLock> held;
  for (const Lock& lock : locks) {
    const Instant ends = end_of(lock, now);
    if (ends != Instant{}) held.push_back({lock, ends});
  }
  return held;
}

Result<std::vector<HeldLock>> LockStore::live(Instant now) const {
  MASC_TRY(const Read found, read());
  MASC_TRY(auto held, judge(found.table.locks, now));
  std::stable_sort(held.begin(), held.end(), [](const HeldLock& a, const HeldLock& b) {
    return a.lock.paths.text() < b.lock.paths.text();
  });
  return held;
}

Result<std::vector<HeldLock>> LockStore::in_the_way(const LockWish& wish, Instant now) const {
  MASC_TRY(const Read found, read());
  return judge(model::in_the_way(found.table, wish, alive_at(now)), now);
}

Result<bool> LockStore::others_hold(std::string_view agent) const {
  MASC_TRY(const Read found, read());
  const auto& locks = found.table.locks;
  return std::any_of(locks.begin(), locks.end(),
                     [&](const Lock& lock) { return lock.agent != agent; });
}

Result<std::vector<LockStore::Touched>> LockStore::touched(const std::vector<std::string>& files,
                                                           std::string_view agent,
                                                           Instant now) const {
  MASC_TRY(const Read found, read());
  const model::Alive alive = alive_at(now);
  std::vector<Touched> touched;
  for (const Lock& lock : found.table.locks) {
    if (lock.agent == agent) continue;
    const auto file = std::find_if(files.begin(), files.end(), [&](const std::string& one) {
      return lock.paths.touched_by(one);
    });
    if (file == files.end() || !alive(lock)) continue;
    touched.push_back({{lock, end_of(lock, now)}, *file});
  }
  return touched;
}

void LockStore::tell(std::string event, const Lock& lock, std::string_view agent, std::string text,
                     Instant now) const {
  model::Change change;
  change.event = std::move(event);
  change.agent = std::string(agent);
  change.at = now;
  change.text = std::move(text);
  write_journal(workspace_.masc_dir(), change, lock.task, lock.generation);
  announce(workspace_.masc_dir(), change, lock.task, lock.generation);
}

Result<std::vector<HeldLock>> LockStore::take(const LockWish& wish, Instant now) {
  MASC_CHECK(workspace_.id());
  MASC_TRY(const FileLock lock, workspace_.state().lock(kLocksRef));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MASC_TRY(const Read found, read());
    MASC_TRY(const auto blockers, judge(model::in_the_way(found.table, wish, alive_at(now)), now));
    if (!blockers.empty()) return fail(locked_error(blockers, now));
    LockTable next = model::without(
        found.table, [&](const Lock& one) { return one.task.empty() && now >= one.expires; });
    next = model::with_wish(next, wish);
    const std::string subject =
        fmt::format("lock {} by {}", number_of_paths(wish.paths.size()), wish.agent);
    auto written = write(found, next, wish.agent, subject, now);
    if (!written && written.error().code == ErrorCode::kConflict) continue;
    if (!written) return fail(std::move(written).error());
    std::vector<Lock> mine;
    for (const Lock& one : next.locks) {
      const bool wanted =
          std::find(wish.paths.begin(), wish.paths.end(), one.paths) != wish.paths.end();
      if (one.agent != wish.agent || one.task != wish.task || !wanted) continue;
      tell("lock", one, one.agent,
           fmt::format("lock {} ({})", printable(one.paths.text()), model::mode_name(one.mode)),
           now);
      mine.push_back(one);
    }
    return judge(mine, now);
  }
  return fail(ErrorCode::kBusy, "{} changes all the time", kLocksRef);
}

Result<Unlocked> LockStore::release(const std::vector<PathSet>& paths, const std::string& agent,
                                    bool force, std::string_view because, Instant now) {
  MASC_CHECK(workspace_.id());
  MASC_TRY(const FileLock lock, workspace_.state().lock(kLocksRef));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MASC_TRY(const Read found, read());
    const model::Alive alive = alive_at(now);
    Unlocked result;
    const auto goes = [&](const Lock& one) {
      if (one.agent != agent && !force) return false;
      return paths.empty() ? one.agent == agent
                           : std::any_of(paths.begin(), paths.end(), [&](const PathSet& asked) {
                               return one.paths.is_within(asked);
                             });
    };
    std::copy_if(found.table.locks.begin(), found.table.locks.end(),
                 std::back_inserter(result.gone), goes);
    const LockTable next = model::without(found.table, goes);
    for (const PathSet& asked : paths) {
      const bool freed = std::any_of(result.gone.begin(), result.gone.end(),
                                     [&](const Lock& one) { return one.paths.is_within(asked); });
      if (freed) continue;
      std::vector<Lock> over;
      std::copy_if(next.locks.begin(), next.locks.end(), std::back_inserter(over),
                   [&](const Lock& one) { return one.paths.overlaps(asked) && alive(one); });
      MASC_TRY(auto held, judge(over, now));
      const auto own = std::stable_partition(
          held.begin(), held.end(), [&](const HeldLock& one) { return one.lock.agent == agent; });
      if (own == held.begin() && !held.empty()) return fail(locked_error(held, now));
      result.covering.insert(result.covering.end(), held.begin(), own);
    }
    if (result.gone.empty()) return result;
    const std::string subject =
        fmt::format("unlock {} by {}", number_of_paths(result.gone.size()), agent);
    auto written = write(found, next, agent, subject, now);
    if (!written && written.error().code == ErrorCode::kConflict) continue;
    if (!written) return fail(std::move(written).error());
    for (const Lock& one : result.gone) {
      std::string text = "unlock " + printable(one.paths.text());
      if (one.agent != agent) {
        text += fmt::format(" of {} (forced: {})", one.agent, because);
        const auto told = tell_overridden(workspace_, agent, one.agent, one.task,
                                          fmt::format("{} unlocked {}, which you had locked: {}",
                                                      agent, printable(one.paths.text()), because),
                                          now);
        if (!told) result.untold.push_back(one.agent);
      }
      tell("unlock", one, agent, text, now);
    }
    return result;
  }
  return fail(ErrorCode::kBusy, "{} changes all the time", kLocksRef);
}

Result<void> LockStore::drop(const model::TaskId& task, std::int64_t generation,
                             std::string_view agent, Instant now) {
  const auto goes = [&](const Lock& one) {
    return one.task == task && one.generation <= generation;
  };
  MASC_TRY(Read found, read());
  if (std::none_of(found.table.locks.begin(), found.table.locks.end(), goes)) return {};
  MASC_TRY(const FileLock lock, workspace_.state().lock(kLocksRef));
  MASC_TRY(found, read());
  const LockTable next = model::without(found.table, goes);
  if (next.locks.size() == found.table.locks.size()) return {};
  MASC_CHECK(write(found, next, agent, fmt::format("unlock the paths of {}", task.str()), now));
  for (const Lock& one : found.table.locks) {
    if (!goes(one)) continue;
    tell("unlock", one, one.agent,
         fmt::format("unlock {} (claim over)", printable(one.paths.text())), now);
  }
  return {};
}

Error locked_error(const std::vector<HeldLock>& held, Instant now) {
  const HeldLock& first = held.front();
  const std::string more =
      held.size() > 1 ? fmt::format(" and {} more in the way", held.size() - 1) : "";
  Error made = error(ErrorCode::kLocked, "{}{}", describe(first, now), more)
                   .hint("masc locks   (who holds what)")
                   .hint("masc lock PATH --wait 10m   (waits for its turn)")
                   .fact("path", first.lock.paths.text())
                   .fact("holder", first.lock.agent);
  if (!first.lock.task.empty()) {
    made = std::move(made)
               .fact("task", first.lock.task.str())
               .fact("generation", first.lock.generation);
  }
  return std::move(made)
      .fact("expires_at", format_time(first.ends))
      .fact_json("locks", locks_json(held));
}

void put_lock(JsonWriter& json, const HeldLock& held) {
  const Lock& lock = held.lock;
  json.begin_object().field("path", lock.paths.text()).field("mode", model::mode_name(lock.mode));
  json.field("kind", lock.paths.is_glob() ? "glob" : "path").field("agent", lock.agent);
  json.field_or_null("task", lock.task.str());
  json.key("generation");
  if (lock.task.empty()) {
    json.null();
  } else {
    json.value(lock.generation);
  }
  json.field("granted_at", format_time(lock.granted));
  json.field("expires_at", format_time(held.ends)).end_object();
}

std::string locks_json(const std::vector<HeldLock>& held) {
  JsonWriter json;
  json.begin_array();
  for (const HeldLock& one : held) put_lock(json, one);
  json.end_array();
  return json.take();
}

}  // namespace masc::store
