// Two worktrees of one task, and what is in them.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "git/snapshot.h"
#include "git/work_files.h"
#include "git/worktree_fixture.h"

namespace masc::git {

class SnapshotTest : public WorktreeTest {
 protected:
  explicit SnapshotTest(std::string_view object_format = "sha1")
      : WorktreeTest(object_format), state_(open_state()) {}

  KeepOptions options() const {
    KeepOptions made;
    made.task = task("m-0001");
    made.agent = "codex";
    made.generation = 2;
    made.reason = "takeover";
    made.at = kNoon;
    return made;
  }
  Result<std::optional<Snapshot>> keep(const Worktree& from) {
    return capture(state_, git_, from.path, options());
  }
  // Expects that there is something to keep.
  Snapshot kept(const Worktree& from) {
    auto snapshot = must(keep(from));
    EXPECT_TRUE(snapshot);
    return std::move(snapshot).value();
  }
  // One string a record.
  std::vector<std::string> status_of(const Worktree& worktree) {
    const auto said = must(git_.in(worktree.path).run({"status", "--porcelain=v2", "-z", "-uall"}));
    std::vector<std::string> records;
    for (const std::string_view record : split(said.out, '\0')) records.emplace_back(record);
    return records;
  }
  // What only one of the two has.
  static testing::AssertionResult same(const std::vector<std::string>& is,
                                       const std::vector<std::string>& was) {
    if (is == was) return testing::AssertionSuccess();
    auto failure = testing::AssertionFailure();
    for (const auto& one : is) {
      if (std::find(was.begin(), was.end(), one) == was.end()) failure << "\n+ " << printable(one);
    }
    for (const auto& one : was) {
      if (std::find(is.begin(), is.end(), one) == is.end()) failure << "\n- " << printable(one);
    }
    return failure;
  }
  // Every file and link but `.git`: path → mode and bytes.
  static std::map<std::string, std::string> content_of(const Worktree& worktree) {
    std::map<std::string, std::string> content;
    const WorkFiles files = must(WorkFiles::open(worktree.path));
    walk(files, worktree.path, "", content);
    return content;
  }
  // Captures in one worktree, restores in the other, and expects them to be the same then.
  Snapshot carry(const Worktree& from, const Worktree& to) {
    const auto before = content_of(from);
    const auto said = status_of(from);
    Snapshot snapshot = kept(from);
    EXPECT_EQ(content_of(from), before);
    EXPECT_TRUE(same(status_of(from), said));
    EXPECT_TRUE(good(restore(state_, git_, to.path, snapshot.id)));
    EXPECT_EQ(content_of(to), before);
    EXPECT_TRUE(same(status_of(to), said));
    return snapshot;
  }
  void git_at(const Worktree& worktree, std::vector<std::string> args) {
    must(
        git_.in(worktree.path).with_variable("GIT_LITERAL_PATHSPECS", "1").output(std::move(args)));
  }
  static std::string at(const Worktree& worktree, std::string_view name) {
    return join_path(worktree.path, name);
  }

  StateRepo state_;

 private:
  static void walk(const WorkFiles& files, const std::string& root, const std::string& prefix,
                   std::map<std::string, std::string>& content) {
    for (const std::string& name : must(list_directory(join_path(root, prefix)))) {
      const std::string path = prefix.empty() ? name : prefix + '/' + name;
      if (name == ".git") continue;
      const auto seen = must(files.look(path));
      if (seen.kind == WorkFiles::Kind::kDirectory) walk(files, root, path, content);
      if (seen.mode == 0) continue;
      content[path] = fmt::format("{:o} ", seen.mode) + must(files.read(path)).value_or("?");
    }
  }
};

}  // namespace masc::git
