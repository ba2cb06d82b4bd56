// Notes of trails in a state repository: folding, following, and the index beside the formula.
#include "store/trails.h"

#include <gtest/gtest.h>

#include <random>

#include "git/worktree_fixture.h"
#include "store/trail_events.h"
#include "store/trail_index.h"

namespace masc::store {
namespace {

using git::kNoon;
using git::must;
using model::Deposit;
using model::Trail;
using model::TrailKind;

class TrailsTest : public git::WorktreeTest {
 protected:
  TrailsTest() {
    must(Workspace::init(repository_, "", "codex", kNoon));
    workspace_.emplace(must(Workspace::open(repository_)));
  }
  static std::string commit_id(unsigned n) { return fmt::format("{:040x}", n * 0x9E3779B1ULL); }
  Deposit make(const std::string& path, TrailKind kind, const std::string& agent, Instant at) {
    Deposit deposit;
    deposit.at = at;
    deposit.agent = agent;
    deposit.kind = kind;
    deposit.path = path;
    return deposit;
  }
  Trails trails() { return {*workspace_, policy_}; }
  void expect_index_equals_formula(const std::vector<Deposit>& truth, Instant now) {
    const TrailIndex index = must(TrailIndex::open(*workspace_, policy_, now));
    for (const std::string path : {"src", "src/f3", "src/d/f4", ".", "none"}) {
      for (const TrailKind kind : model::kPathKinds) {
        const Trail want = model::read_trail(truth, path, kind, policy_, now);
        Trail got;
        for (const Trail& trail : index.at(path)) {
          if (trail.kind == kind) got = trail;
        }
        EXPECT_NEAR(got.strength, want.strength, 0.01 * want.strength + 1e-5) << path;
        EXPECT_EQ(got.deposits, want.deposits) << path;
      }
    }
  }
  model::Policy policy_;
  std::optional<Workspace> workspace_;
};

TEST_F(TrailsTest, TheIndexReadsTheClosedFormulaBesideFoldsAndNewDeposits) {
  const auto seed = static_cast<unsigned>(std::random_device()());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<Deposit> truth;
  Instant now = kNoon;
  for (int step = 0; step < 150; ++step) {
    now += std::chrono::minutes(random() % 300);
    const unsigned n = static_cast<unsigned>(random() % 6);
    const Deposit one =
        make(fmt::format("src/{}f{}", n == 4 ? "d/" : "", n), model::kPathKinds[random() % 4],
             fmt::format("a{}", random() % 3), now);
    must(trails().deposit(commit_id(n), {one}, "codex", now));
    truth.push_back(one);
    truth.back().clone = "0000000000000000";
    truth.back().number = step + 1;
    if (random() % 10 == 0) must(trails().fold(random() % 20, "codex", now));
    if (random() % 5 == 0) expect_index_equals_formula(truth, now);
  }
  must(trails().fold(0, "codex", now));
  expect_index_equals_formula(truth, now);
  EXPECT_LE(must(trails().lines()).size(), 6U * 4 * 3);
}

TEST_F(TrailsTest, FollowJoinsNotesAndLosesNone) {
  must(trails().deposit(commit_id(1), {make("a", TrailKind::kHazard, "x", kNoon)}, "x", kNoon));
  must(trails().deposit(commit_id(2), {make("b", TrailKind::kHazard, "x", kNoon)}, "x", kNoon));
  must(trails().follow(
      {{commit_id(1), commit_id(3)}, {commit_id(2), commit_id(3)}, {commit_id(7), commit_id(8)}},
      "x", kNoon));
  const auto tip = must(workspace_->state().ref(kTrailsRef));
  const Notes notes =
      must(read_notes(workspace_->state(), must(workspace_->state().commit(*tip)).tree));
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes.begin()->first, commit_id(3));
  EXPECT_EQ(parse_notes(notes).size(), 2U);
}

TEST_F(TrailsTest, ALongCommitIdIsCutToAKeyThatGitCanHold) {
  const std::string id(64, 'a');
  must(trails().deposit(id, {make("a", TrailKind::kHazard, "x", kNoon)}, "x", kNoon));
  EXPECT_EQ(must(trails().lines()).size(), 1U);
  EXPECT_EQ(note_key(id).size(), 40U);
}

TEST_F(TrailsTest, OfManyPathsTheFoldersAreMarked) {
  std::vector<std::string> paths;
  for (int i = 0; i < 5000; ++i) paths.push_back(fmt::format("d{}/e{}/f{}", i / 500, i / 10, i));
  std::vector<std::string> few = {"b", "a", "b"};
  EXPECT_EQ(few_paths(std::move(few)), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(few_paths(std::move(paths)).size(), 10U);
}

}  // namespace
}  // namespace masc::store
