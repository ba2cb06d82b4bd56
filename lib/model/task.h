// A task and the claim on it: plain values, and their form as a commit message.
//
// A task's whole state stands in the message of its newest commit, so that one object is one
// change. The trailers are listed in lib/git/REFS.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/id.h"
#include "model/trailers.h"

namespace masc::model {

inline constexpr int kFormatVersion = 1;

enum class Status { kOpen, kClaimed, kDone, kCancelled };
std::string_view status_name(Status status) noexcept;  // "open", "claimed", "done", "cancelled"
Result<Status> parse_status(std::string_view text);    // kInvalid

inline bool is_finished(Status status) noexcept {
  return status == Status::kDone || status == Status::kCancelled;
}

// A lease on a task with its fencing token.
struct Claim {
  std::string agent;
  std::string session;  // "" = none given; equals any
  std::int64_t generation = 0;
  Instant granted{};
  Instant renewed{};  // the last renewal on record; implicit ones are local files' mtimes
  Duration lease{};
  std::string branch;       // "masc/<id>"; "" with --no-worktree
  std::string base;         // branch to land into
  std::string base_commit;  // where the work began; "" before the first commit
  std::string worktree;     // absolute path; "" with --no-worktree
  std::string clone;        // the clone the worktree stands on
  std::vector<int> ports;
  bool runner = false;  // under `masc run`: lapses with that process
};

struct Reservation {
  std::string agent;
  Instant until{};
};

struct Outcome {
  std::string agent;
  std::int64_t generation = 0;
  std::string branch;
  std::string commit;
  bool landed = false;
};

struct Task {
  TaskId id;
  std::string key;
  std::string title;
  Status status = Status::kOpen;
  int priority = 2;  // 0 (first) to 4
  std::vector<std::string> labels;
  std::vector<TaskId> after;
  TaskId parent;                 // empty: none
  std::vector<TaskId> children;  // ids that named this task their parent at some time
  std::vector<std::string> paths;
  Instant created{};
  std::string created_by;
  Instant updated{};
  std::int64_t generation = 0;  // highest ever granted
  std::optional<Claim> claim;
  std::vector<std::string> former;  // agents that held it and lost or gave up the claim
  std::optional<Reservation> reserved;
  std::optional<Outcome> result;
  std::string note;     // of the last release or done
  std::string landing;  // "<old> <new> <tip>[ keep]": a landing that began; see lib/git/REFS.md
  std::string keep;     // commit id of the snapshot that the next worktree starts with; "" = none
  std::string
      check;  // "<passed|failed|timed_out> <commit> <command>" of the last landing; "" = none
  std::vector<Trailer> unknown;  // Masc-* trailers of a later program, kept verbatim

  // Not part of the state: where it was read from.
  std::string version;  // object id of the commit
  std::string tree;     // object id of its tree, which holds body.md if there is a body
  std::int64_t lamport = 0;

  bool held_before_by(std::string_view agent) const;
};

// What one commit says about itself besides the state.
struct Change {
  std::string event;  // a name of the contract: "task_claimed"
  std::string agent;
  std::string session;
  std::string clone;  // 16 hex digits
  Instant at{};
  std::string text;       // for people and `log`: "claim m-… by codex (generation 2)"
  std::string note_kind;  // "decision", …; "" if this is no note
  std::string note;
};

// A commit of a task's chain, read back.
struct Step {
  Task task;
  Change change;
};

std::string format_step(const Task& task, const Change& change);
// `author` and `seconds` are the commit's; they serve where trailers say nothing.
Result<Step> parse_step(std::string_view message);

}  // namespace masc::model
