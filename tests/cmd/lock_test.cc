// lock, unlock, locks and `claim --path`, as a user meets them.
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class Locks : public ::testing::Test {
 protected:
  Locks() : box("re po \xc3\xbc") {}
  void SetUp() override {
    box.write("src/a.cc", "a\n");
    box.write("src/deep/b.cc", "b\n");
    box.write("a[1].txt", "x\n");
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "start"});
    box.ok({"init"});
  }
  cmd::Printed as(const std::string& agent, std::vector<std::string> args,
                  const std::string& directory = "") {
    args.insert(args.begin(), {"--agent", agent, "--json"});
    return box.masc(args, directory);
  }
  std::string code(const cmd::Printed& got) { return field(got.out, "error.code"); }
  std::string held() {
    std::string all;
    const std::string json = box.ok({"locks", "--json"});
    for (int i = 0; field(json, fmt::format("locks.{}.path", i)) != "(none)"; ++i) {
      all += fmt::format("{}:{} ", field(json, fmt::format("locks.{}.path", i)),
                         field(json, fmt::format("locks.{}.agent", i)));
    }
    return all;
  }
  testing::Sandbox box;
};

TEST_F(Locks, AreTakenAllOrNoneAndTheLoserIsToldByWhom) {
  EXPECT_EQ(as("al", {"lock", "src/a.cc", "docs/"}).status, 0);
  const cmd::Printed lost = as("bo", {"lock", "free.txt", "src"});
  EXPECT_EQ(lost.status, 3);
  EXPECT_EQ(code(lost), "locked");
  EXPECT_EQ(field(lost.out, "error.holder"), "al");
  EXPECT_EQ(field(lost.out, "error.path"), "src/a.cc");
  EXPECT_EQ(field(lost.out, "error.retryable"), "true");
  EXPECT_EQ(held(), "docs:al src/a.cc:al ");
  EXPECT_EQ(as("al", {"lock", "src"}).status, 0);
  EXPECT_EQ(as("bo", {"lock", "free.txt"}).status, 0);
}

TEST_F(Locks, SharedOnesGoTogether) {
  EXPECT_EQ(as("al", {"lock", "src", "--shared"}).status, 0);
  EXPECT_EQ(as("bo", {"lock", "src/a.cc", "--shared"}).status, 0);
  EXPECT_EQ(as("bo", {"lock", "src/a.cc"}).status, 3);
  EXPECT_EQ(as("al", {"unlock", "src"}).status, 0);
  EXPECT_EQ(as("bo", {"lock", "src/a.cc"}).status, 0);
}

TEST_F(Locks, CheckTakesNothing) {
  EXPECT_EQ(as("al", {"lock", "src", "--check"}).status, 0);
  EXPECT_EQ(held(), "");
  EXPECT_EQ(as("al", {"lock", "src"}).status, 0);
  EXPECT_EQ(as("bo", {"lock", "src/a.cc", "--check"}).status, 3);
  EXPECT_EQ(as("al", {"lock", "src/a.cc", "--check"}).status, 0);
  EXPECT_EQ(as("bo", {"lock", "src", "--check", "--wait", "1s"}).status, 2);
}

TEST_F(Locks, LeasesLapseByTheClock) {
  as("al", {"lock", "src", "--lease", "10m"});
  box.clock().advance(std::chrono::minutes(9));
  EXPECT_EQ(as("bo", {"lock", "src"}).status, 3);
  box.clock().advance(std::chrono::minutes(2));
  EXPECT_EQ(held(), "");
  EXPECT_EQ(as("bo", {"lock", "src"}).status, 0);
  EXPECT_EQ(held(), "src:bo ");
  EXPECT_EQ(as("al", {"lock", "src"}).status, 3);
  EXPECT_EQ(as("al", {"lock", "x", "--lease", "0s"}).status, 2);
  EXPECT_EQ(as("al", {"lock", "x", "--lease", "31d"}).status, 2);
}

