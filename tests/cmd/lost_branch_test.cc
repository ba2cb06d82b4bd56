// Claims whose branch or worktree somebody took away, or whose branch somebody else looks at.
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class LostBranch : public ::testing::Test {
 protected:
  void SetUp() override {
    box.environment().set("MASC_AGENT", "al");
    box.write("a", "one\n");
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "base"});
    box.ok({"init"});
    id = box.ok({"add", "T", "-p", "0", "-q", "--claim"});
    branch = "masc/" + id;
    place = box.ok({"worktree", "path", id});
    EXPECT_TRUE(write_file(place + "/q", "q\n"));
    box.git({"add", "q"}, place);
    box.git({"commit", "-q", "-m", "q"}, place);
    commit = box.git({"rev-parse", branch});
  }
  std::string tip() { return box.git({"rev-parse", branch}); }
  std::string generation() { return field(box.ok({"show", id, "--json"}), "task.generation"); }
  bool says(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
  // As masc left it before it brought branches back: the claim has ended, HEAD is on the branch.
  void end_and_lose_the_branch() {
    EXPECT_TRUE(write_file(place + "/draft", "d\n"));
    box.ok({"release", id});
    box.git({"-c", "core.hooksPath=/dev/null", "switch", "-q", branch}, place);
    box.git({"update-ref", "-d", "refs/heads/" + branch});
  }

  Sandbox box;
  std::string id, branch, place, commit;
};

TEST_F(LostBranch, IsBroughtBackByReleaseDoneCancelAndHandoff) {
  for (const char* end : {"release", "done", "cancel", "handoff"}) {
    box.git({"update-ref", "-d", "HEAD"}, place);
    const std::string said = box.ok({end, id});
    EXPECT_TRUE(says(said, "is back at " + commit.substr(0, 12))) << said;
    EXPECT_EQ(tip(), commit) << end;
    EXPECT_EQ(box.masc({"doctor"}).status, 0) << box.masc({"doctor"}).out;
    box.ok({"reopen", id});
    EXPECT_TRUE(says(box.ok({"claim"}), id));
    EXPECT_EQ(tip(), commit) << end;
    place = box.ok({"worktree", "path", id});
    EXPECT_EQ(box.git({"rev-parse", "HEAD"}, place), commit);
  }
}

TEST_F(LostBranch, IsBroughtBackWhenTheCommandOfARunDeletesIt) {
  box.ok({"release", id});
  EXPECT_TRUE(box.binary({"run", id, "--", "git", "update-ref", "-d", "HEAD"}).ok());
  EXPECT_EQ(tip(), commit);
  EXPECT_TRUE(box.binary({"run", "--", "true"}).ok());
}

TEST_F(LostBranch, OfAnEndedClaimIsBroughtBackByTheNextOne) {
  end_and_lose_the_branch();
  box.ok({"claim"});
  EXPECT_EQ(tip(), commit);
  EXPECT_EQ(box.git({"rev-parse", "HEAD"}, box.ok({"worktree", "path", id})), commit);
}

TEST_F(LostBranch, WithoutAReflogBlocksNoEndAndNoClaim) {
  box.git({"config", "core.logAllRefUpdates", "false"});
  ASSERT_TRUE(remove_file(box.repo() + "/.git/worktrees/masc-1/logs/HEAD"));
  box.git({"update-ref", "-d", "HEAD"}, place);
  box.ok({"release", id});
  const cmd::Printed fixed = box.masc({"doctor", "--fix"});
  EXPECT_EQ(fixed.status, 0) << fixed.out;
  EXPECT_TRUE(says(fixed.out, "worktree_holds_branch")) << fixed.out;
  EXPECT_EQ(box.read("../repo.masc/masc-1/q"), "q\n");
  box.git({"symbolic-ref", "HEAD", "refs/heads/" + branch}, place);
  EXPECT_TRUE(says(box.ok({"claim"}), id));
}

TEST_F(LostBranch, OfAnEndedClaimIsFoundAndMendedByDoctor) {
  end_and_lose_the_branch();
  EXPECT_TRUE(says(box.masc({"doctor"}).out, "worktree_holds_branch"));
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  EXPECT_EQ(tip(), commit);
  EXPECT_EQ(box.masc({"doctor"}).status, 0);
  EXPECT_EQ(box.git({"rev-parse", "--abbrev-ref", "HEAD"}, place), "HEAD");
}

