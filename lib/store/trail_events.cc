#include "store/trail_events.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "store/seen_commits.h"
#include "store/trails.h"

namespace masc::store {
namespace {

using model::Deposit;
using model::TrailKind;

constexpr std::size_t kMostPaths = 100;
constexpr double kReleased = 0.5;

std::vector<std::string> without_twins(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

// A task's paths that are no patterns.
std::vector<std::string> plain_paths(const model::Task& task) {
  std::vector<std::string> plain;
  for (const std::string& path : task.paths) {
    if (path.find_first_of("*?[\\") != path.npos) continue;
    std::string_view text = path;
    while (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
    plain.emplace_back(text);
  }
  return plain;
}

}  // namespace

Result<std::vector<std::string>> changed_paths(const git::Git& git,
                                               const std::vector<std::string>& what) {
  std::vector<std::string> args = {"diff-tree",   "-r",           "-z",
                                   "--name-only", "--no-renames", "--no-commit-id"};
  args.insert(args.end(), what.begin(), what.end());
  args.push_back("--");
  MASC_TRY(const git::Finished shown, git.run(args));
  if (!shown.ok()) return fail(git::git_error(shown, "cannot tell what changed"));
  std::vector<std::string> paths;
  for (const std::string_view path : split(shown.out, '\0')) {
    if (!path.empty() && is_utf8(path)) paths.emplace_back(path);
  }
  return paths;
}

std::vector<std::string> few_paths(std::vector<std::string> paths) {
  paths = without_twins(std::move(paths));
  while (paths.size() > kMostPaths) {
    for (std::string& path : paths) path = std::string(dir_name(path));
    paths = without_twins(std::move(paths));
  }
  return paths;
}

Result<void> TrailEvents::leave(const model::TaskId& task, const std::string& agent, TrailKind kind,
                                double strength, const std::string& commit,
                                std::vector<std::string> paths, std::vector<Deposit> deposits) {
  for (std::string& path : few_paths(std::move(paths))) {
    Deposit deposit;
    deposit.at = now_;
    deposit.agent = agent;
    deposit.kind = kind;
    deposit.strength = strength;
    deposit.task = task;
    deposit.path = std::move(path);
    deposits.push_back(std::move(deposit));
  }
  return Trails(workspace_, policy_).deposit(commit, std::move(deposits), agent, now_);
}

// For each label.
std::vector<Deposit> TrailEvents::record(const model::Task& before, TrailKind kind,
                                         double strength) const {
  std::vector<Deposit> deposits;
  for (const std::string& label : before.labels) {
    Deposit& deposit = deposits.emplace_back();
    deposit.at = now_;
    deposit.agent = before.claim->agent;
    deposit.task = before.id;
    deposit.kind = kind;
    deposit.strength = strength;
    deposit.path = label;
  }
  return deposits;
}

std::vector<Deposit> TrailEvents::times(const model::Task& before) const {
  const Duration took = now_ - before.claim->granted;
  return record(before, TrailKind::kTook,
                std::log(std::max(1.0, static_cast<double>(took.count()) / 1000)));
}

Result<void> TrailEvents::landed(const model::Task& before, const std::string& from,
                                 const std::string& to,
                                 const std::vector<std::pair<std::string, std::string>>& rewritten,
                                 bool over) {
  if (!before.claim) return {};
  const std::string& agent = before.claim->agent;
  MASC_TRY(auto paths, changed_paths(git_, {from, to}));
  std::vector<Deposit> deposits;
  for (std::string& path : few_paths(std::move(paths))) {
    Deposit& deposit = deposits.emplace_back();
    deposit.at = now_;
    deposit.agent = agent;
    deposit.task = before.id;
    deposit.path = std::move(path);
  }
  if (over) {
    const auto times = this->times(before);
    deposits.insert(deposits.end(), times.begin(), times.end());
  }
  // What is still to be told of the branch's commits follows them into the base as well.
  MASC_CHECK(settle_commits(workspace_, policy_, git_, now_));
  Trails trails(workspace_, policy_);
  MASC_CHECK(trails.deposit(to, std::move(deposits), agent, now_));
  return trails.follow(rewritten, agent, now_);
}

Result<void> TrailEvents::done(const model::Task& before) {
  const std::string& commit = before.claim->base_commit;
  if (commit.empty()) return {};
  return Trails(workspace_, policy_).deposit(commit, times(before), before.claim->agent, now_);
}

Result<void> TrailEvents::check_failed(const model::Task& task, const std::string& base,
                                       const std::string& tip) {
  if (!task.claim) return {};
  MASC_TRY(auto paths, changed_paths(git_, {"--merge-base", base, tip}));
  return leave(task.id, task.claim->agent, TrailKind::kHazard, 1, tip, std::move(paths),
               record(task, TrailKind::kBroke, 1));
}

Result<void> TrailEvents::gave_up(const model::Task& before, const std::string& tip,
                                  double strength) {
  if (!before.claim) return {};
  std::vector<std::string> paths = plain_paths(before);
  const std::string& base = before.claim->base_commit;
  if (!tip.empty() && !base.empty() && tip != base) {
    MASC_TRY(const auto changed, changed_paths(git_, {"--merge-base", base, tip}));
    paths.insert(paths.end(), changed.begin(), changed.end());
  }
  const std::string& commit = tip.empty() ? base : tip;
  if (commit.empty()) return {};
  return leave(before.id, before.claim->agent, TrailKind::kHazard, strength, commit,
               std::move(paths));
}

Result<void> TrailEvents::taken_over(const model::Task& before, const std::string& tip) {
  return gave_up(before, tip, 1);
}

Result<void> TrailEvents::released(const model::Task& before, const std::string& tip) {
  return gave_up(before, tip, kReleased);
}

Result<void> TrailEvents::committed(const model::TaskId& task, const std::string& agent,
                                    const std::string& commit, std::vector<std::string> changed) {
  return leave(task, agent, TrailKind::kExplored, 1, commit, std::move(changed));
}

}  // namespace masc::store
