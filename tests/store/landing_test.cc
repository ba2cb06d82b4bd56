// Landing as a whole: the task's state, the base, branch and worktree.
#include "store/landing.h"

#include <cstdlib>

#include "store/landing_check.h"
#include "store/landing_fixture.h"
#include "store/locks.h"

namespace masc::store {
namespace {

class Sha256LandingTest : public LandingTest {
 protected:
  Sha256LandingTest() : LandingTest("sha256") {}
};

TEST(LandingMarks, RoundTripAndRefuseWhatTheyNeverWrite) {
  const std::string a(40, 'a');
  const std::string b(40, 'b');
  for (const LandingMark& mark : {LandingMark{a, b, a, false}, LandingMark{b, a, b, true}}) {
    EXPECT_EQ(must(parse_mark(format_mark(mark))), mark);
  }
  EXPECT_EQ(must(parse_mark(a + " " + b)), (LandingMark{a, b, b, false}));
  for (const std::string& text : {std::string(), a, a + " x", "x " + a}) {
    EXPECT_TRUE(fails_with(ErrorCode::kFormat, parse_mark(text))) << text;
  }
}

TEST(Checks, OnlyPeopleMayReplaceThePolicysAndRunWhereCommandsAreOff) {
  using Commands = std::vector<std::string>;
  EXPECT_EQ(must(checks_of("", "", false, false)), Commands{});
  EXPECT_EQ(must(checks_of("make", "", false, true)), Commands{"make"});
  EXPECT_EQ(must(checks_of("make", "true", false, true)), (Commands{"make", "true"}));
  EXPECT_EQ(must(checks_of("make", "true", true, false)), Commands{"true"});
  EXPECT_TRUE(fails_with(ErrorCode::kCommandsOff, checks_of("make", "", true, false)));
  EXPECT_TRUE(fails_with(ErrorCode::kCommandsOff, checks_of("", "make", false, false)));
}

TEST_F(LandingTest, OneCommitLandsAndBaseBranchAndWorktreeFollow) {
  const Task task = claim();
  const std::string commit = work(task);
  const Landed landed = must(land(task));
  EXPECT_EQ(landed.how, How::kLanded);
  EXPECT_EQ(landed.commits, 1U);
  EXPECT_EQ(landed.commit, commit);
  EXPECT_EQ(landed.remarks, std::vector<std::string>{});
  expect_landed(task, commit);
  EXPECT_EQ(read(repo("w.txt")), "w\n");
  EXPECT_EQ(status(repo()), "");
  EXPECT_EQ(events(task), (std::vector<std::string>{"task_landed", "task_edited", "task_claimed",
                                                    "task_created"}));
}

TEST_F(LandingTest, EachStrategyBringsTheWorkOntoABaseThatMoved) {
  for (const Strategy strategy : {Strategy::kRebase, Strategy::kMerge, Strategy::kSquash}) {
    const std::string name(git::strategy_name(strategy));
    const Task task = claim(add(name));
    work(task, name + " 1.txt");
    work(task, "\xc3\xbc " + name + ".txt");
    commit(repo(), "main " + name, "m\n");
    options_.strategy = strategy;
    const Landed landed = must(land(task));
    EXPECT_EQ(landed.commits, 2U);
    expect_landed(task, landed.commit);
    EXPECT_EQ(read(repo("\xc3\xbc " + name + ".txt")), "w\n");
    EXPECT_TRUE(exists(repo("main " + name)));
    EXPECT_EQ(status(repo()), "");
  }
}

TEST_F(LandingTest, ASquashSaysWhatTheTaskSays) {
  const Task task = claim();
  work(task);
  work(task, "more.txt");
  options_.strategy = Strategy::kSquash;
  must(land(task));
  EXPECT_EQ(git_in(repo(), {"log", "-1", "--format=%B"}),
            fmt::format("Fix login\n\n- work\n- work\n\nMasc-Task: {}\nMasc-Agent: codex\n",
                        task.id.str()));
}

TEST_F(LandingTest, FastForwardOnlyRefusesWhatIsNone) {
  const Task task = claim();
  work(task);
  options_.strategy = Strategy::kFf;
  const std::string main = commit(repo(), "m.txt", "m\n");
  expect_untouched(task, main, land(task), ErrorCode::kConflict);
  git_in(task.claim->worktree, {"rebase", "-q", "main"});
  expect_landed(task, must(land(task)).commit);
}

TEST_F(LandingTest, AConflictNamesFilesAndTasksAndMovesNothing) {
  const Task mine = claim(add("mine"));
  const Task other = claim(add("other"));
  commit(other.claim->worktree, "a.txt", "theirs\n",
         "theirs\n\nMasc-Task: " + other.id.str() + "\nMasc-Agent: codex");
  must(land(other));
  const std::string main = tip("main");
  const std::string branch = work(mine, "a.txt", "mine\n");
  const auto refused = land(mine);
  expect_untouched(mine, main, refused, ErrorCode::kConflict);
  EXPECT_EQ(fact(refused.error(), "conflicts"),
            fmt::format(R"([{{"path":"a.txt","tasks":["{}"]}}])", other.id.str()));
  EXPECT_EQ(tip(mine.id.branch()), branch);
  EXPECT_EQ(status(mine.claim->worktree), "");
}

TEST_F(LandingTest, ABaseThatMovesMeanwhileIsLandedOnAgain) {
  const Task task = claim();
  work(task);
  int moves = 0;
  options_.before_move = [&] {
    if (++moves <= 2) commit(repo(), fmt::format("m{}.txt", moves), "m\n");
  };
  const Landed landed = must(land(task));
  EXPECT_EQ(moves, 3);
  expect_landed(task, landed.commit);
  EXPECT_TRUE(exists(repo("m2.txt")));
  EXPECT_TRUE(exists(repo("w.txt")));
}

TEST_F(LandingTest, ABaseThatNeverRestsIsBusyInTheEnd) {
  const Task task = claim();
  work(task);
  int moves = 0;
  options_.before_move = [&] { commit(repo(), "m.txt", fmt::format("{}\n", ++moves)); };
  EXPECT_TRUE(fails_with(ErrorCode::kBusy, land(task)));
  EXPECT_EQ(now(task).landing, "");
  EXPECT_EQ(now(task).status, Status::kClaimed);
}

TEST_F(LandingTest, ACommitMadeMeanwhileLandsAsWell) {
  const Task task = claim();
  work(task);
  std::string last;
  options_.before_move = [&] {
    if (last.empty()) last = work(task, "late.txt");
  };
  expect_landed(task, must(land(task)).commit);
  EXPECT_EQ(tip("main"), last);
}

TEST_F(LandingTest, PathsThatAnotherAgentHoldsDoNotLand) {
  const Task task = claim();
  work(task, "src/deep/w.txt");
  LockStore locks(*workspace_, *tasks_);
  model::LockWish wish;
  wish.paths = {model::PathSet::path("src")};
  wish.agent = "bo";
  wish.granted = kNoon;
  wish.expires = kNoon + std::chrono::hours(1);
  must(locks.take(wish, kNoon));
  const std::string main = tip("main");
  const auto refused = land(task);
  expect_untouched(task, main, refused, ErrorCode::kLocked);
  EXPECT_EQ(fact(refused.error(), "holder"), R"("bo")");
  EXPECT_EQ(fact(refused.error(), "paths"), R"(["src/deep/w.txt"])");
  options_.dry_run = true;
  EXPECT_TRUE(fails_with(ErrorCode::kLocked, land(task)));
  options_.dry_run = false;
  policy_.guard.locks = model::Strictness::kWarn;
  renew_claims();
  const Landed landed = must(land(task));
  ASSERT_EQ(landed.remarks.size(), 1U);
  EXPECT_NE(landed.remarks[0].find("src is held by bo"), std::string::npos);
}

TEST_F(LandingTest, LocksTakenDuringTheCheckCount) {
  const Task task = claim();
  work(task);
  const char* binary = std::getenv("MASC_BINARY");
  ASSERT_NE(binary, nullptr);
  options_.commands = true;
  const std::string main = tip("main");
  policy_.land.check = fmt::format("'{}' -C '{}' --agent bo lock w.txt", binary, repo());
  renew_claims();
  expect_untouched(task, main, land(task), ErrorCode::kLocked);
}

TEST_F(LandingTest, TheOutputOfItsCheckIsKept) {
  const Task task = claim();
  work(task);
  options_.commands = true;
  policy_.land.check = "echo first; echo broken; false";
  renew_claims();
  const std::string main = tip("main");
  expect_untouched(task, main, land(task), ErrorCode::kCheckFailed);
  EXPECT_EQ(must(tasks_->check_log(now(task))), "first\nbroken\n");
  EXPECT_EQ(now(task).check.substr(0, 7), "failed ");
  policy_.land.check = "echo fine";
  renew_claims();
  const Landed landed = must(land(task));
  EXPECT_EQ(must(tasks_->check_log(now(task))), "fine\n");
  EXPECT_EQ(now(task).check, fmt::format("passed {} echo fine", landed.commit));
}

// Main gets `theirs` in a.txt while a claim is at work; the claim's branch has it and undoes it.
struct TakebackCase {
  const char* message;
  bool refused;
};

TEST_F(LandingTest, LinesThatOthersLandedAreNotTakenBackInSilence) {
  for (const TakebackCase& one :
       {TakebackCase{"tidy up", true}, TakebackCase{"Revert the change of a.txt", false}}) {
    SCOPED_TRACE(one.message);
    const auto text = [&](int limit) {
      return fmt::format("{}\nlimit = {}\nlast\n", one.message, limit);
    };
    commit(repo(), "a.txt", text(1));
    const Task task = claim(add("mine"));
    const Task other = claim(add("other"));
    commit(other.claim->worktree, "a.txt", text(2), "raise\n\nMasc-Task: " + other.id.str());
    must(land(other));
    const std::string& place = task.claim->worktree;
    work(task, one.message);
    git_in(place, {"merge", "-q", "--no-edit", "main"});
    commit(place, "a.txt", text(1), one.message);
    options_.strategy = Strategy::kMerge;
    const std::string main = tip("main");
    if (!one.refused) {
      must(land(task));
      continue;
    }
    const auto refused = land(task);
    expect_untouched(task, main, refused, ErrorCode::kRefused);
    const std::string json = fact(refused.error(), "takebacks");
    EXPECT_EQ(json.substr(0, json.find(",\"commit")),
              fmt::format(R"([{{"path":"a.txt","line":2,"text":"limit = 2","returns":false,)"
                          R"("task":"{}")",
                          other.id.str()));
    policy_.land.takeback = model::Strictness::kWarn;
    renew_claims();
    options_.dry_run = true;
    EXPECT_EQ(must(land(task)).remarks.size(), 1U);
    options_.dry_run = false;
    policy_.land.takeback = model::Strictness::kEnforce;
    renew_claims();
    options_.allow_takeback = true;
    must(land(task));
    options_.allow_takeback = false;
  }
}

TEST_F(LandingTest, WhatTheTaskItselfLandedBeforeIsItsToChange) {
  commit(repo(), "a.txt", "first\nlast\n");
  const Task task = claim();
  options_.keep = true;
  commit(task.claim->worktree, "a.txt", "first\nmine\nlast\n");
  must(land(task));
  commit(repo(), "b.txt", "theirs\n");
  git_in(task.claim->worktree, {"merge", "-q", "--no-edit", "main"});
  commit(task.claim->worktree, "a.txt", "first\nlast\n");
  options_.keep = false;
  options_.strategy = Strategy::kMerge;
  must(land(task));
}

TEST_F(LandingTest, AStaleCopyOfAFileIsCaughtWhateverItIsCalled) {
  const std::string name = "a b/\xc3\xbc \"q\".txt";
  commit(repo(), name, "one\ntwo\nthree\n");
  const Task task = claim();
  commit(repo(), name, "one\ntwo\nlanded\nthree\n");
  git_in(task.claim->worktree, {"rebase", "-q", "main"});
  commit(task.claim->worktree, name, "one\ntwo\nthree\nmine\n");
  const auto refused = land(task);
  ASSERT_TRUE(fails_with(ErrorCode::kRefused, refused));
  EXPECT_NE(fact(refused.error(), "takebacks").find("landed"), std::string::npos);
}

TEST_F(LandingTest, WaitersLandInTheOrderInWhichTheyCame) {
  const Queue queue(repository_.masc_dir() + "/live/queue/land.main");
  auto first = std::make_optional(must(queue.enter("first")));
  const Queue::Ticket second = must(queue.enter("second"));
  EXPECT_EQ(must(queue.before(&second)).size(), 1U);
  EXPECT_TRUE(
      fails_with(ErrorCode::kBusy, queue.wait_for_turn(second, std::chrono::milliseconds(1))));
  first.reset();
  EXPECT_TRUE(good(queue.wait_for_turn(second, std::chrono::milliseconds(1))));
  // What a killed one leaves is nobody's turn.
  put(queue.folder() + "/00000000000000000000.1.x", "dead");
  EXPECT_TRUE(good(queue.wait_for_turn(second, std::chrono::milliseconds(1))));
  EXPECT_FALSE(exists(queue.folder() + "/00000000000000000000.1.x"));
}

TEST_F(LandingTest, ADirtyBaseMovesNothing) {
  const Task task = claim();
  work(task, "a.txt", "work\n");
  put(repo("a.txt"), "mine\n");
  const std::string main = tip("main");
  const auto refused = land(task);
  expect_untouched(task, main, refused, ErrorCode::kBaseDirty);
  EXPECT_EQ(fact(refused.error(), "paths"), R"(["a.txt"])");
  EXPECT_EQ(read(repo("a.txt")), "mine\n");
  git_in(repo(), {"checkout", "--", "a.txt"});
  put(repo("dir/b.txt"), "mine\n");
  expect_landed(task, must(land(task)).commit);
  EXPECT_EQ(status(repo()), " M dir/b.txt");
}

TEST_F(LandingTest, WhatIsNotCommittedStopsTheLanding) {
  const Task task = claim();
  work(task);
  put(join_path(task.claim->worktree, "a.txt"), "changed\n");
  const std::string main = tip("main");
  const auto refused = land(task);
  expect_untouched(task, main, refused, ErrorCode::kUncommitted);
  EXPECT_EQ(fact(refused.error(), "paths"), R"(["a.txt"])");
}

TEST_F(LandingTest, LeftChangesAreKeptAsASnapshotAndStayWhereTheyAre) {
  const Task task = claim();
  const std::string commit = work(task);
  put(join_path(task.claim->worktree, "a.txt"), "changed\n");
  options_.leave_changes = true;
  const Landed landed = must(land(task));
  EXPECT_EQ(landed.commit, commit);
  EXPECT_EQ(now(task).status, Status::kDone);
  EXPECT_NE(now(task).keep, "");
  EXPECT_EQ(read(task.claim->worktree + "/a.txt"), "changed\n");
  EXPECT_EQ(git_in(task.claim->worktree, {"rev-parse", "--abbrev-ref", "HEAD"}), "HEAD");
  EXPECT_FALSE(has_branch(task));
}

TEST_F(LandingTest, UntrackedFilesAreNamedAndKeepTheSlot) {
  const Task task = claim();
  work(task);
  put(join_path(task.claim->worktree, "notes.txt"), "n\n");
  const Landed landed = must(land(task));
  ASSERT_FALSE(landed.remarks.empty());
  EXPECT_EQ(landed.remarks.front(), "not landed, since untracked: notes.txt");
  EXPECT_EQ(read(task.claim->worktree + "/notes.txt"), "n\n");
  EXPECT_FALSE(has_branch(task));
}

TEST_F(LandingTest, CommitsOnADetachedHeadAreNotForgotten) {
  const Task task = claim();
  const std::string main = tip("main");
  work(task);
  git_in(task.claim->worktree, {"checkout", "-q", "--detach"});
  work(task, "stray.txt");
  expect_untouched(task, main, land(task), ErrorCode::kUncommitted);
}

TEST_F(LandingTest, WithoutCommitsThereIsNothingToLand) {
  const Task task = claim();
  const std::string main = tip("main");
  expect_untouched(task, main, land(task), ErrorCode::kNothingToLand);
}

TEST_F(LandingTest, WhatTheBaseHasAlreadyLandsWithoutMovingIt) {
  const Task task = claim();
  const std::string commit_id = work(task);
  commit(repo(), "m.txt", "m\n");
  git_in(repo(), {"cherry-pick", commit_id});
  const std::string main = tip("main");
  EXPECT_EQ(must(land(task)).commits, 0U);
  expect_landed(task, main);
}

TEST_F(LandingTest, OnlyTheHolderLands) {
  const Task task = claim();
  work(task);
  const std::string main = tip("main");
  codex_.agent = "other";
  expect_untouched(task, main, land(task), ErrorCode::kHeld);
  codex_.agent = "codex";
  codex_.standing = model::Standing{task.id, 0};
  expect_untouched(task, main, land(task), ErrorCode::kSuperseded);
  codex_.standing.reset();
  const Task open = add("open");
  EXPECT_TRUE(fails_with(ErrorCode::kNoClaim, land(open)));
}

TEST_F(LandingTest, WhoTookTheTaskMeanwhileKeepsIt) {
  const Task task = claim();
  const std::string commit = work(task);
  options_.before_move = [&] { take_over(task); };
  const Landed landed = must(land(task));
  EXPECT_EQ(landed.commit, commit);
  EXPECT_EQ(now(task).claim->agent, "other");
  EXPECT_EQ(now(task).landing, "");
  EXPECT_TRUE(now(task).result->landed);
  EXPECT_TRUE(exists(task.claim->worktree));
}

TEST_F(LandingTest, WhoLostTheTaskLandsNothing) {
  const Task task = claim();
  work(task);
  const std::string main = tip("main");
  take_over(task);
  expect_untouched(task, main, land(task), ErrorCode::kSuperseded);
}

TEST_F(LandingTest, ThePolicySaysWhoLands) {
  const Task task = claim();
  work(task);
  policy_.land.who = "humans";
  renew_claims();
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, land(task)));
  codex_.human = true;
  EXPECT_TRUE(good(land(task)));
}

