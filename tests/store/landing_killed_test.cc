// What a killed landing leaves, and who finishes it.
#include "store/landing_fixture.h"

namespace masc::store {
namespace {

TEST_F(LandingTest, KilledBeforeTheMoveItIsRepeated) {
  const Task task = claim();
  const std::string commit = work(task);
  killed(task, commit, false);
  must(land(task));
  expect_landed(task, commit);
}

TEST_F(LandingTest, KilledBeforeTheMoveAndCollectedItIsRepeated) {
  const Task task = claim();
  const std::string commit = work(task);
  const LandingMark mark = killed(task, commit, false);
  must(tasks_->change(task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
    Draft draft{fresh, {"task_edited", "codex", "", "", kNoon, "landing", "", ""}, std::nullopt};
    draft.task.landing = format_mark({mark.from, std::string(40, 'd'), mark.tip, false});
    return draft;
  }));
  must(land(task));
  expect_landed(task, commit);
}

TEST_F(LandingTest, KilledBehindTheMoveItIsFinished) {
  const Task task = claim();
  const std::string commit = work(task);
  killed(task, commit, true);
  const Landed landed = must(land(task));
  EXPECT_EQ(landed.commits, 1U);
  expect_landed(task, commit);
}

TEST_F(LandingTest, KilledBehindTheMoveOfAReplayItIsFinished) {
  const Task task = claim();
  work(task);
  commit(repo(), "m.txt", "m\n");
  options_.dry_run = true;
  const std::string replayed = must(land(task)).commit;
  options_.dry_run = false;
  killed(task, replayed, true);
  must(land(task));
  expect_landed(task, replayed);
}

TEST_F(LandingTest, WorkThatCameAfterTheKillLandsAnew) {
  const Task task = claim();
  work(task);
  commit(repo(), "m.txt", "m\n");
  options_.dry_run = true;
  const std::string replayed = must(land(task)).commit;
  options_.dry_run = false;
  killed(task, replayed, true);
  work(task, "later.txt");
  const Landed landed = must(land(task));
  EXPECT_EQ(landed.commits, 1U);
  expect_landed(task, landed.commit);
  EXPECT_EQ(git_in(repo(), {"rev-list", "--count", "main"}), "4");
}

TEST_F(LandingTest, KilledBehindTheTaskItIsTidiedUp) {
  const Task task = claim();
  const std::string commit = work(task);
  killed(task, commit, true);
  must(tasks_->change(task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
    Draft draft{fresh, {"task_landed", "codex", "", "", kNoon, "land", "", ""}, std::nullopt};
    draft.task.result = {"codex", 1, fresh.id.branch(), commit, true};
    draft.task.landing.clear();
    model::end_claim(draft.task, Status::kDone);
    return draft;
  }));
  EXPECT_EQ(must(land(task)).how, How::kAlready);
  expect_landed(task, commit);
}

TEST_F(LandingTest, WhoeverMeetsAKilledLandingFinishesIt) {
  const Task task = claim();
  const std::string commit = work(task);
  killed(task, commit, true);
  model::Actor other;
  other.agent = "other";
  const auto finished = must(landings().finish(task.id, other, kNoon));
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->commit, commit);
  expect_landed(task, commit);
  EXPECT_FALSE(must(landings().finish(task.id, other, kNoon)));
}

TEST_F(LandingTest, ALandingThatNeverMovedTheBaseIsTakenBack) {
  const Task task = claim();
  const std::string main = tip("main");
  killed(task, work(task), false);
  EXPECT_FALSE(must(landings().finish(task.id, codex_, kNoon)));
  EXPECT_EQ(now(task).landing, "");
  EXPECT_EQ(now(task).status, Status::kClaimed);
  EXPECT_EQ(tip("main"), main);
}

TEST_F(LandingTest, AKeptClaimIsKeptByWhoeverFinishes) {
  const Task task = claim();
  const std::string commit = work(task);
  killed(task, commit, true, true);
  EXPECT_TRUE(must(landings().finish(task.id, codex_, kNoon)));
  EXPECT_EQ(now(task).status, Status::kClaimed);
  EXPECT_EQ(now(task).landing, "");
  EXPECT_TRUE(now(task).result->landed);
  EXPECT_EQ(status(task.claim->worktree), "");
}

}  // namespace
}  // namespace masc::store
