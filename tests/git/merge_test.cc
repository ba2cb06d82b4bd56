// What a landing does to the repository: merging, replaying, moving the base. No task is involved.
#include "git/merge.h"

#include <algorithm>

#include "git/advance.h"
#include "git/conflict.h"
#include "git/objects.h"
#include "git/refs.h"
#include "git/replay.h"
#include "git/scratch.h"
#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

using Outcome = Combined::Outcome;

std::string numbers(int from, int to) {
  std::string text;
  for (int i = from; i <= to; ++i) text += fmt::format("{}\n", i);
  return text;
}

std::string with_line(int line, const std::string& text, int lines = 20) {
  return numbers(1, line - 1) + text + "\n" + numbers(line + 1, lines);
}

// A repository in which main and work have parted: `main` has n.txt changed in line 18.
class MergeTest : public WorktreeTest {
 protected:
  explicit MergeTest(std::string_view format = "sha1") : WorktreeTest(format) {}

  std::string commit(const std::string& file, const std::string& text, const std::string& message) {
    put(repo(file), text);
    git_in(repo(), {"add", "-A"});
    git_in(repo(), {"commit", "-q", "-m", message});
    return head_of(repo());
  }
  void start_work() {
    commit("n.txt", numbers(1, 20), "numbers");
    git_in(repo(), {"checkout", "-q", "-b", "work"});
  }
  void back_to_main() { git_in(repo(), {"checkout", "-q", "main"}); }
  std::string tip(const std::string& branch) { return git_in(repo(), {"rev-parse", branch}); }
  std::string show(const std::string& what) { return git_in(repo(), {"show", what}); }
  std::string status() { return git_in(repo(), {"status", "--porcelain"}); }

  Result<Combined> combine_work(Strategy strategy, CommitText text = {"Title", "", {}}) {
    return combine(repository_, git_, {strategy, tip("main"), tip("work"), std::move(text)});
  }
  std::string read(const std::string& path) { return must(read_file(path)); }
  std::vector<std::string> left_in_scratch() {
    auto left = must(list_directory(repository_.masc_dir() + "/scratch"));
    const auto paths = must(linked_paths(repository_.common_dir));
    std::copy_if(paths.begin(), paths.end(), std::back_inserter(left),
                 [](const std::string& path) { return path.find("/scratch/") != path.npos; });
    return left;
  }
};

class Sha256MergeTest : public MergeTest {
 protected:
  Sha256MergeTest() : MergeTest("sha256") {}
};

TEST(ParseMerge, ReadsTreeConflictsAndWhatWasMixed) {
  const std::string tree(40, 'a');
  using namespace std::string_literals;
  const auto merged = must(parse_merge(tree + "\0x y\0\0"s + "1\0x y\0Auto-merging\0text\n\0"s +
                                       "2\0a\0b\0CONFLICT (x)\0text\0"s));
  EXPECT_EQ(merged.tree, tree);
  EXPECT_EQ(merged.conflicts, std::vector<std::string>{"x y"});
  EXPECT_EQ(merged.mixed, std::vector<std::string>{"x y"});
  EXPECT_TRUE(must(parse_merge(tree + "\0\0"s)).conflicts.empty());
  EXPECT_TRUE(fails_with(ErrorCode::kFormat, parse_merge("nonsense")));
}

TEST(Strategies, NamesRoundTrip) {
  for (const auto strategy :
       {Strategy::kFf, Strategy::kRebase, Strategy::kMerge, Strategy::kSquash}) {
    EXPECT_EQ(must(parse_strategy(strategy_name(strategy))), strategy);
  }
  EXPECT_TRUE(fails_with(ErrorCode::kInvalid, parse_strategy("octopus")));
}

