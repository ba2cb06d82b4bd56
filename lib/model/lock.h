// Locks on paths: exclusive or shared, on files, folders and globs. The table as a value, and who
// gets what.
//
// A path stands for itself and all that is below it, so a file and a folder need no telling apart.
// An agent never stands in its own way. Which locks still hold is the caller's to say (`Alive`):
// one that was taken under a claim holds as long as that claim, others until they expire.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/glob.h"
#include "model/id.h"
#include "model/trailers.h"

namespace masc::model {

// Paths from the root of the work tree: one path with what is below it ("." is all of them), or
// those of a pattern of gitignore(5).
class PathSet {
 public:
  PathSet() = default;
  // kInvalid.
  static Result<PathSet> glob(std::string_view pattern, bool fold = false);
  static PathSet path(std::string_view path, bool fold = false);

  const std::string& text() const noexcept { return text_; }
  bool is_glob() const noexcept { return glob_.has_value(); }
  // Whether a change of `file` touches it: it is covered, or a folder on the way to a locked path.
  bool touched_by(std::string_view file) const;
  bool overlaps(const PathSet& other) const;
  // Whether all of it lies at or below `folder` (a path).
  bool is_within(const PathSet& folder) const;
  bool operator==(const PathSet& other) const {
    return text_ == other.text_ && is_glob() == other.is_glob();
  }

 private:
  std::string text_;
  std::string key_;  // folded text
  bool fold_ = false;
  std::optional<Glob> glob_;
};

enum class LockMode { kExclusive, kShared };
std::string_view mode_name(LockMode mode) noexcept;       // "exclusive", "shared"
Result<LockMode> parse_lock_mode(std::string_view text);  // kFormat

struct Lock {
  PathSet paths;
  LockMode mode = LockMode::kExclusive;
  std::string agent;
  TaskId task;  // empty: a lease
  std::int64_t generation = 0;
  Instant granted{};
  Instant expires{};  // of a lease
};

struct LockTable {
  std::vector<Lock> locks;
  std::vector<Trailer> unknown;  // Masc-* trailers of a later program, kept verbatim
};

// The table as the message of a commit; the layout is in lib/git/REFS.md.
std::string format_locks(const LockTable& table, std::string_view subject);
// kFormat. `fold`: core.ignorecase.
Result<LockTable> parse_locks(std::string_view message, bool fold);

// What an agent wants, all or nothing.
struct LockWish {
  std::vector<PathSet> paths;
  LockMode mode = LockMode::kExclusive;
  std::string agent;
  TaskId task;  // under this claim; empty: a lease until `expires`
  std::int64_t generation = 0;
  Instant granted{};
  Instant expires{};
};

using Alive = std::function<bool(const Lock&)>;

// Whether `wish` could not have its paths beside `lock`, were that alive.
bool is_in_the_way(const Lock& lock, const LockWish& wish);
// Whether two wishes could not both be met.
bool exclude_each_other(const LockWish& a, const LockWish& b);
// The live locks of others in the way of `wish`, each asked for once.
std::vector<Lock> in_the_way(const LockTable& table, const LockWish& wish, const Alive& alive);
// The table with `wish` met; nothing may be in its way. Dead locks that were are gone. A lock of
// the agent on the same paths, for the same claim, is renewed; exclusive stays exclusive.
LockTable with_wish(const LockTable& table, const LockWish& wish);
// Without the locks that `gone` is true for.
LockTable without(const LockTable& table, const std::function<bool(const Lock&)>& gone);

}  // namespace masc::model
