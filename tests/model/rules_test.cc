#include "model/rules.h"

#include <gtest/gtest.h>

namespace masc::model {
namespace {

using namespace std::chrono_literals;

const Instant kNow{Duration(1'772'374'500'000)};

Task claimed_by(const std::string& agent, Duration lease = 45min) {
  Task task;
  task.id = TaskId::parse("m-7k3q9fxa").value();
  task.status = Status::kClaimed;
  task.generation = 3;
  task.claim.emplace();
  task.claim->agent = agent;
  task.claim->generation = 3;
  task.claim->granted = kNow;
  task.claim->renewed = kNow;
  task.claim->lease = lease;
  return task;
}

Actor actor(const std::string& name, const std::string& session = "") {
  return {name, session, false, {}};
}

Liveness touched(Instant at) { return {at, false, ""}; }
Liveness runner_gone(const std::string& who = "") { return {std::nullopt, true, who}; }
Liveness standing(const std::string& who) { return {std::nullopt, false, who}; }

TEST(Lease, EndsExactlyAtItsLength) {
  const Task task = claimed_by("bob");
  EXPECT_FALSE(expired(*task.claim, {}, kNow + 45min - 1ms));
  EXPECT_TRUE(expired(*task.claim, {}, kNow + 45min));
}

TEST(Lease, IsRenewedByATouchAndNeverShortenedByOne) {
  const Task task = claimed_by("bob");
  EXPECT_EQ(expires_at(*task.claim, touched(kNow + 10min)), kNow + 55min);
  EXPECT_EQ(expires_at(*task.claim, touched(kNow - 10min)), kNow + 45min);
}

TEST(Lease, OfARunnerEndsWithItsProcess) {
  Task task = claimed_by("bob");
  task.claim->runner = true;
  EXPECT_TRUE(expired(*task.claim, runner_gone(), kNow));
  EXPECT_FALSE(expired(*task.claim, runner_gone("12 (vim)"), kNow + 24h));
}

TEST(Claim, OfAnotherSessionUnderTheSameNameNeedsResume) {
  Task task = claimed_by("bob");
  task.claim->session = "one";
  EXPECT_EQ(decide_claim(task, actor("bob", "two"), {}, kNow, {}, false).error().code,
            ErrorCode::kHeld);
  EXPECT_EQ(decide_claim(task, actor("bob", "two"), {}, kNow, {}, true).value(),
            ClaimOutcome::kRenewed);
  EXPECT_EQ(decide_claim(task, actor("bob", ""), {}, kNow, {}, false).value(),
            ClaimOutcome::kRenewed);
  EXPECT_EQ(decide_claim(task, actor("bob", "one"), {}, kNow, {}, false).value(),
            ClaimOutcome::kRenewed);
}

TEST(Claim, OfALapsedLeaseIsATakeoverUnlessSomebodyStandsThere) {
  const Task task = claimed_by("bob");
  EXPECT_EQ(decide_claim(task, actor("al"), {}, kNow + 1h, {}, false).value(),
            ClaimOutcome::kTakenOver);
  const auto held = decide_claim(task, actor("al"), standing("12 (vim)"), kNow + 1h, {}, false);
  ASSERT_FALSE(held);
  EXPECT_NE(held.error().message.find("12 (vim)"), std::string::npos);
  // A `run` that was killed: its lease has not ended, and its command goes on.
  const auto early = decide_claim(task, actor("al"), standing("7 (make)"), kNow, {}, false);
  EXPECT_NE(early.error().message.find("7 (make)"), std::string::npos);
}

TEST(Claim, OfAReservedTaskIsForItsAgentOnlyAndOnlyForAWhile) {
  Task task;
  task.id = TaskId::parse("m-7k3q9fxa").value();
  task.reserved = Reservation{"carol", kNow + 10min};
  EXPECT_EQ(decide_claim(task, actor("al"), {}, kNow, {}, false).error().code,
            ErrorCode::kReserved);
  EXPECT_TRUE(decide_claim(task, actor("carol"), {}, kNow, {}, false));
  EXPECT_TRUE(decide_claim(task, actor("al"), {}, kNow + 10min, {}, false));
}

TEST(Claim, OfABlockedTaskNamesWhatItWaitsFor) {
  Task task;
  task.id = TaskId::parse("m-7k3q9fxa").value();
  const auto blocked =
      decide_claim(task, actor("al"), {}, kNow, {TaskId::parse("m-aaaa").value()}, false);
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().code, ErrorCode::kBlocked);
  EXPECT_NE(blocked.error().message.find("m-aaaa"), std::string::npos);
}

TEST(Token, OfAnOlderGenerationIsSupersededWhoeverActs) {
  const Task task = claimed_by("bob");
  Actor old = actor("bob");
  old.standing = Standing{task.id, 2};
  EXPECT_EQ(check_token(task, old).error().code, ErrorCode::kSuperseded);
  EXPECT_FALSE(decide_done(task, old, {}, kNow, true));
  old.standing = Standing{task.id, 3};
  EXPECT_TRUE(check_token(task, old));
  old.standing = Standing{TaskId::parse("m-zzzz").value(), 1};
  EXPECT_TRUE(check_token(task, old));
}

TEST(Token, StaysSupersededWhenTheTaskIsDoneSince) {
  Task task = claimed_by("bob");
  end_claim(task, Status::kDone);
  Actor old = actor("al");
  old.standing = Standing{task.id, 2};
  EXPECT_EQ(decide_done(task, old, {}, kNow, false).error().code, ErrorCode::kSuperseded);
  EXPECT_EQ(decide_release(task, old, {}, kNow, false).error().code, ErrorCode::kSuperseded);
}

TEST(WhoLostAClaim, IsToldThatItWasSuperseded) {
  Task task = claimed_by("bob");
  task.former = {"al"};
  const auto lost = decide_release(task, actor("al"), {}, kNow, false);
  EXPECT_EQ(lost.error().code, ErrorCode::kSuperseded);
  EXPECT_EQ(decide_release(task, actor("zoe"), {}, kNow, false).error().code, ErrorCode::kHeld);
  EXPECT_EQ(decide_claim(task, actor("al"), {}, kNow, {}, false).error().code, ErrorCode::kHeld);
}

TEST(Force, IsForPeopleAndNeedsAReason) {
  Actor person = actor("jane");
  person.human = true;
  EXPECT_TRUE(check_force(person, true, "it hangs", false));
  EXPECT_EQ(check_force(person, true, "", false).error().code, ErrorCode::kUsage);
  EXPECT_EQ(check_force(actor("bot"), true, "why", false).error().code, ErrorCode::kRefused);
  EXPECT_TRUE(check_force(actor("bot"), true, "why", true));
}

TEST(Order, IsByAgedPriorityThenAgeThenId) {
  Task old;
  old.priority = 3;
  old.created = kNow - 50h;
  Task fresh;
  fresh.priority = 1;
  fresh.created = kNow;
  EXPECT_EQ(effective_priority(old, kNow), 1);
  EXPECT_TRUE(before(old, fresh, kNow));
  EXPECT_EQ(effective_priority(old, kNow + 24h * 30), 0);
  Task twin = fresh;
  fresh.id = TaskId::parse("m-aaaa").value();
  twin.id = TaskId::parse("m-bbbb").value();
  EXPECT_TRUE(before(fresh, twin, kNow));
}

}  // namespace
}  // namespace masc::model
