#include "model/lock.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "model/task.h"

namespace masc::model {
namespace {

constexpr std::string_view kLockKey = "Masc-Lock";
constexpr std::string_view kRoot = ".";

std::string folded(std::string_view text) {
  std::string key(text);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return key;
}

// Whether `path` is `folder` or below it; both from the root, "." is the root.
bool is_at_or_below(std::string_view path, std::string_view folder) {
  if (folder == kRoot) return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

// The folder that all paths of a pattern lie in: what stands before its first part with a wildcard.
std::string fixed_part(std::string_view pattern) {
  if (pattern.find('/') == pattern.npos || pattern.find('/') + 1 == pattern.size())
    return std::string(kRoot);
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  std::string fixed;
  for (const std::string_view part : split(pattern, '/')) {
    if (looks_like_glob(part)) break;
    fixed += (fixed.empty() ? "" : "/") + std::string(part);
  }
  return fixed.empty() ? std::string(kRoot) : fixed;
}

std::string or_dash(std::string_view text) { return text.empty() ? "-" : std::string(text); }
std::string time_or_dash(Instant at) { return at == Instant{} ? "-" : format_time_exact(at); }

// "<mode> <path|glob> <agent> <task|-> <generation> <granted> <expires|-> <paths>"
std::string format_lock(const Lock& lock) {
  std::string text(mode_name(lock.mode));
  const auto add = [&text](std::string_view part) { text.append(1, ' ').append(part); };
  add(lock.paths.is_glob() ? "glob" : "path");
  add(lock.agent);
  add(or_dash(lock.task.str()));
  add(std::to_string(lock.generation));
  add(format_time_exact(lock.granted));
  add(time_or_dash(lock.expires));
  add(lock.paths.text());
  return text;
}

Result<Lock> parse_lock(std::string_view text, bool fold) {
  Lock lock;
  MASC_TRY(lock.mode, parse_lock_mode(take_until(text, ' ')));
  const bool glob = take_until(text, ' ') == "glob";
  MASC_TRY(lock.agent, parse_agent_name(take_until(text, ' ')));
  if (const std::string_view task = take_until(text, ' '); task != "-") {
    MASC_TRY(lock.task, TaskId::parse(task));
  }
  const std::string_view number = take_until(text, ' ');
  std::from_chars(number.data(), number.data() + number.size(), lock.generation);
  MASC_TRY(lock.granted, parse_time(take_until(text, ' ')));
  if (const std::string_view expires = take_until(text, ' '); expires != "-") {
    MASC_TRY(lock.expires, parse_time(expires));
  }
  if (text.empty()) return fail(ErrorCode::kFormat, "a lock without paths");
  if (!glob) {
    lock.paths = PathSet::path(text, fold);
  } else {
    MASC_TRY(lock.paths, PathSet::glob(text, fold));
  }
  return lock;
}

}  // namespace

Result<PathSet> PathSet::glob(std::string_view pattern, bool fold) {
  PathSet set;
  set.text_ = std::string(pattern);
  set.fold_ = fold;
  set.key_ = fold ? folded(pattern) : set.text_;
  MASC_TRY(Glob parsed, Glob::parse(pattern, fold));
  set.glob_ = std::move(parsed);
  return set;
}

PathSet PathSet::path(std::string_view path, bool fold) {
  PathSet set;
  set.text_ = std::string(path);
  set.fold_ = fold;
  set.key_ = fold ? folded(path) : set.text_;
  return set;
}

bool PathSet::touched_by(std::string_view file) const {
  if (glob_) return glob_->covers(file);
  const std::string key = fold_ ? folded(file) : std::string(file);
  // A file that takes the place of a folder touches what was locked below it.
  return is_at_or_below(key, key_) || is_at_or_below(key_, key);
}

bool PathSet::overlaps(const PathSet& other) const {
  if (!glob_ && !other.glob_)
    return is_at_or_below(key_, other.key_) || is_at_or_below(other.key_, key_);
  if ((!glob_ && key_ == kRoot) || (!other.glob_ && other.key_ == kRoot)) return true;
  if (glob_ && other.glob_) return glob_->overlaps(*other.glob_);
  const PathSet& pattern = glob_ ? *this : other;
  return pattern.glob_->overlaps(Glob::literal((glob_ ? other : *this).key_, fold_));
}

bool PathSet::is_within(const PathSet& folder) const {
  if (*this == folder) return true;
  return !folder.glob_ && is_at_or_below(glob_ ? fixed_part(key_) : key_, folder.key_);
}

std::string_view mode_name(LockMode mode) noexcept {
  switch (mode) {
    case LockMode::kExclusive: return "exclusive";
    case LockMode::kShared: return "shared";
  }
  return "exclusive";
}

Result<LockMode> parse_lock_mode(std::string_view text) {
  for (const LockMode mode : {LockMode::kExclusive, LockMode::kShared}) {
    if (mode_name(mode) == text) return mode;
  }
  return fail(ErrorCode::kFormat, "'{}' is no mode of a lock", printable(text));
}

std::string format_locks(const LockTable& table, std::string_view subject) {
  Message message;
  message.subject = std::string(subject);
  message.trailers.push_back({"Masc-Format", std::to_string(kFormatVersion)});
  for (const Lock& lock : table.locks)
    message.trailers.push_back({std::string(kLockKey), format_lock(lock)});
  message.trailers.insert(message.trailers.end(), table.unknown.begin(), table.unknown.end());
  return format_message(message);
}

Result<LockTable> parse_locks(std::string_view text, bool fold) {
  MASC_TRY(Message message, parse_message(text));
  LockTable table;
  for (Trailer& trailer : message.trailers) {
    if (trailer.key == kLockKey) {
      MASC_TRY(Lock lock, parse_lock(trailer.value, fold));
      table.locks.push_back(std::move(lock));
    } else if (trailer.key == "Masc-Format") {
      int version = 0;
      std::from_chars(trailer.value.data(), trailer.value.data() + trailer.value.size(), version);
      if (version < 1 || version > kFormatVersion)
        return fail(ErrorCode::kFormat, "the locks have the format {}", printable(trailer.value));
    } else if (trailer.key.starts_with("Masc-")) {
      table.unknown.push_back(std::move(trailer));
    }
  }
  return table;
}

bool is_in_the_way(const Lock& lock, const LockWish& wish) {
  if (lock.agent == wish.agent) return false;
  if (lock.mode == LockMode::kShared && wish.mode == LockMode::kShared) return false;
  return std::any_of(wish.paths.begin(), wish.paths.end(),
                     [&](const PathSet& paths) { return lock.paths.overlaps(paths); });
}

bool exclude_each_other(const LockWish& a, const LockWish& b) {
  return std::any_of(a.paths.begin(), a.paths.end(), [&](const PathSet& paths) {
    return is_in_the_way(Lock{paths, a.mode, a.agent, {}, 0, {}, {}}, b);
  });
}

std::vector<Lock> in_the_way(const LockTable& table, const LockWish& wish, const Alive& alive) {
  std::vector<Lock> found;
  for (const Lock& lock : table.locks) {
    if (is_in_the_way(lock, wish) && alive(lock)) found.push_back(lock);
  }
  return found;
}

LockTable with_wish(const LockTable& table, const LockWish& wish) {
  LockTable next = without(table, [&](const Lock& lock) { return is_in_the_way(lock, wish); });
  for (const PathSet& paths : wish.paths) {
    const auto same = [&](const Lock& lock) {
      return lock.agent == wish.agent && lock.task == wish.task && lock.paths == paths;
    };
    Lock lock{paths, wish.mode, wish.agent, wish.task, wish.generation, wish.granted, wish.expires};
    const auto found = std::find_if(next.locks.begin(), next.locks.end(), same);
    if (found == next.locks.end()) {
      next.locks.push_back(std::move(lock));
      continue;
    }
    // What a former claim on the task left is no longer held.
    const bool live = found->generation == wish.generation;
    if (live && found->mode == LockMode::kExclusive) lock.mode = LockMode::kExclusive;
    *found = std::move(lock);
  }
  return next;
}

LockTable without(const LockTable& table, const std::function<bool(const Lock&)>& gone) {
  LockTable next = table;
  std::erase_if(next.locks, gone);
  return next;
}

}  // namespace masc::model
