#include "store/landing.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "git/advance.h"
#include "git/conflict.h"
#include "git/objects.h"
#include "git/path_list.h"
#include "git/refs.h"
#include "git/scratch.h"
#include "store/agents.h"
#include "store/landing_check.h"
#include "store/landing_job.h"
#include "store/policy.h"
#include "store/proposals.h"

namespace masc::store {
namespace {

using git::Combined;
using model::Actor;
using model::Status;
using model::Task;
using model::TaskId;

constexpr int kAttempts = 10;
constexpr int kGitAttempts = 3;
constexpr std::chrono::milliseconds kPause{20};

constexpr off_t kMostOutput = off_t{1} << 20;

std::string_view outcome_word(const Result<void>& ran) {
  if (ran) return "passed";
  return ran.error().code == ErrorCode::kTimedOut ? "timed_out" : "failed";
}

std::string short_id(const std::string& id) { return id.substr(0, 7); }

// Fencing, whatever the hooks let pass. Who stands in a superseded worktree lands nothing, not even
// what is done since.
Result<void> may_land(const Workspace& workspace, const Task& task, const Actor& actor,
                      Instant now) {
  MASC_CHECK(model::check_token(task, actor));
  if (task.status == Status::kDone) return {};
  return model::require_claim(task, actor, liveness_of(workspace, task), now);
}

}  // namespace

// The claim whose work it is: the task's own, or the last one of a task that is done.
Result<void> Landings::find_claim(Job& job) const {
  job.before = job.task;
  job.branch = job.task.id.branch();
  if (!job.task.claim) {
    MASC_TRY(auto steps, tasks_.history(job.task));
    const auto last = std::find_if(steps.begin(), steps.end(), [](const model::Step& step) {
      return step.task.claim.has_value();
    });
    if (last != steps.end()) job.before = std::move(last->task);
  }
  if (job.before.claim) job.base = job.before.claim->base;
  if (job.base.empty()) job.base = claims_.policy().base;
  if (!job.base.empty()) return {};
  MASC_TRY(job.base, main_branch(claims_.repository()));
  if (!job.base.empty()) return {};
  return fail(
      error(ErrorCode::kUsage, "HEAD of the main worktree is detached, so there is no base branch")
          .hint("set `base:` in .masc.yaml, or claim with --onto BRANCH"));
}

Result<void> Landings::look(Job& job) const {
  MASC_TRY(job.ground, look_at_ground(claims_.repository(), claims_.git(), job.before));
  return {};
}

Result<void> Landings::check_policy(Job& job) const {
  const auto& policy = claims_.policy().land;
  if (policy.who == "humans" && !job.actor.human) {
    return fail(error(ErrorCode::kRefused, "{} is an agent, and the policy lets only people land",
                      job.actor.agent)
                    .hint(fmt::format("ask a person: masc land {}", job.task.id.str())));
  }
  const std::string holder = job.before.claim ? job.before.claim->agent : job.actor.agent;
  MASC_CHECK(require_quorum(Proposals(workspace_, tasks_), job.task.id, policy.quorum, holder,
                            job.task.generation, job.clock.now()));
  if (job.options.strategy) {
    job.strategy = *job.options.strategy;
  } else {
    MASC_TRY(job.strategy, git::parse_strategy(policy.strategy));
  }
  MASC_TRY(job.checks,
           checks_of(policy.check, job.options.check, job.actor.human, job.options.commands));
  return {};
}

Result<Landed> Landings::land(const TaskId& id, const Actor& actor, const LandOptions& options,
                              const Clock& clock) {
  Job job(actor, options, clock);
  MASC_TRY(job.task, tasks_.load(id));
  MASC_CHECK(may_land(workspace_, job.task, actor, clock.now()));
  MASC_CHECK(find_claim(job));
  if (is_landed(job.task)) return already(job);
  job.keep = options.keep && job.task.claim;
  MASC_CHECK(check_policy(job));
  if (options.dry_run) return rehearse(job);
  MASC_TRY(const Turn turn, lock_base(job.base, id.str() + " of " + actor.agent, patience()));
  auto landed = land_locked(job);
  if (landed || !job.mark) return landed;
  // Whatever failed: where the base has moved, the mark is what the next landing goes on from.
  const auto there = in_base(job, *job.mark);
  if (there && !*there) static_cast<void>(drop_mark(job, landed.error().message));
  return landed;
}

// What was true before the lock may not be so any more.
Result<Landed> Landings::land_locked(Job& job) {
  git::prune_scratch(claims_.repository());
  MASC_TRY(job.task, tasks_.load(job.task.id));
  MASC_CHECK(may_land(workspace_, job.task, job.actor, job.clock.now()));
  MASC_CHECK(find_claim(job));
  if (is_landed(job.task)) return already(job);
  if (!job.task.landing.empty()) {
    MASC_TRY(auto landed, resume(job));
    if (landed) return std::move(*landed);
  }
  return try_often(job);
}

Result<std::optional<Landed>> Landings::try_once(Job& job) {
  MASC_CHECK(look(job));
  MASC_TRY(const Plan planned, plan(job));
  return carry_out(job, planned);
}

Result<Landed> Landings::try_often(Job& job) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    auto landed = try_once(job);
    if (landed && *landed) return std::move(**landed);
    // A gc with --prune=now takes commits that nothing refers to yet.
    const bool again = landed || landed.error().code == ErrorCode::kGit;
    if (!again || (!landed && attempt >= kGitAttempts)) return fail(std::move(landed).error());
    std::this_thread::sleep_for(kPause * attempt);
  }
  return fail(error(ErrorCode::kBusy, "{} moves all the time", printable(job.base))
                  .hint("repeat the command in a moment"));
}

