// What the simulation plays: tasks with the files they touch, agents with their skills, and how
// the two are made from a few numbers and a seed. The text format is in bench/swarm/README.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "swarm/choose.h"

namespace masc::bench {

using swarm::FileId;

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits();
  double unit();                         // [0, 1)
  std::size_t below(std::size_t limit);  // [0, limit)
  double normal();                       // mean 0, deviation 1
  double exponential(double mean);

 private:
  std::uint64_t state_;
};

struct SimTask {
  std::string name;
  int priority = 2;
  std::uint32_t label = 0;
  std::uint32_t epic = 0;  // 0: none
  std::vector<std::size_t> after;
  Duration created{};  // since the start
  double minutes = 30;
  std::vector<FileId> touches;
  bool declared = true;  // its paths say what it touches
};

struct SimAgent {
  std::vector<double> pace;  // by label: factor on a task's minutes
};

enum class Shape { kHotSpot, kChain, kFanOut, kDisjoint };
std::string_view shape_name(Shape shape) noexcept;
Result<Shape> parse_shape(std::string_view text);

// The numbers that a scenario is made of.
struct Recipe {
  Shape shape = Shape::kHotSpot;
  std::size_t agents = 8;
  std::size_t files = 1000;
  std::size_t files_per_task = 3;
  std::size_t tasks_per_agent = 25;
  double load = 0;        // 0: all tasks at the start; else they come at this share of capacity
  double declared = 0.7;  // share of tasks with paths
  double skill = 0.3;     // deviation of ln(pace)
  std::size_t labels = 6;
  double minutes = 30;  // median of a task
  double spread = 0.5;  // deviation of ln(minutes)
  double rework = 0.5;  // of a task's time, for a landing that conflicts
  double commit = 0.5;  // how far a task is when its first commit shows its files
  bool locks = false;   // claims lock declared paths
};

struct Scenario {
  Recipe recipe;
  std::vector<SimTask> tasks;  // in the order of their creation
  std::vector<SimAgent> agents;
  std::size_t files = 0;
};

Scenario make_scenario(const Recipe& recipe, std::uint64_t seed);

// A scenario file over `defaults`. kInvalid names the line. Tasks and agents that it lists take the
// place of made ones; without any, they are made with each seed.
struct Script {
  Recipe recipe;
  bool names_shape = false;
  std::vector<SimTask> tasks;
  std::vector<SimAgent> agents;
};
Result<Script> parse_script(std::string_view text, const Recipe& defaults);
Scenario scenario_of(const Script& script, std::uint64_t seed);

}  // namespace masc::bench