TEST_F(LandingTest, TheCheckSeesExactlyWhatTheBaseWouldBecome) {
  const Task task = claim();
  work(task);
  commit(repo(), "m.txt", "m\n");
  put(repo("untracked"), "x");
  policy_.land.check =
      "test -f m.txt && test -f w.txt && test ! -e untracked && git status --porcelain"
      " && test -z \"$(git status --porcelain)\" && echo $MASC_TASK $MASC_AGENT";
  renew_claims();
  EXPECT_TRUE(fails_with(ErrorCode::kCommandsOff, land(task)));
  options_.commands = true;
  expect_landed(task, must(land(task)).commit);
  EXPECT_EQ(read(repository_.masc_dir() + "/cache/check/" + task.id.str() + ".log"),
            task.id.str() + " codex\n");
}

TEST_F(LandingTest, ACheckThatFailsMovesNothingAndItsOutputIsKept) {
  const Task task = claim();
  work(task);
  const std::string main = tip("main");
  policy_.land.check = "echo out; echo err >&2; exit 3";
  options_.commands = true;
  renew_claims();
  const auto refused = land(task);
  expect_untouched(task, main, refused, ErrorCode::kCheckFailed);
  EXPECT_EQ(fact(refused.error(), "output"), R"("out\nerr\n")");
  EXPECT_TRUE(must(list_directory(repository_.masc_dir() + "/scratch")).empty());
}

