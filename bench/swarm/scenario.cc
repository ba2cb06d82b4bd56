#include "scenario.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace masc::bench {
namespace {

constexpr double kHotFiles = 0.2;
constexpr double kHotTasks = 0.8;
constexpr std::size_t kChainLength = 5;
constexpr std::size_t kEpicTasks = 13;  // one first, twelve that wait for it
constexpr int kPriorities = 5;

// `count` different numbers of [first, first + range).
std::vector<FileId> draw(Random& random, std::size_t count, std::size_t first, std::size_t range) {
  std::vector<FileId> files;
  count = std::min(count, range);
  while (files.size() < count) {
    const auto file = static_cast<FileId>(first + random.below(range));
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Maker {
 public:
  Maker(const Recipe& recipe, std::uint64_t seed) : recipe_(recipe), random_(seed) {
    scenario_.recipe = recipe;
    scenario_.files = recipe.files;
  }

  Scenario make() {
    make_agents();
    const std::size_t count = recipe_.agents * recipe_.tasks_per_agent;
    for (std::size_t i = 0; i < count; ++i) scenario_.tasks.push_back(make_task(i, count));
    arrive();
    return std::move(scenario_);
  }

 private:
  void make_agents() {
    for (std::size_t i = 0; i < recipe_.agents; ++i) {
      SimAgent agent;
      for (std::size_t label = 0; label < recipe_.labels; ++label)
        agent.pace.push_back(std::exp(recipe_.skill * random_.normal()));
      scenario_.agents.push_back(std::move(agent));
    }
  }

  SimTask make_task(std::size_t i, std::size_t count) {
    SimTask task;
    task.name = fmt::format("t{}", i);
    task.priority = static_cast<int>(random_.below(kPriorities));
    task.label = static_cast<std::uint32_t>(random_.below(recipe_.labels));
    task.minutes = recipe_.minutes * std::exp(recipe_.spread * random_.normal());
    task.declared = random_.unit() < recipe_.declared;
    place(task, i, count);
    return task;
  }

  // Where it works, and what it waits for.
  void place(SimTask& task, std::size_t i, std::size_t count) {
    const std::size_t files = recipe_.files;
    const std::size_t wanted = recipe_.files_per_task;
    switch (recipe_.shape) {
      case Shape::kHotSpot: {
        const auto hot = static_cast<std::size_t>(static_cast<double>(files) * kHotFiles);
        const bool warm = random_.unit() < kHotTasks;
        task.touches =
            warm ? draw(random_, wanted, 0, hot) : draw(random_, wanted, hot, files - hot);
        return;
      }
      case Shape::kChain:
        if (i % kChainLength != 0) task.after.push_back(i - 1);
        task.touches = draw(random_, wanted, 0, files);
        return;
      case Shape::kFanOut: {
        const std::size_t epics = (count + kEpicTasks - 1) / kEpicTasks;
        const std::size_t epic = i / kEpicTasks;
        const std::size_t range = std::max(wanted, files / epics);
        const std::size_t first = std::min(epic * range, files - range);
        task.epic = static_cast<std::uint32_t>(epic + 1);
        if (i % kEpicTasks != 0) task.after.push_back(epic * kEpicTasks);
        task.touches = draw(random_, wanted, first, range);
        return;
      }
      case Shape::kDisjoint:
        for (std::size_t k = 0; k < wanted; ++k)
          task.touches.push_back(static_cast<FileId>(i * wanted + k));
        scenario_.files = std::max(scenario_.files, (i + 1) * wanted);
        return;
    }
  }

  // With a load they come one by one, as often as makes the agents that busy.
  void arrive() {
    if (recipe_.load <= 0) return;
    const double mean = recipe_.minutes * std::exp(recipe_.spread * recipe_.spread / 2);
    const double gap = mean / static_cast<double>(recipe_.agents) / recipe_.load;
    double at = 0;
    for (SimTask& task : scenario_.tasks) {
      task.created = Duration(static_cast<std::int64_t>(at * 60'000));
      at += random_.exponential(gap);
    }
  }

  const Recipe& recipe_;
  Random random_;
  Scenario scenario_;
};

}  // namespace

std::uint64_t Random::bits() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

double Random::unit() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

std::size_t Random::below(std::size_t limit) {
  return static_cast<std::size_t>(unit() * static_cast<double>(limit));
}

// Box and Muller, 1958.
double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - unit()));
  return radius * std::cos(2 * std::numbers::pi * unit());
}

double Random::exponential(double mean) { return -mean * std::log(1 - unit()); }

std::string_view shape_name(Shape shape) noexcept {
  switch (shape) {
    case Shape::kHotSpot: return "hotspot";
    case Shape::kChain: return "chain";
    case Shape::kFanOut: return "fanout";
    case Shape::kDisjoint: return "disjoint";
  }
  return "hotspot";
}

Result<Shape> parse_shape(std::string_view text) {
  for (const Shape shape : {Shape::kHotSpot, Shape::kChain, Shape::kFanOut, Shape::kDisjoint}) {
    if (text == shape_name(shape)) return shape;
  }
  return fail(ErrorCode::kInvalid, "'{}' is no shape: hotspot, chain, fanout, disjoint", text);
}

Scenario make_scenario(const Recipe& recipe, std::uint64_t seed) {
  return Maker(recipe, seed).make();
}

}  // namespace masc::bench
