#include "store/claims.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "git/refs.h"
#include "git/slot.h"
#include "store/agents.h"
#include "store/claim_plan.h"
#include "store/landing.h"
#include "store/policy.h"
#include "store/ports.h"
#include "store/trail_events.h"

namespace masc::store {
namespace {

using model::Actor;
using model::Claim;
using model::ClaimOutcome;
using model::Task;
using model::TaskId;

model::Change make_change(std::string event, const Actor& actor, Instant now, std::string text) {
  model::Change change;
  change.event = std::move(event);
  change.agent = actor.agent;
  change.session = actor.session;
  change.at = now;
  change.text = std::move(text);
  return change;
}

// What loses a bare claim one candidate, but not the claim.
bool try_next(ErrorCode code) {
  switch (code) {
    case ErrorCode::kHeld:
    case ErrorCode::kReserved:
    case ErrorCode::kBlocked:
    case ErrorCode::kClosed:
    case ErrorCode::kSuperseded:
    case ErrorCode::kConflict:
    case ErrorCode::kRefused:
    case ErrorCode::kLocked: return true;
    default: return false;
  }
}

}  // namespace

Result<Claims::Plan> Claims::make_plan(const TaskId& id, const ClaimOptions& options) {
  Plan plan;
  plan.base = options.onto.value_or(policy_.base);
  if (plan.base.empty() && options.base) {
    MASC_TRY(const auto branch, git::branch_tip(repository_, git_, *options.base));
    if (branch) plan.base = *options.base;
  }
  if (plan.base.empty() && options.base) {
    return fail(error(ErrorCode::kUsage, "'{}' is no branch", printable(*options.base))
                    .hint("say where the work is to land: --onto BRANCH"));
  }
  if (plan.base.empty()) {
    MASC_TRY(plan.base, main_branch(repository_));
  }
  std::optional<std::string> tip;
  if (!plan.base.empty()) {
    MASC_TRY(tip, git::branch_tip(repository_, git_, plan.base));
  }
  if (options.onto && !tip)
    return fail(ErrorCode::kUsage, "'{}' is no branch", printable(*options.onto));
  plan.base_commit = tip.value_or("");
  if (options.base) {
    MASC_TRY(plan.base_commit, git::resolve_commit(git_, *options.base));
  }
  if (!options.worktree) return plan;
  if (plan.base.empty()) {
    return fail(error(ErrorCode::kUsage,
                      "HEAD of the main worktree is detached, so there is no base branch")
                    .hint("name it: masc claim --onto BRANCH"));
  }
  if (!tip) {
    return fail(
        error(ErrorCode::kNotFound, "the base branch '{}' has no commit yet", printable(plan.base))
            .hint("make one (git commit --allow-empty -m start), or claim with --no-worktree"));
  }
  MASC_TRY(const auto own, git::branch_tip(repository_, git_, id.branch()));
  plan.tip = own.value_or("");
  return plan;
}

Claim Claims::make_claim(const Task& task, const Actor& actor, const ClaimOptions& options,
                         const Plan& plan, Instant now) const {
  Claim claim;
  claim.agent = actor.agent;
  claim.session = actor.session;
  claim.generation = task.generation + 1;
  claim.granted = now;
  claim.renewed = now;
  claim.lease = options.lease.value_or(policy_.claim.lease);
  claim.base = plan.base;
  claim.base_commit = plan.base_commit;
  claim.runner = options.runner;
  claim.ports = plan.ports.ports;
  if (plan.slot) {
    claim.branch = task.id.branch();
    claim.worktree = plan.slot->path;
    claim.clone = workspace_.clone().value_or("");
  }
  return claim;
}

Draft Claims::grant(const Task& now_task, const Actor& actor, const ClaimOptions& options,
                    const Plan& plan, const std::optional<KeptWork>& kept, Instant now) const {
  const bool takeover = now_task.claim.has_value();
  Draft draft;
  draft.task = now_task;
  if (draft.task.claim) model::end_claim(draft.task, model::Status::kOpen);
  draft.task.claim = make_claim(now_task, actor, options, plan, now);
  draft.task.generation = draft.task.claim->generation;
  draft.task.status = model::Status::kClaimed;
  draft.task.reserved.reset();
  if (kept) draft.task.keep = kept->keep;
  std::erase(draft.task.former, actor.agent);
  const std::string from = takeover ? fmt::format(" from {}", now_task.claim->agent) : "";
  draft.change =
      make_change("task_claimed", actor, now,
                  fmt::format("{} {} by {}{} (generation {})", takeover ? "take over" : "claim",
                              now_task.id.str(), actor.agent, from, draft.task.generation));
  if (options.force && takeover) {
    draft.change.text += " (forced)";
    draft.change.note = options.because;
  }
  return draft;
}

Result<void> Claims::check_limit(const Actor& actor) const {
  if (policy_.claim.max == 0) return {};
  MASC_TRY(const auto tasks, tasks_.unfolded());
  const auto held = std::count_if(tasks.begin(), tasks.end(),
                                  [&](const Task& task) { return model::holds(task, actor); });
  if (held < policy_.claim.max) return {};
  return fail(error(ErrorCode::kRefused, "{} holds {} claims already; the policy allows {}",
                    actor.agent, held, policy_.claim.max)
                  .hint("finish or release one first: masc status"));
}

// If making the worktree fills the disk, the claim must still be given back.
Result<void> Claims::reserve_space() {
  constexpr std::int64_t kEnough = std::int64_t{64} << 10;
  MASC_TRY(reserve_,
           SpaceReserve::take(
               fmt::format("{}/cache/reserve.{}.tmp", workspace_.masc_dir(), getpid()), kEnough));
  return {};
}

Result<Taken> Claims::take(const TaskId& id, const Actor& actor, const ClaimOptions& options,
                           Instant now) {
  MASC_TRY(const Task task, tasks_.load(id));
  const model::Liveness liveness = liveness_with_processes(workspace_, task, now);
  MASC_TRY(const auto blocked_by, tasks_.blocked_by(task));
  MASC_TRY(const ClaimOutcome outcome, model::decide_claim(task, actor, liveness, now, blocked_by,
                                                           options.resume, options.force));
  if (!task.landing.empty()) {
    // A landing was killed half-way: it is finished, or forgotten, before anything else happens.
    MASC_CHECK(Landings(workspace_, tasks_, *this).finish(id, actor, now));
    return take(id, actor, options, now);
  }
  MASC_CHECK(check_locks(task, actor, options, now));
  if (outcome == ClaimOutcome::kRenewed) return resume(task, actor, options, now);
  MASC_CHECK(check_limit(actor));
  return take_fresh(task, actor, options, now);
}

// A claim of the actor's own: renews it, and completes what a kill left out.
Result<Taken> Claims::resume(const Task& task, const Actor& actor, const ClaimOptions& options,
                             Instant now) {
  std::optional<git::SlotReservation> slot;
  const bool whole = task.claim->worktree.empty() || standing_worktree(task);
  if (whole && !task.claim->branch.empty()) MASC_CHECK(restore_branch(task));
  if (!whole) {
    MASC_CHECK(clear_remains(task, now));
    MASC_TRY(slot, reserve_slot(now));
  }
  Taken taken;
  MASC_TRY(taken.runner, hold_runner(task, task.claim->generation, options));
  taken.outcome = ClaimOutcome::kRenewed;
  MASC_TRY(taken.task,
           tasks_.change(task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
             MASC_CHECK(model::decide_claim(fresh, actor, liveness_of(workspace_, fresh), now, {},
                                            options.resume));
             if (!model::holds(fresh, actor)) return fail(model::held_error(fresh, {}, now));
             Draft draft{fresh,
                         make_change("task_renewed", actor, now,
                                     fmt::format("renew {} by {}", task.id.str(), actor.agent)),
                         std::nullopt};
             Claim& claim = *draft.task.claim;
             claim.renewed = now;
             if (options.lease) claim.lease = *options.lease;
             if (!actor.session.empty()) claim.session = actor.session;
             claim.runner = options.runner;
             if (slot) claim.worktree = slot->path;
             return draft;
           }));
  MASC_CHECK(take_locks(taken, actor, options, now));
  if (!slot) return taken;
  return furnish(std::move(taken), std::move(*slot), options, now);
}