TEST_F(LandingTest, ACheckThatHangsIsEnded) {
  const Task task = claim();
  work(task);
  const std::string main = tip("main");
  policy_.land.check = "sleep 1000 & echo started; wait";
  policy_.land.timeout = std::chrono::milliseconds(50);
  options_.commands = true;
  renew_claims();
  expect_untouched(task, main, land(task), ErrorCode::kTimedOut);
}

TEST_F(LandingTest, KeptClaimsGoOnFromWhatLanded) {
  const Task task = claim();
  work(task);
  commit(repo(), "m.txt", "m\n");
  put(join_path(task.claim->worktree, "notes.txt"), "n\n");
  options_.keep = true;
  const Landed landed = must(land(task));
  EXPECT_EQ(now(task).status, Status::kClaimed);
  ASSERT_TRUE(now(task).result);
  EXPECT_TRUE(now(task).result->landed);
  EXPECT_EQ(tip(task.id.branch()), landed.commit);
  EXPECT_EQ(tip("main"), landed.commit);
  EXPECT_EQ(status(task.claim->worktree), "?? notes.txt");
  EXPECT_TRUE(exists(task.claim->worktree + "/m.txt"));
  must(remove_file(task.claim->worktree + "/notes.txt"));
  const std::string next = work(task, "next.txt");
  options_.keep = false;
  must(land(task));
  expect_landed(task, next);
}

