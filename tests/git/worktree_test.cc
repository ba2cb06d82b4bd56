#include "git/worktree.h"

#include <gtest/gtest.h>

#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

using ListWorktrees = WorktreeTest;
using Checkouts = WorktreeTest;
using DetachHead = WorktreeTest;

TEST_F(ListWorktrees, OfARepositoryWithoutAnyIsEmpty) {
  EXPECT_TRUE(must(list_worktrees(repository_)).empty());
}

TEST_F(ListWorktrees, TellsPathBranchAndHeadOfEachSlot) {
  add_slot("m-0001");
  git_in(repo(), {"worktree", "add", "--quiet", "--detach", folder("mine")});
  const auto slots = must(list_worktrees(repository_));
  ASSERT_EQ(slots.size(), 1U);
  EXPECT_EQ(slots[0].name, "masc-1");
  EXPECT_EQ(slots[0].path, root() + "/masc-1");
  EXPECT_EQ(slots[0].branch, "masc/m-0001");
  EXPECT_EQ(slots[0].head, head_of(repo()));
  EXPECT_FALSE(slots[0].missing || slots[0].prunable || slots[0].opaque || slots[0].locked);
}

TEST_F(ListWorktrees, FindsAHeadInPackedRefs) {
  add_slot("m-0001");
  git_in(repo(), {"pack-refs", "--all"});
  EXPECT_EQ(must(list_worktrees(repository_))[0].head, head_of(repo()));
}

TEST_F(ListWorktrees, CountsAWorktreeOfAnyNameThatCarriesAToken) {
  git_in(repo(), {"worktree", "add", "--quiet", "--detach", folder("mine")});
  Token token;
  token.task = "m-0001";
  token.agent = "codex";
  token.generation = 1;
  must(write_token(repository_.common_dir + "/worktrees/mine", token));
  const auto slots = must(list_worktrees(repository_));
  ASSERT_EQ(slots.size(), 1U);
  EXPECT_EQ(slots[0].token, token);
  EXPECT_EQ(slots[0].branch, "");
  EXPECT_EQ(slots[0].head, head_of(repo()));
}

TEST_F(ListWorktrees, NamesADamagedTokenAndGoesOn) {
  const Worktree slot = add_slot("m-0001");
  add_slot("m-0002");
  must(write_file(token_path(slot.git_dir), "nonsense\n"));
  const auto slots = must(list_worktrees(repository_));
  ASSERT_EQ(slots.size(), 2U);
  EXPECT_FALSE(slots[0].token);
  EXPECT_NE(slots[0].token_damage, "");
}

TEST_F(ListWorktrees, TellsWhatIsMissingPrunableLockedOrHalfMade) {
  const Worktree gone = add_slot("m-0001");
  const Worktree locked = add_slot("m-0002");
  const Worktree half = add_slot("m-0003");
  must(remove_tree(gone.path));
  git_in(repo(), {"worktree", "lock", "--reason", "on a stick", locked.path});
  must(write_file(in_admin(half, "locked"), "initializing"));
  const auto slots = must(list_worktrees(repository_));
  EXPECT_TRUE(slots[0].missing && slots[0].prunable);
  EXPECT_EQ(slots[1].locked, "on a stick");
  EXPECT_FALSE(slots[1].half_made());
  EXPECT_TRUE(slots[2].half_made());
}

TEST_F(ListWorktrees, ReadsARelativeGitdir) {
  const Worktree slot = add_slot("m-0001");
  must(write_file(in_admin(slot, "gitdir"), "../../../../r.masc/masc-1/.git\n"));
  EXPECT_EQ(must(list_worktrees(repository_))[0].path, slot.path);
}

TEST_F(Checkouts, NameTheMainWorktreeAndLinkedOnes) {
  const Worktree slot = add_slot("m-0001");
  const auto on_main = must(checkouts_of(repository_, git_, "main"));
  ASSERT_EQ(on_main.size(), 1U);
  EXPECT_EQ(on_main[0].path, repo());
  EXPECT_EQ(on_main[0].git_dir, repository_.common_dir);
  const auto on_slot = must(checkouts_of(repository_, git_, "masc/m-0001"));
  ASSERT_EQ(on_slot.size(), 1U);
  EXPECT_EQ(on_slot[0].git_dir, slot.git_dir);
  EXPECT_TRUE(must(checkouts_of(repository_, git_, "nobody")).empty());
}