TEST(StoredCommits, RoundTripByteByByteWithoutSignatures) {
  const std::string data =
      "tree 1234\nparent 5678\nparent 9abc\nauthor A <a@x> 1 +0100\ncommitter C <c@x> 2 -0500\n"
      "encoding ISO-8859-1\n\nsubj\xe9t\n\n body without end";
  EXPECT_EQ(format_commit(must(parse_commit("id", data))), data);
  const std::string signed_ = "tree 1\nauthor a\ncommitter c\ngpgsig -----\n more\n -----\n\nm\n";
  EXPECT_EQ(format_commit(must(parse_commit("id", signed_))),
            "tree 1\nauthor a\ncommitter c\n\nm\n");
  EXPECT_TRUE(fails_with(ErrorCode::kFormat, parse_commit("id", "tree 1\n\nm\n")));
}

TEST(Compose, KeepsTrailersOnceAndListsManySubjects) {
  const CommitText text{"Title", "Body.\n", {"Masc-Task: m-1234"}};
  const StoredCommit one{"", "", {}, "", "", "", "one\n\nMasc-Task: m-1234\nMasc-Agent: codex\n"};
  const StoredCommit two{
      "", "", {}, "", "", "", "two\n\nMasc-Agent: codex\nReviewed-by: R <r@x>\n"};
  const StoredCommit none{"", "", {}, "", "", "", "fix: three\n\nnote: some words\nno trailers\n"};
  EXPECT_EQ(compose(text, {one}), "Title\n\nBody.\n\nMasc-Task: m-1234\nMasc-Agent: codex\n");
  EXPECT_EQ(compose(text, {one, two}),
            "Title\n\nBody.\n\n- one\n- two\n\nMasc-Task: m-1234\nMasc-Agent: codex\n"
            "Reviewed-by: R <r@x>\n");
  EXPECT_EQ(compose({"Title", "", {}}, {none}), "Title\n");
  EXPECT_EQ(compose({"Title", "", {}}, {}), "Title\n");
}

TEST_F(MergeTest, TwoSidesOfAFileComeTogetherWithoutTouchingAnything) {
  start_work();
  commit("n.txt", with_line(2, "two"), "two");
  back_to_main();
  commit("n.txt", with_line(18, "eighteen"), "eighteen");
  const auto merged = must(Merger(repository_, git_).merge(tip("main"), tip("work")));
  EXPECT_TRUE(merged.conflicts.empty());
  EXPECT_EQ(merged.mixed, std::vector<std::string>{"n.txt"});
  EXPECT_NE(show(merged.tree + ":n.txt").find("two\n3"), std::string::npos);
  EXPECT_EQ(status(), "");
}

TEST_F(MergeTest, AttributesOfTheBaseSayHowToMerge) {
  put(repo("dir/.gitattributes"), "*.lock binary\n");
  commit("dir/x.lock", numbers(1, 20), "lock");
  git_in(repo(), {"checkout", "-q", "-b", "work"});
  commit("dir/x.lock", with_line(2, "two"), "two");
  back_to_main();
  commit("dir/x.lock", with_line(18, "eighteen"), "eighteen");
  git_in(repo(), {"checkout", "-q", "--detach", "main^"});
  const auto merged = must(Merger(repository_, git_).merge(tip("main"), tip("work")));
  EXPECT_EQ(merged.conflicts, std::vector<std::string>{"dir/x.lock"});
  EXPECT_TRUE(left_in_scratch().empty());
}

TEST_F(MergeTest, AMergeDriverFindsTheFilesOfTheBase) {
  put(repo(".gitattributes"), "*.n merge=mine\n");
  commit("x.n", numbers(1, 20), "numbers");
  git_in(repo(), {"checkout", "-q", "-b", "work"});
  commit("x.n", with_line(2, "two"), "two");
  back_to_main();
  commit("x.n", with_line(2, "zwei"), "zwei");
  git_in(repo(), {"config", "merge.mine.driver", "cat a.txt > %A"});
  const auto merged = must(Merger(repository_, git_).merge(tip("main"), tip("work")));
  EXPECT_TRUE(merged.conflicts.empty());
  EXPECT_EQ(show(merged.tree + ":x.n"), "one");
  EXPECT_TRUE(left_in_scratch().empty());
  EXPECT_EQ(status(), "");
}

