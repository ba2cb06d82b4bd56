// How claims end: the state first, then what becomes of branch, worktree and uncommitted work.
#include <algorithm>

#include "base/text.h"
#include "git/advance.h"
#include "git/clean.h"
#include "git/refs.h"
#include "git/snapshot.h"
#include "git/trash.h"
#include "store/agents.h"
#include "store/claims.h"
#include "store/landing.h"
#include "store/mail.h"
#include "store/trail_events.h"

namespace masc::store {
namespace {

using model::Actor;
using model::Status;
using model::Task;
using model::TaskId;

struct EndWords {
  const char* event;
  const char* verb;
  const char* past;
  Status status;
};

EndWords words_of(End how) {
  switch (how) {
    case End::kRelease: return {"task_released", "release", "released", Status::kOpen};
    case End::kDone: return {"task_done", "done", "ended as done", Status::kDone};
    case End::kCancel: return {"task_cancelled", "cancel", "cancelled", Status::kCancelled};
  }
  return {"task_released", "release", "released", Status::kOpen};
}

Result<bool> decide_end(End how, const Task& task, const Actor& actor,
                        const model::Liveness& liveness, Instant now, bool force) {
  switch (how) {
    case End::kRelease: return model::decide_release(task, actor, liveness, now, force);
    case End::kDone: return model::decide_done(task, actor, liveness, now, force);
    case End::kCancel: return model::decide_cancel(task, actor, liveness, now, force);
  }
  return false;
}

Draft end_draft(const Task& task, const Actor& actor, End how, const EndOptions& options,
                std::optional<model::Outcome> outcome, Instant now) {
  const EndWords words = words_of(how);
  Draft draft{task, {}, std::nullopt};
  draft.change.event = words.event;
  draft.change.agent = actor.agent;
  draft.change.session = actor.session;
  draft.change.at = now;
  draft.change.text = fmt::format("{} {} by {}", words.verb, task.id.str(), actor.agent);
  draft.change.note = options.note;
  if (options.force) {
    draft.change.text += " (forced)";
    draft.change.note += (draft.change.note.empty() ? "" : "\n") + options.because;
  }
  if (!options.note.empty() && how != End::kCancel) draft.task.note = options.note;
  if (how == End::kDone) draft.task.result = std::move(outcome);
  model::end_claim(draft.task, words.status);
  return draft;
}

}  // namespace

Result<model::Outcome> Claims::outcome_of(const Task& task) const {
  model::Outcome outcome;
  outcome.generation = task.generation;
  if (!task.claim || task.claim->branch.empty()) return outcome;
  outcome.branch = task.claim->branch;
  MASC_TRY(const auto tip, git::branch_tip(repository_, git_, outcome.branch));
  MASC_TRY(const auto base, git::branch_tip(repository_, git_, task.claim->base));
  if (!tip) return outcome;
  outcome.commit = *tip;
  if (!base) return outcome;
  MASC_TRY(outcome.landed, git::is_ancestor(git_, *tip, *base));
  return outcome;
}

Result<Ended> Claims::end(const TaskId& id, const Actor& actor, End how, const EndOptions& options,
                          Instant now) {
  MASC_CHECK(model::check_force(actor, options.force, options.because, policy_.override_));
  MASC_TRY(const Task before, tasks_.load(id));
  MASC_TRY(bool change,
           decide_end(how, before, actor, liveness_of(workspace_, before), now, options.force));
  Ended ended;
  ended.task = before;
  if (!change) return ended;
  if (!before.landing.empty()) {
    MASC_CHECK(Landings(workspace_, tasks_, *this).finish(id, actor, now));
    return end(id, actor, how, options, now);
  }
  ended.remarks = bring_back_remarks(before);
  // The snapshot comes before the swap: if it can't be taken, nothing has happened yet.
  MASC_TRY(const KeptWork kept, keep_work(before, words_of(how).verb, now));
  ended.remarks.insert(ended.remarks.end(), kept.remarks.begin(), kept.remarks.end());
  MASC_TRY(model::Outcome outcome, outcome_of(before));
  outcome.agent = actor.agent;
  MASC_TRY(ended.task, tasks_.change(id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
    MASC_TRY(change,
             decide_end(how, fresh, actor, liveness_of(workspace_, fresh), now, options.force));
    if (!change) return std::nullopt;
    Draft draft = end_draft(fresh, actor, how, options, outcome, now);
    draft.task.keep = kept.keep;
    return draft;
  }));
  ended.changed = change;
  if (!change) return ended;
  drop_locks(before, actor, now);
  if (options.force)
    tell_holder(before, actor, words_of(how).past, options.because, now, ended.remarks);
  if (auto left = leave_trail(before, how, now); !left)
    ended.remarks.push_back(left.error().message);
  MASC_TRY(auto places, retire_worktree(before, now));
  ended.remarks.insert(ended.remarks.end(), places.begin(), places.end());
  if (model::is_finished(ended.task.status)) {
    MASC_CHECK(tasks_.finished(id, actor.agent, now));
  }
  return ended;
}

void Claims::tell_holder(const Task& before, const Actor& actor, std::string_view did,
                         std::string_view because, Instant now, std::vector<std::string>& remarks) {
  if (!before.claim || before.claim->agent == actor.agent) return;
  const std::string text =
      fmt::format("{} {} {} ({}), which you held under generation {}: {}", actor.agent, did,
                  before.id.str(), before.title, before.claim->generation, because);
  const auto told =
      tell_overridden(workspace_, actor.agent, before.claim->agent, before.id, text, now);
  if (!told)
    remarks.push_back(
        fmt::format("{} could not be told: {}", before.claim->agent, told.error().message));
}