TEST_F(LandingTest, ADoneTaskCanLandLater) {
  const Task task = claim();
  work(task);
  must(claims_->end(task.id, codex_, End::kDone, {}, kNoon));
  EXPECT_FALSE(now(task).result->landed);
  commit(repo(), "m.txt", "m\n");
  codex_.agent = "somebody";
  const Landed landed = must(land(task));
  codex_.agent = "codex";
  expect_landed(task, landed.commit);
}

TEST_F(LandingTest, ADoneTaskMergedByHandIsFoundLanded) {
  const Task task = claim();
  const std::string commit_id = work(task);
  must(claims_->end(task.id, codex_, End::kDone, {}, kNoon));
  git_in(repo(), {"merge", "-q", task.id.branch()});
  EXPECT_EQ(must(land(task)).commits, 0U);
  expect_landed(task, commit_id);
}

TEST_F(LandingTest, OwnCommitsMergedByHandAreFoundLanded) {
  const Task task = claim();
  const std::string own =
      commit(task.claim->worktree, "w.txt", "w\n", "work\n\nMasc-Task: " + task.id.str());
  git_in(repo(), {"merge", "-q", task.id.branch()});
  EXPECT_EQ(must(land(task)).commits, 0U);
  expect_landed(task, own);
}

TEST_F(LandingTest, OthersCommitsTakenInAreNothingToLand) {
  const Task task = claim();
  const std::string main = commit(repo(), "m.txt", "m\n");
  git_in(task.claim->worktree, {"merge", "-q", "main"});
  expect_untouched(task, main, land(task), ErrorCode::kNothingToLand);
}

