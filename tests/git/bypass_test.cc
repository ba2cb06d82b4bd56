// What each way round the hooks gets past, and that the table in masc-hook(1) says so.
#include <git2.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

enum class Way {
  kCommit,
  kNoVerify,
  kAmend,
  kUpdateRef,
  kMainUpdateRef,
  kNoHooks,
  kLibgit2,
  kPush,
  kLand
};
enum class End { kRefused, kLandingRefuses, kPasses, kWayIn };

struct Row {
  Way way;
  const char* what;
  End over;        // the claim was superseded
  End held;        // another agent holds the path
  End protected_;  // the branch is protected
};
constexpr Row kRows[] = {
    {Way::kCommit, "`git commit`", End::kRefused, End::kRefused, End::kRefused},
    {Way::kNoVerify, "`git commit --no-verify`", End::kRefused, End::kLandingRefuses, End::kPasses},
    {Way::kAmend, "`git commit --amend -n`", End::kRefused, End::kLandingRefuses, End::kPasses},
    {Way::kUpdateRef, "`git update-ref` in the claim's worktree", End::kRefused,
     End::kLandingRefuses, End::kRefused},
    {Way::kMainUpdateRef, "`git update-ref` in the main worktree", End::kPasses,
     End::kLandingRefuses, End::kPasses},
    {Way::kNoHooks, "`git -c core.hooksPath=/dev/null commit`", End::kLandingRefuses,
     End::kLandingRefuses, End::kPasses},
    {Way::kLibgit2, "a program that uses libgit2", End::kPasses, End::kLandingRefuses,
     End::kPasses},
    {Way::kPush, "`git push`", End::kRefused, End::kPasses, End::kRefused},
    {Way::kLand, "`masc land`", End::kRefused, End::kRefused, End::kWayIn},
};

std::string_view word_of(End end) {
  switch (end) {
    case End::kRefused: return "refused";
    case End::kLandingRefuses: return "passes, but does not land";
    case End::kPasses: return "passes";
    case End::kWayIn: return "the way in";
  }
  return "";
}

void move_by_libgit2(const std::string& repository, const std::string& ref,
                     const std::string& commit) {
  git_libgit2_init();
  git_repository* opened = nullptr;
  ASSERT_EQ(git_repository_open(&opened, repository.c_str()), 0);
  git_oid id;
  git_oid_fromstr(&id, commit.c_str());
  git_reference* moved = nullptr;
  EXPECT_EQ(git_reference_create(&moved, opened, ref.c_str(), &id, 1, nullptr), 0);
  git_reference_free(moved);
  git_repository_free(opened);
}

class Bypass : public ::testing::Test {
 protected:
  void SetUp() override {
    box.write("a", "a\n");
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "start"});
    box.ok({"init"});
    id = box.ok({"--agent", "al", "add", "T", "-q", "--claim"});
    branch = "refs/heads/masc/" + id;
    claim = box.ok({"worktree", "path", id});
    box.environment().set("MASC_AGENT", "al");
    ASSERT_TRUE(write_file(claim + "/b", "b\n"));
    box.git({"add", "b"}, claim);
    box.git({"commit", "-q", "-m", "mine"}, claim);
  }
  // A commit on top of `parent` that changes `a`, on no branch.
  std::string loose_commit(const std::string& parent) {
    const std::string blob = box.git({"hash-object", "-w", claim + "/a"});
    box.environment().set("GIT_INDEX_FILE", box.root() + "/index");
    git::Git git(box.environment(), claim);
    git = git.with_variable("GIT_INDEX_FILE", box.root() + "/index");
    static_cast<void>(git.output({"read-tree", parent}).value());
    static_cast<void>(git.output({"update-index", "--cacheinfo", "100644," + blob + ",a"}).value());
    const std::string tree = git.output({"write-tree"}).value();
    box.environment().unset("GIT_INDEX_FILE");
    return git.output({"commit-tree", tree, "-p", parent, "-m", "loose"}).value();
  }
  // Goes that way with the change of `a` in `place`, whose branch is `ref`. Whether git let it.
  bool go(Way way, const std::string& place, const std::string& ref) {
    const std::string change = fmt::format("change {}\n", static_cast<int>(way));
    EXPECT_TRUE(write_file(place + "/a", change));
    EXPECT_TRUE(write_file(claim + "/a", change));
    const auto did = [&](std::vector<std::string> args, const std::string& where) {
      return box.try_git(std::move(args), where).ok();
    };
    const std::string now = box.git({"rev-parse", ref});
    switch (way) {
      case Way::kCommit: return did({"commit", "-q", "-a", "-m", "x"}, place);
      case Way::kNoVerify: return did({"commit", "-q", "--no-verify", "-a", "-m", "x"}, place);
      case Way::kAmend: return did({"commit", "-q", "--amend", "-n", "-a", "-m", "x"}, place);
      case Way::kUpdateRef: return did({"update-ref", ref, loose_commit(now)}, claim);
      case Way::kMainUpdateRef: return did({"update-ref", ref, loose_commit(now)}, box.repo());
      case Way::kNoHooks:
        return did({"-c", "core.hooksPath=/dev/null", "commit", "-q", "-a", "-m", "x"}, place);
      case Way::kLibgit2: return move_by_libgit2(box.repo(), ref, loose_commit(now)), true;
      case Way::kPush: return did({"push", "-q", "--force", remote, "HEAD:" + ref}, claim);
      case Way::kLand: return box.masc({"land", id, "--leave-changes"}, claim).status == 0;
    }
    return false;
  }
  void make_remote() {
    remote = box.root() + "/remote.git";
    box.git({"init", "-q", "--bare", remote});
  }
  void undo(const std::string& place, const std::string& start) {
    box.git({"-c", "core.hooksPath=/dev/null", "reset", "-q", "--hard", start}, place);
  }
  testing::Sandbox box;
  std::string id, branch, claim, remote;
};