// Makes the worktree of a claim that says already that it is there.
Result<Taken> Claims::furnish(Taken taken, git::SlotReservation slot, const ClaimOptions& options,
                              Instant now) {
  const TaskId id = taken.task.id;
  Plan plan;
  plan.base = taken.task.claim->base;
  plan.base_commit = taken.task.claim->base_commit;
  MASC_TRY(const auto tip, git::branch_tip(repository_, git_, id.branch()));
  plan.tip = tip.value_or("");
  if (tip) MASC_CHECK(refuse_foreign_checkout(id));
  plan.slot = std::move(slot);
  MASC_TRY(const git::AddedWorktree added, make_worktree(id, plan, now));
  auto settled = settle(std::move(taken), added, plan, options);
  if (!settled) discard_fresh(added.worktree, plan, id, now);
  return settled;
}

Result<Taken> Claims::complete(const TaskId& id, const Actor& doer, const ClaimOptions& options,
                               Instant now) {
  MASC_TRY(const Task task, tasks_.load(id));
  if (!task.claim || task.claim->worktree.empty() || standing_worktree(task))
    return Taken{task, ClaimOutcome::kRenewed, {}, {}, {}, std::nullopt};
  MASC_CHECK(clear_remains(task, now));
  MASC_TRY(auto slot, reserve_slot(now));
  Taken taken;
  taken.outcome = ClaimOutcome::kRenewed;
  MASC_TRY(taken.task, tasks_.change(id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
    if (!fresh.claim || fresh.generation != task.generation)
      return fail(ErrorCode::kConflict, "{} changed meanwhile", id.str());
    Draft draft{
        fresh,
        make_change("task_renewed", doer, now,
                    fmt::format("renew {}: another worktree for {}", id.str(), fresh.claim->agent)),
        std::nullopt};
    draft.task.claim->worktree = slot.path;
    return draft;
  }));
  return furnish(std::move(taken), std::move(slot), options, now);
}