TEST_F(LandingTest, AfterAKeptLandingThereIsNothingToLand) {
  const Task task = claim();
  const std::string commit = work(task);
  options_.keep = true;
  must(land(task));
  expect_untouched(task, commit, land(task), ErrorCode::kNothingToLand);
}

TEST_F(LandingTest, LandingTwiceIsLanded) {
  const Task task = claim();
  work(task);
  const Landed first = must(land(task));
  const Landed second = must(land(task));
  EXPECT_EQ(second.how, How::kAlready);
  EXPECT_EQ(second.commit, first.commit);
}

TEST_F(LandingTest, ADryRunSaysWhatWouldHappenAndMovesNothing) {
  const Task task = claim();
  work(task);
  commit(repo(), "m.txt", "m\n");
  const std::string main = tip("main");
  const std::string version = now(task).version;
  options_.dry_run = true;
  const Landed landed = must(land(task));
  EXPECT_EQ(landed.how, How::kWould);
  EXPECT_EQ(landed.commits, 1U);
  EXPECT_EQ(tip("main"), main);
  EXPECT_EQ(now(task).version, version);
  put(repo("w.txt"), "mine\n");
  EXPECT_TRUE(fails_with(ErrorCode::kBaseDirty, land(task)));
}

TEST_F(LandingTest, OneLandsAtATime) {
  const Task task = claim();
  work(task);
  options_.before_move = [&] {
    EXPECT_FALSE(must(FileLock::try_acquire(repository_.masc_dir() + "/flock/land.main")));
  };
  must(land(task));
}

