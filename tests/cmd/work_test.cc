// Claims worked on from beginning to end: land, run, git, hook, worktree; mostly with the real
// binary.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "base/text.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class Work : public ::testing::Test {
 protected:
  void SetUp() override {
    box.environment().set("MASC", std::getenv("MASC_BINARY") ? std::getenv("MASC_BINARY") : "masc");
    box.write("a", "one\ntwo\nthree\n");
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "base"});
    box.ok({"init"});
  }
  // A claimed task with one commit that writes `text` to `file`.
  std::string work(const std::string& agent, const std::string& file, const std::string& text) {
    const std::string id = box.ok({"--agent", agent, "add", "T " + file, "-q", "--claim"});
    const std::string place = box.ok({"worktree", "path", id});
    EXPECT_TRUE(write_file(place + "/" + file, text));
    box.git({"add", "-A"}, place);
    box.git({"commit", "-q", "-m", "change " + file}, place);
    return id;
  }
  std::string code(const cmd::Printed& got) { return field(got.out, "error.code"); }
  Sandbox box{"a répo's \"dir\""};
};

TEST_F(Work, LandBringsTheCommitInAndEndsInDone) {
  const std::string id = work("al", "new", "x\n");
  const std::string place = box.ok({"worktree", "path", id});
  const std::string json = box.ok({"--agent", "al", "land", id, "--json"});
  EXPECT_EQ(field(json, "task.status"), "done");
  EXPECT_EQ(field(json, "task.result.landed"), "true");
  EXPECT_EQ(field(json, "commit"), box.git({"rev-parse", "main"}));
  EXPECT_EQ(box.read("new"), "x\n");
  EXPECT_EQ(box.git({"branch", "--list", "masc/*"}), "");
  EXPECT_EQ(box.git({"status", "--porcelain"}), "");
  EXPECT_TRUE(box.ok({"--agent", "al", "land", id}).starts_with("landed " + id));
}

TEST_F(Work, LandRebasesOverWhatLandedMeanwhile) {
  const std::string first = work("al", "x", "x\n");
  const std::string second = work("bo", "y", "y\n");
  box.ok({"--agent", "al", "land", first});
  box.ok({"--agent", "bo", "land", second});
  EXPECT_EQ(box.read("x") + box.read("y"), "x\ny\n");
  EXPECT_EQ(box.git({"rev-list", "--count", "--merges", "main"}), "0");
}

TEST_F(Work, LandNamesFilesAndTasksInConflictAndMovesNothing) {
  const std::string first = work("al", "a", "ONE\ntwo\nthree\n");
  const std::string second = work("bo", "a", "1\ntwo\nthree\n");
  box.ok({"--agent", "al", "land", first});
  const std::string before = box.git({"rev-parse", "main"});
  const cmd::Printed got = box.masc({"--agent", "bo", "land", second, "--json"});
  EXPECT_EQ(got.status, 3) << got.out;
  EXPECT_EQ(code(got), "conflict");
  EXPECT_EQ(field(got.out, "error.conflicts.0.path"), "a");
  EXPECT_EQ(field(got.out, "error.conflicts.0.tasks.0"), first);
  EXPECT_EQ(box.git({"rev-parse", "main"}), before);
}

TEST_F(Work, LandRefusesWhatIsNotCommittedAndWhatIsNotThere) {
  const std::string id = work("al", "new", "x\n");
  const std::string place = box.ok({"worktree", "path", id});
  ASSERT_TRUE(write_file(place + "/a", "changed\n"));
  const cmd::Printed dirty = box.masc({"--agent", "al", "land", id, "--json"});
  EXPECT_EQ(dirty.status, 5);
  EXPECT_EQ(code(dirty), "uncommitted");
  box.ok({"--agent", "al", "land", id, "--leave-changes"});
  const std::string empty = box.ok({"--agent", "al", "add", "E", "-q", "--claim"});
  const cmd::Printed nothing = box.masc({"--agent", "al", "land", empty, "--json"});
  EXPECT_EQ(nothing.status, 4);
  EXPECT_EQ(code(nothing), "nothing_to_land");
}

