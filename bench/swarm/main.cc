// bench/swarm: plays the pinned scenario, or one from a file, under each rule of choice with the
// same seeds, and prints medians and 10–90 % intervals of what each rule comes to against priority
// order.
//
//   masc_swarm_bench [--scenario FILE] [--seed N] [--seeds K] [--agents A,B,…] [--svg DIR] [--real
//   K]
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "plot.h"
#include "real.h"
#include "world.h"

namespace masc::bench {
namespace {

constexpr Shape kShapes[] = {Shape::kHotSpot, Shape::kChain, Shape::kFanOut, Shape::kDisjoint};

struct Options {
  std::optional<std::string> scenario, svg;
  std::uint64_t seed = 1;
  std::size_t seeds = 30;
  std::optional<std::size_t> real;  // seeds to be played in repositories
  std::vector<std::size_t> agents = {2, 4, 8, 16, 32, 64};
};

struct Range {
  double low = 0, middle = 0, high = 0;
};

Range range_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
  };
  return {at(0.1), at(0.5), at(0.9)};
}

using Measure = double Outcome::*;
struct Measured {
  const char* name;
  Measure of;
};
constexpr Measured kMeasures[] = {{"conflicts", &Outcome::conflicts},
                                  {"makespan", &Outcome::makespan},
                                  {"longest wait", &Outcome::longest_wait},
                                  {"weighted wait", &Outcome::weighted_wait}};

// The outcomes of one setting, by rule, a seed each.
using Runs = std::map<Rule, std::vector<Outcome>>;

Runs play_all(const Script& script, const Options& options) {
  Runs runs;
  for (std::size_t k = 0; k < options.seeds; ++k) {
    const std::uint64_t seed = options.seed + k;
    const Scenario scenario = scenario_of(script, seed);
    for (const Rule rule : kRules)
      runs[rule].push_back(play(scenario, rule, swarm::tuned_weights(), seed));
  }
  return runs;
}

// Seeds where priority order has none, such as conflicts of disjoint work, have no ratio.
Range ratio(const Runs& runs, Rule rule, Measure of) {
  std::vector<double> ratios;
  for (std::size_t k = 0; k < runs.at(rule).size(); ++k) {
    const double base = runs.at(Rule::kPriority)[k].*of;
    if (base > 0) ratios.push_back(runs.at(rule)[k].*of / base);
  }
  return range_of(std::move(ratios));
}

double total(const Runs& runs, Rule rule) {
  double sum = 0;
  for (const Outcome& one : runs.at(rule)) sum += one.conflicts;
  return sum;
}

Range plain(const Runs& runs, Rule rule, Measure of) {
  std::vector<double> values;
  for (const Outcome& one : runs.at(rule)) values.push_back(one.*of);
  return range_of(std::move(values));
}

std::string cell(const Range& range) {
  return fmt::format("{:5.2f} [{:4.2f}–{:4.2f}]", range.middle, range.low, range.high);
}

void print_head(const std::string& title) {
  fmt::print("\n{}\n{:10} {:>6}", title, "shape", "agents");
  for (const Measured& one : kMeasures) fmt::print("  {:>17}", one.name);
  fmt::print("  {:>15}  {:>13}\n", "conflicts in all", "idle");
}

void print_row(const std::string& name, std::size_t agents, const Runs& runs) {
  fmt::print("{:10} {:6}", name, agents);
  for (const Measured& one : kMeasures)
    fmt::print("  {:>17}", cell(ratio(runs, Rule::kFlock, one.of)));
  fmt::print("  {:>6.0f} of {:>6.0f}{}", total(runs, Rule::kFlock), total(runs, Rule::kPriority),
             total(runs, Rule::kFlock) > total(runs, Rule::kPriority) ? " MORE" : "");
  fmt::print("  {:4.1f} % of {:4.1f} %\n", 100 * plain(runs, Rule::kFlock, &Outcome::idle).middle,
             100 * plain(runs, Rule::kPriority, &Outcome::idle).middle);
}

void print_rules(const std::string& name, std::size_t agents, const Runs& runs) {
  for (const Rule rule : kRules) {
    fmt::print("{:10} {:6}  {:9}", name, agents, rule_name(rule));
    for (const Measured& one : kMeasures)
      fmt::print("  {:>8.2f}", plain(runs, rule, one.of).middle);
    fmt::print("  {:>5.1f} %\n", 100 * plain(runs, rule, &Outcome::idle).middle);
  }
}