Result<Taken> Claims::take_fresh(const Task& task, const Actor& actor, const ClaimOptions& options,
                                 Instant now) {
  const auto back = bring_back_remarks(task);
  MASC_TRY(Plan plan, make_plan(task.id, options));
  // Before the swap: a claim that can't be had counts no generation.
  if (!plan.tip.empty()) MASC_CHECK(refuse_foreign_checkout(task.id));
  std::optional<git::AddedWorktree> added;
  if (options.worktree) {
    MASC_TRY(plan.slot, reserve_slot(now));
  }
  const bool takeover = task.claim.has_value();
  std::optional<KeptWork> kept;
  if (options.worktree) MASC_CHECK(break_locks(task.id, plan.tip));
  if (takeover && options.worktree) {
    // Slot and snapshot come first: if they fail, the holder lost nothing.
    MASC_TRY(kept, keep_work(task, "taken over", now));
    MASC_TRY(added, make_worktree(task.id, plan, now));
  }
  MASC_TRY(plan.ports, lease_ports(workspace_, tasks_, policy_.claim.ports));
  if (options.worktree) MASC_CHECK(reserve_space());
  Taken taken;
  MASC_TRY(taken.runner, hold_runner(task, task.generation + 1, options));
  taken.outcome = takeover ? ClaimOutcome::kTakenOver : ClaimOutcome::kClaimed;
  auto swapped = tasks_.change(task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
    const model::Liveness liveness = liveness_with_processes(workspace_, fresh, now);
    MASC_TRY(const auto blocked_by, tasks_.blocked_by(fresh));
    MASC_TRY(const ClaimOutcome outcome,
             model::decide_claim(fresh, actor, liveness, now, blocked_by, false, options.force));
    if (outcome != taken.outcome)
      return fail(ErrorCode::kConflict, "{} changed meanwhile", fresh.id.str());
    return grant(fresh, actor, options, plan, kept, now);
  });
  if (!swapped) {
    if (added) static_cast<void>(drop_worktree(*added, now));
    return fail(std::move(swapped).error());
  }
  plan.ports.lock.reset();
  taken.task = std::move(*swapped);
  if (takeover) drop_locks(task, actor, now);
  if (auto locked = take_locks(taken, actor, options, now); !locked) {
    if (added) static_cast<void>(drop_worktree(*added, now));
    return fail(roll_back(taken.task, actor, std::move(locked).error(), now));
  }
  MASC_TRY(const auto unlanded, unlanded_warnings(taken.task));
  taken.warnings.insert(taken.warnings.end(), unlanded.begin(), unlanded.end());
  taken.remarks = back;
  if (options.worktree) add_stray(task.id, plan.tip, taken.remarks);
  if (takeover && options.force)
    tell_holder(task, actor, "took over", options.because, now, taken.remarks);
  if (takeover) {
    const auto left = TrailEvents(workspace_, policy_, git_, now).taken_over(task, plan.tip);
    if (!left) taken.remarks.push_back(left.error().message);
  }
  if (!options.worktree) return taken;
  if (!added) {
    auto made = make_worktree(task.id, plan, now);
    if (!made) return fail(roll_back(taken.task, actor, std::move(made).error(), now));
    added = std::move(*made);
  }
  return settle_or_give_back(std::move(taken), *added, plan, actor, options, now);
}

