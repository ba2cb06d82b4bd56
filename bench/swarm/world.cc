#include "world.h"

#include <algorithm>
#include <cmath>
#include <queue>

#include "model/rules.h"
#include "model/task.h"
#include "swarm/predict.h"

namespace masc::bench {
namespace {

using swarm::Candidate;
using swarm::Files;

constexpr double kMinute = 60'000;
constexpr double kHour = 3'600'000;
constexpr double kDay = 24 * kHour;

enum class EventKind { kArrival, kCommit, kFinish };
struct Event {
  std::int64_t at = 0;  // ms since the start
  std::uint64_t order = 0;
  EventKind kind{};
  std::size_t subject = 0;  // a task, or an agent
  std::uint64_t stint = 0;  // of the agent's work that it belongs to
  bool operator>(const Event& other) const {
    return at != other.at ? at > other.at : order > other.order;
  }
};

struct TaskState {
  model::Task task;  // as it was created
  Candidate candidate;
  std::vector<std::size_t> successors;
  std::size_t missing = 0;  // unfinished tasks it waits for
  bool arrived = false;
  std::size_t ready_at = SIZE_MAX;  // place in `ready`
  Files live;                       // what others see of it while it is claimed
};

struct AgentState {
  swarm::Self self;
  std::vector<swarm::Times> times;
  std::size_t task = SIZE_MAX;
  std::uint64_t stint = 0;
  std::int64_t claimed = 0;
  std::int64_t busy = 0;  // time at work so far
  bool waits_for_lock = false;
};

class World {
 public:
  World(const Scenario& scenario, Rule rule, const swarm::Weights& weights, std::uint64_t seed,
        Workplace& workplace)
      : scenario_(scenario),
        rule_(rule),
        weights_(weights),
        random_(seed ^ 0x5EEDULL),
        workplace_(workplace) {
    set_up_tasks();
    agents_.resize(scenario.agents.size());
    for (AgentState& agent : agents_) agent.times.resize(scenario.recipe.labels);
    all_.resize(scenario.recipe.labels);
  }

  Result<Outcome> run() {
    while (!events_.empty() && left_ > 0) {
      const std::int64_t at = events_.top().at;
      // All that happens at one moment happens before anybody chooses.
      while (!events_.empty() && events_.top().at == at) {
        const Event event = events_.top();
        events_.pop();
        now_ = event.at;
        MASC_CHECK(handle(event));
      }
      MASC_CHECK(claim_all());
    }
    return outcome();
  }

 private:
  void set_up_tasks() {
    tasks_.resize(scenario_.tasks.size());
    std::uint32_t epics = 0;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const SimTask& made = scenario_.tasks[i];
      TaskState& state = tasks_[i];
      state.task = made_task(scenario_, i);
      state.candidate.priority = made.priority;
      state.candidate.labels = {made.label};
      state.candidate.epic = made.epic;
      state.missing = made.after.size();
      for (const std::size_t before : made.after) tasks_[before].successors.push_back(i);
      epics = std::max(epics, made.epic + 1);
      push({made.created.count(), 0, EventKind::kArrival, i, 0});
    }
    for (std::size_t i = tasks_.size(); i-- > 0;) {
      for (const std::size_t next : tasks_[i].successors)
        tasks_[i].candidate.behind += 1 + tasks_[next].candidate.behind;
    }
    epic_files_.resize(epics);
    in_epic_.assign(epics, 0);
    left_ = tasks_.size();
  }

  void push(Event event) {
    event.order = ++order_;
    events_.push(event);
  }

  Instant now() const { return kStart + Duration(now_); }

  Result<void> handle(const Event& event) {
    if (event.kind == EventKind::kArrival) return arrive(event.subject);
    const AgentState& agent = agents_[event.subject];
    if (agent.stint != event.stint) return {};
    if (event.kind == EventKind::kFinish) return land(event.subject);
    show_files(agent.task);
    return workplace_.commit(event.subject, agent.task, now());
  }

  // --- tasks become ready ---
  Result<void> arrive(std::size_t i) {
    MASC_CHECK(workplace_.add(i, now()));
    tasks_[i].arrived = true;
    know(i);
    if (tasks_[i].missing == 0) make_ready(i);
    return {};
  }

  // What a declared task says about where work happens.
  void know(std::size_t i) {
    const SimTask& made = scenario_.tasks[i];
    if (!made.declared) return;
    for (const FileId file : made.touches) {
      field_.add_heat(file, 1);
      if (made.epic != 0) add_epic(made.epic, file);
    }
  }
  void add_epic(std::uint32_t epic, FileId file) {
    auto& list = epic_files_[epic];
    const auto found = std::find_if(list.begin(), list.end(),
                                    [&](const swarm::Weighted& one) { return one.file == file; });
    if (found == list.end()) {
      list.push_back({file, 1});
    } else {
      found->weight += 1;
    }
  }

