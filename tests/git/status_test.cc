#include "git/status.h"

#include <gtest/gtest.h>

#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

using namespace std::string_literals;

const std::string kA(40, 'a');
const std::string kB(40, 'b');
const std::string kC(40, 'c');

TEST(ParseStatus, ReadsEveryKindOfRecord) {
  const std::string text = "# branch.oid " + kA + "\0# branch.head masc/m-0001\0# stash 2\0"s +
                           "1 MD N... 100644 100755 000000 " + kA + " " + kB + " a b\n\xff\0"s +
                           "u UU N... 100644 000000 120000 100644 " + kA + " " + kB + " " + kC +
                           " x\0? new file\0! build/\0"s;
  const Status status = must(parse_status(text));
  EXPECT_EQ(status.head, kA);
  EXPECT_EQ(status.branch, "masc/m-0001");
  ASSERT_EQ(status.entries.size(), 4U);
  const StatusEntry& changed = status.entries[0];
  EXPECT_EQ(changed.path, "a b\n\xff");
  EXPECT_EQ(changed.staged, 'M');
  EXPECT_EQ(changed.unstaged, 'D');
  EXPECT_EQ(changed.head, (Version{0100644, kA}));
  EXPECT_EQ(changed.index, (Version{0100755, kB}));
  EXPECT_EQ(changed.work_mode, 0U);
  const StatusEntry& unmerged = status.entries[1];
  EXPECT_EQ(unmerged.stages, (std::array<Version, 3>{{{0100644, kA}, {}, {0120000, kC}}}));
  EXPECT_EQ(status.entries[2].path, "new file");
  EXPECT_EQ(status.entries[3].kind, '!');
}

TEST(ParseStatus, KnowsAnUnbornAndADetachedHead) {
  const Status status = must(parse_status("# branch.oid (initial)\0# branch.head (detached)\0"s));
  EXPECT_EQ(status.head, "");
  EXPECT_EQ(status.branch, "");
}

TEST(ParseStatus, RefusesWhatItDoesNotKnow) {
  for (const std::string& text :
       {"2 R. x\0"s, "x\0"s, "1 M\0"s, "1 MM N... 1\0"s, "u UU N...\0"s}) {
    EXPECT_TRUE(fails_with(ErrorCode::kFormat, parse_status(text)));
  }
}

using PlaceAt = WorktreeTest;

TEST_F(PlaceAt, FindsTheGitDirectoryOfMainAndLinkedWorktrees) {
  const Worktree slot = add_slot("m-0001");
  EXPECT_EQ(must(place_at(repo())).git_dir, repository_.common_dir);
  EXPECT_EQ(must(place_at(slot.path)).git_dir, slot.git_dir);
}

TEST_F(PlaceAt, NeverLooksFurtherUp) {
  EXPECT_TRUE(fails_with(ErrorCode::kNotARepository, place_at(repo("dir"))));
  put(repo("dir/.git"), "gitdir: ../nowhere\n");
  EXPECT_TRUE(fails_with(ErrorCode::kNotARepository, place_at(repo("dir"))));
}

}  // namespace
}  // namespace masc::git