// A landing that was killed. nullopt: it has to be done again.
Result<std::optional<Landed>> Landings::resume(Job& job) {
  MASC_TRY(job.mark, parse_mark(job.task.landing));
  const LandingMark mark = *job.mark;
  MASC_TRY(const bool there, in_base(job, mark));
  MASC_TRY(const auto tip, git::branch_tip(claims_.repository(), claims_.git(), job.branch));
  // Work that came later lands anew; what the base has already is left out of it.
  if (!there || (tip && *tip != mark.tip)) return std::nullopt;
  MASC_CHECK(look(job));
  MASC_CHECK(keep_rest(job));
  MASC_TRY(const std::size_t commits, count(mark));
  return complete(job, mark, commits);
}

Result<bool> Landings::in_base(const Job& job, const LandingMark& mark) const {
  MASC_TRY(const auto tip, git::branch_tip(claims_.repository(), claims_.git(), job.base));
  if (!tip) return false;
  auto contained = git::is_ancestor(claims_.git(), mark.to, *tip);
  if (contained) return contained;
  // A commit that nothing refers to may have been collected: then the base never had it.
  MASC_TRY(const auto objects, git::read_objects(claims_.git(), {mark.to}));
  if (objects.front()) return contained;
  return false;
}

Result<std::size_t> Landings::count(const LandingMark& mark) const {
  MASC_TRY(const std::string number, claims_.git().output({"rev-list", "--count", "--no-merges",
                                                           mark.to, "^" + mark.from, "--"}));
  return static_cast<std::size_t>(std::strtoull(number.c_str(), nullptr, 10));
}

// What a merge or a squash says.
Result<git::CommitText> Landings::text_of(const Job& job) const {
  git::CommitText text;
  text.subject = job.task.title;
  text.trailers = {"Masc-Task: " + job.task.id.str()};
  if (job.before.claim) text.trailers.push_back("Masc-Agent: " + job.before.claim->agent);
  if (job.strategy == git::Strategy::kMerge) {
    text.subject = fmt::format("Merge {}: {}", job.branch, job.task.title);
  } else if (job.strategy == git::Strategy::kSquash) {
    MASC_TRY(text.body, tasks_.body(job.task));
  }
  return text;
}

