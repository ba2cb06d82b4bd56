#include "git/patch.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "support/sandbox.h"

namespace masc::git {
namespace {

using model::FilePatch;

class Patches : public ::testing::Test {
 protected:
  std::string commit() {
    box.git({"add", "-A"});
    box.git({"commit", "-q", "--allow-empty", "-m", "x"});
    return box.git({"rev-parse", "HEAD"});
  }
  std::vector<FilePatch> read(const std::string& a, const std::string& b,
                              DiffOptions options = {}) {
    auto patches = read_patch(Git(box.environment(), box.repo()), a, b, options);
    EXPECT_TRUE(patches) << patches.error().message;
    return patches.value_or(std::vector<FilePatch>{});
  }
  testing::Sandbox box;
};

TEST_F(Patches, NamePathsAsTheyAreAndLinesByNumber) {
  const std::string odd = "a \"b\"\t\xc3\xbc";
  box.write(odd, "1\n2\n3\n4\n");
  box.write("no end", "1\n2");
  const std::string before = commit();
  box.write(odd, "1\ntwo\nmore\n3\n");
  box.write("no end", "1\nzwei");
  const auto patches = read(before, commit());
  ASSERT_EQ(patches.size(), 2U);
  EXPECT_EQ(patches[0].new_path, odd);
  ASSERT_EQ(patches[0].hunks.size(), 2U);
  EXPECT_EQ(patches[0].hunks[0].old_line, 2U);
  EXPECT_EQ(patches[0].hunks[0].removed, std::vector<std::string>{"2"});
  EXPECT_EQ(patches[0].hunks[0].added, (std::vector<std::string>{"two", "more"}));
  EXPECT_EQ(patches[0].hunks[1].old_line, 4U);
  EXPECT_EQ(patches[0].hunks[1].new_line, 4U);
  EXPECT_EQ(patches[1].hunks.at(0).added, std::vector<std::string>{"zwei"});
}

TEST_F(Patches, OfNewDeletedRenamedBinaryAndRetypedFiles) {
  box.write("gone", "g\n");
  box.write("moved", "1\n2\n3\n4\n5\n6\n7\n8\n");
  box.write("binary", std::string("a\0b", 3));
  box.write("typed", "file\n");
  box.write("mode", "m\n");
  const std::string before = commit();
  ASSERT_TRUE(remove_file(box.repo() + "/gone"));
  ASSERT_TRUE(rename_path(box.repo() + "/moved", box.repo() + "/there"));
  box.write("there", "1\n2\n3\nfour\n5\n6\n7\n8\n");
  box.write("binary", std::string("a\0c", 3));
  ASSERT_TRUE(remove_file(box.repo() + "/typed"));
  ASSERT_EQ(symlink("target", (box.repo() + "/typed").c_str()), 0);
  box.write("fresh", "n\n-- x\n++ y\n");
  ASSERT_EQ(chmod((box.repo() + "/mode").c_str(), 0755), 0);
  const std::string after = commit();
  DiffOptions renames;
  renames.renames = true;
  std::string text;
  for (const FilePatch& patch : read(before, after, renames)) {
    text += patch.old_path + ">" + patch.new_path + (patch.binary ? "!" : "") + " " +
            std::to_string(patch.hunks.size()) + "\n";
  }
  EXPECT_EQ(
      text,
      "binary>binary! 0\n>fresh 1\ngone> 1\nmode>mode 0\nmoved>there 1\ntyped> 1\n>typed 1\n");
  EXPECT_EQ(read(before, after).size(), 8U);
  renames.paths = {"fresh"};
  const auto fresh = read(before, after, renames);
  ASSERT_EQ(fresh.size(), 1U);
  EXPECT_EQ(fresh[0].hunks.at(0).added.size(), 3U);
  const auto changed =
      changed_paths(Git(box.environment(), box.repo()), before, after, true).value();
  EXPECT_EQ(changed.size(), 6U);
}

TEST(PatchFormat, RefusesWhatGitNeverPrints) {
  EXPECT_FALSE(parse_patch("x"));
  EXPECT_FALSE(parse_patch(":100644 100644 abc def M"));
  EXPECT_TRUE(parse_patch(""));
}

}  // namespace
}  // namespace masc::git