TEST_F(MergeTest, WhereTheBaseIsWhereWorkBeganItsTipLandsItself) {
  start_work();
  commit("w.txt", "w\n", "w");
  for (const Strategy strategy : {Strategy::kFf, Strategy::kRebase}) {
    const auto combined = must(combine_work(strategy));
    EXPECT_EQ(combined.outcome, Outcome::kReady);
    EXPECT_EQ(combined.commit, tip("work"));
    EXPECT_EQ(combined.commits, 1U);
  }
}

TEST_F(MergeTest, ABranchThatTookTheBaseInIsAFastForwardAsWell) {
  start_work();
  commit("w.txt", "w\n", "w");
  back_to_main();
  commit("m.txt", "m\n", "m");
  git_in(repo(), {"checkout", "-q", "work"});
  git_in(repo(), {"merge", "-q", "--no-edit", "main"});
  EXPECT_EQ(must(combine_work(Strategy::kRebase)).commit, tip("work"));
}

TEST_F(MergeTest, AReplayKeepsAuthorDateMessageAndEncoding) {
  start_work();
  commit("n.txt", with_line(2, "two"), "two");
  put(repo("message"), "subj\xe9t\n\nbody\n");
  git_in(repo(), {"-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty",
                  "--author=Jr <jr@x>", "--date=1700000000 +0130", "-F", "message"});
  must(remove_file(repo("message")));
  back_to_main();
  commit("n.txt", with_line(18, "eighteen"), "eighteen");
  const auto combined = must(combine_work(Strategy::kRebase));
  EXPECT_EQ(combined.commits, 2U);
  const auto made = must(read_commits(git_, {combined.commit})).front();
  EXPECT_EQ(made.author, "Jr <jr@x> 1700000000 +0130");
  EXPECT_EQ(made.encoding, "ISO-8859-1");
  EXPECT_EQ(made.message, "subj\xe9t\n\nbody\n");
  EXPECT_EQ(show(combined.commit + ":n.txt") + "\n",
            numbers(1, 1) + "two\n" + numbers(3, 17) + "eighteen\n" + numbers(19, 20));
  EXPECT_EQ(git_in(repo(), {"rev-parse", combined.commit + "~2"}), tip("main"));
}

TEST_F(MergeTest, AReplayIsThatOfGitRebase) {
  start_work();
  for (const int line : {2, 5, 8, 11}) {
    commit("n.txt", read(repo("n.txt")).replace(0, 0, fmt::format("+{}\n", line)), "a change");
    commit(fmt::format("f {}.txt", line), "x\n", "a file");
  }
  back_to_main();
  commit("n.txt", with_line(18, "eighteen"), "eighteen");
  const auto combined = must(combine_work(Strategy::kRebase));
  git_in(repo(), {"checkout", "-q", "work"});
  git_in(repo(), {"rebase", "-q", "main"});
  EXPECT_EQ(combined.commit, tip("work"));
}

TEST_F(MergeTest, CommitsThatTheBaseHasAlreadyAreLeftOut) {
  start_work();
  commit("n.txt", with_line(2, "two"), "two");
  const std::string picked = tip("work");
  commit("w.txt", "w\n", "w");
  back_to_main();
  commit("m.txt", "m\n", "m");
  git_in(repo(), {"cherry-pick", picked});
  const auto combined = must(combine_work(Strategy::kRebase));
  EXPECT_EQ(combined.commits, 1U);
  EXPECT_EQ(git_in(repo(), {"log", "--format=%s", "main.." + combined.commit}), "w");
  git_in(repo(), {"cherry-pick", "work"});
  EXPECT_EQ(must(combine_work(Strategy::kRebase)).outcome, Outcome::kContained);
  EXPECT_EQ(must(combine_work(Strategy::kSquash)).outcome, Outcome::kContained);
}