TEST_F(LostBranch, RenamedIsToldOfByDone) {
  box.git({"branch", "-m", branch, "mine"});
  const std::string said = box.ok({"done", id});
  EXPECT_TRUE(says(said, "masc land " + id)) << said;
  box.ok({"land", id});
  EXPECT_EQ(box.read("q"), "q\n");
}

TEST_F(LostBranch, AnOrphanBranchInTheWorktreeBlocksNoEnd) {
  for (const char* end : {"release", "done", "cancel", "handoff"}) {
    box.git({"checkout", "-q", "--orphan", "z"}, place);
    box.ok({end, id});
    EXPECT_EQ(tip(), commit);
    EXPECT_EQ(box.masc({"doctor"}).status, 0) << box.masc({"doctor"}).out;
    box.ok({"reopen", id});
    box.ok({"claim", id});
    place = box.ok({"worktree", "path", id});
  }
}

TEST_F(LostBranch, AnOrphanBranchIsHandedOnAsItIs) {
  box.git({"checkout", "-q", "--orphan", "z"}, place);
  const std::string said = box.ok({"handoff", id});
  EXPECT_TRUE(says(said, "HEAD is on branch z, which has no commit yet")) << said;
  const std::string taken = box.ok({"inherit", id});
  EXPECT_TRUE(says(taken, "HEAD is on branch z, which has no commit yet")) << taken;
  EXPECT_EQ(box.ok({"worktree", "path", id}), place);
}

TEST_F(LostBranch, CheckedOutByAPersonIsPassedOverByABareClaim) {
  box.ok({"release", id});
  const std::string second = box.ok({"add", "second", "-p", "3", "-q"});
  box.git({"checkout", "-q", branch});
  EXPECT_TRUE(says(box.ok({"--agent", "bo", "claim"}), second));
  const cmd::Printed none = box.masc({"--agent", "cy", "claim"});
  EXPECT_EQ(none.status, 4) << none.out;
  EXPECT_TRUE(says(none.err, "the branch " + branch + " is checked out in " + box.repo()))
      << none.err;
  EXPECT_EQ(box.masc({"--agent", "cy", "claim", id}).status, 5);
  EXPECT_EQ(generation(), "1");
  box.git({"checkout", "-q", "main"});
  EXPECT_TRUE(says(box.ok({"--agent", "cy", "claim"}), id));
}

TEST_F(LostBranch, AWorktreeThatIsGoneIsNoObstacleToAHandoff) {
  ASSERT_TRUE(remove_tree(place));
  const std::string said = box.ok({"handoff", id});
  EXPECT_TRUE(says(said, "what was not committed there is not handed on")) << said;
  box.ok({"--agent", "bo", "inherit", id});
  EXPECT_EQ(box.git({"rev-parse", "HEAD"}, box.ok({"worktree", "path", id})), commit);
}

TEST_F(LostBranch, DoneTellsOfUnlandedWorkWithoutItsWorktree) {
  ASSERT_TRUE(remove_tree(place));
  const std::string said = box.ok({"done", id});
  EXPECT_TRUE(says(said, "not landed: branch " + branch + " stays; masc land " + id)) << said;
}

TEST_F(LostBranch, OrNeverHadIsToldApart) {
  const std::string bare = box.ok({"add", "B", "-q"});
  box.ok({"claim", bare, "--no-worktree"});
  const cmd::Printed where = box.masc({"worktree", "path", bare});
  EXPECT_TRUE(says(where.err, "masc release " + bare)) << where.err;
  const cmd::Printed landing = box.masc({"land", bare});
  EXPECT_EQ(landing.status, 4);
  EXPECT_TRUE(says(landing.err, "was claimed without a branch")) << landing.err;
  box.ok({"release", bare});
  box.ok({"claim", bare});
  EXPECT_TRUE(exists(box.ok({"worktree", "path", bare})));
}

TEST_F(LostBranch, NorIsAnythingAddedForAClaimThatWouldWait) {
  const cmd::Printed got = box.masc({"add", "W", "--after", id, "--claim"});
  EXPECT_EQ(got.status, 5);
  EXPECT_TRUE(says(got.err, "nothing was added: it would wait for " + id)) << got.err;
  EXPECT_EQ(field(box.ok({"list", "--all", "--json"}), "count"), "1");
}

}  // namespace
}  // namespace masc::testing
