// The guard's table of cases.
#include "guard/decide.h"

#include <gtest/gtest.h>

namespace masc::guard {
namespace {

constexpr const char* kTask = "m-7k3q9fxa";
constexpr const char* kOwn = "refs/heads/masc/m-7k3q9fxa";
constexpr const char* kOther = "refs/heads/masc/m-2c8e0d1b";

enum class State { kCurrent, kSuperseded, kEnded, kGone };

Scene in_claim(State state, const std::string& agent = "") {
  Scene scene;
  scene.agent = agent;
  scene.protected_branches = {"main"};
  scene.ground = Ground{kTask, "al", 2, std::nullopt};
  if (state == State::kGone) return scene;
  model::Task task;
  task.id = model::TaskId::parse(kTask).value();
  task.generation = state == State::kSuperseded ? 3 : 2;
  if (state != State::kEnded) {
    task.claim.emplace();
    task.claim->agent = state == State::kSuperseded ? "bo" : "al";
    task.claim->generation = task.generation;
  }
  scene.ground->state = task;
  return scene;
}

Scene in_main(const std::string& agent, bool known) {
  Scene scene;
  scene.agent = agent;
  scene.known_agent = known;
  scene.held = {kTask};
  scene.protected_branches = {"main"};
  return scene;
}

bool passes(const Decision& decision) { return decision.empty(); }

struct RefCase {
  const char* what;
  State state;
  RefUpdate update;
  std::optional<Rule> refused;
};

TEST(RefTransaction, InAClaimsWorktree) {
  const RefCase cases[] = {
      {"own branch", State::kCurrent, {kOwn, "a", "b"}, std::nullopt},
      {"detached head", State::kCurrent, {"HEAD", "a", "b"}, std::nullopt},
      {"new branch", State::kCurrent, {"refs/heads/idea", "", "b"}, std::nullopt},
      {"other branch", State::kCurrent, {"refs/heads/idea", "a", "b"}, std::nullopt},
      {"protected", State::kCurrent, {"refs/heads/main", "a", "b"}, Rule::kProtected},
      {"protected, deleted", State::kCurrent, {"refs/heads/main", "a", ""}, Rule::kProtected},
      {"another claim's", State::kCurrent, {kOther, "a", "b"}, Rule::kIsolation},
      {"another claim's, made", State::kCurrent, {kOther, "", "b"}, Rule::kIsolation},
      {"another claim's, deleted", State::kCurrent, {kOther, "a", ""}, Rule::kIsolation},
      {"stash", State::kSuperseded, {"refs/stash", "a", "b"}, std::nullopt},
      {"tag", State::kCurrent, {"refs/tags/v1", "", "b"}, std::nullopt},
      {"fetch", State::kSuperseded, {"refs/remotes/origin/main", "a", "b"}, std::nullopt},
      {"nothing moves", State::kSuperseded, {"HEAD", "a", "a"}, std::nullopt},
      {"own branch, lost", State::kSuperseded, {kOwn, "a", "b"}, Rule::kFencing},
      {"head, lost", State::kSuperseded, {"HEAD", "a", "b"}, Rule::kFencing},
      {"new branch, lost", State::kSuperseded, {"refs/heads/idea", "", "b"}, Rule::kFencing},
      {"own branch, over", State::kEnded, {kOwn, "a", "b"}, Rule::kFencing},
      {"head, over", State::kEnded, {"HEAD", "a", "b"}, Rule::kFencing},
      {"own branch, task gone", State::kGone, {kOwn, "a", "b"}, Rule::kFencing},
  };
  for (const RefCase& one : cases) {
    const Decision decision = decide_refs(in_claim(one.state), {one.update});
    EXPECT_EQ(!decision.empty(), one.refused.has_value()) << one.what;
    if (decision.empty() || !one.refused) continue;
    EXPECT_EQ(decision.front().rule, *one.refused) << one.what;
    EXPECT_FALSE(decision.front().hints.empty()) << one.what;
    // git may have written files by then (`reset --hard`): the way back is named.
    EXPECT_NE(decision.front().hints.front().find("git restore"), std::string::npos) << one.what;
  }
}

TEST(RefTransaction, OutsideOfClaimWorktreesIsNobodysBusiness) {
  EXPECT_TRUE(passes(decide_refs(in_main("al", true), {{"refs/heads/main", "a", "b"}})));
}

TEST(Commit, InAClaimsWorktreeNeedsTheClaim) {
  EXPECT_TRUE(passes(decide_commit(in_claim(State::kCurrent), "masc/m-7k3q9fxa")));
  EXPECT_TRUE(passes(decide_commit(in_claim(State::kCurrent, "al"), "")));
  EXPECT_FALSE(passes(decide_commit(in_claim(State::kCurrent, "bo"), "masc/m-7k3q9fxa")));
  EXPECT_FALSE(passes(decide_commit(in_claim(State::kCurrent), "main")));
  EXPECT_FALSE(passes(decide_commit(in_claim(State::kSuperseded), "")));
  EXPECT_FALSE(passes(decide_commit(in_claim(State::kEnded), "")));
}

TEST(Commit, ElsewhereIsFreeForPeopleAndStrangers) {
  EXPECT_TRUE(passes(decide_commit(in_main("", false), "main")));
  EXPECT_TRUE(passes(decide_commit(in_main("stranger", false), "main")));
  EXPECT_FALSE(passes(decide_commit(in_main("al", true), "main")));
  EXPECT_FALSE(passes(decide_commit(in_main("al", true), "masc/m-2c8e0d1b")));
  EXPECT_TRUE(passes(decide_commit(in_main("al", true), "masc/m-7k3q9fxa")));
}

TEST(Push, OfTheBaseIsForPeople) {
  EXPECT_TRUE(passes(decide_push(in_main("", false), {{"refs/heads/main", "refs/heads/main"}})));
  EXPECT_FALSE(passes(decide_push(in_main("al", true), {{"refs/heads/main", "refs/heads/main"}})));
  EXPECT_FALSE(passes(decide_push(in_claim(State::kCurrent), {{"HEAD", "refs/heads/main"}})));
  EXPECT_TRUE(passes(decide_push(in_claim(State::kCurrent), {{"HEAD", kOwn}})));
  EXPECT_FALSE(passes(decide_push(in_claim(State::kCurrent), {{"HEAD", kOther}})));
  EXPECT_FALSE(passes(decide_push(in_claim(State::kSuperseded), {{"HEAD", kOwn}})));
}

TEST(Rebase, MovesOnlyWhatACommitMayMove) {
  EXPECT_TRUE(passes(decide_rebase(in_claim(State::kCurrent), "")));
  EXPECT_FALSE(passes(decide_rebase(in_claim(State::kCurrent), "main")));
  EXPECT_FALSE(passes(decide_rebase(in_claim(State::kSuperseded), "")));
  EXPECT_TRUE(passes(decide_rebase(in_main("", false), "main")));
}

TEST(Locks, OnStagedPathsAreRefusedWhereverTheCommitIsMade) {
  for (Scene scene : {in_claim(State::kCurrent), in_main("al", true), in_main("al", false)}) {
    scene.held_paths = {{"src/a.cc", "bo", "m-2c8e0d1b", "14:05Z"}, {"b", "cy", "", "15:00Z"}};
    const Decision decision = decide_commit(scene, "masc/m-7k3q9fxa");
    ASSERT_EQ(decision.size(), 1U);
    EXPECT_EQ(decision[0].rule, Rule::kLocks);
    EXPECT_EQ(decision[0].reason,
              "commit refused: src/a.cc is held by bo (m-2c8e0d1b, until 14:05Z) and 1 more in "
              "the way");
  }
  Scene person = in_main("", false);
  EXPECT_TRUE(passes(warn_of_locks(person)));
  person.held_paths = {{"b", "cy", "", "15:00Z"}};
  EXPECT_EQ(warn_of_locks(person).at(0).reason, "b is held by cy (until 15:00Z)");
}

TEST(Decisions, NameEveryRuleThatIsBroken) {
  Scene scene = in_claim(State::kSuperseded);
  scene.held_paths = {{"b", "cy", "", "15:00Z"}};
  std::vector<Rule> rules;
  for (const Refusal& refusal : decide_commit(scene, "main")) rules.push_back(refusal.rule);
  EXPECT_EQ(rules, (std::vector<Rule>{Rule::kFencing, Rule::kProtected, Rule::kLocks}));
}

TEST(Push, OfAnothersWorkUnderAnyNameIsNotTheirs) {
  EXPECT_FALSE(passes(decide_push(in_main("al", true), {{kOther, "refs/heads/feature"}})));
  EXPECT_TRUE(passes(decide_push(in_main("", false), {{kOther, "refs/heads/feature"}})));
  EXPECT_TRUE(passes(decide_push(in_claim(State::kCurrent), {{kOwn, "refs/heads/feature"}})));
}

TEST(Strictness, IsThePolicysKeyOfTheRule) {
  model::Policy policy;
  policy.guard.isolation = model::Strictness::kWarn;
  policy.guard.protected_ = model::Strictness::kOff;
  EXPECT_EQ(strictness_of(policy, Rule::kFencing), model::Strictness::kEnforce);
  EXPECT_EQ(strictness_of(policy, Rule::kIsolation), model::Strictness::kWarn);
  EXPECT_EQ(strictness_of(policy, Rule::kProtected), model::Strictness::kOff);
  policy.guard.locks = model::Strictness::kWarn;
  EXPECT_EQ(strictness_of(policy, Rule::kLocks), model::Strictness::kWarn);
}

}  // namespace
}  // namespace masc::guard