Result<Taken> Claims::settle_or_give_back(Taken taken, const git::AddedWorktree& added,
                                          const Plan& plan, const Actor& actor,
                                          const ClaimOptions& options, Instant now) {
  const Task claimed = taken.task;
  auto settled = settle(std::move(taken), added, plan, options);
  if (settled) {
    reserve_.release();
    return settled;
  }
  Error why = roll_back(claimed, actor, std::move(settled).error(), now);
  discard_fresh(added.worktree, plan, claimed.id, now);
  return fail(std::move(why));
}

// `masc run` holds this from before the swap on, so that no reader sees its claim without a live
// runner.
Result<std::optional<FileLock>> Claims::hold_runner(const Task& task, std::int64_t generation,
                                                    const ClaimOptions& options) const {
  if (!options.runner) return std::nullopt;
  MASC_TRY(auto lock,
           FileLock::try_acquire(runner_path(workspace_.masc_dir(), task.id, generation)));
  if (lock) return lock;
  return fail(error(ErrorCode::kHeld, "{} is under another `masc run` already", task.id.str())
                  .hint("masc status   (who works on what)")
                  .fact("holder", task.claim ? task.claim->agent : ""));
}

// Gives a claim back whose worktree could not be made, and tells why.
Error Claims::roll_back(const Task& task, const Actor& actor, Error why, Instant now) {
  reserve_.release();
  const auto undone =
      tasks_.change(task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
        if (!model::holds(fresh, actor) || fresh.generation != task.generation) return std::nullopt;
        Draft draft{
            fresh,
            make_change("task_released", actor, now,
                        fmt::format("release {}: {}", task.id.str(), first_line(why.message))),
            std::nullopt};
        model::end_claim(draft.task, model::Status::kOpen);
        return draft;
      });
  if (!undone)
    why.message +=
        fmt::format(" (and the claim could not be given back: {})", undone.error().message);
  return why;
}

// Commits of former holders that are not on the task's branch: their worktrees keep them.
void Claims::add_stray(const TaskId& id, const std::string& tip,
                       std::vector<std::string>& remarks) const {
  const auto slots = git::list_worktrees(repository_);
  if (tip.empty() || !slots) return;
  for (const git::Worktree& slot : *slots) {
    if (slot.missing || !slot.token || slot.token->task != id.str()) continue;
    if (slot.head.empty() || slot.head == tip) continue;
    const auto contained = git::is_ancestor(git_, slot.head, tip);
    if (!contained || *contained) continue;
    remarks.push_back(fmt::format("left behind in {}: commits up to {}, which are not on {}",
                                  shell_quote(slot.path), slot.head.substr(0, 12), id.branch()));
  }
}

Result<std::vector<std::string>> Claims::unlanded_warnings(const Task& task) const {
  std::vector<std::string> warnings;
  for (const TaskId& id : task.after) {
    MASC_TRY(const auto other, tasks_.find(id));
    if (!other || !other->result || other->result->landed || other->result->commit.empty())
      continue;
    warnings.push_back(
        fmt::format("{} is done but not landed: its work is on {}", id.str(), id.branch()));
  }
  return warnings;
}

Result<std::vector<Task>> Claims::candidates(const std::vector<Task>& tasks, const Actor& actor,
                                             Instant now) const {
  TaskStore::Known known;
  for (const Task& task : tasks) known[task.id] = &task;
  std::vector<Task> ready;
  for (const Task& task : tasks) {
    if (model::holds(task, actor)) continue;
    if (!model::is_claimable(task, actor, liveness_of(workspace_, task), now)) continue;
    MASC_TRY(const auto blocked_by, tasks_.blocked_by(task, &known));
    if (blocked_by.empty()) ready.push_back(task);
  }
  // Lapsed ones last: their holders go on until somebody takes them.
  std::sort(ready.begin(), ready.end(), [now](const Task& a, const Task& b) {
    if (a.claim.has_value() != b.claim.has_value()) return !a.claim;
    return model::before(a, b, now);
  });
  return ready;
}

