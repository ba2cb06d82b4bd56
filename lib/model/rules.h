// What may happen to a task: the contract's table of states as pure decisions.
//
// Nothing here reads a clock or a file. An Error is an ordinary answer: the code says whether
// somebody else holds the task (kHeld), the actor lost it (kSuperseded), or the state forbids it
// (kClosed …).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/task.h"

namespace masc::model {

// The token of the claim's worktree that the actor stands in.
struct Standing {
  TaskId task;
  std::int64_t generation = 0;
};

struct Actor {
  std::string agent;
  std::string session;  // "" = none; equals any
  bool human = false;
  std::optional<Standing> standing;
};

// What is known about a claim's holder besides the record.
struct Liveness {
  std::optional<Instant> touched;  // last implicit renewal on this machine
  bool runner_gone = false;        // it is a runner's claim and that process has ended
  std::string
      standing;  // "1234 (vim)": somebody stands in the worktree; "" = nobody, or not looked
};

// When the lease ends if nothing more is heard of its holder.
Instant expires_at(const Claim& claim, const Liveness& liveness) noexcept;
bool expired(const Claim& claim, const Liveness& liveness, Instant now) noexcept;

// Two sessions are the same unless both are named and differ.
bool same_session(std::string_view a, std::string_view b) noexcept;
// Whether the claim is the actor's own: its agent's name, nothing else.
bool holds(const Task& task, const Actor& actor) noexcept;

// Priority after ageing: one level up for each 24 h since `created`, at best 0.
int effective_priority(const Task& task, Instant now) noexcept;
// The contract's order of ready tasks: effective priority, created, id.
bool before(const Task& a, const Task& b, Instant now) noexcept;
// Open or lapsed, not reserved for another. Dependencies are the caller's part.
bool is_claimable(const Task& task, const Actor& actor, const Liveness& liveness, Instant now);

// kSuperseded if the actor stands in a worktree of `task` whose token is older than the task's
// generation.
Result<void> check_token(const Task& task, const Actor& actor);

enum class ClaimOutcome { kClaimed, kRenewed, kTakenOver };
std::string_view outcome_name(ClaimOutcome outcome) noexcept;  // "claimed", "renewed", "taken_over"

// `blocked_by`: undone dependencies and unfinished children. `force` overrides another's claim or
// reservation; whether the actor may use it is decided by check_force(). kClosed, kHeld, kReserved,
// kBlocked.
Result<ClaimOutcome> decide_claim(const Task& task, const Actor& actor, const Liveness& liveness,
                                  Instant now, const std::vector<TaskId>& blocked_by, bool resume,
                                  bool force = false);

// For the next four: true = change it, false = there is nothing to do. `force` overrides another's
// claim; whether the actor may use it is decided by check_force().
Result<bool> decide_release(const Task& task, const Actor& actor, const Liveness& liveness,
                            Instant now, bool force);
Result<bool> decide_done(const Task& task, const Actor& actor, const Liveness& liveness,
                         Instant now, bool force);
Result<bool> decide_cancel(const Task& task, const Actor& actor, const Liveness& liveness,
                           Instant now, bool force);
Result<bool> decide_reopen(const Task& task);
// renew, handoff, land: kNoClaim, kHeld or kSuperseded unless the actor holds it.
Result<void> require_claim(const Task& task, const Actor& actor, const Liveness& liveness,
                           Instant now);

// --force needs a reason, and an agent needs the policy's `override`. kUsage, kRefused.
Result<void> check_force(const Actor& actor, bool force, std::string_view because, bool override_);

// The same task after the change; the caller adds times of the change and writes it.
void end_claim(Task& task, Status next);

// Another's live or lapsed claim as the error that a loser is told.
Error held_error(const Task& task, const Liveness& liveness, Instant now);

}  // namespace masc::model
