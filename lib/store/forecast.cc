#include "store/forecast.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/system.h"
#include "base/text.h"
#include "git/merge.h"
#include "git/patch.h"
#include "git/refs.h"
#include "model/forecast_order.h"
#include "store/landing_ground.h"
#include "store/takebacks.h"

namespace masc::store {
namespace {

using model::Task;
using model::TaskId;
using Kind = ForecastPair::Kind;

struct Candidate {
  Task task;
  std::string base;    // branch
  std::string ground;  // its tip
  std::string tip;     // of the branch, or of a commit that holds what is not committed as well
  std::string begin;
  std::set<std::string> paths;  // that landing it changes
  std::set<std::string> gone;   // folders from which it deletes something
  std::set<std::string> own;    // commits that the base lacks
  std::string landed;           // the base with it; "" where that is in conflict
};

// Objects that are written here are nobody's.
class ScratchObjects {
 public:
  explicit ScratchObjects(const git::Repository& repository)
      : folder_(fmt::format("{}/cache/forecast.{}.{:08x}", repository.masc_dir(), getpid(),
                            random_bits() & 0xFFFFFFFFU)),
        objects_(repository.common_dir + "/objects") {}
  ~ScratchObjects() { static_cast<void>(remove_tree(folder_)); }
  ScratchObjects(const ScratchObjects&) = delete;
  ScratchObjects& operator=(const ScratchObjects&) = delete;

  Result<git::Git> bind(const git::Git& git) const {
    MASC_CHECK(make_directories(folder_ + "/objects"));
    // Where the path has a ':' or a quote in it, git wants it quoted (git(1)).
    std::string quoted = "\"";
    for (const char c : objects_) quoted += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
    return git.with_variable("GIT_OBJECT_DIRECTORY", folder_ + "/objects")
        .with_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted + "\"");
  }
  const std::string& folder() const noexcept { return folder_; }

 private:
  std::string folder_;
  std::string objects_;
};

class Forecaster {
 public:
  Forecaster(const git::Repository& repository, const git::Git& git, const TaskStore& tasks)
      : repository_(repository), tasks_(tasks), scratch_(repository), plain_(git), git_(git) {}

  Result<Forecast> run(const std::optional<TaskId>& only);

 private:
  Result<void> gather();
  Result<std::optional<Candidate>> look_at(const Task& task);
  Result<std::string> with_uncommitted(const Task& task, const std::string& tip);
  Result<void> find_paths(Candidate& one) const;
  Result<void> land_alone(Candidate& one, git::Merger& merger);
  Result<void> compare(const Candidate& a, const Candidate& b, git::Merger& merger);
  Result<bool> takes_back(const Candidate& first, const Candidate& second, const std::string& tree);
  Result<std::string> commit(const std::string& tree, const std::string& first,
                             const std::string& second) const;
  void put(const Candidate& a, std::string b, Kind kind, std::vector<std::string> paths);

