// What a git hook may let pass: pure decisions over plain facts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/policy.h"
#include "model/task.h"

namespace masc::guard {

// Which key of the policy's `guard:` decides how strict a refusal is.
enum class Rule { kFencing, kIsolation, kLocks, kProtected };

struct Refusal {
  Rule rule = Rule::kFencing;
  std::string reason;              // one line
  std::vector<std::string> hints;  // what to do next
};
// All that speaks against it, what weighs most first; empty: it may pass. The policy may make some
// of it a warning, so each rule is asked.
using Decision = std::vector<Refusal>;

model::Strictness strictness_of(const model::Policy& policy, Rule rule) noexcept;

// The claim whose worktree git works in, and what has become of it.
struct Ground {
  std::string task;   // id
  std::string agent;  // of the token
  std::int64_t generation = 0;
  std::optional<model::Task> state;  // the task now; nullopt: it is gone
  // The token still names the task's live claim.
  bool current() const;
};

// A path that a commit would change although another agent holds it.
struct HeldPath {
  std::string path;
  std::string holder;
  std::string task;   // "" = a lease
  std::string until;  // for people
};

struct Scene {
  std::optional<Ground> ground;  // nullopt: not a claim's worktree
  std::string agent;             // who acts; "" = nobody that masc would know (a person)
  // Outside of claim worktrees: the acting agent has joined or holds a claim; then its claims.
  bool known_agent = false;
  std::vector<std::string> held;  // task ids of its live claims
  std::string worktree;           // of one of them, for the hint
  std::vector<std::string> protected_branches;
  std::vector<HeldPath> held_paths;  // pre-commit: among the staged ones
};

// Locks bind whom masc knows; a person who commits in a worktree of theirs is only told.
Decision warn_of_locks(const Scene& scene);

// pre-commit, and pre-rebase without a branch. `branch`: what HEAD is on, "" if detached.
Decision decide_commit(const Scene& scene, std::string_view branch);

// One line of a reference-transaction. `old_id`: the ref's value now, read from the repository,
// since git gives zeros for many commands; "" if it does not exist. `new_id`: "" for a deletion.
struct RefUpdate {
  std::string name;
  std::string old_id;
  std::string new_id;
};
// In a claim's worktree.
Decision decide_refs(const Scene& scene, const std::vector<RefUpdate>& updates);

struct Push {
  std::string local_ref;   // "refs/heads/x", "HEAD", "(delete)"
  std::string remote_ref;  // "refs/heads/x"
};
Decision decide_push(const Scene& scene, const std::vector<Push>& pushes);

// pre-rebase: `branch` is the one that moves ("" = the current one).
Decision decide_rebase(const Scene& scene, std::string_view branch);

}  // namespace masc::guard
