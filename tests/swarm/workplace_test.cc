// The simulation by the rules alone and the one with masc's own claims, locks and landings come to
// the same: what the quick one says of many seeds is what masc does.
#include "workplace.h"

#include <gtest/gtest.h>

#include "git/worktree_fixture.h"
#include "world.h"

namespace masc::bench {
namespace {

using git::must;

Outcome in_masc(const Scenario& scenario, Rule rule) {
  const git::TempFolder folder;
  git::Environment environment;
  environment.set("PATH", std::getenv("PATH"));
  environment.set("HOME", folder.path());
  const auto workplace = must(in_repository(scenario, folder.path(), environment));
  return must(play(scenario, rule, swarm::tuned_weights(), 1, *workplace));
}

// What both come to.
Outcome by_both(const Scenario& scenario, Rule rule) {
  const Outcome modelled = play(scenario, rule, swarm::tuned_weights(), 1);
  const Outcome real = in_masc(scenario, rule);
  EXPECT_EQ(real.conflicts, modelled.conflicts) << rule_name(rule);
  EXPECT_EQ(real.makespan, modelled.makespan) << rule_name(rule);
  EXPECT_TRUE(real == modelled) << rule_name(rule);
  return real;
}

Scenario scripted(const std::string& text) { return scenario_of(must(parse_script(text, {})), 1); }

TEST(Workplace, MascConflictsWhereTheRulesSaySo) {
  const std::string text =
      "agents 2\nskill 0\nrework 0.5\n"
      "task a minutes=60 touches=1\ntask b minutes=30 touches=1,2\n";
  EXPECT_EQ(by_both(scripted(text), Rule::kFifo).conflicts, 1);
  EXPECT_EQ(by_both(scripted("locks on\n" + text), Rule::kFifo).conflicts, 0);
}

// Worked out by hand: b does not say that it touches what a holds; ready after 30 minutes, it waits
// until a lands after 60, finds its file changed, works 15 more.
TEST(Workplace, MascStopsALandingAtALockWhereTheRulesDo) {
  const Outcome one = by_both(scripted("agents 2\nskill 0\nrework 0.5\nlocks on\n"
                                       "task a minutes=60 touches=1\n"
                                       "task b minutes=30 touches=1 declared=no\n"),
                              Rule::kFifo);
  EXPECT_EQ(one.conflicts, 1);
  EXPECT_NEAR(one.makespan, 1.25, 1e-6);
}

TEST(Workplace, MadeScenariosComeToTheSame) {
  Recipe recipe;
  recipe.agents = 4;
  recipe.tasks_per_agent = 5;
  recipe.files = 40;
  double conflicts = 0;
  for (const bool locks : {false, true}) {
    recipe.locks = locks;
    recipe.shape = Shape::kHotSpot;
    for (const Rule rule : {Rule::kPriority, Rule::kFlock})
      conflicts += by_both(make_scenario(recipe, 77), rule).conflicts;
    recipe.shape = Shape::kFanOut;
    conflicts += by_both(make_scenario(recipe, 77), Rule::kRandom).conflicts;
  }
  EXPECT_GT(conflicts, 0);
}

// By masc's own `next`, from what it has on record, every task gets done all the same.
TEST(Workplace, MascNextLeavesNothingUndone) {
  Recipe recipe;
  recipe.agents = 3;
  recipe.tasks_per_agent = 5;
  recipe.shape = Shape::kFanOut;
  const Outcome one = in_masc(make_scenario(recipe, 77), Rule::kNext);
  EXPECT_GT(one.makespan, 0);
  EXPECT_LT(one.idle, 0.9);
}

}  // namespace
}  // namespace masc::bench
