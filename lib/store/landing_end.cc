// How a landing ends, and how one that was killed is ended.
#include <algorithm>

#include "base/text.h"
#include "git/refs.h"
#include "store/landing_job.h"

namespace masc::store {
namespace {

using model::Actor;
using model::Status;
using model::Task;
using model::TaskId;

constexpr std::chrono::seconds kFinishPatience{10};

class FixedClock final : public Clock {
 public:
  explicit FixedClock(Instant now) : now_(now) {}
  Instant now() const override { return now_; }

 private:
  Instant now_;
};

bool is_id(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == text.npos;
}

// Once the base has moved nothing is an error any more, only something to know.
void note(std::vector<std::string>& remarks, const Result<void>& done) {
  if (!done) remarks.push_back(done.error().message);
}
void note(std::vector<std::string>& remarks, const Result<std::optional<std::string>>& done) {
  if (!done) {
    remarks.push_back(done.error().message);
  } else if (*done) {
    remarks.push_back(**done);
  }
}
void note(std::vector<std::string>& remarks, const Result<std::vector<std::string>>& done) {
  if (!done) {
    remarks.push_back(done.error().message);
  } else {
    remarks.insert(remarks.end(), done->begin(), done->end());
  }
}

std::string landed_text(const Task& task, const std::string& base, const std::string& commit,
                        std::size_t commits) {
  const std::string_view unit = commits == 1 ? "commit" : "commits";
  return fmt::format("land {}: {} {} onto {} as {}", task.id.str(), commits, unit, base,
                     commit.substr(0, 7));
}

}  // namespace

std::string format_mark(const LandingMark& mark) {
  return fmt::format("{} {} {}{}", mark.from, mark.to, mark.tip, mark.keep ? " keep" : "");
}

Result<LandingMark> parse_mark(std::string_view text) {
  const std::string_view whole = text;
  LandingMark mark;
  mark.from = std::string(take_until(text, ' '));
  mark.to = std::string(take_until(text, ' '));
  mark.tip = std::string(take_until(text, ' '));
  mark.keep = text == "keep";
  if (mark.tip.empty()) mark.tip = mark.to;
  if (is_id(mark.from) && is_id(mark.to) && is_id(mark.tip)) return mark;
  return fail(ErrorCode::kFormat, "'{}' is no landing (Masc-Landing)", printable(whole));
}

Result<void> Landings::drop_mark(Job& job, std::string_view why) {
  if (!job.mark) return {};
  const std::string text =
      fmt::format("landing {} given up: {}", job.task.id.str(), first_line(why));
  MASC_TRY(job.task,
           tasks_.change(job.task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
             if (fresh.landing != format_mark(*job.mark)) return std::nullopt;
             Draft draft = job.draft(fresh, "task_edited", text);
             draft.task.landing.clear();
             return draft;
           }));
  job.mark.reset();
  return {};
}

// The base has moved, so the task landed, even if somebody took it or gave it up meanwhile; then it
// stays what it is now.
Result<Landed> Landings::complete(Job& job, const LandingMark& mark, std::size_t commits) {
  bool own = true;
  MASC_TRY(const Task after,
           tasks_.change(job.task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
             own = fresh.status == job.task.status && fresh.generation == job.task.generation;
             if (is_landed(fresh) && fresh.result->commit == mark.to) return std::nullopt;
             Draft draft =
                 job.draft(fresh, "task_landed", landed_text(fresh, job.base, mark.to, commits));
             draft.task.result = outcome_of(job, mark);
             draft.task.landing.clear();
             if (!own || job.keep) return draft;
             draft.task.keep = job.kept ? job.kept->keep : fresh.claim ? "" : fresh.keep;
             model::end_claim(draft.task, Status::kDone);
             return draft;
           }));
  Landed landed{Landed::How::kLanded, after, job.base, mark.to, commits, {}};
  if (own && mark.from != mark.to)
    note(job.remarks, trails(job).landed(job.before, mark.from, mark.to, job.rewritten, !job.keep));
  if (own) {
    if (!job.keep) claims_.drop_locks(job.before, job.actor, job.clock.now());
    tidy_up(job, mark);
    if (!job.keep) note(job.remarks, tasks_.finished(after.id, job.actor.agent, job.clock.now()));
  } else if (!is_landed(after)) {
    job.remarks.push_back(fmt::format("{} changed hands meanwhile; it is {}", after.id.str(),
                                      model::status_name(after.status)));
  }
  landed.remarks = job.remarks;
  return landed;
}

model::Outcome Landings::outcome_of(const Job& job, const LandingMark& mark) {
  model::Outcome outcome = job.task.result.value_or(model::Outcome{});
  if (job.before.claim) {
    outcome.agent = job.before.claim->agent;
    outcome.generation = job.before.claim->generation;
  }
  outcome.branch = job.branch;
  outcome.commit = mark.to;
  outcome.landed = true;
  return outcome;
}

// Branch and worktree follow.
void Landings::tidy_up(Job& job, const LandingMark& mark) {
  const git::Repository& repository = claims_.repository();
  const git::Git& git = claims_.git();
  const Arrival arrival{job.branch, mark.tip, mark.to};
  if (job.keep) {
    note(job.remarks, move_ground(repository, git, job.ground, arrival));
    return;
  }
  if (job.ground) note(job.remarks, leave_ground(repository, git, *job.ground, arrival));
  note(job.remarks, drop_branch(repository, git, arrival));
  if (job.ground) note(job.remarks, claims_.retire_worktree(job.before, job.clock.now()));
}

// Landed before: what a kill or a process in the worktree left is tidied up.
Result<Landed> Landings::already(Job& job) {
  const std::string commit = job.task.result->commit;
  Landed landed{Landed::How::kAlready, job.task, job.base, commit, 0, {}};
  MASC_TRY(const auto steps, tasks_.history(job.task));
  LandingMark mark{"", commit, commit, false};
  for (const model::Step& step : steps) {
    const auto old = parse_mark(step.task.landing);
    if (!old || old->to != commit) continue;
    mark = *old;
    break;
  }
  if (job.options.dry_run) return landed;
  MASC_CHECK(look(job));
  tidy_up(job, mark);
  landed.remarks = job.remarks;
  return landed;
}

Result<std::optional<Landed>> Landings::finish(const TaskId& id, const Actor& actor, Instant now) {
  const FixedClock clock(now);
  const LandOptions options;
  Job job(actor, options, clock);
  MASC_TRY(job.task, tasks_.load(id));
  if (job.task.landing.empty()) return std::nullopt;
  MASC_CHECK(find_claim(job));
  MASC_TRY(job.mark, parse_mark(job.task.landing));
  job.keep = job.mark->keep && job.task.claim;
  MASC_TRY(auto landed, resume(job));
  if (landed) return landed;
  // A landing that is under way has the lock until its base has moved or its mark is gone.
  MASC_TRY(const Turn turn, lock_base(job.base, id.str() + " of " + actor.agent, kFinishPatience));
  MASC_TRY(job.task, tasks_.load(id));
  if (job.task.landing.empty()) return std::nullopt;
  MASC_TRY(landed, resume(job));
  if (!landed) MASC_CHECK(drop_mark(job, "the base never moved"));
  return landed;
}

}  // namespace masc::store