  const git::Repository& repository_;
  const TaskStore& tasks_;
  ScratchObjects scratch_;
  const git::Git& plain_;
  git::Git git_;  // writes to scratch_
  std::vector<Candidate> candidates_;
  Forecast forecast_;
};

Result<std::string> Forecaster::commit(const std::string& tree, const std::string& first,
                                       const std::string& second) const {
  std::vector<std::string> args = {"commit-tree", tree, "-p", first};
  if (!second.empty()) args.insert(args.end(), {"-p", second});
  args.insert(args.end(), {"-m", "masc: forecast"});
  git::Git git = git_;
  for (const char* who : {"GIT_AUTHOR", "GIT_COMMITTER"}) {
    git = git.with_variable(fmt::format("{}_NAME", who), "masc")
              .with_variable(fmt::format("{}_EMAIL", who), "masc@masc");
  }
  return git.output(std::move(args));
}

// A commit of what is in the claim's worktree now, made from a copy of its index.
Result<std::string> Forecaster::with_uncommitted(const Task& task, const std::string& tip) {
  MASC_TRY(const auto ground, look_at_ground(repository_, plain_, task));
  if (!ground || ground->clean()) return tip;
  const std::string index = scratch_.folder() + "/index." + task.id.str();
  MASC_TRY(const auto bytes, read_file_if_any(ground->worktree.git_dir + "/index"));
  if (bytes) MASC_CHECK(write_file(index, *bytes));
  const git::Git there = git_.in(ground->worktree.path)
                             .with_variable("GIT_INDEX_FILE", index)
                             .with_config("core.fsmonitor=false")
                             .with_config("core.splitIndex=false");
  MASC_CHECK(there.output({"add", "--all", "--ignore-errors", "."}));
  MASC_TRY(const std::string tree, there.output({"write-tree"}));
  return commit(tree, ground->status.head.empty() ? tip : ground->status.head, "");
}

Result<std::optional<Candidate>> Forecaster::look_at(const Task& task) {
  Candidate one;
  one.task = task;
  one.base = task.claim->base;
  MASC_TRY(const auto tip, git::branch_tip(repository_, plain_, task.claim->branch));
  MASC_TRY(const auto ground, git::branch_tip(repository_, plain_, one.base));
  if (!tip || !ground) return std::nullopt;
  one.ground = *ground;
  one.tip = *tip;
  auto whole = with_uncommitted(task, *tip);
  if (whole) {
    one.tip = *whole;
  } else {
    forecast_.remarks.push_back(
        fmt::format("{}: without what is not committed: {}", task.id.str(), whole.error().message));
  }
  if (one.tip == one.ground) return std::nullopt;
  MASC_TRY(one.begin, work_began(tasks_, task));
  MASC_CHECK(find_paths(one));
  if (one.paths.empty() && one.own.empty()) return std::nullopt;
  return one;
}

Result<void> Forecaster::find_paths(Candidate& one) const {
  MASC_TRY(const std::string begin, git_.output({"merge-base", one.ground, one.tip}));
  MASC_TRY(const auto changed, git::changed_paths(git_, begin, one.tip, false));
  for (const git::ChangedPath& path : changed) {
    one.paths.insert(path.old_path.empty() ? path.new_path : path.old_path);
    if (path.new_path.empty()) one.gone.insert(std::string(dir_name(path.old_path)));
  }
  MASC_TRY(const std::string own, git_.output({"rev-list", one.tip, "^" + one.ground, "--"}));
  for (const std::string_view id : split_lines(own)) one.own.emplace(id);
  return {};
}

Result<void> Forecaster::gather() {
  MASC_TRY(const auto all, tasks_.unfolded());
  for (const Task& task : all) {
    if (!task.claim || task.claim->branch.empty()) continue;
    MASC_TRY(auto one, look_at(task));
    if (one) candidates_.push_back(std::move(*one));
  }
  std::stable_sort(candidates_.begin(), candidates_.end(),
                   [](const Candidate& a, const Candidate& b) {
                     return a.task.claim->granted < b.task.claim->granted;
                   });
  return {};
}

void Forecaster::put(const Candidate& a, std::string b, Kind kind, std::vector<std::string> paths) {
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  forecast_.pairs.push_back({a.task.id.str(), std::move(b), kind, std::move(paths)});
}

std::vector<std::string> paths_of(const std::vector<Takeback>& takebacks) {
  std::vector<std::string> paths;
  paths.reserve(takebacks.size());
  for (const Takeback& one : takebacks) paths.push_back(one.what.path);
  return paths;
}

Result<void> Forecaster::land_alone(Candidate& one, git::Merger& merger) {
  MASC_TRY(const git::Merged merged, merger.merge(one.ground, one.tip));
  if (!merged.conflicts.empty()) {
    put(one, one.base, Kind::kConflict, merged.conflicts);
    return {};
  }
  MASC_TRY(one.landed, commit(merged.tree, one.ground, one.tip));
  MASC_TRY(const auto takebacks,
           find_takebacks(git_, {one.begin, one.ground, merged.tree, one.tip, one.task.id.str()}));
  if (!takebacks.empty()) put(one, one.base, Kind::kTakeback, paths_of(takebacks));
  return {};
}

// Whether merging two changes can be more than taking both: they share a path, one's file is
// another's folder, or one adds to a folder that the other may be moving.
bool may_meet(const Candidate& a, const Candidate& b) {
  for (const std::string& path : a.paths) {
    if (b.paths.contains(path)) return true;
    for (std::string_view folder = dir_name(path); folder != "."; folder = dir_name(folder)) {
      const std::string name(folder);
      if (b.paths.contains(name) || b.gone.contains(name)) return true;
    }
  }
  return false;
}

bool share_commits(const Candidate& a, const Candidate& b) {
  return std::any_of(a.own.begin(), a.own.end(),
                     [&](const std::string& id) { return b.own.contains(id); });
}

bool may_be_met(const Candidate& a, const Candidate& b) {
  return a.base == b.base && (may_meet(a, b) || may_meet(b, a) || share_commits(a, b));
}

// Whether landing `second` behind `first` would undo some of it: only where it has commits of it.
Result<bool> Forecaster::takes_back(const Candidate& first, const Candidate& second,
                                    const std::string& tree) {
  if (!share_commits(first, second)) return false;
  MASC_TRY(auto found, find_takebacks(git_, {second.begin, first.landed, tree, second.tip,
                                             second.task.id.str()}));
  std::erase_if(found, [&](const Takeback& one) { return !first.own.contains(one.commit); });
  if (!found.empty()) put(second, first.task.id.str(), Kind::kTakeback, paths_of(found));
  return !found.empty();
}

Result<void> Forecaster::compare(const Candidate& a, const Candidate& b, git::Merger& merger) {
  if (!may_be_met(a, b)) return {};
  const bool alone = !a.landed.empty() && !b.landed.empty();
  MASC_TRY(const git::Merged merged, merger.merge(alone ? a.landed : a.tip, b.tip));
  if (!merged.conflicts.empty()) {
    put(a, b.task.id.str(), Kind::kConflict, merged.conflicts);
    return {};
  }
  if (alone) {
    MASC_TRY(const bool behind, takes_back(a, b, merged.tree));
    MASC_TRY(const bool before, takes_back(b, a, merged.tree));
    if (behind || before) return {};
  }
  std::vector<std::string> both;
  std::set_intersection(a.paths.begin(), a.paths.end(), b.paths.begin(), b.paths.end(),
                        std::back_inserter(both));
  if (!both.empty()) put(a, b.task.id.str(), Kind::kBothEdit, std::move(both));
  return {};
}

Result<Forecast> Forecaster::run(const std::optional<TaskId>& only) {
  MASC_TRY(git_, scratch_.bind(plain_));
  MASC_CHECK(gather());
  git::Merger merger(repository_, git_);
  const auto asked =
      std::find_if(candidates_.begin(), candidates_.end(),
                   [&](const Candidate& one) { return only && one.task.id == *only; });
  if (only && asked == candidates_.end()) return std::move(forecast_);
  for (Candidate& one : candidates_) {
    if (!only || &one == &*asked || may_be_met(one, *asked)) MASC_CHECK(land_alone(one, merger));
  }
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    for (std::size_t j = i + 1; j < candidates_.size(); ++j) {
      const Candidate& a = candidates_[i];
      const Candidate& b = candidates_[j];
      if (!only || a.task.id == *only || b.task.id == *only) MASC_CHECK(compare(a, b, merger));
    }
  }
  std::vector<std::pair<std::size_t, std::size_t>> conflicts;
  const auto index_of = [&](const std::string& id) {
    std::size_t i = 0;
    while (i < candidates_.size() && candidates_[i].task.id.str() != id) ++i;
    return i;
  };
  for (const ForecastPair& pair : forecast_.pairs) {
    if (pair.kind != Kind::kConflict) continue;
    const std::size_t a = index_of(pair.a);
    const std::size_t b = index_of(pair.b);
    conflicts.emplace_back(a, b < candidates_.size() ? b : a);
  }
  if (only) {
    const std::string id = only->str();
    std::erase_if(forecast_.pairs,
                  [&](const ForecastPair& pair) { return pair.a != id && pair.b != id; });
  } else {
    for (const std::size_t i : model::landing_order(candidates_.size(), conflicts))
      forecast_.order.push_back(candidates_[i].task.id.str());
  }
  std::stable_sort(forecast_.pairs.begin(), forecast_.pairs.end(),
                   [](const ForecastPair& a, const ForecastPair& b) { return a.kind < b.kind; });
  return std::move(forecast_);
}

}  // namespace

std::string_view kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::kConflict: return "conflict";
    case Kind::kTakeback: return "takeback";
    case Kind::kBothEdit: return "both_edit";
  }
  return "conflict";
}

Result<Forecast> make_forecast(const git::Repository& repository, const git::Git& git,
                               const TaskStore& tasks, const std::optional<TaskId>& only) {
  return Forecaster(repository, git, tasks).run(only);
}

}  // namespace masc::store