TEST_F(Work, LandRefusesToOverwriteTheBasesCheckout) {
  const std::string id = work("al", "a", "ONE\ntwo\nthree\n");
  box.write("a", "mine\n");
  const std::string before = box.git({"rev-parse", "main"});
  const cmd::Printed got = box.masc({"--agent", "al", "land", id, "--json"});
  EXPECT_EQ(got.status, 3);
  EXPECT_EQ(code(got), "base_dirty");
  EXPECT_EQ(box.read("a"), "mine\n");
  EXPECT_EQ(box.git({"rev-parse", "main"}), before);
}

TEST_F(Work, LandRunsItsCheckOnlyWhereCommandsAreAllowed) {
  const std::string id = work("al", "new", "x\n");
  EXPECT_EQ(code(box.masc({"--agent", "al", "land", id, "--check", "true", "--json"})),
            "commands_off");
  box.git({"config", "masc.commands", "true"});
  const cmd::Printed failed =
      box.masc({"--agent", "al", "land", id, "--check", "test ! -e new", "--json"});
  EXPECT_EQ(failed.status, 5);
  EXPECT_EQ(code(failed), "check_failed");
  box.ok({"--agent", "al", "land", id, "--check", "test -e new"});
}

TEST_F(Work, LandSquashesMergesAndFastForwards) {
  const std::string one = work("al", "x", "x\n");
  EXPECT_TRUE(box.ok({"--agent", "al", "land", one, "--dry-run"}).starts_with("would land "));
  box.ok({"--agent", "al", "land", one, "--strategy", "squash"});
  EXPECT_EQ(box.git({"log", "-1", "--format=%(trailers:key=Masc-Task,valueonly)"}), one);
  const std::string two = work("al", "y", "y\n");
  box.ok({"--agent", "al", "land", two, "--strategy", "merge"});
  EXPECT_EQ(box.git({"rev-list", "--count", "--merges", "main"}), "1");
  const std::string three = work("al", "z", "z\n");
  box.git({"commit", "-q", "--allow-empty", "-m", "person"});
  const cmd::Printed diverged =
      box.masc({"--agent", "al", "land", three, "--strategy", "ff", "--json"});
  EXPECT_EQ(diverged.status, 3) << diverged.out;
}

TEST_F(Work, DoneKeepsWhatIsNotLandedAndLandTakesItLater) {
  const std::string id = work("al", "x", "x\n");
  const std::string said = box.ok({"--agent", "al", "done", id});
  EXPECT_NE(said.find("masc land " + id), std::string::npos) << said;
  EXPECT_NE(box.git({"branch", "--list", "masc/*"}), "");
  const std::string next = box.ok({"add", "next", "--after", id, "-q"});
  const std::string claimed = box.ok({"--agent", "bo", "claim", next, "--json"});
  EXPECT_NE(field(claimed, "warnings.0").find(id + " is done but not landed"), std::string::npos)
      << claimed;
  box.ok({"--agent", "al", "land", id});
  EXPECT_EQ(box.read("x"), "x\n");
}

TEST_F(Work, ReleaseKeepsCommitsAndUncommittedWorkForTheNext) {
  const std::string id = work("al", "x", "x\n");
  const std::string place = box.ok({"worktree", "path", id});
  ASSERT_TRUE(write_file(place + "/draft", "d\n"));
  box.ok({"--agent", "al", "release", id, "--note", "stuck"});
  EXPECT_TRUE(exists(place + "/draft"));
  box.ok({"--agent", "bo", "claim", id});
  const std::string next = box.ok({"worktree", "path", id});
  EXPECT_NE(next, place);
  EXPECT_EQ(read_file(next + "/x").value(), "x\n");
  EXPECT_EQ(read_file(next + "/draft").value(), "d\n");
  EXPECT_NE(box.ok({"prompt", id}).find("stuck"), std::string::npos);
}

