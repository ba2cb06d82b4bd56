#include "git/trash.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

class Trash : public WorktreeTest {
 protected:
  Trash() : slot_(add_slot("m-0001")) {}

  Cleanliness proof() { return must(prove_clean(git_, slot_.path)); }
  Result<TrashEntry> remove() { return remove_to_trash(repository_, slot_, proof(), kNoon); }
  testing::AssertionResult refused(const Result<TrashEntry>& removed) {
    if (!exists(slot_.path + "/a.txt")) return testing::AssertionFailure() << "it has gone";
    if (!must(list_trash(repository_)).empty()) {
      return testing::AssertionFailure() << "something is in the trash";
    }
    return fails_with(ErrorCode::kRefused, removed);
  }

  Worktree slot_;
};

TEST_F(Trash, HoldsTheFilesAndTheGitDirectoryOfARemovedWorktree) {
  put(repository_.common_dir + "/info/exclude", "*.o\n");
  put(slot_.path + "/x.o", "ignored");
  const TrashEntry entry = must(remove());
  EXPECT_EQ(entry.directory, repository_.masc_dir() + "/trash/20260301T120000Z-masc-1");
  EXPECT_FALSE(exists(slot_.path));
  EXPECT_FALSE(exists(slot_.git_dir));
  EXPECT_EQ(must(read_file(entry.tree + "/a.txt")), "one\n");
  EXPECT_EQ(must(read_file(entry.tree + "/x.o")), "ignored");
  EXPECT_FALSE(exists(entry.tree + "/.git"));
  EXPECT_EQ(must(read_file(entry.admin + "/HEAD")), "ref: refs/heads/masc/m-0001\n");
  EXPECT_EQ(git_in(repo(), {"worktree", "list", "--porcelain"}).find("masc-1"), std::string::npos);
}

TEST_F(Trash, IsListedOldestFirst) {
  must(remove());
  slot_ = add_slot("m-0002");
  must(remove_to_trash(repository_, slot_, proof(), kNoon - std::chrono::hours(1)));
  slot_ = add_slot("m-0003");
  must(remove());
  const auto entries = must(list_trash(repository_));
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].at, kNoon - std::chrono::hours(1));
  EXPECT_EQ(entries[1].at, kNoon);
  EXPECT_EQ(entries[2].directory, entries[1].directory + ".2");
  EXPECT_EQ(entries[2].path, slot_.path);
  EXPECT_EQ(entries[2].name, "masc-1");
}

TEST_F(Trash, GivesAWorktreeBackByHand) {
  const TrashEntry entry = must(remove());
  must(rename_path(entry.tree, slot_.path));
  must(rename_path(entry.directory + "/dot-git", slot_.path + "/.git"));
  must(rename_path(entry.admin, slot_.git_dir));
  EXPECT_EQ(git_in(slot_.path, {"status", "--porcelain", "--branch"}), "## masc/m-0001");
}

TEST_F(Trash, FreesThePlaceForTheNext) {
  must(remove());
  const Worktree next = add_slot("m-0002");
  EXPECT_EQ(next.path, slot_.path);
  EXPECT_EQ(git_in(next.path, {"status", "--porcelain"}), "");
}

TEST_F(Trash, RefusesWhatIsNotProvenClean) {
  const Cleanliness before = proof();
  put(slot_.path + "/new", "");
  EXPECT_TRUE(refused(remove()));
  EXPECT_TRUE(refused(remove_to_trash(repository_, slot_, {}, kNoon)));
  Cleanliness of_another = before;
  of_another.path = repo();
  EXPECT_TRUE(refused(remove_to_trash(repository_, slot_, of_another, kNoon)));
}

TEST_F(Trash, RefusesAWorktreeWhoseHeadHasMovedSince) {
  const Cleanliness before = proof();
  git_in(slot_.path, {"commit", "--quiet", "--allow-empty", "-m", "more"});
  EXPECT_TRUE(refused(remove_to_trash(repository_, slot_, before, kNoon)));
}

TEST_F(Trash, RefusesTheMainWorktree) {
  Worktree main;
  main.path = repo();
  main.git_dir = repository_.common_dir;
  EXPECT_TRUE(refused(remove_to_trash(repository_, main, must(prove_clean(git_, repo())), kNoon)));
  main.git_dir = slot_.git_dir;
  EXPECT_TRUE(refused(remove_to_trash(repository_, main, must(prove_clean(git_, repo())), kNoon)));
}

TEST_F(Trash, RefusesALockedWorktree) {
  git_in(repo(), {"worktree", "lock", slot_.path});
  EXPECT_TRUE(refused(remove()));
}

TEST_F(Trash, RefusesAWorktreeInWhichTheCallerStands) {
  const int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(chdir((slot_.path + "/dir").c_str()), 0);
  const auto removed = remove();
  EXPECT_EQ(fchdir(here), 0);
  close(here);
  ASSERT_TRUE(refused(removed));
  EXPECT_NE(removed.error().message.find(fmt::format("process {}", getpid())), std::string::npos);
}

TEST_F(Trash, FinishesARemovalThatWasKilledBeforeTheGitFileMoved) {
  const TrashEntry entry = must(remove());
  must(rename_path(entry.admin, slot_.git_dir));
  must(rename_path(entry.directory + "/dot-git", entry.tree + "/.git"));
  EXPECT_TRUE(must(list_worktrees(repository_))[0].prunable);
  EXPECT_EQ(must(finish_removals(repository_)), 1);
  EXPECT_FALSE(exists(slot_.git_dir));
  EXPECT_FALSE(exists(entry.tree + "/.git"));
  EXPECT_TRUE(exists(entry.directory + "/dot-git"));
  EXPECT_EQ(must(finish_removals(repository_)), 0);
}

TEST_F(Trash, LeavesARemovalAloneThatIsUnderWay) {
  const TrashEntry entry = must(remove());
  must(rename_path(entry.admin, slot_.git_dir));
  const auto lock = must(lock_slot(repository_.common_dir, 1));
  EXPECT_EQ(must(finish_removals(repository_)), 0);
}

TEST_F(Trash, NeverTakesTheGitDirectoryOfALaterWorktree) {
  must(remove());
  const Worktree next = add_slot("m-0002");
  EXPECT_EQ(must(finish_removals(repository_)), 0);
  EXPECT_TRUE(exists(next.git_dir));
}

TEST_F(Trash, OnAnotherFileSystemLiesBesideTheSlots) {
  std::string pattern = "/dev/shm/masc-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) GTEST_SKIP() << "no /dev/shm";
  if (stat_of(pattern)->st_dev == stat_of(folder())->st_dev) GTEST_SKIP() << "the same one";
  {
    const auto place = must(reserve_slot(repository_, pattern));
    slot_ = must(add_worktree(git_, place, {"masc/m-0002", slot_.head, false, false, ""}, kNoon))
                .worktree;
  }
  const TrashEntry entry = must(remove());
  EXPECT_EQ(entry.tree, pattern + "/.trash/20260301T120000Z-masc-11");
  EXPECT_FALSE(exists(slot_.path));
  EXPECT_EQ(must(read_file(entry.tree + "/a.txt")), "one\n");
  EXPECT_TRUE(exists(entry.directory + "/dot-git"));
  EXPECT_TRUE(exists(entry.admin + "/HEAD"));
  EXPECT_EQ(must(list_trash(repository_))[0].tree, entry.tree);
  must(remove_tree(pattern));
}

}  // namespace
}  // namespace masc::git
