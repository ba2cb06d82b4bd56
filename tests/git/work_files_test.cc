#include "git/work_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

class WorkFilesTest : public testing::Test {
 protected:
  WorkFilesTest() : files_(must(WorkFiles::open(inside()))) {
    must(make_directories(folder_.path() + "/outside"));
    must(write_file(folder_.path() + "/outside/secret", "theirs"));
    must(make_symlink("../outside", inside() + "/link"));
  }
  std::string inside() const {
    must(make_directories(folder_.path() + "/inside"));
    return folder_.path() + "/inside";
  }
  std::string outside() const { return must(read_file(folder_.path() + "/outside/secret")); }

  TempFolder folder_;
  WorkFiles files_;
};

using Kind = WorkFiles::Kind;

TEST_F(WorkFilesTest, AreReadAsTheyWereWritten) {
  const std::string bytes("\0\r\n\xff", 4);
  must(files_.write("new/deep/a \n\xff", kFileMode, bytes));
  must(files_.write("run", kExecutableMode, ""));
  must(files_.write("to", kLinkMode, "no/where"));
  EXPECT_EQ(must(files_.read("new/deep/a \n\xff")), bytes);
  EXPECT_EQ(must(files_.look("new/deep/a \n\xff")).mode, kFileMode);
  EXPECT_EQ(must(files_.look("run")).mode, kExecutableMode);
  EXPECT_EQ(must(files_.look("to")).kind, Kind::kLink);
  EXPECT_EQ(must(files_.read("to")), "no/where");
}

TEST_F(WorkFilesTest, ReplaceFilesLinksAndEmptyFolders) {
  must(files_.write("x", kFileMode, "1"));
  must(files_.write("x", kLinkMode, "away"));
  must(files_.write("x", kExecutableMode, "2"));
  must(make_directories(inside() + "/y"));
  must(files_.write("y", kFileMode, "3"));
  EXPECT_EQ(must(files_.read("x")), "2");
  EXPECT_EQ(must(files_.read("y")), "3");
  EXPECT_EQ(must(list_directory(inside())), (std::vector<std::string>{"link", "x", "y"}));
}

TEST_F(WorkFilesTest, DoNotReplaceAFolderWithSomethingInIt) {
  must(files_.write("x/y", kFileMode, "1"));
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, files_.write("x", kFileMode, "2")));
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, files_.write("x", kLinkMode, "2")));
  EXPECT_EQ(must(list_directory(inside())), (std::vector<std::string>{"link", "x"}));
}

TEST_F(WorkFilesTest, NeverLeadThroughALink) {
  EXPECT_EQ(must(files_.look("link/secret")).kind, Kind::kAbsent);
  EXPECT_EQ(must(files_.read("link/secret")), std::nullopt);
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, files_.write("link/secret", kFileMode, "ours")));
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, files_.write("link/new/x", kFileMode, "ours")));
  must(files_.remove("link/secret"));
  EXPECT_EQ(outside(), "theirs");
  must(files_.write("link", kFileMode, "ours"));
  EXPECT_EQ(outside(), "theirs");
}

TEST_F(WorkFilesTest, NeverLeadOutOfTheFolder) {
  for (const char* path : {"../outside/secret", "a/../../outside/secret", "/etc/passwd", "", ".",
                           "a//b", "..", "./a"}) {
    EXPECT_TRUE(fails_with(ErrorCode::kInvalid, files_.write(path, kFileMode, "ours"))) << path;
  }
  EXPECT_EQ(outside(), "theirs");
}

TEST_F(WorkFilesTest, TakeEmptyFoldersAlongWhenTheyGo) {
  must(files_.write("a/b/c", kFileMode, ""));
  must(files_.write("a/d", kFileMode, ""));
  must(files_.remove("a/b/c"));
  EXPECT_EQ(must(list_directory(inside() + "/a")), (std::vector<std::string>{"d"}));
  must(files_.remove("a/d"));
  EXPECT_FALSE(exists(inside() + "/a"));
  must(files_.remove("a/d"));
}

TEST_F(WorkFilesTest, DoNotWaitForAFifo) {
  ASSERT_EQ(mkfifo((inside() + "/fifo").c_str(), 0600), 0);
  EXPECT_EQ(must(files_.look("fifo")).kind, Kind::kOther);
  EXPECT_EQ(must(files_.read("fifo")), std::nullopt);
}

TEST_F(WorkFilesTest, AreFoundByNameWithoutFollowingLinks) {
  must(make_directories(folder_.path() + "/outside/.git"));
  must(files_.write("a/.git/x", kFileMode, ""));
  must(files_.write("a/b/.git", kFileMode, ""));
  must(files_.write("a/.git/sub/.git", kFileMode, ""));
  auto found = find_below(inside(), ".git");
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<std::string>{"a/.git", "a/b/.git"}));
  EXPECT_TRUE(find_below(inside() + "/none", ".git").empty());
}

}  // namespace
}  // namespace masc::git
