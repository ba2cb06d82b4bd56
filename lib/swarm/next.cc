#include "swarm/next.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

#include "base/file.h"
#include "model/glob.h"
#include "store/agents.h"
#include "store/locks.h"
#include "store/trail_index.h"
#include "swarm/predict.h"

namespace masc::swarm {
namespace {

using model::Task;
using model::TaskId;
using model::TrailKind;

constexpr double kMsPerDay = 86'400'000;
// A folder or pattern stands for so many files that a task touches.
constexpr double kInside = 3;
constexpr double kMostChance = 0.9;
constexpr double kMostBehind = 1000;

// A dense numbering of names.
class Numbers {
 public:
  std::uint32_t of(const std::string& name) {
    const auto [place, fresh] = numbers_.try_emplace(name, size());
    static_cast<void>(fresh);
    return place->second;
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(numbers_.size()); }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

class Scene {
 public:
  Scene(const std::vector<Task>& tasks, const model::Actor& actor, Instant now)
      : tasks_(tasks), actor_(actor), now_(now) {
    for (const Task& task : tasks) {
      by_id_[task.id] = &task;
      if (model::is_finished(task.status)) continue;
      for (const TaskId& before : task.after) waiting_[before].push_back(task.id);
      if (!task.parent.empty()) waiting_[task.id].push_back(task.parent);
      if (!task.claim) continue;
      const auto [place, fresh] = at_work_.try_emplace(task.claim->agent, task.claim->granted);
      if (!fresh) place->second = std::min(place->second, task.claim->granted);
    }
  }

  void read_trails(const store::TrailIndex& index) {
    index.visit(".", [&](const store::TrailSum& sum) {
      const FileId file = file_of(std::string(sum.path));
      const double strength = std::clamp(sum.strength, 0.0, model::kMostOfOneAgent);
      const bool good = sum.kind == TrailKind::kSuccess;
      if (good || sum.kind == TrailKind::kHazard || sum.kind == TrailKind::kFailure) {
        // They come by path.
        if (marked_.empty() || marked_.back().first != sum.path)
          marked_.emplace_back(std::string(sum.path), Marks{});
        (good ? marked_.back().second.good : marked_.back().second.bad) += strength;
      }
      if (tells_where(sum)) heat_[file] += strength;
      if (sum.kind == TrailKind::kExplored)
        explored_[std::string(sum.agent)].push_back({file, sum.last});
    });
    index.visit_records([&](const store::TrailSum& sum) {
      const std::uint32_t label = labels_.of(std::string(sum.path));
      if (all_times_.size() <= label) {
        all_times_.resize(label + 1);
        own_times_.resize(label + 1);
      }
      const auto add = [&](Times& times) {
        if (sum.kind == TrailKind::kBroke) {
          times.broke += static_cast<double>(sum.deposits);
          return;
        }
        times.count += static_cast<double>(sum.deposits);
        times.log_sum += sum.strength;
      };
      add(all_times_[label]);
      if (sum.agent == actor_.agent) add(own_times_[label]);
    });
  }

  // Declared paths say where work happens, too.
  void read_tasks() {
    for (const Task& task : tasks_) {
      if (model::is_finished(task.status)) continue;
      for (const std::string& path : task.paths) {
        if (!model::looks_like_glob(path)) heat_[file_of(plain(path))] += 1;
      }
    }
    for (std::size_t i = 0; i < heat_.size(); ++i)
      field_.add_heat(static_cast<FileId>(i), heat_[i]);
    for (const Task& task : tasks_) {
      if (task.parent.empty() || task.paths.empty()) continue;
      const Files files = declared(task);
      auto& epic = epics_[epic_of(task)];
      for (const Share& share : files.named) epic[share.file] += share.chance;
    }
  }

  void read_live(const store::Workspace& workspace) {
    for (const Task& task : tasks_) {
      if (!task.claim) continue;
      if (task.claim->agent == actor_.agent) {
        if (task.claim->granted >= last_own_) self_.epic = epic_of(task);
        last_own_ = std::max(last_own_, task.claim->granted);
        continue;
      }
      if (model::expired(*task.claim, store::liveness_of(workspace, task), now_)) continue;
      field_.add_live(under_way(task));
      if (const std::uint32_t epic = epic_of(task); epic != 0) {
        if (self_.in_epic.size() <= epic) self_.in_epic.resize(epic + 1);
        self_.in_epic[epic] += 1;
      }
    }
    for (const Task& task : tasks_) {
      const bool own = task.result && task.result->agent == actor_.agent;
      if (!own || task.updated < last_own_) continue;
      last_own_ = task.updated;
      self_.epic = epic_of(task);
    }
  }

  // Locks beside claims that say what they touch.
  void read_locks(const std::vector<store::HeldLock>& locks) {
    for (const store::HeldLock& held : locks) {
      if (held.lock.agent == actor_.agent) continue;
      const auto task = by_id_.find(held.lock.task);
      if (task != by_id_.end() && task->second->claim && !task->second->paths.empty()) continue;
      Files files;
      if (held.lock.paths.is_glob()) {
        for (FileId file = 0; file < paths_.size(); ++file) {
          if (held.lock.paths.touched_by(paths_[file])) files.named.push_back({file, 1});
        }
      } else {
        for (const FileId file : files_below(held.lock.paths.text()))
          files.named.push_back({file, 1});
        files.named.push_back({file_of(held.lock.paths.text()), 1});
      }
      field_.add_live(files);
    }
  }

