// What a landing must pass besides its check: its turn, and the locks of others.
#include <algorithm>

#include "base/text.h"
#include "git/path_list.h"
#include "store/landing_job.h"
#include "store/locks.h"
#include "store/queue.h"
#include "store/takebacks.h"

namespace masc::store {
namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::chrono::seconds kPatience{60};
constexpr std::size_t kMostLines = 5;  // shown of what is taken back

// One component of a path; long names by their hash.
std::string escape_branch(const std::string& branch) {
  std::string name;
  for (const char c : branch) {
    if (c == '/' || c == '%') {
      name += fmt::format("%{:02X}", static_cast<unsigned>(c));
    } else {
      name += c;
    }
  }
  return name.size() <= kLongestName ? name : git::StateRepo::blob_id(branch).hex();
}

Error somebody_else(const std::string& base, const std::vector<Queue::Waiting>& waiting) {
  const std::string who =
      waiting.empty() ? "somebody else" : std::string(first_line(waiting.front().note));
  return error(ErrorCode::kBusy, "{} lands into {}", printable(who), printable(base))
      .hint("repeat the command in a moment")
      .fact("base", base);
}

}  // namespace

bool is_landing(const git::Repository& repository, const std::string& base) {
  return FileLock::is_held(
      fmt::format("{}/flock/land.{}", repository.masc_dir(), escape_branch(base)));
}

// First come, first served: the queue decides who tries next, the flock who lands.
Result<Landings::Turn> Landings::lock_base(const std::string& base, std::string_view who,
                                           Duration patience) const {
  const std::string name = escape_branch(base);
  const std::string flocks = workspace_.masc_dir() + "/flock";
  if (!is_directory(flocks)) MASC_CHECK(make_directories(flocks));
  const Queue queue(fmt::format("{}/live/queue/land.{}", workspace_.masc_dir(), name));
  const auto start = std::chrono::steady_clock::now();
  MASC_TRY(Queue::Ticket ticket, queue.enter(who));
  if (auto turn = queue.wait_for_turn(ticket, patience); !turn) {
    if (turn.error().code != ErrorCode::kBusy) return fail(std::move(turn).error());
    return fail(somebody_else(base, queue.before(&ticket).value_or(std::vector<Queue::Waiting>{})));
  }
  const auto gone = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start);
  auto lock = FileLock::acquire(fmt::format("{}/land.{}", flocks, name),
                                std::max(patience - gone, Duration{1}));
  if (lock) return Turn{std::move(ticket), std::move(*lock)};
  if (lock.error().code != ErrorCode::kBusy) return fail(std::move(lock).error());
  return fail(somebody_else(base, {}));
}

// A check may take as long as the policy lets it, and it may be others' turn first.
Duration Landings::patience() const { return claims_.policy().land.timeout + kPatience; }

Result<void> Landings::check_locks(Job& job, const LandingMark& mark) const {
  const model::Strictness strictness = claims_.policy().guard.locks;
  if (strictness == model::Strictness::kOff) return {};
  const LockStore locks(workspace_, tasks_);
  const std::string& agent = job.before.claim ? job.before.claim->agent : job.actor.agent;
  MASC_TRY(const bool any, locks.others_hold(agent));
  if (!any) return {};
  MASC_TRY(const std::string listed,
           claims_.git().output({"diff-tree", "-r", "-z", "--name-only", "--no-renames",
                                 "--ignore-submodules=none", mark.from, mark.to, "--"}));
  std::vector<std::string> paths;
  for (std::string_view rest(listed); !rest.empty();) paths.emplace_back(take_until(rest, '\0'));
  MASC_TRY(auto touched, locks.touched(paths, agent, job.clock.now()));
  std::erase_if(touched, [&](const LockStore::Touched& one) {
    return one.held.lock.agent == job.actor.agent;
  });
  if (touched.empty()) return {};
  std::vector<HeldLock> held;
  std::vector<std::string> files;
  for (const auto& [lock, file] : touched) {
    held.push_back(lock);
    files.push_back(file);
  }
  Error made = locked_error(held, job.clock.now());
  const bool said = files.size() == 1 && files.front() == held.front().lock.paths.text();
  const std::string what = fmt::format(
      "the landing changes {}: {}", said ? "what is locked" : git::path_list(files), made.message);
  if (strictness == model::Strictness::kWarn) {
    if (std::find(job.remarks.begin(), job.remarks.end(), what) == job.remarks.end())
      job.remarks.push_back(what);
    return {};
  }
  made.message = what;
  made.hints = {"masc locks   (who holds what)",
                fmt::format("masc land {}   (again, when they are free)", job.task.id.str())};
  return fail(std::move(made).fact_json("paths", git::path_list_json(files)));
}

// Lines that others landed since the work began are not undone without a word.
Result<void> Landings::check_takebacks(Job& job, const LandingMark& mark) const {
  const model::Strictness strictness = claims_.policy().land.takeback;
  if (strictness == model::Strictness::kOff || job.options.allow_takeback) return {};
  MASC_TRY(const std::string begin, work_began(tasks_, job.task));
  MASC_TRY(const auto found,
           find_takebacks(claims_.git(), {begin, mark.from, mark.to, mark.tip, job.task.id.str()}));
  if (found.empty()) return {};
  const std::string what =
      fmt::format("{} would take back {} of {} since its work began: {}", job.task.id.str(),
                  found.size() == 1 ? "a line" : fmt::format("{} lines", found.size()),
                  printable(job.base), describe_takebacks(found));
  if (strictness == model::Strictness::kWarn) {
    if (std::find(job.remarks.begin(), job.remarks.end(), what) == job.remarks.end())
      job.remarks.push_back(what);
    return {};
  }
  Error made = error(ErrorCode::kRefused, "{}", what);
  for (std::size_t i = 0; i < std::min(found.size(), kMostLines); ++i) {
    const model::TakenBack& one = found[i].what;
    made.hints.push_back(fmt::format("{}:{} {} {}", printable(one.path), one.line,
                                     one.returns ? "returns:" : "goes:", printable(one.text)));
  }
  if (!job.facts().worktree.empty())
    made =
        std::move(made).hint(fmt::format("git -C {} diff {}   (bring the lines back, and commit)",
                                         shell_quote(job.facts().worktree), shell_quote(job.base)));
  return fail(std::move(made)
                  .hint(fmt::format("masc land {} --allow-takeback   (if it is meant; or say so in "
                                    "a commit: Revert …)",
                                    job.task.id.str()))
                  .fact_json("takebacks", takebacks_json(found)));
}

}  // namespace masc::store