Result<void> Claims::leave_trail(const Task& before, End how, Instant now) {
  if (!before.claim || how == End::kCancel) return {};
  TrailEvents trails(workspace_, policy_, git_, now);
  if (how == End::kDone) return trails.done(before);
  MASC_TRY(const auto tip, git::branch_tip(repository_, git_, before.id.branch()));
  return trails.released(before, tip.value_or(""));
}

Result<KeptWork> Claims::keep_work(const Task& task, std::string_view reason, Instant now) {
  KeptWork work{task.keep, {}};
  // A claim whose worktree never stood has used up nothing: what it was to start with still waits.
  if (!task.claim || task.claim->worktree.empty() || !standing_worktree(task)) return work;
  git::KeepOptions options;
  options.task = task.id;
  options.agent = task.claim->agent;
  options.generation = task.claim->generation;
  options.base = task.claim->base_commit;
  options.reason = std::string(reason);
  options.at = now;
  const std::string& place = task.claim->worktree;
  MASC_TRY(const auto kept, git::capture(workspace_.state(), git_, place, options));
  work.keep = kept ? kept->id.hex() : "";
  if (!kept) return work;
  if (!kept->paths.empty()) {
    work.remarks.push_back(
        fmt::format("kept {} uncommitted paths of {}", kept->paths.size(), task.id.str()));
  }
  for (const git::LeftBehind& left : kept->left_behind) {
    work.remarks.push_back(fmt::format("left behind in {}: {} ({})", shell_quote(place),
                                       printable(left.path), git::format_reason(left.reason)));
  }
  return work;
}

Result<std::vector<std::string>> Claims::restore_work(const Task& task,
                                                      const git::Worktree& worktree) {
  std::vector<std::string> remarks;
  if (task.keep.empty()) return remarks;
  MASC_TRY(const git::ObjectId id, git::ObjectId::parse(task.keep));
  MASC_TRY(git::Restored back, git::restore(workspace_.state(), git_, worktree.path, id));
  const git::Snapshot& kept = back.snapshot;
  remarks.push_back(fmt::format("restored {} uncommitted paths of {} (generation {})",
                                kept.paths.size(), kept.agent, kept.generation));
  std::move(back.notes.begin(), back.notes.end(), std::back_inserter(remarks));
  if (!back.operation.empty()) {
    remarks.push_back(fmt::format("under way: {}; git status says how to go on", back.operation));
  }
  for (const git::LeftBehind& left : kept.left_behind) {
    remarks.push_back(fmt::format("left behind by {}: {} ({})", kept.agent, printable(left.path),
                                  git::format_reason(left.reason)));
  }
  return remarks;
}

Result<std::vector<std::string>> Claims::retire_worktree(const Task& before, Instant now) {
  std::vector<std::string> remarks;
  if (!before.claim || before.claim->worktree.empty()) return remarks;
  MASC_TRY(auto found, git::worktree_at(repository_, before.claim->worktree));
  // The place may have another claim's worktree by now.
  if (found && (found->missing || (found->token && found->token->task != before.id.str())))
    found.reset();
  if (found && found->token && found->token->generation == before.claim->generation) {
    git::Token token = *found->token;
    token.ended = true;
    MASC_CHECK(git::write_token(found->git_dir, token));
  }
  MASC_TRY(const Task task, tasks_.load(before.id));
  MASC_TRY(const auto tip, git::branch_tip(repository_, git_, before.id.branch()));
  MASC_TRY(const auto base, git::branch_tip(repository_, git_, before.claim->base));
  bool landed = !tip;
  if (tip && base) {
    MASC_TRY(landed, git::is_ancestor(git_, *tip, *base));
  }
  const std::string place = found ? shell_quote(found->path) : "";
  if (task.status == Status::kDone && !landed) {
    remarks.push_back(fmt::format("not landed: branch {}{}; masc land {}", before.id.branch(),
                                  found ? fmt::format(" and {} stay", place) : " stays",
                                  before.id.str()));
    return remarks;
  }
  if (!found) return remarks;
  MASC_TRY(const git::Cleanliness proof, git::prove_clean(git_, found->path));
  // Whoever claims it next works on the branch elsewhere.
  if (!found->branch.empty() && !found->unborn()) {
    MASC_CHECK(
        git::detach_head(git::with_user_hooks(repository_, git_, found->git_dir), found->git_dir));
  }
  if (landed && tip && proof.clean) {
    // Not while somebody looks at it.
    MASC_TRY(const auto others, git::checkouts_of(repository_, git_, before.id.branch()));
    if (others.empty()) static_cast<void>(git::delete_branch(git_, before.id.branch(), *tip));
  }
  if (!proof.clean) {
    remarks.push_back(
        fmt::format("{} stays: {}", place,
                    proof.reasons.empty() ? "it is not proven clean" : proof.reasons.front()));
    return remarks;
  }
  MASC_TRY(const auto again, git::worktree_at(repository_, before.claim->worktree));
  if (!again) return remarks;
  MASC_TRY(const auto lock, git::lock_slot(repository_.common_dir, git::slot_number(found->path)));
  if (!lock) return remarks;
  MASC_TRY(const git::Cleanliness last, git::prove_clean(git_, found->path));
  MASC_TRY(const bool reachable, git::is_reachable(git_, last.head));
  if (!reachable) {
    remarks.push_back(fmt::format("{} stays: its HEAD {} is on no branch", place, last.head));
    return remarks;
  }
  auto removed = git::remove_to_trash(repository_, *again, last, now);
  if (!removed && removed.error().code != ErrorCode::kRefused)
    return fail(std::move(removed).error());
  return remarks;
}

}  // namespace masc::store
