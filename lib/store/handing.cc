// A claim that is handed on: its worktree stays as it is, and the successor goes on in it.
#include "base/text.h"
#include "git/refs.h"
#include "git/standing.h"
#include "git/worktree.h"
#include "store/agents.h"
#include "store/claim_plan.h"
#include "store/claims.h"
#include "store/landing.h"

namespace masc::store {
namespace {

using model::Actor;
using model::Task;
using model::TaskId;

Draft handed_off(const Task& task, const Actor& actor, const HandOff& how, const KeptWork& kept,
                 Instant now) {
  Draft draft{task, {}, std::nullopt};
  draft.change.event = "task_handed_off";
  draft.change.agent = actor.agent;
  draft.change.session = actor.session;
  draft.change.at = now;
  draft.change.text = fmt::format("hand off {} by {}{}", task.id.str(), actor.agent,
                                  how.to.empty() ? "" : fmt::format(" to {}", how.to));
  draft.change.note = how.note;
  if (!how.note.empty()) draft.task.note = how.note;
  const Duration lease = task.claim->lease;
  model::end_claim(draft.task, model::Status::kOpen);
  draft.task.keep = kept.keep;
  if (!how.to.empty()) draft.task.reserved = model::Reservation{how.to, now + lease};
  return draft;
}

// Whether the last claim ended so. Newest first.
bool last_ended_so(const std::vector<model::Step>& steps) {
  for (const model::Step& step : steps) {
    const std::string& event = step.change.event;
    if (event == "task_handed_off") return true;
    if (event == "task_claimed" || event == "task_released") return false;
  }
  return false;
}

}  // namespace

Result<Ended> Claims::hand_off(const TaskId& id, const Actor& actor, const HandOff& how,
                               Instant now) {
  MASC_TRY(const Task before, tasks_.load(id));
  MASC_CHECK(model::require_claim(before, actor, liveness_of(workspace_, before), now));
  if (!before.landing.empty()) {
    MASC_CHECK(Landings(workspace_, tasks_, *this).finish(id, actor, now));
    return hand_off(id, actor, how, now);
  }
  Ended ended;
  ended.remarks = bring_back_remarks(before);
  // Snapshot and look come before the swap: if they fail, nothing has happened yet.
  MASC_TRY(const KeptWork kept, keep_work(before, "handed off", now));
  ended.remarks.insert(ended.remarks.end(), kept.remarks.begin(), kept.remarks.end());
  std::optional<git::Worktree> place;
  if (!before.claim->worktree.empty()) {
    place = standing_worktree(before);
    if (!place)
      ended.remarks.push_back(
          fmt::format("its worktree is not in {} any more; what was not committed there is not "
                      "handed on",
                      shell_quote(before.claim->worktree)));
  }
  if (place) {
    MASC_TRY(const auto standing, standing_remarks(id, *place));
    ended.remarks.insert(ended.remarks.end(), standing.begin(), standing.end());
  }
  MASC_TRY(ended.task, tasks_.change(id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
    MASC_CHECK(model::require_claim(fresh, actor, liveness_of(workspace_, fresh), now));
    return handed_off(fresh, actor, how, kept, now);
  }));
  ended.changed = true;
  if (!place) return ended;
  git::Token token = *place->token;
  token.ended = true;
  MASC_CHECK(git::write_token(place->git_dir, token));
  return ended;
}

Result<bool> Claims::is_handed_on(const Task& task) const {
  if (task.status != model::Status::kOpen) return false;
  MASC_TRY(const auto steps, tasks_.history(task));
  return last_ended_so(steps);
}

Result<std::optional<Taken>> Claims::take_in_place(const TaskId& id, const Actor& actor,
                                                   const ClaimOptions& options,
                                                   const std::string& place, Instant now) {
  MASC_TRY(const Task task, tasks_.load(id));
  if (task.claim || !task.landing.empty() || place.empty()) return std::nullopt;
  const auto standing = git::worktree_at(repository_, place);
  if (!standing || !*standing || (*standing)->missing) return std::nullopt;
  const git::Worktree& worktree = **standing;
  const auto& token = worktree.token;
  if (!token || token->task != id.str() || token->generation != task.generation) {
    return std::nullopt;
  }
  // After a release HEAD is off the branch, and the place may go at any time.
  MASC_TRY(const bool handed_on, is_handed_on(task));
  if (!handed_on) return std::nullopt;
  const auto back = bring_back_remarks(task);
  // Another place would not have what is under way here, so whoever is busy here is waited for.
  const int number = git::slot_number(place);
  MASC_CHECK(git::await_slot(repository_.common_dir, number));
  MASC_TRY(const auto slot, git::lock_slot(repository_.common_dir, number));
  if (!slot) return fail(ErrorCode::kBusy, "{} is in use by another command", shell_quote(place));
  MASC_CHECK(check_limit(actor));
  MASC_TRY(Plan plan, make_plan(id, options));
  MASC_TRY(plan.ports, lease_ports(workspace_, tasks_, policy_.claim.ports));
  Taken taken;
  MASC_TRY(taken.runner, hold_runner(task, task.generation + 1, options));
  MASC_TRY(taken.task, tasks_.change(id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
    MASC_TRY(const auto blocked_by, tasks_.blocked_by(fresh));
    MASC_CHECK(model::decide_claim(fresh, actor, {}, now, blocked_by, false, options.force));
    if (fresh.generation != task.generation) {
      return fail(ErrorCode::kConflict, "{} changed meanwhile", id.str());
    }
    Draft draft = grant(fresh, actor, options, plan, std::nullopt, now);
    draft.task.claim->branch = id.branch();
    draft.task.claim->worktree = place;
    draft.task.claim->clone = workspace_.clone().value_or("");
    return draft;
  }));
  taken.outcome = model::ClaimOutcome::kClaimed;
  git::Token next;
  next.task = id.str();
  next.agent = taken.task.claim->agent;
  next.generation = taken.task.claim->generation;
  next.session = taken.task.claim->session;
  next.version = taken.task.version;
  MASC_CHECK(git::write_token(worktree.git_dir, next));
  MASC_TRY(taken.remarks, standing_remarks(id, worktree));
  taken.remarks.insert(taken.remarks.begin(), back.begin(), back.end());
  MASC_TRY(const auto unlanded, unlanded_warnings(taken.task));
  taken.warnings.insert(taken.warnings.end(), unlanded.begin(), unlanded.end());
  return taken;
}

// What is not as one expects of a claim's worktree.
Result<std::vector<std::string>> Claims::standing_remarks(const TaskId& id,
                                                          const git::Worktree& worktree) const {
  MASC_TRY(const git::Standing standing, git::standing_of(git_, worktree));
  MASC_TRY(const auto tip, git::branch_tip(repository_, git_, id.branch()));
  return git::unusual(standing, id.branch(), tip.value_or(""));
}

}  // namespace masc::store
