// Snapshots of uncommitted work: what a worktree holds beyond its HEAD commit, kept in state.git.
//
// refs/masc/keep/<task id> is a chain of commits, one a snapshot, its parent the one before. The
// message's trailers (model/trailers.h): Masc-Format (1), Masc-Task, Masc-Agent, Masc-Generation,
// Masc-Head (the worktree's HEAD commit; missing before a first commit), Masc-Base (the commit the
// claim began at, if known), Masc-Paths (how many paths are kept), Masc-Reason (if given). The
// tree:
//
//   manifest         what follows, one fact a line
//   work/<path>      a file of the work tree: its bytes as they are on disk, no filter applied,
//   with
//                    git's mode (100644, 100755, 120000: a link, the bytes are its target)
//   index/<path>     the blob that is staged, where the index differs from HEAD
//   stage1|2|3/<path>  base, ours, theirs of a conflict that is not resolved
//   operation/<name>   a file of the git directory that tells of a merge, cherry-pick or revert
//                      under way (operation_files() in standing.h)
//
// A line of the manifest is `<kind> <mode> <id> <path>`, the path escaped as a trailer's value
// (model/trailers.h), the lines sorted by path, then in this order:
//
//   head    mode and blob in HEAD; no line: HEAD does not have it
//   index   mode and blob in the index, where it differs from HEAD; 000000 -: taken out of it;
//           160000: a submodule's commit, without bytes
//   intent  - -: `git add --intent-to-add`
//   stage1, stage2, stage3   mode and blob; together they say that the path is unmerged
//   work    mode and -; 000000: it is not in the work tree
//   left    reason and -: left behind. too_large, repository, submodule, unreadable, special (no
//           file, folder or link), operation (the path is then a file of the git directory: of a
//           rebase, a bisection, or what follows the commit under way)
//
// Ids are those of the user's repository, SHA-1 or SHA-256; they are kept to compare with, and
// every byte that they stand for is in the tree. So a snapshot needs nothing of the user's
// repository but the HEAD commit. Ignored files are not kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "git/clean.h"
#include "git/process.h"
#include "git/state_repo.h"
#include "git/status.h"
#include "model/id.h"

namespace masc::git {

struct KeptPath {
  std::string path;
  Version head;                  // mode 0: HEAD does not have it
  std::optional<Version> index;  // where it differs from HEAD; mode 0: taken out of the index
  bool intent_to_add = false;
  std::array<Version, 3> stages;  // all with mode 0 unless the path is unmerged
  std::optional<unsigned> work;   // mode in the work tree, 0: not there; nullopt: left behind

  bool unmerged() const;
  bool operator==(const KeptPath&) const = default;
};

struct LeftBehind {
  enum class Reason { kTooLarge, kRepository, kSubmodule, kUnreadable, kSpecial, kOperation };
  Reason reason = Reason::kTooLarge;
  std::string path;
  auto operator<=>(const LeftBehind&) const = default;
};
std::string_view format_reason(LeftBehind::Reason reason) noexcept;  // "too_large", …
Result<LeftBehind::Reason> parse_reason(std::string_view text);      // kFormat

struct Snapshot {
  ObjectId id;
  ObjectId tree;
  std::string task;
  std::string head;  // "" before a first commit
  std::string base;  // "" if unknown
  std::string agent;
  std::int64_t generation = 0;
  std::string reason;
  Instant at{};                         // whole seconds
  std::vector<KeptPath> paths;          // by path
  std::vector<LeftBehind> left_behind;  // by reason, then path
};

struct KeepOptions {
  model::TaskId task;
  std::string agent;
  std::int64_t generation = 0;
  std::string base;    // full commit id, or ""
  std::string reason;  // why, one line, or ""
  Instant at{};
  std::int64_t max_untracked_bytes = std::int64_t{50} << 20;  // of one untracked file
};

// Keeps what is uncommitted in the worktree at `path`; nullopt if nothing is. Files, index and HEAD
// are only read. What assume-unchanged and skip-worktree flags hide is kept as well. If the last
// snapshot of the task says the same of the same HEAD, that one is the answer and nothing is
// written. Everything was read back and compared with the disk before the ref moved; kConflict if
// the worktree would not stand still for that in three attempts. Starts 3 gits, up to 8 where flags
// or staged bytes are in the way. Memory: the largest file, and all staged bytes that differ.
Result<std::optional<Snapshot>> capture(StateRepo& state, const Git& git, const std::string& path,
                                        const KeepOptions& options);

struct Restored {
  Snapshot snapshot;
  std::vector<std::string> notes;  // what could not come back as it was, a sentence each
  std::string operation;           // that is under way again, as operation_under_way() says
};
// Brings a snapshot into the worktree at `path`, whatever commit its HEAD is. A path that HEAD has
// as it was at the capture comes back exactly, so that `git status` says of it what it said then
// (but shows what flags had hidden). A text that was committed differently since is merged as `git
// stash pop` would, with marks where both changed it; anything else of such a path is put beside
// it, as `<path>.masc-kept`. A merge, cherry-pick or revert is under way again where HEAD is the
// same commit. kConflict, with the fact `paths` and nothing touched, where something
// not committed is in the way. May be repeated after a crash: what is already in place is no
// obstacle.
Result<Restored> restore(StateRepo& state, const Git& git, const std::string& path,
                         const ObjectId& id);

// kFormat where it is no snapshot, or one of a newer format.
Result<Snapshot> load(const StateRepo& state, const ObjectId& id);

// prove_clean(), but changes that `kept` holds exactly as they are, none left behind, don't count.
Result<Cleanliness> prove_kept(StateRepo& state, const Git& git, const std::string& path,
                               const Snapshot& kept);

}  // namespace masc::git