TEST_F(LandingTest, ABranchThatSomebodyLooksAtStays) {
  const Task task = claim();
  work(task);
  git_in(repo(), {"worktree", "add", "-q", "-f", folder("look"), task.id.branch()});
  const Landed landed = must(land(task));
  EXPECT_TRUE(has_branch(task));
  EXPECT_EQ(now(task).status, Status::kDone);
  EXPECT_EQ(tip("main"), landed.commit);
}

TEST_F(LandingTest, TheUsersHooksRunAndAreNotMascs) {
  const Task task = claim();
  work(task);
  must(make_directories(repo(".git/hooks")));
  must(write_file(repo(".git/hooks/post-merge"), "#!/bin/sh\necho merged > ../post-merge\n", 0755));
  must(land(task));
  EXPECT_EQ(read(folder("post-merge")), "merged\n");
}

TEST_F(Sha256LandingTest, ItWorksThereAsWell) {
  const Task task = claim();
  work(task, "sp ace \xc3\xbc.txt");
  commit(repo(), "m.txt", "m\n");
  expect_landed(task, must(land(task)).commit);
  EXPECT_TRUE(exists(repo("sp ace \xc3\xbc.txt")));
}

// The same in a bare repository.
class BareLandingTest : public LandingTest {
 protected:
  BareLandingTest() {
    git_in(repo(), {"clone", "-q", "--bare", ".", folder("bare.git")});
    repository_ = must(git::find_repository(folder("bare.git"), environment_));
    git_ = git_.in(folder("bare.git"));
    open();
  }
};

TEST_F(BareLandingTest, TheBranchMovesAlone) {
  const Task task = claim();
  const std::string commit = work(task);
  EXPECT_EQ(must(land(task)).commit, commit);
  EXPECT_EQ(must(git::branch_tip(repository_, git_, "main")), commit);
  EXPECT_FALSE(has_branch(task));
  EXPECT_FALSE(exists(task.claim->worktree));
}

}  // namespace
}  // namespace masc::store