void expect_end(const Row& row, End wanted, bool passed) {
  EXPECT_EQ(passed, wanted != End::kRefused) << row.what;
}

TEST_F(Bypass, OfTheFenceRoundASupersededClaim) {
  make_remote();
  box.clock().advance(std::chrono::hours(2));
  box.ok({"--agent", "bo", "claim", id});
  const std::string start = box.git({"rev-parse", branch});
  for (const Row& row : kRows) {
    expect_end(row, row.over, go(row.way, claim, branch));
    const bool moved = box.git({"rev-parse", branch}) != start;
    EXPECT_EQ(moved, row.over == End::kPasses) << row.what;
    if (row.over == End::kLandingRefuses) {
      EXPECT_EQ(field(box.masc({"land", id, "--json"}, claim).out, "error.code"), "superseded");
    }
    box.git({"update-ref", branch, start});
    undo(claim, start);
  }
}

TEST_F(Bypass, OfALockOnThePath) {
  make_remote();
  box.ok({"--agent", "bo", "lock", "a"});
  const std::string start = box.git({"rev-parse", branch});
  for (const Row& row : kRows) {
    if (row.way == Way::kLand) {
      EXPECT_TRUE(go(Way::kNoVerify, claim, branch));
    }
    expect_end(row, row.held, go(row.way, claim, branch));
    if (row.held == End::kLandingRefuses) {
      box.git({"reset", "-q", "--hard"}, claim);
      const cmd::Printed landed = box.masc({"land", id, "--json"}, claim);
      EXPECT_EQ(field(landed.out, "error.code"), "locked") << row.what << landed.out;
    }
    undo(claim, start);
  }
}

TEST_F(Bypass, OfAProtectedBranch) {
  make_remote();
  const std::string start = box.git({"rev-parse", "main"});
  const std::string mine = box.git({"rev-parse", branch});
  for (const Row& row : kRows) {
    expect_end(row, row.protected_, go(row.way, box.repo(), "refs/heads/main"));
    if (row.way == Way::kLand) {
      EXPECT_EQ(box.git({"rev-parse", "main"}), mine);
      continue;
    }
    EXPECT_EQ(box.git({"rev-parse", "main"}) != start, row.protected_ == End::kPasses) << row.what;
    undo(box.repo(), start);
    undo(claim, mine);
  }
}

TEST(BypassTable, IsTheOneInTheManual) {
  const std::string page = read_file(std::string(MASC_SOURCE) + "/man/hook.md").value();
  for (const Row& row : kRows) {
    const std::string line =
        fmt::format("- {}: superseded claim: {}; path held by another: {}; protected branch: {}\n",
                    row.what, word_of(row.over), word_of(row.held), word_of(row.protected_));
    EXPECT_NE(page.find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace masc::testing
