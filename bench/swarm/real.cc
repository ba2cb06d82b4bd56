#include "real.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "base/file.h"
#include "workplace.h"
#include "world.h"

namespace masc::bench {
namespace {

constexpr Rule kRealRules[] = {Rule::kPriority, Rule::kFlock, Rule::kNext};

git::Environment own_environment() {
  std::vector<std::string> variables;
  for (char** one = environ; *one != nullptr; ++one) variables.emplace_back(*one);
  return git::Environment(std::move(variables));
}

Result<Outcome> play_once(const Scenario& scenario, Rule rule, std::uint64_t seed) {
  const git::Environment environment = own_environment();
  const std::string top = environment.get("TMPDIR");
  std::string folder = (top.empty() ? "/tmp" : top) + "/masc-swarm-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr)
    return fail(ErrorCode::kIo, "cannot make a folder for the repository");
  auto outcome = [&]() -> Result<Outcome> {
    MASC_TRY(const auto workplace, in_repository(scenario, folder, environment));
    return play(scenario, rule, swarm::tuned_weights(), seed, *workplace);
  }();
  MASC_CHECK(remove_tree(folder));
  return outcome;
}

// One rule over the seeds.
struct Sum {
  Outcome of;  // conflicts added up, of all else the mean
  std::size_t differs = 0;

  void add(const Outcome& one, std::size_t seeds) {
    const auto share = [&](double value) { return value / static_cast<double>(seeds); };
    of.conflicts += one.conflicts;
    of.makespan += share(one.makespan);
    of.longest_wait += share(one.longest_wait);
    of.weighted_wait += share(one.weighted_wait);
    of.idle += share(one.idle);
  }
};

Result<Sum> play_rule(const Script& script, Rule rule, std::uint64_t seed, std::size_t seeds) {
  Sum sum;
  for (std::size_t k = 0; k < seeds; ++k) {
    const Scenario scenario = scenario_of(script, seed + k);
    MASC_TRY(const Outcome one, play_once(scenario, rule, seed + k));
    sum.add(one, seeds);
    // `masc next` looks at trails that the rules alone don't leave.
    if (rule == Rule::kNext) continue;
    if (one != play(scenario, rule, swarm::tuned_weights(), seed + k)) ++sum.differs;
  }
  return sum;
}

std::string verdict(Rule rule, const Sum& sum) {
  if (rule == Rule::kNext) return "";
  return sum.differs == 0 ? "the same" : fmt::format("OTHERS in {} seeds", sum.differs);
}

}  // namespace

int play_real(const std::vector<Script>& scripts, std::uint64_t seed, std::size_t seeds) {
  fmt::print(
      "\nin repositories, by masc's own claims, locks and landings: conflicts in all, means\n");
  fmt::print("{:10} {:>6}  {:5}  {:9}  {:>9}  {:>8}  {:>7}  {:>8}  {:>7}  {}\n", "shape", "agents",
             "locks", "rule", "conflicts", "makespan", "longest", "weighted", "idle",
             "by the rules alone");
  bool good = true;
  for (const Script& script : scripts) {
    const Recipe& recipe = script.recipe;
    const std::string name(script.tasks.empty() ? shape_name(recipe.shape) : "given");
    for (const Rule rule : kRealRules) {
      const auto sum = play_rule(script, rule, seed, seeds);
      if (!sum) return fmt::print(stderr, "{}\n", sum.error().message), 1;
      fmt::print("{:10} {:6}  {:5}  {:9}  {:9.0f}  {:8.2f}  {:7.2f}  {:8.2f}  {:5.1f} %  {}\n",
                 name, recipe.agents, recipe.locks ? "on" : "off", rule_name(rule),
                 sum->of.conflicts, sum->of.makespan, sum->of.longest_wait, sum->of.weighted_wait,
                 100 * sum->of.idle, verdict(rule, *sum));
      static_cast<void>(std::fflush(stdout));
      good = good && sum->differs == 0;
    }
  }
  return good ? 0 : 1;
}

}  // namespace masc::bench