Result<Landings::Plan> Landings::plan(const Job& job) const {
  Plan planned;
  MASC_TRY(const auto from, git::branch_tip(claims_.repository(), claims_.git(), job.base));
  if (!from) {
    return fail(
        error(ErrorCode::kNotFound, "there is no branch {} to land into", printable(job.base))
            .fact("base", job.base));
  }
  MASC_TRY(const auto tip, git::branch_tip(claims_.repository(), claims_.git(), job.branch));
  if (!tip) return fail(branch_gone(job.facts()));
  planned.mark = {*from, "", *tip, job.keep};
  if (job.ground) {
    MASC_CHECK(check_ground(claims_.git(), *job.ground, job.task, {*tip, *from},
                            job.options.leave_changes));
  }
  git::Combining wanted{job.strategy, *from, *tip, {}};
  MASC_TRY(wanted.text, text_of(job));
  MASC_TRY(auto combined, git::combine(claims_.repository(), claims_.git(), wanted));
  return judge(job, std::move(planned), combined);
}

// Whether the base has the branch because somebody merged it by hand, or a git that outlived its
// masc did, and not because nothing was ever committed.
Result<bool> Landings::was_merged(const Job& job, const std::string& tip) const {
  const auto& result = job.task.result;
  if (!job.task.claim) return result && result->commit == tip;
  if (result && result->landed && result->commit == tip) return false;  // `land --keep`
  MASC_TRY(const auto steps, tasks_.history(job.task));
  for (const model::Step& step : steps) {
    const auto mark = parse_mark(step.task.landing);
    if (mark && mark->tip == tip) return true;
  }
  const std::string& start = job.task.claim->base_commit;
  if (start.empty()) return false;
  MASC_TRY(const std::string own,
           claims_.git().output({"rev-list", "-1", "--grep",
                                 fmt::format("^Masc-Task: {}$", job.task.id.str()), tip,
                                 "^" + start, "--"}));
  return !own.empty();
}

Result<Landings::Plan> Landings::judge(const Job& job, Plan planned,
                                       const Combined& combined) const {
  planned.commits = combined.commits;
  planned.mark.to = combined.commit;
  planned.rewritten = combined.rewritten;
  switch (combined.outcome) {
    case Combined::Outcome::kReady: return planned;
    case Combined::Outcome::kNothing: {
      MASC_TRY(const bool merged, was_merged(job, planned.mark.tip));
      if (!merged) break;
      planned.moves = false;
      planned.mark.to = planned.mark.tip;
      return planned;
    }
    case Combined::Outcome::kContained:
      planned.moves = false;
      planned.mark.to = planned.mark.from;
      return planned;
    case Combined::Outcome::kDiverged: return fail(diverged_error(job.facts()));
    case Combined::Outcome::kMerges: return fail(merges_error(job.facts()));
    case Combined::Outcome::kConflict: {
      MASC_TRY(const auto conflicts, git::name_conflicts(claims_.git(), planned.mark.from,
                                                         planned.mark.tip, combined.conflicts));
      return fail(conflict_error(job.facts(), conflicts, combined.culprit));
    }
  }
  return fail(nothing_to_land(job.facts()));
}

// nullopt: the base or the branch moved meanwhile.
Result<std::optional<Landed>> Landings::carry_out(Job& job, const Plan& planned) {
  const LandingMark& mark = planned.mark;
  if (planned.moves) {
    MASC_CHECK(check_locks(job, mark));
    MASC_CHECK(check_takebacks(job, mark));
  }
  auto passed = planned.moves ? run_checks(job, mark.to) : Result<void>{};
  if (!passed) {
    // The trail is an extra: what counts is the check's own error.
    if (passed.error().code == ErrorCode::kCheckFailed)
      static_cast<void>(trails(job).check_failed(job.before, mark.from, mark.tip));
    return fail(std::move(passed).error());
  }
  // The checks may have taken long.
  if (planned.moves && !job.checks.empty()) MASC_CHECK(check_locks(job, mark));
  MASC_CHECK(keep_rest(job));
  MASC_CHECK(set_mark(job, mark));
  if (job.options.before_move) job.options.before_move();
  MASC_TRY(const auto tip, git::branch_tip(claims_.repository(), claims_.git(), job.branch));
  if (tip != mark.tip) return std::nullopt;
  if (planned.moves) {
    const git::Advance move{job.base, mark.from, mark.to,
                            fmt::format("masc: land {}", job.task.id.str())};
    MASC_TRY(const git::Advanced moved,
             git::advance_branch(claims_.repository(), claims_.git(), move));
    if (moved == git::Advanced::kMeanwhile) return std::nullopt;
  }
  job.rewritten = planned.rewritten;
  return complete(job, mark, planned.commits);
}

