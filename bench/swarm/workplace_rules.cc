#include <fmt/format.h>

#include <algorithm>

#include "model/lock.h"
#include "model/rules.h"
#include "workplace.h"

namespace masc::bench {
namespace {

class RulesAlone final : public Workplace {
 public:
  explicit RulesAlone(const Scenario& scenario) : scenario_(scenario) {
    begun_.resize(scenario.agents.size());
    landed_.resize(scenario.files);
    for (std::size_t i = 0; i < scenario.tasks.size(); ++i)
      tasks_.push_back(made_task(scenario, i));
    for (std::size_t file = 0; file < scenario.files; ++file)
      paths_.push_back(model::PathSet::path(file_name(static_cast<FileId>(file))));
  }

  Result<void> add(std::size_t, Instant) override { return {}; }

  Result<bool> claim(std::size_t agent, std::size_t task, Instant now) override {
    model::Actor actor;
    actor.agent = agent_name(agent);
    model::Task& state = tasks_[task];
    MASC_CHECK(model::decide_claim(state, actor, {}, now, {}, false));
    if (!lock(agent, task)) return false;
    state.status = model::Status::kClaimed;
    state.claim.emplace();
    state.claim->agent = actor.agent;
    state.claim->generation = ++state.generation;
    return true;
  }

  Result<void> begin(std::size_t agent, std::size_t, Instant) override {
    begun_[agent] = landings_;
    return {};
  }
  Result<void> commit(std::size_t, std::size_t, Instant) override { return {}; }

  // As masc does: what does not merge is told first, a lock only stops what would land.
  Result<Landing> land(std::size_t agent, std::size_t task, Instant) override {
    const std::vector<FileId>& touches = scenario_.tasks[task].touches;
    const bool conflict = std::any_of(touches.begin(), touches.end(),
                                      [&](FileId file) { return landed_[file] > begun_[agent]; });
    if (conflict) return Landing::kConflict;
    if (locked_by_another(agent, touches)) return Landing::kLocked;
    ++landings_;
    for (const FileId file : touches) landed_[file] = landings_;
    model::end_claim(tasks_[task], model::Status::kDone);
    if (!locks_.locks.empty()) {
      locks_ = model::without(locks_,
                              [&](const model::Lock& one) { return one.task == tasks_[task].id; });
    }
    return Landing::kLanded;
  }

 private:
  // All of the declared paths or none.
  bool lock(std::size_t agent, std::size_t task) {
    const SimTask& made = scenario_.tasks[task];
    if (!scenario_.recipe.locks || !made.declared) return true;
    model::LockWish wish;
    for (const FileId file : made.touches) wish.paths.push_back(paths_[file]);
    wish.agent = agent_name(agent);
    wish.task = tasks_[task].id;
    wish.generation = tasks_[task].generation + 1;
    const auto alive = [](const model::Lock&) { return true; };
    if (!model::in_the_way(locks_, wish, alive).empty()) return false;
    locks_ = model::with_wish(locks_, wish);
    return true;
  }

  bool locked_by_another(std::size_t agent, const std::vector<FileId>& touches) const {
    const std::string own = agent_name(agent);
    return std::any_of(locks_.locks.begin(), locks_.locks.end(), [&](const model::Lock& lock) {
      return lock.agent != own && std::any_of(touches.begin(), touches.end(), [&](FileId file) {
               return lock.paths.touched_by(paths_[file].text());
             });
    });
  }

  const Scenario& scenario_;
  std::vector<model::Task> tasks_;
  std::vector<model::PathSet> paths_;
  model::LockTable locks_;
  std::vector<std::uint64_t> landed_;  // by file: the landing that changed it last
  std::vector<std::uint64_t> begun_;   // by agent: landings that its work began with
  std::uint64_t landings_ = 0;
};

}  // namespace

std::unique_ptr<Workplace> rules_alone(const Scenario& scenario) {
  return std::make_unique<RulesAlone>(scenario);
}

model::TaskId task_id(std::size_t task) {
  const std::uint64_t bits = Random(task * 0x9E3779B97F4A7C15ULL + 1).bits();
  unsigned char bytes[8];
  for (std::size_t k = 0; k < 8; ++k) bytes[k] = static_cast<unsigned char>(bits >> (8 * k));
  return model::TaskId::from_bytes(bytes, model::kKeyIdDigits);
}

model::Task made_task(const Scenario& scenario, std::size_t task) {
  const SimTask& made = scenario.tasks[task];
  model::Task state;
  state.id = task_id(task);
  state.title = made.name;
  state.priority = made.priority;
  state.created = kStart + made.created;
  state.labels = {fmt::format("label{}", made.label)};
  for (const std::size_t before : made.after) state.after.push_back(task_id(before));
  // Epics are tasks behind all others.
  if (made.epic != 0) state.parent = task_id(scenario.tasks.size() + made.epic);
  if (!made.declared) return state;
  for (const FileId file : made.touches) state.paths.push_back(file_name(file));
  return state;
}

std::string agent_name(std::size_t agent) { return fmt::format("a{}", agent); }
std::string file_name(FileId file) { return fmt::format("f{}", file); }

}  // namespace masc::bench