TEST_F(Work, ReleaseOfACleanWorktreePutsItIntoTheTrash) {
  const std::string id = box.ok({"--agent", "al", "add", "T", "-q", "--claim"});
  const std::string place = box.ok({"worktree", "path", id});
  box.ok({"--agent", "al", "release", id});
  EXPECT_FALSE(exists(place));
  EXPECT_EQ(field(box.ok({"worktree", "list", "--json"}), "trash.0.path"), place);
  EXPECT_EQ(box.git({"branch", "--list", "masc/*"}), "");
}

TEST_F(Work, AKilledClaimIsCompletedByTheNextOfItsHolder) {
  const std::string id = box.ok({"--agent", "al", "add", "T", "-q", "--claim"});
  const std::string place = box.ok({"worktree", "path", id});
  box.git({"worktree", "remove", "--force", place});
  const std::string json = box.ok({"--agent", "al", "claim", id, "--json"});
  EXPECT_EQ(field(json, "outcome"), "renewed");
  EXPECT_TRUE(is_directory(field(json, "task.claim.worktree")));
  EXPECT_EQ(field(json, "task.generation"), "1");
}

TEST_F(Work, LocksThatAKilledGitLeftStopNeitherClaimNorLanding) {
  const std::string id = work("al", "b", "x\n");
  const std::string place = box.ok({"worktree", "path", id});
  const std::string admin = box.git({"rev-parse", "--absolute-git-dir"}, place);
  const std::string heads = box.repo() + "/.git/refs/heads/";
  ASSERT_TRUE(write_file(heads + "masc/" + id + ".lock", ""));
  ASSERT_TRUE(write_file(heads + "main.lock", ""));
  ASSERT_TRUE(write_file(admin + "/HEAD.lock", ""));
  // Killed before its token: the holder gets another worktree, and this one lets the branch go.
  ASSERT_TRUE(remove_file(admin + "/masc-token"));
  const std::string json = box.ok({"--agent", "al", "claim", id, "--json"});
  EXPECT_NE(field(json, "task.claim.worktree"), place);
  EXPECT_EQ(box.git({"symbolic-ref", "--short", "HEAD"}, field(json, "task.claim.worktree")),
            "masc/" + id);
  box.ok({"--agent", "al", "land", id});
  EXPECT_EQ(box.read("b"), "x\n");
  EXPECT_FALSE(exists(heads + "main.lock"));
}

