#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/sandbox.h"

namespace masc {
namespace {

TEST(Paths, AreJoinedAndTakenApart) {
  EXPECT_EQ(join_path("/a", "b"), "/a/b");
  EXPECT_EQ(join_path("/a/", "b"), "/a/b");
  EXPECT_EQ(join_path("/a", "/b"), "/b");
  EXPECT_EQ(base_name("/a/b/"), "b");
  EXPECT_EQ(dir_name("/a/b"), "/a");
  EXPECT_EQ(dir_name("/a"), "/");
  EXPECT_EQ(dir_name("a"), ".");
  EXPECT_TRUE(is_within("/a/b", "/a"));
  EXPECT_FALSE(is_within("/ab", "/a"));
}

TEST(WriteFile, ReplacesInOneStepAndLeavesNoTemporary) {
  testing::Sandbox box;
  const std::string path = box.root() + "/f";
  ASSERT_TRUE(write_file(path, "one"));
  ASSERT_TRUE(write_file(path, "two"));
  EXPECT_EQ(read_file(path).value(), "two");
  const std::vector<std::string> names = list_directory(box.root()).value();
  for (const std::string& name : names) {
    EXPECT_EQ(name.find(".tmp"), std::string::npos) << name;
  }
}

TEST(ReadFile, TellsAMissingFileFromABrokenOne) {
  testing::Sandbox box;
  EXPECT_EQ(read_file(box.root() + "/none").error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(read_file_if_any(box.root() + "/none").value());
  EXPECT_FALSE(read_file_if_any(box.root()).value());
}

TEST(RemoveTree, DoesNotFollowLinks) {
  testing::Sandbox box;
  ASSERT_TRUE(make_directories(box.root() + "/keep"));
  ASSERT_TRUE(write_file(box.root() + "/keep/file", "x"));
  ASSERT_TRUE(make_directories(box.root() + "/gone/deep"));
  ASSERT_TRUE(make_symlink("../keep", box.root() + "/gone/link"));
  ASSERT_TRUE(remove_tree(box.root() + "/gone"));
  EXPECT_FALSE(exists(box.root() + "/gone"));
  EXPECT_TRUE(exists(box.root() + "/keep/file"));
}

TEST(FileLock, IsHeldByOneAndLetGoAtItsEnd) {
  testing::Sandbox box;
  const std::string path = box.root() + "/lock";
  {
    const auto lock = FileLock::acquire(path, std::chrono::milliseconds(10));
    ASSERT_TRUE(lock);
    EXPECT_TRUE(FileLock::is_held(path));
    EXPECT_FALSE(FileLock::try_acquire(path).value());
    const auto second = FileLock::acquire(path, std::chrono::milliseconds(30));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  }
  EXPECT_FALSE(FileLock::is_held(path));
  EXPECT_TRUE(FileLock::try_acquire(path).value());
}

TEST(FileLock, IsFreedWhenItsProcessIsKilled) {
  testing::Sandbox box;
  const std::string path = box.root() + "/lock";
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileLock::acquire(path, std::chrono::milliseconds(10));
    static_cast<void>(write(ready[1], "x", 1));
    pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_TRUE(FileLock::is_held(path));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(FileLock::acquire(path, std::chrono::milliseconds(1000)));
}

TEST(Errors, OfAReadOnlyPlaceAreTheirOwnKind) {
  EXPECT_EQ(exit_status(os_error(EROFS, "x").code), 7);
  EXPECT_EQ(exit_status(os_error(EACCES, "x").code), 7);
  EXPECT_EQ(exit_status(os_error(ENOSPC, "x").code), 1);
}

}  // namespace
}  // namespace masc