TEST_F(Locks, PathsAreThoseOfTheWorkTreeWhereverOneStands) {
  const std::string sub = box.repo() + "/src";
  const auto path = [&](const std::string& text, const std::string& at) {
    const cmd::Printed got = as("al", {"lock", text}, at);
    return got.status == 0 ? field(got.out, "locks.0.path") : code(got);
  };
  ASSERT_EQ(symlink("src", (box.repo() + "/inside").c_str()), 0);
  ASSERT_EQ(symlink("/tmp", (box.repo() + "/outside").c_str()), 0);
  EXPECT_EQ(path("a.cc", sub), "src/a.cc");
  EXPECT_EQ(path("../x//./y/", sub), "x/y");
  EXPECT_EQ(path(box.repo() + "/new/file", sub), "new/file");
  EXPECT_EQ(path("inside/a.cc", ""), "src/a.cc");
  EXPECT_EQ(path("inside", ""), "inside");
  EXPECT_EQ(path("a[1].txt", ""), "a[1].txt");
  EXPECT_EQ(path("*.cc", ""), "*.cc");
  EXPECT_EQ(path("*.cc", sub), "src/**/*.cc");
  EXPECT_EQ(path("deep/*.cc", sub), "src/deep/*.cc");
  EXPECT_EQ(path("./*.cc", sub), "src/*.cc");
  EXPECT_EQ(path("./*.cc", ""), "/*.cc");
  EXPECT_EQ(path("/src/*.cc", sub), "src/*.cc");
  EXPECT_EQ(path("/*.cc", sub), "/*.cc");
  EXPECT_EQ(path(box.repo() + "/src/*.h", ""), "src/*.h");
  EXPECT_EQ(path(".", ""), ".");
  for (const char* bad : {"../../x", "outside/x", "/etc/passwd", ".git/config", "src/.GIT/x", "",
                          "../..", "[x", "x*/../y"}) {
    EXPECT_EQ(path(bad, sub.substr(0, sub.size() - 4)), "invalid") << bad;
  }
}

TEST_F(Locks, PathsAreShownSafelyAndAreUtf8) {
  EXPECT_EQ(box.masc({"--agent", "al", "lock", "a\xff"}).status, 2);
  box.ok({"--agent", "al", "lock", "new\nline\x1b(31m"});
  for (const char* verb : {"locks", "status", "log"}) {
    const std::string text = box.ok({verb});
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << verb;
    EXPECT_EQ(text.find("\nline"), std::string::npos) << verb;
  }
  EXPECT_EQ(field(box.ok({"locks", "--json"}), "locks.0.path"), "new\nline\x1b(31m");
  box.ok({"--agent", "al", "unlock", "--all"});
}

TEST_F(Locks, UnlockKnowsWhatIsItsOwn) {
  as("al", {"lock", "src/a.cc", "src/deep", "docs"});
  EXPECT_EQ(as("bo", {"unlock", "src/a.cc"}).status, 3);
  EXPECT_EQ(as("bo", {"unlock", "nothing"}).status, 0);
  EXPECT_EQ(as("bo", {"unlock"}).status, 2);
  EXPECT_EQ(as("al", {"unlock", "src"}).status, 0);
  EXPECT_EQ(held(), "docs:al ");
  const cmd::Printed part = as("al", {"unlock", "docs/one"});
  EXPECT_EQ(part.status, 0);
  EXPECT_NE(part.out.find("which covers it"), std::string::npos) << part.out;
  EXPECT_EQ(held(), "docs:al ");
  EXPECT_EQ(as("bo", {"unlock", "docs", "--force", "--because", "x"}).status, 5);
  EXPECT_EQ(box.masc({"unlock", "docs", "--force"}).status, 2);
  EXPECT_EQ(box.masc({"unlock", "docs", "--force", "--because", "al is gone"}).status, 0);
  EXPECT_EQ(held(), "");
  as("al", {"lock", "x", "y"});
  EXPECT_EQ(as("al", {"unlock", "--all"}).status, 0);
  EXPECT_EQ(held(), "");
}

TEST_F(Locks, OfAClaimLiveAndGoWithIt) {
  const std::string id = box.ok({"--agent", "al", "add", "T", "-q", "--claim"});
  const std::string place = box.ok({"worktree", "path", id});
  const cmd::Printed got = as("al", {"lock", "src/a.cc"}, place);
  EXPECT_EQ(field(got.out, "locks.0.task"), id) << got.out;
  box.clock().advance(std::chrono::minutes(40));
  as("al", {"renew", id});
  box.clock().advance(std::chrono::minutes(40));
  EXPECT_EQ(as("bo", {"lock", "src/a.cc"}).status, 3);
  as("al", {"release", id});
  EXPECT_EQ(held(), "");
  EXPECT_EQ(as("bo", {"lock", "src/a.cc"}).status, 0);
}

TEST_F(Locks, ASupersededWorktreeCanLockNothing) {
  const std::string id = box.ok({"--agent", "al", "add", "T", "-q", "--claim"});
  const std::string place = box.ok({"worktree", "path", id});
  as("al", {"lock", "src"}, place);
  box.clock().advance(std::chrono::hours(2));
  EXPECT_EQ(as("bo", {"claim", id, "--path", "src/a.cc"}).status, 0);
  EXPECT_EQ(held(), "src/a.cc:bo ");
  EXPECT_EQ(code(as("al", {"lock", "docs"}, place)), "superseded");
}