TEST_F(MergeTest, ABranchWithoutCommitsIsNothing) {
  start_work();
  for (const auto strategy :
       {Strategy::kFf, Strategy::kRebase, Strategy::kMerge, Strategy::kSquash}) {
    EXPECT_EQ(must(combine_work(strategy)).outcome, Outcome::kNothing);
  }
}

TEST_F(MergeTest, AMergeHasTwoParentsAndTheGivenText) {
  start_work();
  commit("w.txt", "w\n", "w");
  const auto combined =
      must(combine_work(Strategy::kMerge, {"Merge it", "", {"Masc-Task: m-1234"}}));
  EXPECT_EQ(git_in(repo(), {"rev-list", "--parents", "-1", combined.commit}),
            fmt::format("{} {} {}", combined.commit, tip("main"), tip("work")));
  EXPECT_EQ(git_in(repo(), {"log", "-1", "--format=%B", combined.commit}),
            "Merge it\n\nMasc-Task: m-1234\n");
}

TEST_F(MergeTest, ASquashIsOneCommitOfTheBranchsAuthor) {
  start_work();
  commit("w.txt", "w\n", "w");
  git_in(repo(), {"commit", "-q", "--allow-empty", "--author=Other <o@x>", "-m", "x"});
  back_to_main();
  commit("m.txt", "m\n", "m");
  const auto combined = must(combine_work(Strategy::kSquash));
  EXPECT_EQ(git_in(repo(), {"rev-parse", combined.commit + "^"}), tip("main"));
  EXPECT_EQ(git_in(repo(), {"log", "-1", "--format=%an %s", combined.commit}), "Other Title");
  EXPECT_EQ(show(combined.commit + ":w.txt"), "w");
  EXPECT_EQ(combined.commits, 2U);
}

TEST_F(MergeTest, WhatIsNoChainIsNotReplayed) {
  start_work();
  commit("w.txt", "w\n", "w");
  git_in(repo(), {"checkout", "-q", "-b", "side", "main"});
  commit("s.txt", "s\n", "s");
  git_in(repo(), {"checkout", "-q", "work"});
  git_in(repo(), {"merge", "-q", "--no-edit", "side"});
  back_to_main();
  commit("m.txt", "m\n", "m");
  EXPECT_EQ(must(combine_work(Strategy::kRebase)).outcome, Outcome::kMerges);
  EXPECT_EQ(must(combine_work(Strategy::kFf)).outcome, Outcome::kDiverged);
  EXPECT_EQ(must(combine_work(Strategy::kMerge)).outcome, Outcome::kReady);
}

TEST_F(MergeTest, AConflictNamesPathsCommitAndTasks) {
  start_work();
  commit("\xc3\xbc n.txt", "mine\n", "mine");
  commit("n.txt", with_line(2, "two"), "second");
  back_to_main();
  commit("n.txt", with_line(2, "zwei"), "theirs\n\nMasc-Task: m-aaaa");
  commit("\xc3\xbc n.txt", "theirs\n", "more\n\nMasc-Task: m-bbbb");
  const auto combined = must(combine_work(Strategy::kMerge));
  EXPECT_EQ(combined.outcome, Outcome::kConflict);
  const auto named = must(name_conflicts(git_, tip("main"), tip("work"), combined.conflicts));
  EXPECT_EQ(conflicts_json(named),
            "[{\"path\":\"n.txt\",\"tasks\":[\"m-aaaa\"]},"
            "{\"path\":\"\xc3\xbc n.txt\",\"tasks\":[\"m-bbbb\"]}]");
  const auto replayed = must(combine_work(Strategy::kRebase));
  EXPECT_EQ(replayed.outcome, Outcome::kConflict);
  EXPECT_EQ(replayed.culprit.substr(8), "mine");
  EXPECT_EQ(must(combine_work(Strategy::kSquash)).conflicts.size(), 2U);
}

