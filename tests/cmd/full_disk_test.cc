// A full disk: exit 1 with the reason, nothing half done, and it works again once there is space.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class FullDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can mount";
    place_ = box.root() + "/small";
    ASSERT_TRUE(make_directories(place_));
    if (mount("none", place_.c_str(), "tmpfs", 0, "size=24m") != 0)
      GTEST_SKIP() << "no right to mount here";
    mounted_ = true;
    repo_ = place_ + "/repo";
    box.git({"clone", "-q", box.repo(), repo_});
  }
  void TearDown() override {
    if (mounted_) umount2(place_.c_str(), MNT_DETACH);
  }
  // Fills the disk but for about `spare` bytes.
  void fill(std::size_t spare) {
    ASSERT_TRUE(write_file(place_ + "/spare", std::string(spare, 's')));
    const std::string chunk(4096, 'x');
    std::string path = place_ + "/filler";
    for (std::string block(1 << 20, 'x'); block.size() >= 4096; block.resize(block.size() / 2)) {
      while (append_file(path, block)) continue;
    }
    ASSERT_TRUE(remove_file(place_ + "/spare"));
  }
  void free_space() { ASSERT_TRUE(remove_file(place_ + "/filler")); }

  // What must not change by a verb that failed.
  std::string essence() {
    std::string all;
    const std::string exported = box.ok({"export"}, repo_);
    for (const std::string_view line : split_lines(exported)) {
      // A failing command is a sign of life all the same.
      auto record = nlohmann::json::parse(line);
      if (record["claim"].is_object()) record["claim"].erase("expires_at");
      record.erase("version");
      all += record.dump() + "\n";
    }
    return all + box.git({"for-each-ref", "--format=%(refname) %(objectname)"}, repo_) +
           read_file(repo_ + "/.git/config").value_or("");
  }

  Sandbox box;
  std::string place_;
  std::string repo_;
  bool mounted_ = false;
};

TEST_F(FullDisk, StopsEveryVerbWithTheReasonAndHarmsNothing) {
  ASSERT_FALSE(repo_.empty());
  box.ok({"init", "--no-hooks"}, repo_);  // the copy of the program would fill the disk
  const std::string open = box.ok({"add", "open", "-q"}, repo_);
  const std::string held = box.ok({"--agent", "al", "add", "held", "--claim", "-q"}, repo_);
  const std::string slot = box.ok({"worktree", "path", held}, repo_);
  ASSERT_TRUE(write_file(slot + "/work", std::string(20'000, 'w')));
  box.git({"add", "-A"}, slot);
  box.git({"commit", "-q", "-m", "work"}, slot);
  ASSERT_TRUE(write_file(slot + "/more", "not committed\n"));
  const std::string file = box.root() + "/tasks.yaml";
  std::string text;
  for (int i = 0; i < 40; ++i) text += "- {key: k" + std::to_string(i) + ", title: T}\n";
  ASSERT_TRUE(write_file(file, text));
  const std::vector<std::vector<std::string>> verbs = {
      {"add", "T"},
      {"add", "T", "--claim"},
      {"import", file},
      {"edit", open, "-p", "0"},
      {"note", "x", open},
      {"--agent", "bo", "claim", open},
      {"--agent", "al", "renew", held},
      {"join"},
      {"hook", "install"},
      {"--agent", "al", "release", held},
      {"--agent", "al", "land", held},
      {"--agent", "al", "done", held},
      {"cancel", open},
  };
  for (const std::size_t spare : {std::size_t{0}, std::size_t{8'192}, std::size_t{98'304}}) {
    for (const auto& args : verbs) {
      const std::string before = essence();
      fill(spare);
      std::vector<std::string> with = {"--json"};
      with.insert(with.end(), args.begin(), args.end());
      const cmd::Printed got = box.masc(with, repo_);
      free_space();
      const std::string what = args[0] == "--agent" ? args[2] : args[0];
      SCOPED_TRACE(what + " with " + std::to_string(spare) + " bytes left: " + got.out);
      // With some space left it may be enough, and what follows may find the claim gone.
      if (spare > 0 && got.status == 0) continue;
      EXPECT_EQ(essence(), before);
      if (spare > 0 && got.status >= 3 && got.status <= 5) continue;
      EXPECT_EQ(got.status, 1);
      EXPECT_NE(field(got.out, "error.message").find("No space left"), std::string::npos);
      EXPECT_EQ(read_file(slot + "/more").value_or(""), "not committed\n");
      EXPECT_EQ(box.masc({"doctor", "--fix"}, repo_).status, 0);
    }
  }
  EXPECT_EQ(box.git({"fsck", "--strict", "--no-dangling"}, repo_), "");
  EXPECT_EQ(
      box.git({"--git-dir=" + repo_ + "/.git/masc/state.git", "fsck", "--strict", "--no-dangling"}),
      "");
  EXPECT_EQ(box.masc({"add", "again"}, repo_).status, 0);
}

}  // namespace
}  // namespace masc::testing