Result<Landed> Landings::rehearse(Job& job) const {
  if (!job.task.landing.empty()) {
    MASC_TRY(const LandingMark mark, parse_mark(job.task.landing));
    MASC_TRY(const bool there, in_base(job, mark));
    if (there) return Landed{Landed::How::kWould, job.task, job.base, mark.to, 0, {}};
  }
  MASC_CHECK(look(job));
  MASC_TRY(const Plan planned, plan(job));
  if (planned.moves) {
    MASC_CHECK(check_locks(job, planned.mark));
    MASC_CHECK(check_takebacks(job, planned.mark));
    MASC_CHECK(git::try_advance(claims_.repository(), claims_.git(),
                                {job.base, planned.mark.from, planned.mark.to, ""}));
  }
  Landed landed{Landed::How::kWould, job.task, job.base, planned.mark.to, planned.commits, {}};
  landed.remarks = job.remarks;
  for (const std::string& check : job.checks) {
    landed.remarks.push_back("would run the check: " + printable(first_line(check)));
  }
  return landed;
}

// What is uncommitted there is kept before anything moves: if that fails, nothing has happened.
Result<void> Landings::keep_rest(Job& job) {
  if (!job.ground || job.ground->clean() || job.kept) return {};
  if (!job.ground->untracked.empty()) {
    job.remarks.push_back(
        fmt::format("not landed, since untracked: {}", git::path_list(job.ground->untracked)));
  }
  if (job.keep) return {};
  MASC_TRY(job.kept, claims_.keep_work(job.before, "landed", job.clock.now()));
  const auto& remarks = job.kept->remarks;
  job.remarks.insert(job.remarks.end(), remarks.begin(), remarks.end());
  return {};
}

Result<void> Landings::run_checks(Job& job, const std::string& commit) const {
  if (job.checks.empty() || job.checked == commit) return {};
  CheckRun run;
  run.commit = commit;
  run.environment = job.options.environment;
  run.task = job.task.id.str();
  run.agent = job.actor.agent;
  run.limit = claims_.policy().land.timeout;
  run.log = fmt::format("{}/cache/check/{}.log", workspace_.masc_dir(), run.task);
  MASC_CHECK(remove_file(run.log));
  for (const std::string& command : job.checks) {
    run.command = command;
    auto ran = run_check(claims_.repository(), claims_.git(), run);
    job.check = fmt::format("{} {} {}", outcome_word(ran), commit, first_line(command));
    job.check_log = read_tail(run.log, kMostOutput).value_or("");
    if (ran) continue;
    keep_failure(job);
    return ran;
  }
  job.checked = commit;
  return {};
}

TrailEvents Landings::trails(const Job& job) const {
  return {workspace_, claims_.policy(), claims_.git(), job.clock.now()};
}

// On record for whoever is to mend it; the landing's own failure is what its caller must hear of.
void Landings::keep_failure(const Job& job) const {
  static_cast<void>(
      tasks_.change(job.task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
        if (fresh.generation != job.task.generation) return std::nullopt;
        Draft draft = job.draft(fresh, "task_edited",
                                fmt::format("check of {}: {}", fresh.id.str(), job.check));
        draft.task.check = job.check;
        draft.check_log = job.check_log;
        return draft;
      }));
}

Result<void> Landings::set_mark(Job& job, const LandingMark& mark) {
  const std::string text =
      fmt::format("landing {}: {}..{}", job.task.id.str(), short_id(mark.from), short_id(mark.to));
  MASC_TRY(job.task,
           tasks_.change(job.task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
             MASC_CHECK(may_land(workspace_, fresh, job.actor, job.clock.now()));
             if (fresh.generation != job.task.generation || fresh.status != job.task.status) {
               return fail(ErrorCode::kConflict, "{} changed meanwhile", fresh.id.str());
             }
             Draft draft = job.draft(fresh, "task_edited", text);
             draft.task.landing = format_mark(mark);
             if (!job.check.empty()) draft.task.check = job.check;
             draft.check_log = job.check_log;
             return draft;
           }));
  job.mark = mark;
  return {};
}

}  // namespace masc::store