  Candidate candidate_of(const Task& task) {
    Candidate candidate;
    candidate.priority = task.priority;
    candidate.waited_days = static_cast<double>((now_ - task.created).count()) / kMsPerDay;
    candidate.files = files_of(task);
    for (const Share& share : candidate.files.named) settle_trail(share.file);
    for (const std::string& label : task.labels) candidate.labels.push_back(labels_.of(label));
    candidate.epic = epic_of(task);
    candidate.behind = line_behind(task.id);
    return candidate;
  }

  void add_ready(const Files& files) { field_.add_ready(files); }
  Score explain_one(const Candidate& candidate) const {
    return explain(candidate, field_, self_, tuned_weights());
  }
  void learn() {
    self_.record.resize(all_times_.size());
    for (std::size_t i = 0; i < all_times_.size(); ++i)
      self_.record[i] = record_of(own_times_[i], all_times_[i]);
  }

 private:
  struct Marks {
    double good = 0;
    double bad = 0;
  };
  // What was laid on this very path.
  Marks marks_on(std::string_view path) const {
    const auto found = std::lower_bound(
        marked_.begin(), marked_.end(), path,
        [](const auto& one, std::string_view wanted) { return one.first < wanted; });
    return found != marked_.end() && found->first == path ? found->second : Marks{};
  }
  // And what was laid on the folders that it lies in: a hazard on a folder is one on all below it.
  Marks marks_of_folder(std::string_view folder) {
    const auto [place, fresh] = folders_.try_emplace(std::string(folder));
    if (!fresh) return place->second;
    Marks marks = marks_on(folder);
    if (folder != ".") {
      const Marks above = marks_of_folder(dir_name(folder));
      marks.good += above.good;
      marks.bad += above.bad;
    }
    return folders_[std::string(folder)] = marks;
  }
  void settle_trail(FileId file) {
    if (settled_.size() <= file) settled_.resize(paths_.size());
    if (settled_[file]) return;
    settled_[file] = true;
    const std::string& path = paths_[file];
    Marks marks = marks_on(path);
    if (path != ".") {
      const Marks above = marks_of_folder(dir_name(path));
      marks.good += above.good;
      marks.bad += above.bad;
    }
    field_.set_trail(file, marks.good, marks.bad);
  }
  // Whether a deposit says where work happens. What a claim under way has touched is told by the
  // claim already, and would be counted twice against whatever is guessed to meet it there.
  bool tells_where(const store::TrailSum& sum) const {
    if (sum.kind == TrailKind::kSuccess) return true;
    if (sum.kind != TrailKind::kExplored) return false;
    const auto busy = at_work_.find(std::string(sum.agent));
    return busy == at_work_.end() || sum.last < busy->second;
  }
  static std::string plain(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return std::string(path);
  }
  FileId file_of(const std::string& path) {
    const FileId file = numbers_.of(path);
    if (file < paths_.size()) return file;
    paths_.push_back(path);
    heat_.push_back(0);
    return file;
  }
  std::uint32_t epic_of(const Task& task) {
    return task.parent.empty() ? 0 : epic_numbers_.of(task.parent.str()) + 1;
  }

  // Literal files for certain; of a folder or pattern some of the known files inside.
  Files declared(const Task& task) {
    std::map<FileId, double> chances;
    for (const std::string& path : task.paths) {
      const std::vector<FileId> inside = files_inside(path);
      double sum = 0;
      for (const FileId file : inside) sum += 1 + heat_[file];
      for (const FileId file : inside) {
        double& chance = chances[file];
        chance = std::min(kMostChance, chance + kInside * (1 + heat_[file]) / sum);
      }
      if (inside.empty() && !model::looks_like_glob(path)) chances[file_of(plain(path))] = 1;
    }
    Files files;
    for (const auto& [file, chance] : chances)
      files.named.push_back({file, static_cast<float>(chance)});
    if (files.named.empty()) files.unknown = static_cast<float>(kInside);
    return files;
  }
  // What trails and tasks know below a folder; "." is all of it.
  std::vector<FileId> files_below(const std::string& folder) {
    if (sorted_.empty()) {
      sorted_.resize(paths_.size());
      std::iota(sorted_.begin(), sorted_.end(), FileId{0});
      // Most of them come from the trails, which are in order.
      const auto by_path = [&](FileId a, FileId b) { return paths_[a] < paths_[b]; };
      const auto rest = std::is_sorted_until(sorted_.begin(), sorted_.end(), by_path);
      std::sort(rest, sorted_.end(), by_path);
      std::inplace_merge(sorted_.begin(), rest, sorted_.end(), by_path);
    }
    std::vector<FileId> below;
    const std::string prefix = folder == "." ? "" : folder + "/";
    for (auto at = std::lower_bound(
             sorted_.begin(), sorted_.end(), prefix,
             [&](FileId file, const std::string&wanted) { return paths_[file] < wanted; });
         at != sorted_.end() && paths_[*at].starts_with(prefix); ++at)
      below.push_back(*at);
    return below;
  }
  // The known files that a pattern covers or that lie in a folder; of a file itself, none.
  const std::vector<FileId>& files_inside(const std::string& path) {
    const auto [place, fresh] = inside_.try_emplace(path);
    if (!fresh) return place->second;
    if (!model::looks_like_glob(path)) return place->second = files_below(plain(path));
    const auto glob = model::Glob::parse(path);
    if (!glob) return place->second;
    for (FileId file = 0; file < paths_.size(); ++file) {
      if (glob->covers(paths_[file])) place->second.push_back(file);
    }
    return place->second;
  }