  Files certain(std::size_t i) const {
    Files files;
    for (const FileId file : scenario_.tasks[i].touches) files.named.push_back({file, 1});
    return files;
  }
  Files expected(std::size_t i) const {
    const SimTask& made = scenario_.tasks[i];
    if (made.declared) return certain(i);
    return swarm::predict(epic_files_[made.epic], {});
  }

  void make_ready(std::size_t i) {
    TaskState& state = tasks_[i];
    state.candidate.files = expected(i);
    field_.add_ready(state.candidate.files);
    state.ready_at = ready_.size();
    ready_.push_back(i);
  }
  void take_ready(std::size_t i) {
    TaskState& state = tasks_[i];
    field_.drop_ready(state.candidate.files);
    tasks_[ready_.back()].ready_at = state.ready_at;
    ready_[state.ready_at] = ready_.back();
    ready_.pop_back();
    state.ready_at = SIZE_MAX;
  }

  // --- claims ---
  Result<void> claim_all() {
    for (std::size_t a = 0; a < agents_.size() && !ready_.empty(); ++a) {
      if (agents_[a].task == SIZE_MAX) MASC_CHECK(claim(a));
    }
    return {};
  }

  // The best that can be had; a task whose paths are locked is passed over.
  Result<void> claim(std::size_t a) {
    if (rule_ == Rule::kNext) return claim_next(a);
    if (rule_ == Rule::kFlock) look_around(a);
    std::vector<Rated> rated = rate(a);
    const auto better = [&](const Rated& x, const Rated& y) {
      if (x.value != y.value) return x.value > y.value;
      return comes_before(tasks_[x.task].task, tasks_[y.task].task, now());
    };
    for (auto next = rated.begin(); next != rated.end(); ++next) {
      std::iter_swap(next, std::min_element(next, rated.end(), better));
      MASC_TRY(const bool taken, workplace_.claim(a, next->task, now()));
      if (taken) return begin(a, next->task);
    }
    return {};
  }

  Result<void> claim_next(std::size_t a) {
    MASC_TRY(const auto order, workplace_.next(a, now()));
    if (!order) return fail(ErrorCode::kUsage, "the rules alone have no `masc next`");
    for (const std::size_t task : *order) {
      MASC_TRY(const bool taken, workplace_.claim(a, task, now()));
      if (taken) return begin(a, task);
    }
    return {};
  }

  struct Rated {
    std::size_t task = 0;
    double value = 0;  // the highest goes first; equal ones by the rule's own order
  };
  std::vector<Rated> rate(std::size_t a) {
    std::vector<Rated> rated;
    rated.reserve(ready_.size());
    for (const std::size_t i : ready_) {
      Rated one{i, 0};
      if (rule_ == Rule::kRandom) one.value = random_.unit();
      if (rule_ == Rule::kFlock) {
        Candidate& candidate = tasks_[i].candidate;
        candidate.waited_days =
            static_cast<double>(now_ - scenario_.tasks[i].created.count()) / kDay;
        one.value = swarm::score(candidate, field_, agents_[a].self, weights_);
      }
      rated.push_back(one);
    }
    return rated;
  }

  bool comes_before(const model::Task& a, const model::Task& b, Instant now) const {
    if (rule_ == Rule::kFifo || rule_ == Rule::kRandom)
      return a.created != b.created ? a.created < b.created : a.id < b.id;
    return model::before(a, b, now);
  }

  void look_around(std::size_t a) {
    swarm::Self& self = agents_[a].self;
    self.record.assign(scenario_.recipe.labels, 0);
    for (std::size_t l = 0; l < self.record.size(); ++l)
      self.record[l] = swarm::record_of(agents_[a].times[l], all_[l]);
    self.in_epic = in_epic_;
  }

  Result<void> begin(std::size_t a, std::size_t i) {
    MASC_CHECK(workplace_.begin(a, i, now()));
    AgentState& agent = agents_[a];
    TaskState& state = tasks_[i];
    take_ready(i);
    state.live = state.candidate.files;
    field_.add_live(state.live);
    const SimTask& made = scenario_.tasks[i];
    if (made.epic != 0) ++in_epic_[made.epic];
    agent.self.epic = made.epic;
    agent.task = i;
    agent.claimed = now_;
    const double wait = static_cast<double>(now_ - made.created.count()) / kHour;
    longest_ = std::max(longest_, wait);
    weighted_ += wait * (5 - made.priority);
    weights_sum_ += 5 - made.priority;
    const auto took =
        static_cast<std::int64_t>(made.minutes * scenario_.agents[a].pace[made.label] * kMinute);
    work(a, std::max<std::int64_t>(1, took));
    const auto commit =
        static_cast<std::int64_t>(static_cast<double>(took) * scenario_.recipe.commit);
    push({now_ + commit, 0, EventKind::kCommit, a, agent.stint});
    return {};
  }