TEST_F(Sha256MergeTest, EveryStrategyWorks) {
  start_work();
  commit("n.txt", with_line(2, "two"), "two");
  commit("n.txt", with_line(2, "three"), "three");
  back_to_main();
  commit("n.txt", with_line(18, "eighteen"), "eighteen");
  for (const auto strategy : {Strategy::kRebase, Strategy::kMerge, Strategy::kSquash}) {
    const auto combined = must(combine_work(strategy));
    EXPECT_EQ(combined.outcome, Outcome::kReady);
    EXPECT_EQ(combined.commit.size(), 64U);
    EXPECT_NE(show(combined.commit + ":n.txt").find("three\n3"), std::string::npos);
  }
}

TEST_F(MergeTest, WhatKilledProcessesLeftInScratchGoes) {
  const std::string place = must(scratch_folder(repository_)) + "/land-1";
  git_in(repo(), {"worktree", "add", "-q", "--detach", place});
  put(must(scratch_folder(repository_)) + "/land-2/file", "x");
  {
    const Scratch scratch = must(Scratch::make(repository_, git_, tip("main")));
    EXPECT_EQ(scratch.path(), place);
    EXPECT_EQ(read(place + "/a.txt"), "one\n");
    prune_scratch(repository_);
    EXPECT_TRUE(exists(place));
    const Scratch other = must(Scratch::make(repository_, git_, tip("main")));
    EXPECT_NE(other.path(), place);
  }
  EXPECT_TRUE(left_in_scratch().empty());
}

TEST_F(MergeTest, AScratchWorktreeHoldsEverythingEvenWhereTheMainOneIsSparse) {
  git_in(repo(), {"reset", "-q", "--hard"});
  git_in(repo(), {"sparse-checkout", "set", "nothing"});
  EXPECT_FALSE(exists(repo("dir/b.txt")));
  const Scratch scratch = must(Scratch::make(repository_, git_, tip("main")));
  EXPECT_EQ(read(scratch.path() + "/dir/b.txt"), "two\n");
  EXPECT_EQ(git_in(scratch.path(), {"status", "--porcelain"}), "");
}

// Moving main from where it is to a commit of `work` that changes a.txt and adds new.txt.
class AdvanceTest : public MergeTest {
 protected:
  explicit AdvanceTest(std::string_view format = "sha1") : MergeTest(format) {
    git_in(repo(), {"checkout", "-q", "-b", "work"});
    put(repo("a.txt"), "changed\n");
    commit("new.txt", "new\n", "work");
    back_to_main();
  }
  Advance forward() { return {"main", tip("main"), tip("work"), "masc: test"}; }
  Result<Advanced> advance() { return advance_branch(repository_, git_, forward()); }
  // Refused, with these paths, and nothing moved; the dry run said so before.
  void expect_dirty(const std::string& paths) {
    const std::string before = tip("main");
    const std::string seen = status();
    EXPECT_TRUE(fails_with(ErrorCode::kBaseDirty, try_advance(repository_, git_, forward())));
    const auto moved = advance();
    ASSERT_TRUE(fails_with(ErrorCode::kBaseDirty, moved));
    EXPECT_EQ(moved.error().facts.back().json, paths);
    EXPECT_EQ(tip("main"), before);
    EXPECT_EQ(status(), seen);
  }
};

class Sha256AdvanceTest : public AdvanceTest {
 protected:
  Sha256AdvanceTest() : AdvanceTest("sha256") {}
};

TEST_F(AdvanceTest, ABranchThatIsNotCheckedOutMovesAlone) {
  git_in(repo(), {"checkout", "-q", "--detach"});
  EXPECT_EQ(must(advance()), Advanced::kMoved);
  EXPECT_EQ(tip("main"), tip("work"));
  EXPECT_EQ(read(repo("a.txt")), "one\n");
}