// What must be reached.
class Verdicts {
 public:
  void at_most(const std::string& what, double value, double limit) {
    const bool reached = value <= limit + 1e-9;
    fmt::print("{:58} {:6.3f}  (must be <= {:.2f}) {}\n", what, value, limit,
               reached ? "" : "NOT REACHED");
    missed_ += reached ? 0 : 1;
  }
  int missed() const { return missed_; }

 private:
  int missed_ = 0;
};

class Report {
 public:
  explicit Report(const Options& options) : options_(options) {}

  int pinned() {
    table("locks off: flock against priority, median [10–90 %] over the seeds", {}, all_);
    Recipe locked;
    locked.locks = true;
    table("locks on", locked, locked_);
    Recipe even;
    even.skill = 0;
    table("without differences of skill", even, even_);
    Recipe stream;
    stream.load = 1.2;
    print_head("a stream at load 1.2");
    for (const std::size_t agents : {std::size_t{8}, std::size_t{32}}) {
      stream.agents = agents;
      stream_[agents] = play_all({stream, false, {}, {}}, options_);
      print_row("hotspot", agents, stream_[agents]);
    }
    print_medians();
    if (options_.svg) draw_all();
    return verdicts();
  }

 private:
  using Table = std::map<std::pair<Shape, std::size_t>, Runs>;

  void table(const std::string& title, Recipe recipe, Table& into) {
    print_head(title);
    for (const Shape shape : kShapes) {
      for (const std::size_t agents : options_.agents) {
        recipe.shape = shape;
        recipe.agents = agents;
        Runs runs = play_all({recipe, false, {}, {}}, options_);
        print_row(std::string(shape_name(shape)), agents, runs);
        into[{shape, agents}] = std::move(runs);
      }
    }
  }

  void print_medians() const {
    fmt::print("\nlocks off, medians: hours, and conflicts a run\n{:10} {:>6}  {:9}", "shape",
               "agents", "rule");
    for (const Measured& one : kMeasures) fmt::print("  {:>8.8}", one.name);
    fmt::print("  {:>7}\n", "idle");
    for (const auto& [key, runs] : all_) {
      if (key.second == 8 || key.second == 32)
        print_rules(std::string(shape_name(key.first)), key.second, runs);
    }
  }

  double middle(Shape shape, std::size_t agents, Measure of) const {
    const auto found = all_.find({shape, agents});
    return found == all_.end() ? 0 : ratio(found->second, Rule::kFlock, of).middle;
  }

  int verdicts() const {
    fmt::print("\nmust be reached, medians against priority order\n");
    Verdicts must;
    const auto conflicts = &Outcome::conflicts;
    must.at_most("conflicts, hot spot, 8 agents", middle(Shape::kHotSpot, 8, conflicts), 0.4);
    must.at_most("conflicts, hot spot, 32 agents", middle(Shape::kHotSpot, 32, conflicts), 0.7);
    must.at_most("conflicts, fan-out, 8 agents", middle(Shape::kFanOut, 8, conflicts), 0.3);
    must.at_most("conflicts, fan-out, 32 agents", middle(Shape::kFanOut, 32, conflicts), 0.5);
    must.at_most("conflicts, chain, 32 agents", middle(Shape::kChain, 32, conflicts), 0.75);
    for (const Shape shape : kShapes) {
      for (const std::size_t agents : {std::size_t{8}, std::size_t{32}}) {
        const std::string where = fmt::format("{}, {} agents", shape_name(shape), agents);
        const double span = shape != Shape::kHotSpot ? 0.95 : agents == 8 ? 0.9 : 0.87;
        must.at_most("makespan, " + where, middle(shape, agents, &Outcome::makespan), span);
        must.at_most("longest wait, " + where, middle(shape, agents, &Outcome::longest_wait), 1);
        must.at_most("priority-weighted wait, " + where,
                     middle(shape, agents, &Outcome::weighted_wait),
                     shape == Shape::kChain ? 1.4 : 1);
      }
    }
    for (const auto& [agents, runs] : stream_)
      must.at_most(fmt::format("longest wait, hot-spot stream, {} agents", agents),
                   ratio(runs, Rule::kFlock, &Outcome::longest_wait).middle, 1.15);
    int more = 0;
    for (const Table* table : {&all_, &locked_}) {
      for (const auto& [key, runs] : *table)
        more += total(runs, Rule::kFlock) > total(runs, Rule::kPriority) ? 1 : 0;
    }
    must.at_most("settings with more conflicts in all, of locks on and off", more, 0);
    return must.missed() == 0 ? 0 : 1;
  }