  void work(std::size_t a, std::int64_t took) {
    AgentState& agent = agents_[a];
    ++agent.stint;
    agent.busy += took;
    push({now_ + took, 0, EventKind::kFinish, a, agent.stint});
  }

  // The first commit leaves a trail: what it touches is known from now on.
  void show_files(std::size_t i) {
    if (scenario_.tasks[i].declared) return;
    field_.drop_live(tasks_[i].live);
    tasks_[i].live = certain(i);
    field_.add_live(tasks_[i].live);
  }

  // --- landings ---
  Result<void> land(std::size_t a) {
    AgentState& agent = agents_[a];
    MASC_TRY(const Landing landing, workplace_.land(a, agent.task, now()));
    agent.waits_for_lock = landing == Landing::kLocked;
    switch (landing) {
      case Landing::kLocked: return {};
      case Landing::kLanded: return finish(a);
      case Landing::kConflict: break;
    }
    ++conflicts_;
    MASC_CHECK(workplace_.begin(a, agent.task, now()));
    const SimTask& made = scenario_.tasks[agent.task];
    const double rework = made.minutes * scenario_.agents[a].pace[made.label] * kMinute;
    work(a, std::max<std::int64_t>(1, static_cast<std::int64_t>(rework * scenario_.recipe.rework)));
    return {};
  }

  Result<void> finish(std::size_t a) {
    AgentState& agent = agents_[a];
    const std::size_t i = agent.task;
    const SimTask& made = scenario_.tasks[i];
    TaskState& state = tasks_[i];
    field_.drop_live(state.live);
    if (made.epic != 0) --in_epic_[made.epic];
    leave_trail(made);
    const double took = std::log(static_cast<double>(now_ - agent.claimed) / 1000);
    for (swarm::Times* times : {&agent.times[made.label], &all_[made.label]}) {
      times->count += 1;
      times->log_sum += took;
    }
    agent.task = SIZE_MAX;
    --left_;
    last_ = now_;
    for (const std::size_t next : state.successors) {
      if (--tasks_[next].missing == 0 && tasks_[next].arrived) make_ready(next);
    }
    for (std::size_t other = 0; other < agents_.size(); ++other) {
      if (agents_[other].waits_for_lock) MASC_CHECK(land(other));
    }
    return {};
  }

  void leave_trail(const SimTask& made) {
    good_.resize(scenario_.files);
    for (const FileId file : made.touches) {
      good_[file] += 1;
      field_.add_heat(file, 1);
      field_.set_trail(file, good_[file], 0);
    }
  }

  Outcome outcome() const {
    Outcome result;
    result.conflicts = conflicts_;
    result.makespan = static_cast<double>(last_) / kHour;
    result.longest_wait = longest_;
    result.weighted_wait = weights_sum_ > 0 ? weighted_ / weights_sum_ : 0;
    double busy = 0;
    for (const AgentState& agent : agents_) busy += static_cast<double>(agent.busy);
    const double all = static_cast<double>(last_) * static_cast<double>(agents_.size());
    result.idle = all > 0 ? 1 - busy / all : 0;
    return result;
  }

  const Scenario& scenario_;
  Rule rule_;
  const swarm::Weights& weights_;
  Random random_;
  Workplace& workplace_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t order_ = 0;
  std::int64_t now_ = 0;
  std::vector<TaskState> tasks_;
  std::vector<AgentState> agents_;
  std::vector<std::size_t> ready_;
  std::size_t left_ = 0;
  swarm::Field field_;
  std::vector<std::vector<swarm::Weighted>> epic_files_;
  std::vector<double> in_epic_;
  std::vector<swarm::Times> all_;
  std::vector<double> good_;
  double conflicts_ = 0;
  double longest_ = 0;
  double weighted_ = 0;
  double weights_sum_ = 0;
  std::int64_t last_ = 0;
};

}  // namespace

std::string_view rule_name(Rule rule) noexcept {
  switch (rule) {
    case Rule::kFifo: return "fifo";
    case Rule::kPriority: return "priority";
    case Rule::kRandom: return "random";
    case Rule::kFlock: return "flock";
    case Rule::kNext: return "masc next";
  }
  return "priority";
}

Result<Outcome> play(const Scenario& scenario, Rule rule, const swarm::Weights& weights,
                     std::uint64_t seed, Workplace& workplace) {
  return World(scenario, rule, weights, seed, workplace).run();
}

Outcome play(const Scenario& scenario, Rule rule, const swarm::Weights& weights,
             std::uint64_t seed) {
  return play(scenario, rule, weights, seed, *rules_alone(scenario)).value();
}

}  // namespace masc::bench