TEST_F(Locks, AreTakenWithAClaimOrThereIsNone) {
  const std::string id = box.ok({"add", "T", "-q"});
  as("bo", {"lock", "src/deep"});
  EXPECT_EQ(code(as("al", {"claim", id, "--path", "docs", "--path", "src"})), "locked");
  EXPECT_EQ(code(as("al", {"claim", "--path", "src"})), "locked");
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.status"), "open");
  const cmd::Printed got = as("al", {"claim", id, "--path", "docs", "--path", "./*.md"});
  EXPECT_EQ(field(got.out, "locked.1"), "/*.md") << got.out;
  EXPECT_EQ(held(), "/*.md:al docs:al src/deep:bo ");
  EXPECT_EQ(as("al", {"claim", id, "--path", "src"}).status, 3);
  EXPECT_EQ(as("al", {"claim", id, "--path", "more"}).status, 0);
  EXPECT_EQ(as("al", {"done", id}).status, 0);
  EXPECT_EQ(held(), "src/deep:bo ");
}

TEST_F(Locks, OfATasksPathsWhereThePolicySaysSo) {
  box.write(".masc.yaml", "claim: {lock_paths: true}\n");
  box.git({"add", "-A"});
  box.git({"commit", "-q", "-m", "policy"});
  const std::string one = box.ok({"add", "one", "-q", "-p", "0", "--path", "src/**/*.cc"});
  const std::string two = box.ok({"add", "two", "-q", "-p", "0", "--path", "src/a.cc"});
  const std::string three = box.ok({"add", "three", "-q", "-p", "3", "--path", "docs"});
  EXPECT_EQ(as("al", {"claim", one}).status, 0);
  EXPECT_EQ(held(), "src/**/*.cc:al ");
  EXPECT_EQ(code(as("bo", {"claim", two})), "locked");
  EXPECT_EQ(field(as("bo", {"claim"}).out, "task.id"), three);
  EXPECT_EQ(code(as("cy", {"claim"})), "nothing_ready");
  EXPECT_EQ(as("al", {"done", one}).status, 0);
  EXPECT_EQ(field(as("cy", {"claim"}).out, "task.id"), two);
}

TEST_F(Locks, ShowInStatusAndInTheLog) {
  as("al", {"lock", "src", "--shared"});
  EXPECT_EQ(field(box.ok({"status", "--json"}), "locks.0.mode"), "shared");
  EXPECT_NE(box.ok({"status"}).find("locked src  shared  al"), std::string::npos);
  as("al", {"unlock", "--all"});
  const std::string log = box.ok({"log", "--json"});
  EXPECT_EQ(field(log, "entries.0.event"), "unlock");
  EXPECT_EQ(field(log, "entries.1.event"), "lock");
  EXPECT_EQ(field(log, "entries.1.text"), "lock src (shared)");
  EXPECT_EQ(field(log, "entries.1.task"), "null");
}

TEST_F(Locks, TheTableLeavesNoTrailOfObjects) {
  as("al", {"lock", "src"});
  const std::string count = box.git({"--git-dir=.git/masc/state.git", "count-objects"});
  for (int i = 0; i < 10; ++i) {
    as("al", {"lock", fmt::format("f{}", i)});
    as("al", {"unlock", fmt::format("f{}", i)});
  }
  EXPECT_EQ(box.git({"--git-dir=.git/masc/state.git", "count-objects"}).substr(0, 3),
            count.substr(0, 3));
  box.git({"--git-dir=.git/masc/state.git", "fsck", "--full", "--strict"});
}

TEST_F(Locks, WaitEndsInVainOrWithTheLock) {
  as("al", {"lock", "src", "--lease", "30d"});
  const git::Finished vain =
      box.binary({"--agent", "bo", "--json", "lock", "src/a.cc", "--wait", "1s"});
  EXPECT_EQ(vain.status, 6) << vain.out;
  EXPECT_EQ(field(vain.out, "error.code"), "timed_out");
  EXPECT_EQ(field(vain.out, "error.holder"), "al");
  EXPECT_EQ(box.binary({"--agent", "bo", "lock", "docs", "--wait", "1s"}).status, 0);
  // A lease that runs out wakes who waits for it.
  EXPECT_EQ(box.binary({"--agent", "al", "lock", "lib", "--lease", "1s"}).status, 0);
  EXPECT_EQ(box.binary({"--agent", "bo", "lock", "lib", "--wait", "60s"}).status, 0);
}

}  // namespace
}  // namespace masc::testing