  void draw_all() const {
    static const std::map<Rule, const char*> colours = {
        {Rule::kFlock, "#d1495b"}, {Rule::kFifo, "#00798c"}, {Rule::kRandom, "#8d96a3"}};
    for (const Measured& one : kMeasures) {
      std::vector<Panel> panels;
      for (const Shape shape : kShapes) {
        if (shape == Shape::kDisjoint && one.of == &Outcome::conflicts) continue;
        Panel panel{std::string(shape_name(shape)), {}};
        for (const auto& [rule, colour] : colours) {
          Line line{std::string(rule_name(rule)), colour, {}};
          for (const std::size_t agents : options_.agents) {
            const Range range = ratio(all_.at({shape, agents}), rule, one.of);
            line.points.push_back(
                {static_cast<double>(agents), range.low, range.middle, range.high});
          }
          panel.lines.push_back(std::move(line));
        }
        panels.push_back(std::move(panel));
      }
      std::string file = one.name;
      std::replace(file.begin(), file.end(), ' ', '-');
      const std::string path = fmt::format("{}/{}.svg", *options_.svg, file);
      if (!write_file(path, draw(one.name, "against priority order", panels, 1)))
        fmt::print(stderr, "cannot write {}\n", path);
    }
  }

  const Options& options_;
  Table all_, locked_, even_;
  std::map<std::size_t, Runs> stream_;
};

Result<Script> read_script(const std::string& path) {
  MASC_TRY(const std::string text, read_file(path));
  return parse_script(text, {});
}

int bad_script(const Options& options, const Error& error) {
  fmt::print(stderr, "{}: {}\n", *options.scenario, error.message);
  return error.code == ErrorCode::kInvalid ? 2 : 1;
}

int real(const Options& options) {
  std::vector<Script> scripts;
  if (options.scenario) {
    const auto script = read_script(*options.scenario);
    if (!script) return bad_script(options, script.error());
    return play_real({*script}, options.seed, *options.real);
  }
  for (const bool locks : {false, true}) {
    for (const Shape shape : kShapes) {
      for (const std::size_t agents : options.agents) {
        Recipe recipe;
        recipe.shape = shape;
        recipe.agents = agents;
        recipe.locks = locks;
        scripts.push_back({recipe, false, {}, {}});
      }
    }
  }
  return play_real(scripts, options.seed, *options.real);
}

int given(const Options& options) {
  const auto script = read_script(*options.scenario);
  if (!script) return bad_script(options, script.error());
  const Runs runs = play_all(*script, options);
  const std::string name(script->tasks.empty() ? shape_name(script->recipe.shape) : "given");
  print_head("flock against priority, median [10–90 %] over the seeds");
  print_row(name, script->recipe.agents, runs);
  fmt::print("\nmedians: hours, and conflicts a run\n");
  print_rules(name, script->recipe.agents, runs);
  return 0;
}

std::optional<std::vector<std::size_t>> numbers(std::string_view text) {
  std::vector<std::size_t> list;
  for (const std::string_view part : split(text, ',')) {
    const long value = std::strtol(std::string(part).c_str(), nullptr, 10);
    if (value < 1 || value > 1000) return std::nullopt;
    list.push_back(static_cast<std::size_t>(value));
  }
  return list;
}

std::optional<Options> parse(const std::vector<std::string>& args) {
  Options options;
  for (std::size_t i = 0; i < args.size(); i += 2) {
    if (i + 1 >= args.size()) return std::nullopt;
    const std::string& value = args[i + 1];
    if (args[i] == "--scenario") {
      options.scenario = value;
    } else if (args[i] == "--svg") {
      options.svg = value;
    } else if (args[i] == "--seed") {
      options.seed = std::strtoull(value.c_str(), nullptr, 10);
    } else if (args[i] == "--seeds" || args[i] == "--agents" || args[i] == "--real") {
      const auto list = numbers(value);
      if (!list) return std::nullopt;
      if (args[i] == "--seeds") {
        options.seeds = list->front();
      } else if (args[i] == "--real") {
        options.real = list->front();
      } else {
        options.agents = *list;
      }
    } else {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace
}  // namespace masc::bench

int main(int argc, char** argv) {
  const auto options = masc::bench::parse({argv + 1, argv + argc});
  if (!options) {
    fmt::print(stderr,
               "usage: masc_swarm_bench [--scenario FILE] [--seed N] [--seeds K] [--agents A,B,…] "
               "[--svg DIR] [--real K]\n");
    return 2;
  }
  const std::size_t seeds = options->real.value_or(options->seeds);
  fmt::print("seeds {} to {}\n", options->seed, options->seed + seeds - 1);
  if (options->real) return masc::bench::real(*options);
  if (options->scenario) return masc::bench::given(*options);
  return masc::bench::Report(*options).pinned();
}
