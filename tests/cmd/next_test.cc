// next, and claim under `choose: flock`.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "support/sandbox.h"

namespace masc::testing {
namespace {

class NextVerb : public ::testing::Test {
 protected:
  void SetUp() override { box.ok({"init", "--no-hooks"}); }
  std::string add(const std::string& title, std::vector<std::string> more = {}) {
    std::vector<std::string> args = {"add", title, "-q"};
    args.insert(args.end(), more.begin(), more.end());
    return box.ok(args);
  }
  std::string next(const std::string& agent) { return box.ok({"--agent", agent, "next", "-q"}); }
  void policy(const std::string& text) {
    box.write(".masc.yaml", text);
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "policy"});
  }
  Sandbox box;
};

TEST_F(NextVerb, SaysSoWhenNothingIsReady) {
  const cmd::Printed got = box.masc({"next", "--json"});
  EXPECT_EQ(got.status, 4);
  EXPECT_EQ(field(got.out, "error.code"), "nothing_ready");
}

TEST_F(NextVerb, TakesNothingAndIsTheSameEachTime) {
  const std::string low = add("low", {"-p", "3"});
  const std::string high = add("high", {"-p", "0"});
  EXPECT_EQ(next("al"), high);
  EXPECT_EQ(next("al"), high);
  EXPECT_EQ(box.ok({"--agent", "al", "next", "--json"}),
            box.ok({"--agent", "al", "next", "--json"}));
  EXPECT_EQ(field(box.ok({"show", high, "--json"}), "task.status"), "open");
}

TEST_F(NextVerb, KeepsAwayFromWhatOthersWorkOnByPathsLocksAndCommits) {
  const std::string first = add("first", {"--path", "src/a.cc"});
  box.ok({"--agent", "bo", "claim", first, "--no-worktree"});
  const std::string same = add("same file", {"--path", "src/a.cc"});
  const std::string other = add("other file", {"--path", "src/b.cc", "-p", "2"});
  EXPECT_EQ(next("al"), other);
  box.ok({"--agent", "cy", "lock", "src/b.cc"});
  box.clock().advance(std::chrono::minutes(1));
  const std::string third = add("third", {"--path", "src/c.cc"});
  EXPECT_EQ(next("al"), third);
  box.ok({"--agent", "bo", "cancel", first});
  EXPECT_EQ(next("al"), same);
}

TEST_F(NextVerb, ReadsPathsOutOfTitlesWhereNoneAreDeclared) {
  box.ok(
      {"--agent", "zoe", "trail", "mark", "src/auth/login.cc", "src/menu.cc", "--as", "explored"});
  const std::string one = add("Repair login");
  box.ok({"--agent", "bo", "claim", one, "--no-worktree"});
  const std::string same = add("Login again");
  const std::string other = add("Menu colours");
  EXPECT_EQ(next("al"), other);
  EXPECT_NE(same, other);
}

// Two files where work happens alike, one of them under way: three guessed files meet it 1.5 times.
TEST_F(NextVerb, AHazardOnAFolderIsOneOnAllThatIsInIt) {
  add("inside, new", {"--path", "src/login/new.cc"});
  box.ok({"--agent", "zoe", "trail", "mark", "src/login/old.cc", "--as", "explored"});
  box.clock().advance(std::chrono::minutes(1));  // else their ids decide
  const std::string outside = add("outside", {"--path", "lib/x.cc"});
  EXPECT_NE(next("al"), outside);
  box.ok({"--agent", "zoe", "trail", "mark", "src", "--as", "hazard", "--strength", "5"});
  EXPECT_EQ(next("al"), outside);
}