TEST_F(AdvanceTest, ACleanWorktreeComesForwardWithItsBranch) {
  ASSERT_TRUE(good(try_advance(repository_, git_, forward())));
  EXPECT_EQ(must(advance()), Advanced::kMoved);
  EXPECT_EQ(tip("main"), tip("work"));
  EXPECT_EQ(read(repo("a.txt")), "changed\n");
  EXPECT_EQ(status(), "");
}

TEST_F(AdvanceTest, ChangesInOtherFilesStay) {
  put(repo("dir/b.txt"), "mine\n");
  put(repo("staged.txt"), "mine\n");
  git_in(repo(), {"add", "staged.txt"});
  EXPECT_EQ(must(advance()), Advanced::kMoved);
  EXPECT_EQ(read(repo("dir/b.txt")), "mine\n");
  EXPECT_EQ(status(), " M dir/b.txt\nA  staged.txt");
}

TEST_F(AdvanceTest, AChangedFileInTheWayIsLeftAlone) {
  put(repo("a.txt"), "mine\n");
  expect_dirty(R"(["a.txt"])");
  EXPECT_EQ(read(repo("a.txt")), "mine\n");
}

TEST_F(AdvanceTest, AnUntrackedFileInTheWayIsLeftAlone) {
  put(repo("new.txt"), "mine\n");
  expect_dirty(R"(["new.txt"])");
}

TEST_F(AdvanceTest, AnIgnoredFileInTheWayIsLeftAlone) {
  put(repo(".git/info/exclude"), "new.txt\n");
  put(repo("new.txt"), "mine\n");
  EXPECT_TRUE(fails_with(ErrorCode::kBaseDirty, advance()));
  EXPECT_EQ(read(repo("new.txt")), "mine\n");
}

TEST_F(AdvanceTest, AMergeUnderWayThereIsNotDisturbed) {
  put(repo(".git/MERGE_HEAD"), tip("work") + "\n");
  expect_dirty(R"(["MERGE_HEAD"])");
}

TEST_F(AdvanceTest, ABranchThatIsCheckedOutTwiceDoesNotMove) {
  git_in(repo(), {"worktree", "add", "-q", "-f", folder("second"), "main"});
  expect_dirty("[]");
}

TEST_F(AdvanceTest, AWorktreeElsewhereComesForward) {
  git_in(repo(), {"checkout", "-q", "--detach"});
  git_in(repo(), {"worktree", "add", "-q", folder("sp ace"), "main"});
  EXPECT_EQ(must(advance()), Advanced::kMoved);
  EXPECT_EQ(read(folder("sp ace/a.txt")), "changed\n");
  EXPECT_EQ(read(repo("a.txt")), "one\n");
}

TEST_F(AdvanceTest, SomebodyWhoWasFirstIsNotOverwritten) {
  Advance late = forward();
  commit("other.txt", "x\n", "other");
  EXPECT_EQ(must(advance_branch(repository_, git_, late)), Advanced::kMeanwhile);
  git_in(repo(), {"checkout", "-q", "--detach"});
  EXPECT_EQ(must(advance_branch(repository_, git_, late)), Advanced::kMeanwhile);
  EXPECT_NE(tip("main"), tip("work"));
}

TEST_F(AdvanceTest, WhatIsThereAlreadyHasMoved) {
  const Advance again = forward();
  must(advance());
  commit("other.txt", "x\n", "other");
  EXPECT_EQ(must(advance_branch(repository_, git_, again)), Advanced::kMoved);
}

TEST_F(AdvanceTest, AHookThatRefusesLeavesTheFilesAsTheyWere) {
  const std::string hook = repo(".git/hooks/reference-transaction");
  must(make_directories(repo(".git/hooks")));
  must(write_file(hook, "#!/bin/sh\n[ \"$1\" != prepared ] || ! grep -q refs/heads/main\n", 0755));
  put(repo("dir/b.txt"), "mine\n");
  EXPECT_TRUE(fails_with(ErrorCode::kRefused, advance()));
  EXPECT_EQ(read(repo("a.txt")), "one\n");
  EXPECT_EQ(status(), " M dir/b.txt");
}