Result<Taken> Claims::take_best(const Actor& actor, const ClaimOptions& options, Instant now) {
  MASC_TRY(const auto tasks, tasks_.unfolded());
  MASC_TRY(const auto ready, candidates(tasks, actor, now));
  return take_first(ready, actor, options, now);
}

Result<Taken> Claims::take_first(const std::vector<Task>& order, const Actor& actor,
                                 const ClaimOptions& options, Instant now) {
  MASC_CHECK(check_limit(actor));
  // What was asked for is no candidate's fault.
  if (!options.lock_paths.empty()) MASC_CHECK(check_locks({}, actor, options, now));
  Error none = error(ErrorCode::kNothingReady, "no task is ready");
  for (const Task& task : order) {
    auto taken = take(task.id, actor, options, now);
    if (taken || !try_next(taken.error().code)) return taken;
    // Nobody else has it: only who hears why can do something about it.
    const Error& why = taken.error();
    if (why.code != ErrorCode::kRefused || !none.hints.empty()) continue;
    none = std::move(none).hint(why.message);
    none.hints.insert(none.hints.end(), why.hints.begin(), why.hints.end());
  }
  return fail(std::move(none).hint("masc list   (what is claimed or waits for something)"));
}

Result<Taken> Claims::add_claimed(Draft first, const Actor& actor, const ClaimOptions& options,
                                  Instant now) {
  MASC_TRY(const auto blocked_by, tasks_.blocked_by(first.task));
  if (auto free = model::decide_claim(first.task, actor, {}, now, blocked_by, false); !free) {
    // Nobody knows its id.
    Error why = std::move(free).error();
    std::string waited;
    for (const TaskId& id : blocked_by) waited += (waited.empty() ? "" : ", ") + id.str();
    why.message =
        fmt::format("nothing was added: it would wait for {}, and so can't be claimed", waited);
    return fail(std::move(why));
  }
  MASC_CHECK(check_limit(actor));
  MASC_TRY(Plan plan, make_plan(first.task.id, options));
  if (!plan.tip.empty()) MASC_CHECK(refuse_foreign_checkout(first.task.id));
  if (options.worktree) {
    MASC_TRY(plan.slot, reserve_slot(now));
  }
  MASC_TRY(plan.ports, lease_ports(workspace_, tasks_, policy_.claim.ports));
  if (options.worktree) MASC_CHECK(reserve_space());
  Draft second = grant(first.task, actor, options, plan, std::nullopt, now);
  Taken taken;
  MASC_CHECK(check_locks(first.task, actor, options, now));
  MASC_TRY(taken.task, tasks_.create({std::move(first), std::move(second)}));
  plan.ports.lock.reset();
  const TaskId id = taken.task.id;
  auto whole = complete_added(std::move(taken), plan, actor, options, now);
  // All or nothing: who tries again must not find the task there already.
  if (!whole) static_cast<void>(tasks_.withdraw(id));
  return whole;
}

Result<Taken> Claims::complete_added(Taken taken, Plan& plan, const Actor& actor,
                                     const ClaimOptions& options, Instant now) {
  if (auto locked = take_locks(taken, actor, options, now); !locked)
    return fail(roll_back(taken.task, actor, std::move(locked).error(), now));
  if (!options.worktree) return taken;
  auto made = make_worktree(taken.task.id, plan, now);
  if (!made) return fail(roll_back(taken.task, actor, std::move(made).error(), now));
  return settle_or_give_back(std::move(taken), *made, plan, actor, options, now);
}

Result<Task> Claims::renew(const TaskId& id, const Actor& actor, std::optional<Duration> lease,
                           Instant now) {
  return tasks_.change(id, [&](const Task& task) -> Result<std::optional<Draft>> {
    MASC_CHECK(model::require_claim(task, actor, liveness_of(workspace_, task), now));
    Draft draft{task,
                make_change("task_renewed", actor, now,
                            fmt::format("renew {} by {}", id.str(), actor.agent)),
                std::nullopt};
    draft.task.claim->renewed = now;
    if (lease) draft.task.claim->lease = *lease;
    return draft;
  });
}

}  // namespace masc::store
