// The simulation itself: it plays the whole of a scenario, the same way each time.
#include "world.h"

#include <gtest/gtest.h>

namespace masc::bench {
namespace {

Outcome play_rule(const Recipe& recipe, Rule rule, std::uint64_t seed) {
  return play(make_scenario(recipe, seed), rule, swarm::tuned_weights(), seed);
}

Outcome play_text(const std::string& text, Rule rule = Rule::kPriority) {
  const auto script = parse_script(text, {});
  EXPECT_TRUE(script) << script.error().message;
  return play(scenario_of(*script, 1), rule, swarm::tuned_weights(), 1);
}

TEST(World, ASeedIsOneOutcome) {
  Recipe recipe;
  for (const Rule rule : kRules) {
    const Outcome one = play_rule(recipe, rule, 77);
    const Outcome again = play_rule(recipe, rule, 77);
    EXPECT_EQ(one.conflicts, again.conflicts);
    EXPECT_EQ(one.makespan, again.makespan);
    EXPECT_GT(one.makespan, 0);
  }
}

TEST(World, OneAgentNeverConflictsNorIdles) {
  Recipe recipe;
  recipe.agents = 1;
  for (const Rule rule : kRules) {
    const Outcome one = play_rule(recipe, rule, 5);
    EXPECT_EQ(one.conflicts, 0);
    EXPECT_NEAR(one.idle, 0, 1e-9);
  }
}

TEST(World, DisjointWorkNeverConflicts) {
  Recipe recipe;
  recipe.shape = Shape::kDisjoint;
  recipe.agents = 32;
  for (const Rule rule : kRules) EXPECT_EQ(play_rule(recipe, rule, 5).conflicts, 0);
}

// Worked out by hand: two agents, two tasks on one file, of 60 and 30 minutes. The second lands
// first; the first finds its file changed, works half as long again and lands after 90 minutes.
TEST(World, ALandingConflictsWithWhatLandedSinceItBegan) {
  const std::string text =
      "agents 2\nskill 0\nrework 0.5\n"
      "task a minutes=60 touches=1\ntask b minutes=30 touches=1,2\n";
  const Outcome both = play_text(text);
  EXPECT_EQ(both.conflicts, 1);
  EXPECT_NEAR(both.makespan, 1.5, 1e-6);
  EXPECT_NEAR(both.idle, 1 - (90.0 + 30) / 180, 1e-6);
  const Outcome locked = play_text("locks on\n" + text);
  EXPECT_EQ(locked.conflicts, 0);
  EXPECT_NEAR(locked.makespan, 1.5, 1e-6);
  EXPECT_NEAR(locked.longest_wait, 0.5, 1e-6);
}

TEST(World, ATaskWaitsForWhatItComesAfter) {
  const Outcome chain = play_text(
      "agents 3\nskill 0\ntask a minutes=30 touches=1\n"
      "task b minutes=30 touches=2 after=a\ntask c minutes=30 touches=3 after=a,b at=10\n");
  EXPECT_NEAR(chain.makespan, 1.5, 1e-6);
  EXPECT_NEAR(chain.longest_wait, 5.0 / 6, 1e-6);
}

TEST(World, TheFlockConflictsLessThanPriorityOrderOnHotSpots) {
  Recipe recipe;
  double flock = 0;
  double priority = 0;
  for (std::uint64_t seed = 500; seed < 505; ++seed) {
    flock += play_rule(recipe, Rule::kFlock, seed).conflicts;
    priority += play_rule(recipe, Rule::kPriority, seed).conflicts;
  }
  EXPECT_LT(flock, 0.6 * priority);
}

TEST(Script, NamesTheLineOfWhatItDoesNotUnderstand) {
  for (const char* bad : {"agents 0", "load x", "shape round", "locks maybe", "colour red", "task",
                          "task a", "task a touches=1 after=z", "task a touches=1 mood=9",
                          "task a touches=-1", "agent 1,2", "declared 2"}) {
    const auto script = parse_script(std::string("# first\n\n") + bad + "\n", {});
    ASSERT_FALSE(script) << bad;
  }
  const auto script = parse_script("agents 4 # four\nlocks on\n shape chain \n", {});
  ASSERT_TRUE(script);
  EXPECT_EQ(script->recipe.agents, 4U);
  EXPECT_TRUE(script->recipe.locks);
  EXPECT_EQ(script->recipe.shape, Shape::kChain);
}

}  // namespace
}  // namespace masc::bench