TEST_F(Work, WhatEndsALandingEndsItsCheck) {
  const std::string id = work("al", "b", "x\n");
  box.git({"config", "masc.commands", "true"});
  const std::string pid_file = box.root() + "/pid";
  box.environment().set("PID_FILE", pid_file);
  box.environment().set("MASC_AGENT", "al");
  const git::Finished ended = box.try_git(
      {"-c",
       "alias.end=!f() { \"$MASC\" land $1 --check 'echo $$ > \"$PID_FILE\"; sleep 60' & "
       "while ! test -s \"$PID_FILE\"; do sleep 0.05; done; kill -TERM $!; wait $!; }; f",
       "end", id});
  EXPECT_EQ(ended.status, 128 + SIGTERM) << ended.err;
  const pid_t check = std::atoi(read_file(pid_file).value_or("0").c_str());
  ASSERT_GT(check, 0);
  for (int i = 0; i < 100 && kill(check, 0) == 0; ++i) usleep(20'000);
  EXPECT_NE(kill(check, 0), 0);
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.status"), "claimed");
}

TEST_F(Work, ThePlaceOfAClaimThatAnotherHasIsNotItsOwn) {
  const std::string id = box.ok({"--agent", "al", "add", "A", "-q", "--claim"});
  const std::string place = box.ok({"worktree", "path", id});
  box.git({"worktree", "remove", "--force", place});
  const std::string other = box.ok({"--agent", "bo", "add", "B", "-q", "--claim"});
  ASSERT_EQ(box.ok({"worktree", "path", other}), place);
  const cmd::Printed taken = box.masc({"worktree", "path", id, "--json"});
  EXPECT_EQ(taken.status, 4);
  EXPECT_NE(taken.out.find("masc claim " + id), std::string::npos) << taken.out;
}

TEST_F(Work, ALockedRefIsBusyWithAWayOut) {
  const std::string id = work("al", "b", "x\n");
  const std::string lock = box.repo() + "/.git/index.lock";
  ASSERT_TRUE(write_file(lock, ""));
  // A git that stands there.
  ASSERT_EQ(chdir(box.repo().c_str()), 0);
  FILE* git = popen("git cat-file --batch", "w");
  ASSERT_EQ(chdir("/"), 0);
  const cmd::Printed busy = box.masc({"--agent", "al", "land", id, "--json"});
  EXPECT_EQ(busy.status, 6) << busy.out;
  EXPECT_NE(busy.out.find("masc doctor --fix"), std::string::npos);
  EXPECT_TRUE(exists(lock));
  pclose(git);
  box.ok({"--agent", "al", "land", id});
  EXPECT_FALSE(exists(lock));
}

TEST_F(Work, AClaimsLostBranchIsMadeAgainByItsHolder) {
  const std::string id = work("al", "b", "x\n");
  const std::string tip = box.git({"rev-parse", "masc/" + id});
  box.git({"update-ref", "-d", "refs/heads/masc/" + id});
  const cmd::Printed gone = box.masc({"--agent", "al", "land", id, "--json"});
  EXPECT_EQ(gone.status, 4);
  EXPECT_EQ(code(gone), "not_found");
  EXPECT_NE(gone.out.find("masc claim " + id), std::string::npos) << gone.out;
  box.ok({"--agent", "al", "claim", id});
  EXPECT_EQ(box.git({"rev-parse", "masc/" + id}), tip);
  box.ok({"--agent", "al", "land", id});
}

TEST_F(Work, CommitsOnAnotherBranchAreNotForgottenByALanding) {
  const std::string id = work("al", "b", "x\n");
  const std::string place = box.ok({"worktree", "path", id});
  box.git({"switch", "-q", "-c", "aside"}, place);
  ASSERT_TRUE(write_file(place + "/c", "y\n"));
  box.git({"add", "-A"}, place);
  box.git({"commit", "-q", "-m", "aside"}, place);
  const cmd::Printed refused = box.masc({"--agent", "al", "land", id, "--json"});
  EXPECT_EQ(refused.status, 5);
  EXPECT_EQ(code(refused), "uncommitted");
  EXPECT_NE(refused.out.find("aside"), std::string::npos) << refused.out;
  // As the hint says.
  box.git({"switch", "-q", "masc/" + id}, place);
  box.git({"merge", "-q", "aside"}, place);
  box.git({"switch", "-q", "aside"}, place);
  box.ok({"--agent", "al", "land", id});
  EXPECT_EQ(box.read("c"), "y\n");
}

TEST_F(Work, ARunWhoseLandingFailsSaysHowToGoOn) {
  const std::string id = box.ok({"add", "T", "-q"});
  const git::Finished ran = box.binary({"run", id, "--land", "--", "sh", "-c",
                                        "echo x > b && git add b && git commit -qm b && "
                                        "echo y >> b"});
  EXPECT_EQ(ran.status, 5) << ran.err;
  EXPECT_EQ(ran.err.find("--leave-changes"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("masc claim " + id), std::string::npos) << ran.err;
  box.ok({"--agent", "al", "claim", id});
  const std::string place = box.ok({"worktree", "path", id});
  EXPECT_EQ(read_file(place + "/b").value_or(""), "x\ny\n");
  box.git({"commit", "-q", "-a", "-m", "rest"}, place);
  box.ok({"--agent", "al", "land", id});
}

TEST_F(Work, KeptWorkComesBackWhateverTheBranchHasBecome) {
  const std::string id = work("al", "b", "x\n");
  ASSERT_TRUE(write_file(box.ok({"worktree", "path", id}) + "/build.log", "kept\n"));
  box.git({"commit", "-q", "--allow-empty", "-m", "elsewhere"});
  box.ok({"--agent", "al", "land", id});
  box.ok({"reopen", id});
  const std::string json = box.ok({"--agent", "bo", "claim", id, "--json"});
  const std::string place = field(json, "task.claim.worktree");
  EXPECT_EQ(read_file(place + "/build.log").value_or(""), "kept\n");
  // A takeover in the middle of a rebase.
  ASSERT_TRUE(write_file(place + "/b", "mine\n"));
  box.git({"commit", "-q", "-am", "mine"}, place);
  box.write("b", "theirs\n");
  box.git({"add", "b"});
  box.git({"commit", "-q", "-am", "theirs"});
  EXPECT_FALSE(box.try_git({"rebase", "main"}, place).ok());
  box.clock().advance(std::chrono::hours(2));
  const std::string taken = box.ok({"--agent", "cy", "claim", id, "--json"});
  EXPECT_EQ(field(taken, "outcome"), "taken_over");
  const std::string next = field(taken, "task.claim.worktree");
  EXPECT_EQ(box.git({"symbolic-ref", "--short", "HEAD"}, next), "masc/" + id);
  EXPECT_EQ(read_file(next + "/build.log").value_or(""), "kept\n");
}

TEST_F(Work, SubmoduleCommitsThatAreOnNoRemoteComeAlong) {
  const std::string library = box.root() + "/library";
  box.git({"clone", "-q", box.repo(), library}, box.root());
  const std::vector<std::string> allow = {"-c", "protocol.file.allow=always"};
  box.git({allow[0], allow[1], "submodule", "--quiet", "add", library, "deps/lib"});
  box.git({"commit", "-q", "-m", "submodule"});
  const std::string id = box.ok({"--agent", "al", "add", "T", "-q", "--claim"});
  const std::string old = box.ok({"worktree", "path", id});
  box.git({allow[0], allow[1], "submodule", "--quiet", "update", "--init"}, old);
  ASSERT_TRUE(write_file(old + "/deps/lib/own", "not pushed\n"));
  box.git({"add", "-A"}, old + "/deps/lib");
  box.git({"commit", "-q", "-m", "inside"}, old + "/deps/lib");
  box.git({"commit", "-q", "-a", "-m", "uses it"}, old);
  box.clock().advance(std::chrono::hours(2));
  const std::string json = box.ok({"--agent", "bo", "claim", id, "--json"});
  EXPECT_EQ(field(json, "outcome"), "taken_over");
  const std::string place = field(json, "task.claim.worktree");
  ASSERT_NE(place, old);
  EXPECT_EQ(read_file(place + "/deps/lib/own").value_or(""), "not pushed\n");
  EXPECT_EQ(box.git({"status", "--porcelain"}, place), "");
  EXPECT_EQ(box.git({"config", "remote.origin.url"}, place + "/deps/lib"), library);
  // One that the superproject does not name yet.
  ASSERT_TRUE(write_file(place + "/deps/lib/own", "not recorded\n"));
  box.git({"commit", "-q", "-a", "-m", "further"}, place + "/deps/lib");
  box.clock().advance(std::chrono::hours(2));
  const std::string again =
      field(box.ok({"--agent", "al", "claim", id, "--json"}), "task.claim.worktree");
  EXPECT_EQ(read_file(again + "/deps/lib/own").value_or(""), "not recorded\n");
  EXPECT_EQ(box.git({"status", "--porcelain"}, again), "M deps/lib");
  // Where they can't be brought, the holder loses nothing.
  const std::string nowhere(40, '1');
  const std::string head = box.git({"rev-parse", "HEAD"}, again + "/deps/lib");
  box.git({"update-index", "--cacheinfo", "160000," + nowhere + ",deps/lib"}, again);
  const std::string tree = box.git({"write-tree"}, again);
  box.git({"update-index", "--cacheinfo", "160000," + head + ",deps/lib"}, again);
  const std::string commit = box.git({"commit-tree", tree, "-p", "HEAD", "-m", "x"}, again);
  box.git({"update-ref", "refs/heads/masc/" + id, commit});
  box.clock().advance(std::chrono::hours(2));
  const cmd::Printed refused = box.masc({"--agent", "cy", "claim", id, "--json"});
  EXPECT_EQ(refused.status, 5) << refused.out;
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.claim.agent"), "al");
  EXPECT_EQ(box.git({"symbolic-ref", "--short", "HEAD"}, again), "masc/" + id);
  EXPECT_FALSE(exists(box.repo() + ".masc/masc-4"));
}

TEST_F(Work, PruneTakesWhatAKilledClaimLeftAndNoWorktreeOfAPerson) {
  const std::string id = box.ok({"--agent", "al", "add", "T", "-q", "--claim"});
  const std::string place = box.ok({"worktree", "path", id});
  const std::string mine = box.root() + "/masc-mine";
  box.git({"worktree", "add", "-q", mine, "-b", "mine"});
  EXPECT_EQ(field(box.ok({"worktree", "path", id, "--json"}), "worktrees.0.agent"), "al");
  ASSERT_TRUE(remove_file(box.git({"rev-parse", "--absolute-git-dir"}, place) + "/masc-token"));
  box.ok({"worktree", "prune"});
  EXPECT_TRUE(exists(place));  // its holder may come back
  box.ok({"--agent", "al", "claim", id});
  box.ok({"worktree", "prune"});
  EXPECT_FALSE(exists(place));
  EXPECT_TRUE(exists(box.ok({"worktree", "path", id})));
  EXPECT_TRUE(exists(mine));
}

TEST_F(Work, ATakeoverNamesCommitsThatAreOnNoBranch) {
  const std::string id = work("al", "b", "x\n");
  const std::string place = box.ok({"worktree", "path", id});
  box.git({"checkout", "-q", "--detach"}, place);
  box.git({"commit", "-q", "--allow-empty", "-m", "aside"}, place);
  const std::string head = box.git({"rev-parse", "HEAD"}, place);
  box.clock().advance(std::chrono::hours(2));
  const std::string reply = box.ok({"--agent", "bo", "claim", id});
  EXPECT_NE(reply.find("commits up to " + head.substr(0, 12)), std::string::npos) << reply;
  EXPECT_EQ(box.git({"rev-parse", "HEAD"}, place), head);
}

TEST_F(Work, PruneTakesWhatASnapshotHoldsOnceNobodyComesBack) {
  const std::string id = work("al", "b", "x\n");
  const std::string place = box.ok({"worktree", "path", id});
  ASSERT_TRUE(write_file(place + "/wip", "kept\n"));
  box.ok({"--agent", "al", "release", id});
  EXPECT_NE(box.ok({"worktree", "prune"}).find("kept "), std::string::npos);
  EXPECT_TRUE(exists(place));
  box.clock().advance(std::chrono::hours(25));
  box.ok({"worktree", "prune"});
  EXPECT_FALSE(exists(place));
  const std::string next =
      field(box.ok({"--agent", "bo", "claim", id, "--json"}), "task.claim.worktree");
  EXPECT_EQ(read_file(next + "/wip").value_or(""), "kept\n");
  // What came after the snapshot is nowhere else.
  box.ok({"--agent", "bo", "release", id});
  ASSERT_TRUE(write_file(next + "/wip", "later\n"));
  box.clock().advance(std::chrono::hours(25));
  box.ok({"worktree", "prune"});
  EXPECT_TRUE(exists(next));
}

TEST_F(Work, RunLandsReleasesAndKeepsTheExitStatus) {
  const std::string id = box.ok({"add", "T", "-q"});
  const git::Finished failed = box.binary({"run", id, "--land", "--", "sh", "-c", "exit 7"});
  EXPECT_EQ(failed.status, 7) << failed.err;
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.status"), "open");
  EXPECT_NE(field(box.ok({"show", id, "--json"}), "task.note").find("status 7"), std::string::npos);
  const git::Finished landed = box.binary({"run", "--land", "--", "sh", "-c",
                                           "echo \"$MASC_TASK $MASC_AGENT\" > mine && git add mine "
                                           "&& git commit -q -m mine && echo out"});
  EXPECT_EQ(landed.status, 0) << landed.err;
  EXPECT_EQ(landed.out, "out\n");
  EXPECT_TRUE(box.read("mine").starts_with(id + " sh-")) << box.read("mine");
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.status"), "done");
  const git::Finished killed =
      box.binary({"run", box.ok({"add", "K", "-q"}), "--", "sh", "-c", "kill -TERM $$"});
  EXPECT_EQ(killed.status, 128 + 15);
  EXPECT_EQ(box.binary({"run", "--json", "--", "true"}).status, 2);
}

TEST_F(Work, RunHandsOverThePromptAndMarksDone) {
  const std::string id = box.ok({"add", "Say hello", "-q"});
  const git::Finished done = box.binary({"run", id, "--done", "--", "printf", "%s", "{prompt}"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_NE(done.out.find("Say hello"), std::string::npos);
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.status"), "done");
}

TEST_F(Work, FiveRunsAtOnceDrainAListOfTasks) {
  for (int i = 0; i < 12; ++i) box.ok({"add", "t" + std::to_string(i), "-q"});
  const git::Finished all =
      box.try_git({"-c",
                   "alias.drain=!f() { while \"$MASC\" -q run --land -- sh -c "
                   "'echo x > \"$MASC_TASK\" && git add . && git commit -q -m x'; do :; done; }; "
                   "for i in 1 2 3 4 5; do f 2>> \"$HOME/errors\" & done; wait",
                   "drain"});
  static_cast<void>(all);
  EXPECT_EQ(field(box.ok({"list", "--status", "done", "--json"}), "count"), "12")
      << read_file(box.root() + "/errors").value_or("");
  EXPECT_EQ(box.git({"rev-list", "--count", "main"}), "14");
}

TEST_F(Work, GitRunsOnMascsOwnRepository) {
  const std::string id = box.ok({"add", "T", "-q"});
  const git::Finished board = box.binary(
      {"git", "for-each-ref", "--format=%(refname:short) %(trailers:key=Masc-Status,valueonly)",
       "refs/masc/tasks"});
  EXPECT_EQ(board.status, 0);
  EXPECT_NE(board.out.find(id + " open"), std::string::npos) << board.out;
  EXPECT_EQ(box.binary({"git", "no-such-command"}).status, 1);
}

TEST_F(Work, HookReportsInJsonAndRefusesUnknownActions) {
  EXPECT_EQ(field(box.ok({"hook", "status", "--json"}), "hooks.0.fires"), "true");
  EXPECT_EQ(box.masc({"hook", "nope"}).status, 2);
  EXPECT_EQ(box.masc({"hook", "run", "nope"}).status, 2);
}

// The place of a claim that lost its worktree may be another's by the time its holder comes back.
TEST_F(Work, CompletingAClaimLeavesTheWorktreeAloneThatHasItsPlace) {
  const std::string lost = box.ok({"--agent", "bo", "add", "B", "-q", "--claim"});
  const std::string place = box.ok({"worktree", "path", lost});
  box.git({"worktree", "remove", "--force", place});
  const std::string id = box.ok({"--agent", "al", "add", "A", "-q", "--claim"});
  ASSERT_EQ(box.ok({"worktree", "path", id}), place);
  box.ok({"--agent", "bo", "claim", lost});
  EXPECT_EQ(box.git({"symbolic-ref", "HEAD"}, place), "refs/heads/masc/" + id);
  EXPECT_NE(box.ok({"worktree", "path", lost}), place);
}

// What a fetch of something new tells the other side that it has.
std::string haves_of_a_fetch(Sandbox& box) {
  const std::string other = box.root() + "/other";
  box.git({"clone", "-q", box.repo(), other});
  box.git({"commit", "-q", "--allow-empty", "-m", "theirs"}, other);
  const std::string trace = box.root() + "/packets";
  box.environment().set("GIT_TRACE_PACKET", trace);
  box.git({"fetch", "-q", other, "HEAD"});
  box.environment().unset("GIT_TRACE_PACKET");
  const std::string packets = read_file(trace).value();
  std::string haves;
  for (const std::string_view line : split_lines(packets)) {
    constexpr std::string_view kHave = "fetch> have ";
    if (const std::size_t at = line.find(kHave); at != line.npos)
      haves.append(line.substr(at + kHave.size())) += '\n';
  }
  return haves;
}

// MASC_STRANGERS=10: with 300 open and 3,000 finished tasks.
TEST_F(Work, StrangersSeeNothingOfMascButClaimBranches) {
  const char* const factor = std::getenv("MASC_STRANGERS");
  const int many = factor == nullptr ? 1 : std::atoi(factor);
  box.git({"commit", "-q", "--allow-empty", "-m", "second"});
  const std::string before = box.git({"log", "--all", "--format=%H"});
  for (int i = 0; i < 30 * many; ++i) box.ok({"add", "open", "-q"});
  for (int i = 0; i < 300 * many; ++i)
    box.ok({"--agent", "al", "done", box.ok({"add", "t", "-q"})});
  const std::string id = box.ok({"--agent", "al", "add", "T", "-q", "--claim"});
  const std::string refs = "refs/heads/main\nrefs/heads/masc/" + id;
  EXPECT_EQ(box.git({"log", "--all", "--format=%H"}), before);
  EXPECT_EQ(box.git({"for-each-ref", "--format=%(refname)"}), refs);
  EXPECT_EQ(box.git({"status", "--porcelain", "--ignored"}), "");
  EXPECT_EQ(box.git({"gc", "-q", "--prune=now"}), "");
  EXPECT_EQ(box.git({"fsck", "--full"}), "");
  EXPECT_FALSE(exists(box.repo() + "/.git/hooks/reference-transaction"));
  EXPECT_FALSE(box.try_git({"config", "core.hooksPath"}).ok());

  box.git({"clone", "-q", box.repo(), box.root() + "/clone"});
  EXPECT_FALSE(exists(box.root() + "/clone/.git/masc"));
  box.git({"init", "-q", "--bare", box.root() + "/mirror.git"});
  box.git({"push", "-q", "--mirror", box.root() + "/mirror.git"});
  EXPECT_EQ(box.git({"for-each-ref", "--format=%(refname)"}, box.root() + "/mirror.git"), refs);

  const std::string haves = haves_of_a_fetch(box);
  EXPECT_FALSE(haves.empty());
  for (const std::string_view have : split_lines(haves))
    EXPECT_NE(before.find(have), std::string::npos) << have;
}

TEST_F(Work, FromASubdirectoryAndALinkedWorktreeOfAPerson) {
  ASSERT_TRUE(make_directories(box.repo() + "/deep/er"));
  const std::string id = box.ok({"add", "T", "-q"}, box.repo() + "/deep/er");
  box.git({"worktree", "add", "-q", "-b", "side", box.root() + "/side"});
  EXPECT_EQ(field(box.ok({"show", id, "--json"}, box.root() + "/side"), "task.id"), id);
  EXPECT_EQ(field(box.ok({"whoami", "--json"}, box.root() + "/side"), "claim"), "null");
}

}  // namespace
}  // namespace masc::testing