TEST_F(NextVerb, WhatAClaimUnderWayTouchesIsCountedOnce) {
  box.ok({"--agent", "zoe", "trail", "mark", "src/a.cc", "src/b.cc", "--as", "explored"});
  box.ok({"--agent", "bo", "claim", add("Something"), "--no-worktree"});
  box.clock().advance(std::chrono::seconds(1));
  box.ok({"--agent", "bo", "trail", "mark", "src/a.cc", "--as", "explored"});
  add("Anything");
  const std::string json = box.ok({"--agent", "al", "next", "--json"});
  EXPECT_EQ(field(json, "why.2.term"), "separation");
  EXPECT_NEAR(std::atof(field(json, "why.2.value").c_str()), std::exp(-1.5) - 1, 0.001);
}

TEST_F(NextVerb, LearnsFromTheOwnRecord) {
  const auto work = [&](const std::string& agent, const std::string& label, int minutes) {
    const std::string id = add("t", {"-l", label, "-p", "4"});
    box.ok({"--agent", agent, "claim", id, "--no-worktree"});
    box.clock().advance(std::chrono::minutes(minutes));
    box.ok({"--agent", agent, "done", id});
  };
  for (int i = 0; i < 3; ++i) {
    work("al", "ui", 10);
    work("al", "db", 60);
    work("bo", "ui", 60);
    work("bo", "db", 10);
  }
  const std::string ui = add("x", {"-l", "ui"});
  const std::string db = add("y", {"-l", "db"});
  EXPECT_EQ(next("al"), ui);
  EXPECT_EQ(next("bo"), db);
}

TEST_F(NextVerb, AFailedCheckAtALandingCountsAgainstItsAgentsRecordAlone) {
  box.git({"config", "masc.commands", "true"});
  const std::string id = add("t", {"-l", "ui", "-p", "4"});
  box.ok({"--agent", "al", "claim", id});
  const std::string place = box.ok({"worktree", "path", id});
  box.git({"commit", "-q", "--allow-empty", "-m", "work"}, place);
  EXPECT_EQ(box.masc({"--agent", "al", "land", id, "--check", "false"}).status, 5);
  box.ok({"--agent", "al", "cancel", id});
  const std::string ui = add("x", {"-l", "ui"});
  box.clock().advance(std::chrono::seconds(1));
  const std::string db = add("y", {"-l", "db"});
  EXPECT_EQ(next("al"), db);
  EXPECT_EQ(next("bo"), ui);
}

TEST_F(NextVerb, ExplainNamesEachTermAndTheyAddUp) {
  add("t", {"-p", "1"});
  const std::string text = box.ok({"next", "--explain"});
  for (const char* term : {"priority", "waiting", "separation", "response", "trail", "cohesion",
                           "crowding", "line", "foresight", "score "}) {
    EXPECT_NE(text.find(term), std::string::npos) << term;
  }
  const std::string json = box.ok({"next", "--json"});
  EXPECT_EQ(field(json, "score"), "3");
  EXPECT_EQ(field(json, "why.0.term"), "priority");
  EXPECT_EQ(field(json, "why.0.value"), "3");
  EXPECT_EQ(field(json, "task.priority"), "1");
}

TEST_F(NextVerb, ClaimFollowsItWhereThePolicySaysSo) {
  const std::string first = add("first", {"--path", "src/a.cc"});
  box.ok({"--agent", "bo", "claim", first, "--no-worktree"});
  const std::string same = add("same file", {"--path", "src/a.cc"});
  box.clock().advance(std::chrono::seconds(1));
  const std::string other = add("other file", {"--path", "src/b.cc"});
  policy("claim: {choose: priority}\n");
  const std::string by_priority = box.ok({"--agent", "al", "claim", "--no-worktree", "-q"});
  EXPECT_EQ(by_priority, same);
  box.ok({"--agent", "al", "release", same});
  policy("claim: {choose: flock}\n");
  EXPECT_EQ(box.ok({"--agent", "al", "claim", "--no-worktree", "-q"}), other);
  EXPECT_EQ(box.ok({"--agent", "al", "claim", "--no-worktree", "-q"}), same);
  EXPECT_EQ(box.masc({"--agent", "al", "claim", "--no-worktree"}).status, 4);
}

}  // namespace
}  // namespace masc::testing
