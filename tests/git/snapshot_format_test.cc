#include "git/snapshot_format.h"

#include <gtest/gtest.h>

#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

const std::string kA(40, 'a');
const std::string kB(64, 'b');

KeptPath kept(std::string path) {
  KeptPath made;
  made.path = std::move(path);
  return made;
}

Manifest sample() {
  Manifest manifest;
  KeptPath changed = kept("a b\n\xff ");
  changed.head = {0100644, kA};
  changed.index = Version{0100755, kB};
  changed.work = 0120000;
  KeptPath gone = kept("b");
  gone.head = {0100644, kA};
  gone.index = Version{};
  gone.work = 0;
  KeptPath intent = kept("c/d");
  intent.intent_to_add = true;
  intent.work = 0100644;
  KeptPath conflict = kept("e");
  conflict.stages = {{{0100644, kA}, {}, {0120000, kB}}};
  manifest.paths = {changed, gone, intent, conflict};
  manifest.left_behind = {{LeftBehind::Reason::kTooLarge, "big"},
                          {LeftBehind::Reason::kOperation, "MERGE_HEAD"}};
  return manifest;
}

TEST(Manifest, IsReadAsItWasWritten) {
  EXPECT_EQ(must(parse_manifest(format_manifest(sample()))), sample());
  EXPECT_EQ(must(parse_manifest("")), Manifest{});
}

TEST(Manifest, IsOneFactALineSortedByPath) {
  EXPECT_EQ(format_manifest(sample()),
            "left operation - MERGE_HEAD\n"
            "head 100644 " +
                kA +
                " a b\\n\xff\\x20\n"
                "index 100755 " +
                kB +
                " a b\\n\xff\\x20\n"
                "work 120000 - a b\\n\xff\\x20\n"
                "head 100644 " +
                kA +
                " b\n"
                "index 000000 - b\n"
                "work 000000 - b\n"
                "left too_large - big\n"
                "intent - - c/d\n"
                "work 100644 - c/d\n"
                "stage1 100644 " +
                kA +
                " e\n"
                "stage3 120000 " +
                kB + " e\n");
}

TEST(Manifest, RefusesDamageAndPathsThatLeadElsewhere) {
  for (const char* line :
       {"work 100644 - ../x", "work 100644 - /etc/passwd", "work 100644 - a/.git/config",
        "work 100644 - .git", "work 100644 - a//b", "work 100644 - ", "work 644 - a",
        "work 1006x4 - a", "index 100644 - a", "index 100644 abc a", "play 100644 - a",
        "left nothing - a", "work", "work 100644 - a\\q"}) {
    EXPECT_TRUE(fails_with(ErrorCode::kFormat, parse_manifest(std::string(line) + "\n"))) << line;
  }
}

TEST(LeftBehind, ReasonsAreReadAsTheyAreWritten) {
  for (const auto reason : {LeftBehind::Reason::kTooLarge, LeftBehind::Reason::kRepository,
                            LeftBehind::Reason::kSubmodule, LeftBehind::Reason::kUnreadable,
                            LeftBehind::Reason::kSpecial, LeftBehind::Reason::kOperation}) {
    EXPECT_EQ(must(parse_reason(format_reason(reason))), reason);
  }
}

using FlatTrees = WorktreeTest;

TEST_F(FlatTrees, AreReadAsTheyWereWritten) {
  StateRepo state = open_state();
  const ObjectId blob = must(state.write_blob("x"));
  const FlatTree flat = {{"a", {0100644, blob}},
                         {"a-b", {0100755, blob}},
                         {"a.d/e/f", {0120000, blob}},
                         {"a.d/\xff \n", {0100644, blob}}};
  const FlatTree again = must(read_flat_tree(state, must(write_flat_tree(state, flat))));
  ASSERT_EQ(again.size(), flat.size());
  for (const auto& [path, entry] : flat) {
    EXPECT_EQ(again.at(path).mode, entry.mode) << path;
    EXPECT_EQ(again.at(path).id, entry.id) << path;
  }
}

TEST_F(FlatTrees, HaveNoFileAboveAFile) {
  StateRepo state = open_state();
  const ObjectId blob = must(state.write_blob("x"));
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, write_flat_tree(state, {{"a", {0100644, blob}},
                                                                       {"a/b", {0100644, blob}}})));
}

}  // namespace
}  // namespace masc::git