  Files files_of(const Task& task) {
    if (!task.paths.empty()) return declared(task);
    std::vector<Weighted> epic;
    if (const auto known = epics_.find(epic_of(task)); known != epics_.end()) {
      for (const auto& [file, weight] : known->second) epic.push_back({file, weight});
    }
    std::vector<std::string> tell = telling_words(task.title);
    for (const std::string& label : task.labels) {
      const auto more = telling_words(label);
      tell.insert(tell.end(), more.begin(), more.end());
    }
    std::vector<Weighted> named;
    for (const FileId file : words().find(tell)) named.push_back({file, 1 + heat_[file]});
    return predict(epic, named);
  }
  // Of all files so far. With paths declared everywhere nobody asks for it.
  const WordIndex& words() {
    for (; in_words_ < paths_.size(); ++in_words_) words_.add(in_words_, paths_[in_words_]);
    return words_;
  }
  // Without declared paths, what its agent committed since it began tells it.
  Files under_way(const Task& task) {
    if (!task.paths.empty()) return declared(task);
    Files files;
    for (const auto& [file, last] : explored_[task.claim->agent]) {
      if (last >= task.claim->granted) files.named.push_back({file, 1});
    }
    return files.named.empty() ? files_of(task) : files;
  }

  // Unfinished tasks that wait for `id`, at first or at second hand, once for each way.
  double line_behind(const TaskId& id) {
    const auto [place, fresh] = lines_.try_emplace(id, 0);
    if (!fresh) return place->second;  // 0 while a circle is being walked
    double behind = 0;
    if (const auto next = waiting_.find(id); next != waiting_.end()) {
      for (const TaskId& one : next->second) behind += 1 + line_behind(one);
    }
    return lines_[id] = std::min(kMostBehind, behind);
  }

  std::vector<std::pair<std::string, Marks>> marked_;  // by path
  std::unordered_map<std::string, Marks> folders_;
  std::vector<bool> settled_;
  const std::vector<Task>& tasks_;
  const model::Actor& actor_;
  Instant now_;
  std::map<TaskId, const Task*> by_id_;
  Numbers numbers_, labels_, epic_numbers_;
  std::vector<std::string> paths_;
  std::vector<FileId> sorted_;  // by path
  std::vector<double> heat_;
  WordIndex words_;
  FileId in_words_ = 0;
  std::unordered_map<std::string, std::vector<FileId>> inside_;
  std::map<std::uint32_t, std::map<FileId, double>> epics_;
  std::unordered_map<std::string, std::vector<std::pair<FileId, Instant>>> explored_;
  std::vector<Times> own_times_, all_times_;
  std::map<TaskId, std::vector<TaskId>> waiting_;
  std::unordered_map<std::string, Instant> at_work_;  // since when, by agent
  std::map<TaskId, double> lines_;
  Instant last_own_{};
  Field field_;
  Self self_;
};

}  // namespace

Result<std::vector<Ranked>> rank(store::Workspace& workspace, store::TaskStore& tasks,
                                 store::Claims& claims, const model::Actor& actor, Instant now) {
  MASC_TRY(const auto all, tasks.unfolded());
  MASC_TRY(auto ready, claims.candidates(all, actor, now));
  MASC_TRY(const auto index, store::TrailIndex::open(workspace, claims.policy(), now));
  MASC_TRY(const auto locks, store::LockStore(workspace, tasks).live(now));
  Scene scene(all, actor, now);
  scene.read_trails(index);
  scene.read_tasks();
  scene.read_live(workspace);
  scene.read_locks(locks);
  scene.learn();
  std::vector<Candidate> candidates;
  for (const Task& task : ready) {
    candidates.push_back(scene.candidate_of(task));
    scene.add_ready(candidates.back().files);
  }
  std::vector<Score> scores;
  scores.reserve(ready.size());
  for (const Candidate& candidate : candidates) scores.push_back(scene.explain_one(candidate));
  std::vector<std::size_t> order(ready.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // They came in the contract's order, which stays among equals.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (ready[a].claim.has_value() != ready[b].claim.has_value()) return !ready[a].claim;
    return scores[a].total > scores[b].total;
  });
  std::vector<Ranked> ranked;
  ranked.reserve(order.size());
  for (const std::size_t i : order) ranked.push_back({std::move(ready[i]), scores[i]});
  return ranked;
}

}  // namespace masc::swarm
