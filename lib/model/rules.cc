#include "model/rules.h"

#include <algorithm>

#include "base/text.h"

namespace masc::model {
namespace {

constexpr Duration kAgeing = std::chrono::hours(24);

Error closed_error(const Task& task) {
  return error(ErrorCode::kClosed, "{} is {}", task.id.str(), status_name(task.status))
      .hint(fmt::format("masc reopen {}   (if there is more to do)", task.id.str()))
      .fact("status", status_name(task.status));
}

Error superseded_error(const Task& task) {
  const std::string now_with =
      task.claim ? fmt::format("; {} holds it now", task.claim->agent) : "";
  Error made = error(ErrorCode::kSuperseded, "your claim on {} was superseded by generation {}{}",
                     task.id.str(), task.generation, now_with)
                   .hint(fmt::format("masc log {}   (what happened)", task.id.str()))
                   .hint("your files are untouched; take another task: masc claim")
                   .fact("generation", task.generation)
                   .fact("at", format_time(task.updated));
  if (task.claim) made = std::move(made).fact("holder", task.claim->agent);
  return made;
}

// Another's claim, as whoever lost it before or never had it is told.
Error not_yours(const Task& task, const Actor& actor, const Liveness& liveness, Instant now) {
  return task.held_before_by(actor.agent) ? superseded_error(task)
                                          : held_error(task, liveness, now);
}

// The claim belongs to somebody else: may this verb go on?
Result<void> respect_claim(const Task& task, const Actor& actor, const Liveness& liveness,
                           Instant now, bool force) {
  if (force || !task.claim || holds(task, actor)) return {};
  return fail(not_yours(task, actor, liveness, now));
}

}  // namespace

Instant expires_at(const Claim& claim, const Liveness& liveness) noexcept {
  return std::max(claim.renewed, liveness.touched.value_or(claim.renewed)) + claim.lease;
}

bool expired(const Claim& claim, const Liveness& liveness, Instant now) noexcept {
  if (!liveness.standing.empty()) return false;
  return liveness.runner_gone || now >= expires_at(claim, liveness);
}

bool same_session(std::string_view a, std::string_view b) noexcept {
  return a.empty() || b.empty() || a == b;
}

bool holds(const Task& task, const Actor& actor) noexcept {
  return task.claim && task.claim->agent == actor.agent;
}

int effective_priority(const Task& task, Instant now) noexcept {
  const auto levels = std::max<std::int64_t>(0, (now - task.created) / kAgeing);
  return static_cast<int>(std::max<std::int64_t>(0, task.priority - levels));
}

bool before(const Task& a, const Task& b, Instant now) noexcept {
  const int left = effective_priority(a, now);
  const int right = effective_priority(b, now);
  if (left != right) return left < right;
  if (a.created != b.created) return a.created < b.created;
  return a.id < b.id;
}

bool is_claimable(const Task& task, const Actor& actor, const Liveness& liveness, Instant now) {
  if (is_finished(task.status)) return false;
  if (task.reserved && task.reserved->agent != actor.agent && now < task.reserved->until)
    return false;
  return !task.claim || expired(*task.claim, liveness, now);
}

Result<void> check_token(const Task& task, const Actor& actor) {
  if (!actor.standing || actor.standing->task != task.id) return {};
  if (actor.standing->generation >= task.generation) return {};
  return fail(superseded_error(task));
}

std::string_view outcome_name(ClaimOutcome outcome) noexcept {
  switch (outcome) {
    case ClaimOutcome::kClaimed: return "claimed";
    case ClaimOutcome::kRenewed: return "renewed";
    case ClaimOutcome::kTakenOver: return "taken_over";
  }
  return "claimed";
}

Result<ClaimOutcome> decide_claim(const Task& task, const Actor& actor, const Liveness& liveness,
                                  Instant now, const std::vector<TaskId>& blocked_by, bool resume,
                                  bool force) {
  if (is_finished(task.status)) return fail(closed_error(task));
  if (holds(task, actor)) {
    if (resume || same_session(task.claim->session, actor.session)) return ClaimOutcome::kRenewed;
    return fail(
        held_error(task, liveness, now)
            .hint(fmt::format("if that session is over: masc claim {} --resume", task.id.str())));
  }
  if (!force && task.claim && !expired(*task.claim, liveness, now)) {
    return fail(held_error(task, liveness, now));
  }
  if (!force && task.reserved && task.reserved->agent != actor.agent &&
      now < task.reserved->until) {
    return fail(error(ErrorCode::kReserved, "{} is reserved for {} until {}", task.id.str(),
                      task.reserved->agent, format_time_short(task.reserved->until, now))
                    .hint("masc claim   (takes another task)")
                    .fact("holder", task.reserved->agent)
                    .fact("expires_at", format_time(task.reserved->until)));
  }
  if (!blocked_by.empty()) {
    std::vector<std::string> list;
    list.reserve(blocked_by.size());
    for (const TaskId& id : blocked_by) list.push_back(id.str());
    return fail(error(ErrorCode::kBlocked, "{} waits for {}", task.id.str(), join_words(list, ", "))
                    .hint("masc ready   (what can be taken now)")
                    .fact("blocked_by", list));
  }
  return task.claim ? ClaimOutcome::kTakenOver : ClaimOutcome::kClaimed;
}

Result<bool> decide_release(const Task& task, const Actor& actor, const Liveness& liveness,
                            Instant now, bool force) {
  MASC_CHECK(check_token(task, actor));
  MASC_CHECK(respect_claim(task, actor, liveness, now, force));
  return task.claim.has_value();
}

Result<bool> decide_done(const Task& task, const Actor& actor, const Liveness& liveness,
                         Instant now, bool force) {
  MASC_CHECK(check_token(task, actor));
  MASC_CHECK(respect_claim(task, actor, liveness, now, force));
  if (task.status == Status::kCancelled) return fail(closed_error(task));
  return task.status != Status::kDone;
}

Result<bool> decide_cancel(const Task& task, const Actor& actor, const Liveness& liveness,
                           Instant now, bool force) {
  const bool lapsed = task.claim && expired(*task.claim, liveness, now);
  MASC_CHECK(respect_claim(task, actor, liveness, now, force || lapsed));
  if (task.status == Status::kDone) return fail(closed_error(task));
  return task.status != Status::kCancelled;
}

Result<bool> decide_reopen(const Task& task) { return is_finished(task.status); }

Result<void> require_claim(const Task& task, const Actor& actor, const Liveness& liveness,
                           Instant now) {
  MASC_CHECK(check_token(task, actor));
  if (holds(task, actor)) return {};
  if (task.claim) return fail(not_yours(task, actor, liveness, now));
  return fail(error(ErrorCode::kNoClaim, "{} has no claim", task.id.str())
                  .hint(fmt::format("masc claim {}", task.id.str())));
}

Result<void> check_force(const Actor& actor, bool force, std::string_view because, bool override_) {
  if (!force) return {};
  if (because.empty()) {
    return fail(error(ErrorCode::kUsage, "--force needs a reason").hint("--force --because 'why'"));
  }
  if (actor.human || override_) return {};
  return fail(error(ErrorCode::kRefused,
                    "{} is an agent, and the policy does not let agents override", actor.agent)
                  .hint("ask a person, or set `override: true` in .masc.yaml on the base branch"));
}

void end_claim(Task& task, Status next) {
  if (task.claim) {
    std::erase(task.former, task.claim->agent);
    task.former.push_back(task.claim->agent);
  }
  task.claim.reset();
  task.status = next;
}

Error held_error(const Task& task, const Liveness& liveness, Instant now) {
  const Claim& claim = *task.claim;
  const Instant until = expires_at(claim, liveness);
  const bool lapsed = expired(claim, liveness, now);
  std::string when =
      lapsed ? "lapsed, nobody took it yet" : "until " + format_time_short(until, now);
  // Only looked for where the claim would have lapsed otherwise.
  if (!liveness.standing.empty()) when = "a process works in its worktree: " + liveness.standing;
  Error made = error(ErrorCode::kHeld, "{} is held by {} (generation {}, {})", task.id.str(),
                     claim.agent, claim.generation, when);
  return std::move(made)
      .hint(lapsed ? fmt::format("masc claim {}   (takes it over)", task.id.str())
                   : std::string("masc claim   (takes another task)"))
      .fact("holder", claim.agent)
      .fact("generation", claim.generation)
      .fact("expires_at", format_time(until));
}

}  // namespace masc::model