TEST_F(Checkouts, KnowARebaseThatWillComeBackToTheBranch) {
  const Worktree slot = add_slot("m-0001");
  put(slot.path + "/a.txt", "changed\n");
  git_in(slot.path, {"commit", "--quiet", "-am", "second"});
  const auto rebase = git_.in(slot.path).run({"rebase", "--quiet", "-x", "false", "HEAD~1"});
  ASSERT_NE(must(rebase).status, 0);
  const auto found = must(checkouts_of(repository_, git_, "masc/m-0001"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].by, Checkout::By::kRebase);
}

TEST_F(Checkouts, KnowABisection) {
  git_in(repo(), {"commit", "--quiet", "--allow-empty", "-m", "second"});
  git_in(repo(), {"commit", "--quiet", "--allow-empty", "-m", "third"});
  git_in(repo(), {"bisect", "start", "HEAD", "HEAD~2"});
  const auto found = must(checkouts_of(repository_, git_, "main"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].by, Checkout::By::kBisect);
}

TEST_F(Checkouts, LeaveABareRepositoryOut) {
  git_in(folder(), {"clone", "--quiet", "--bare", "r", "bare.git"});
  const Repository bare = must(find_repository(folder("bare.git"), environment_));
  EXPECT_TRUE(must(checkouts_of(bare, git_, "main")).empty());
}

TEST_F(DetachHead, LeavesFilesIndexAndBranchAlone) {
  const Worktree slot = add_slot("m-0001");
  put(slot.path + "/a.txt", "changed\n");
  put(slot.path + "/new.txt", "new\n");
  git_in(slot.path, {"add", "new.txt"});
  const std::string before = git_in(slot.path, {"status", "--porcelain=v2"});
  must(detach_head(git_, slot.git_dir));
  EXPECT_EQ(git_in(slot.path, {"status", "--porcelain=v2"}), before);
  const auto now = must(list_worktrees(repository_))[0];
  EXPECT_EQ(now.branch, "");
  EXPECT_EQ(now.head, slot.head);
  EXPECT_EQ(git_in(repo(), {"rev-parse", "masc/m-0001"}), slot.head);
  must(detach_head(git_, slot.git_dir));
}

TEST_F(DetachHead, IsNotStoppedByAMergeUnderWay) {
  const Worktree slot = add_slot("m-0001");
  put(slot.path + "/a.txt", "mine\n");
  git_in(slot.path, {"commit", "--quiet", "-am", "mine"});
  put(repo("a.txt"), "theirs\n");
  git_in(repo(), {"commit", "--quiet", "-am", "theirs"});
  ASSERT_NE(must(git_.in(slot.path).run({"merge", "main"})).status, 0);
  must(detach_head(git_, slot.git_dir));
  EXPECT_TRUE(exists(in_admin(slot, "MERGE_HEAD")));
  EXPECT_EQ(git_in(slot.path, {"diff", "--name-only", "--diff-filter=U"}), "a.txt");
}

TEST_F(DetachHead, BeforeAFirstCommitIsAnError) {
  git_in(folder(), {"init", "--quiet", "--template=", "fresh"});
  EXPECT_TRUE(fails_with(ErrorCode::kGit, detach_head(git_, folder("fresh/.git"))));
}

class Sha256Worktrees : public WorktreeTest {
 protected:
  Sha256Worktrees() : WorktreeTest("sha256") {}
};

TEST_F(Sha256Worktrees, AreListedAndDetached) {
  const Worktree slot = add_slot("m-0001");
  EXPECT_EQ(slot.head.size(), 64U);
  must(detach_head(git_, slot.git_dir));
  const auto now = must(list_worktrees(repository_))[0];
  EXPECT_EQ(now.branch, "");
  EXPECT_EQ(now.head, slot.head);
}

}  // namespace
}  // namespace masc::git
