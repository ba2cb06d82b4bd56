// Landing: a claim's branch comes into its base, and the task ends in `done`.
//
// The order is what makes a kill harmless: the task says first what the base will become
// (Masc-Landing), then the base moves, then the task says that it landed, then branch and worktree
// follow. Each step can be repeated; what is missing is done by the next `land`, or by whoever
// calls Landings::finish().
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/time.h"
#include "git/process.h"
#include "git/replay.h"
#include "model/rules.h"
#include "model/task.h"
#include "store/claims.h"
#include "store/queue.h"
#include "store/tasks.h"
#include "store/trail_events.h"
#include "store/workspace.h"

namespace masc::store {

// Task::landing, "<old> <new> <tip>[ keep]": a landing that began. Full commit ids.
struct LandingMark {
  std::string from;   // the base's tip before
  std::string to;     // and after
  std::string tip;    // of the task's branch; `to` where it is missing
  bool keep = false;  // the claim is to stay
  bool operator==(const LandingMark&) const = default;
};
std::string format_mark(const LandingMark& mark);
Result<LandingMark> parse_mark(std::string_view text);  // kFormat

struct LandOptions {
  std::optional<git::Strategy> strategy;  // the policy's if unsaid
  std::string check;                      // asked for on the command line; "" = none
  bool commands = false;                  // git config masc.commands
  bool keep = false;                      // the claim stays
  bool leave_changes = false;             // land although tracked files are changed
  bool allow_takeback = false;            // land although it undoes what others landed
  bool dry_run = false;
  git::Environment environment;       // of the check
  std::function<void()> before_move;  // for tests: called when all but the move is done
};

struct Landed {
  enum class How { kLanded, kAlready, kWould };
  How how = How::kLanded;
  model::Task task;
  std::string base;         // branch
  std::string commit;       // what the base became
  std::size_t commits = 0;  // that came in; 0: the base had all of it already
  std::vector<std::string> remarks;
};

// Whether somebody lands into that branch at this moment.
bool is_landing(const git::Repository& repository, const std::string& base);

class Landings {
 public:
  Landings(Workspace& workspace, TaskStore& tasks, Claims& claims)
      : workspace_(workspace), tasks_(tasks), claims_(claims) {}

  // Lands the claim of `id`, or a done task's branch; finishes what was killed; repeated on what is
  // landed already it tidies up. kSuperseded, kHeld, kNoClaim; kRefused by the policy;
  // kCommandsOff; kCheckFailed, kTimedOut (facts `output`, `path`); kUncommitted (`path`, `paths`);
  // kNothingToLand; kConflict (`conflicts`); kLocked (`paths`); kRefused
  // (`takebacks`); kBaseDirty (`path`, `paths`);
  // kBusy. On an error the base has not moved.
  Result<Landed> land(const model::TaskId& id, const model::Actor& actor,
                      const LandOptions& options, const Clock& clock);

  // For whoever meets Task::landing (claim, done, release …): if the base holds the landing, the
  // task is marked as landed and its worktree follows; else the mark goes and the answer is
  // nullopt. Whether the actor may act on the task is not asked: the landing was its holder's.
  // kBusy while somebody lands into that base.
  Result<std::optional<Landed>> finish(const model::TaskId& id, const model::Actor& actor,
                                       Instant now);

 private:
  struct Job;
  struct Plan;
  Result<void> find_claim(Job& job) const;
  Result<void> look(Job& job) const;
  Result<void> check_policy(Job& job) const;
  // The base is this process's to move while both are held.
  struct Turn {
    Queue::Ticket ticket;
    FileLock lock;
  };
  Result<Turn> lock_base(const std::string& base, std::string_view who, Duration patience) const;
  Duration patience() const;
  Result<void> check_locks(Job& job, const LandingMark& mark) const;
  Result<void> check_takebacks(Job& job, const LandingMark& mark) const;
  Result<Landed> land_locked(Job& job);
  Result<std::optional<Landed>> try_once(Job& job);
  Result<Landed> try_often(Job& job);
  Result<std::optional<Landed>> resume(Job& job);
  Result<git::CommitText> text_of(const Job& job) const;
  Result<Plan> plan(const Job& job) const;
  Result<bool> was_merged(const Job& job, const std::string& tip) const;
  Result<Plan> judge(const Job& job, Plan plan, const git::Combined& combined) const;
  Result<std::optional<Landed>> carry_out(Job& job, const Plan& plan);
  Result<Landed> rehearse(Job& job) const;
  Result<bool> in_base(const Job& job, const LandingMark& mark) const;
  Result<std::size_t> count(const LandingMark& mark) const;
  Result<void> keep_rest(Job& job);
  Result<void> run_checks(Job& job, const std::string& commit) const;
  void keep_failure(const Job& job) const;
  Result<void> set_mark(Job& job, const LandingMark& mark);
  Result<void> drop_mark(Job& job, std::string_view why);
  Result<Landed> complete(Job& job, const LandingMark& mark, std::size_t commits);
  TrailEvents trails(const Job& job) const;
  static model::Outcome outcome_of(const Job& job, const LandingMark& mark);
  void tidy_up(Job& job, const LandingMark& mark);
  Result<Landed> already(Job& job);

  Workspace& workspace_;
  TaskStore& tasks_;
  Claims& claims_;
};

}  // namespace masc::store