TEST_F(AdvanceTest, ALockOfAnotherGitIsBusy) {
  put(repo(".git/refs/heads/main.lock"), "");
  {
    ASSERT_EQ(chdir(repo().c_str()), 0);
    FILE* at_work = popen("git cat-file --batch", "w");
    ASSERT_EQ(chdir("/"), 0);
    ASSERT_NE(at_work, nullptr);
    EXPECT_TRUE(fails_with(ErrorCode::kBusy, advance()));
    EXPECT_EQ(status(), "");
    must(remove_file(repo(".git/refs/heads/main.lock")));
    put(repo(".git/index.lock"), "");
    EXPECT_TRUE(fails_with(ErrorCode::kBusy, advance()));
    pclose(at_work);
  }
  EXPECT_EQ(status(), "");
}

TEST_F(AdvanceTest, ALockThatAKilledGitLeftIsTakenAway) {
  put(repo(".git/refs/heads/main.lock"), "");
  put(repo(".git/HEAD.lock"), "");
  put(repo(".git/index.lock"), "");
  EXPECT_EQ(must(advance()), Advanced::kMoved);
  EXPECT_FALSE(exists(repo(".git/refs/heads/main.lock")));
  EXPECT_FALSE(exists(repo(".git/HEAD.lock")));
}

TEST_F(AdvanceTest, SettingsForMergesDoNotMatter) {
  for (const char* setting : {"merge.ff=false", "merge.autoStash=true",
                              "merge.verifySignatures=true", "branch.main.mergeOptions=--squash"}) {
    const std::string_view text(setting);
    const std::size_t at = text.find('=');
    git_in(repo(), {"config", std::string(text.substr(0, at)), std::string(text.substr(at + 1))});
  }
  put(repo("dir/b.txt"), "mine\n");
  EXPECT_EQ(must(advance()), Advanced::kMoved);
  EXPECT_EQ(status(), " M dir/b.txt");
}

TEST_F(AdvanceTest, InABareRepositoryTheBranchMoves) {
  git_in(repo(), {"clone", "-q", "--bare", ".", folder("bare.git")});
  const Repository bare = must(find_repository(folder("bare.git"), environment_));
  const Git git = git_.in(folder("bare.git"));
  EXPECT_EQ(must(advance_branch(bare, git, forward())), Advanced::kMoved);
  EXPECT_EQ(must(branch_tip(bare, git, "main")), tip("work"));
}

TEST_F(Sha256AdvanceTest, BothWaysOfMovingWork) {
  EXPECT_EQ(must(advance()), Advanced::kMoved);
  EXPECT_EQ(read(repo("a.txt")), "changed\n");
  git_in(repo(), {"checkout", "-q", "work"});
  commit("w.txt", "w\n", "w");
  EXPECT_EQ(must(advance()), Advanced::kMoved);
  EXPECT_EQ(tip("main"), tip("work"));
}

TEST_F(AdvanceTest, InSlotsTheUsersHooksAreChosen) {
  const std::string slot = repository_.common_dir + "/worktrees/masc-1";
  const auto hooks = [&](const std::string& git_dir) {
    return must(with_user_hooks(repository_, git_, git_dir).run({"config", "core.hooksPath"})).out;
  };
  EXPECT_EQ(hooks(slot), repository_.common_dir + "/hooks\n");
  EXPECT_EQ(hooks(repository_.common_dir), "");
  git_in(repo(), {"config", "core.hooksPath", ".husky"});
  EXPECT_EQ(hooks(slot), ".husky\n");
}

}  // namespace
}  // namespace masc::git
