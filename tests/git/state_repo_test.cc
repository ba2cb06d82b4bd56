#include "git/state_repo.h"

#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

class State : public testing::Test {
 protected:
  State() : directory_(top_.path() + "/state.git") { must(StateRepo::create(directory_, "")); }

  std::string file(std::string_view name) const { return join_path(directory_, name); }
  StateRepo open() const { return must(StateRepo::open(directory_)); }
  static ObjectId commit(StateRepo& repo, std::string_view message) {
    Commit commit;
    commit.tree = StateRepo::empty_tree();
    commit.author = "codex";
    commit.seconds = 1'772'366'400;
    commit.message = std::string(message) + "\n";
    return must(repo.write_commit(commit));
  }

  TempFolder top_;
  std::string directory_;
};

constexpr const char* kName = "refs/masc/tasks/a/m-7k3q9fxa";

TEST_F(State, ASwapMovesARefOnlyFromItsExpectedValue) {
  StateRepo repo = open();
  const ObjectId one = commit(repo, "one"), two = commit(repo, "two");
  must(repo.swap(kName, std::nullopt, one));
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, repo.swap(kName, std::nullopt, two)));
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, repo.swap(kName, two, one)));
  EXPECT_EQ(must(repo.ref(kName)), one);
  must(repo.swap(kName, one, two));
  EXPECT_EQ(must(repo.ref(kName)), two);
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, repo.swap(kName, one, std::nullopt)));
  must(repo.swap(kName, two, std::nullopt));
  EXPECT_EQ(must(repo.ref(kName)), std::nullopt);
}

TEST_F(State, ALockThatADeadProcessLeftIsRemoved) {
  StateRepo repo = open();
  must(make_directories(file("refs/masc/tasks/a")));
  must(write_file(file(kName) + ".lock", ""));
  const ObjectId one = commit(repo, "one");
  must(repo.swap(kName, std::nullopt, one));
  EXPECT_EQ(must(repo.ref(kName)), one);
}

TEST_F(State, SeveralRefsMoveTogetherOrNotAtAll) {
  StateRepo repo = open();
  const ObjectId one = commit(repo, "one"), two = commit(repo, "two");
  const std::string a = "refs/masc/inbox/a", b = "refs/masc/inbox/b", c = "refs/masc/c";
  must(repo.swap_all({{a, std::nullopt, one}, {b, std::nullopt, one}}));
  EXPECT_TRUE(fails_with(ErrorCode::kConflict,
                         repo.swap_all({{c, std::nullopt, two}, {a, one, two}, {b, two, one}})));
  EXPECT_EQ(must(repo.ref(a)), one);
  EXPECT_EQ(must(repo.ref(c)), std::nullopt);
  EXPECT_FALSE(exists(file(a) + ".lock"));
  // What a dead process left of several costs one wait.
  for (const std::string& name : {a, b, c}) must(write_file(file(name) + ".lock", ""));
  const auto begin = std::chrono::steady_clock::now();
  must(repo.swap_all({{c, std::nullopt, two}, {a, one, two}, {b, one, two}}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
  for (const std::string& name : {a, b, c}) EXPECT_EQ(must(repo.ref(name)), two);
  EXPECT_FALSE(exists(file(c) + ".lock"));
}

TEST_F(State, ALockOfPackedRefsIsWaitedForAndNeverRemoved) {
  StateRepo repo = open();
  const ObjectId one = commit(repo, "one");
  must(repo.swap(kName, std::nullopt, one));
  const std::string lock = file("packed-refs.lock");
  must(write_file(lock, "another's"));
  const Fd watch(inotify_init1(IN_CLOEXEC));
  ASSERT_GE(inotify_add_watch(watch.get(), file("refs/masc/tasks/a").c_str(), IN_CREATE), 0);
  std::string seen;
  std::thread other([&] {
    char event[4096];
    EXPECT_GT(read(watch.get(), event, sizeof event), 0);  // the deletion locks the ref first
    seen = must(read_file(lock));
    must(remove_file(lock));
  });
  EXPECT_TRUE(good(repo.swap(kName, one, std::nullopt)));
  other.join();
  EXPECT_EQ(seen, "another's");
  EXPECT_EQ(must(repo.ref(kName)), std::nullopt);
}

// `git pack-refs --prune` does this beside every writer.
TEST_F(State, AFolderThatIsTakenAwayMeanwhileIsMadeAgain) {
  StateRepo repo = open();
  const ObjectId one = commit(repo, "one");
  std::atomic<bool> stop = false;
  std::thread pruner([&] {
    const std::string folder = file("refs/masc/tasks/a");
    while (!stop) rmdir(folder.c_str());
  });
  for (int i = 0; i < 2'000; ++i) {
    EXPECT_TRUE(good(repo.swap(kName, std::nullopt, one)));
    EXPECT_EQ(must(repo.refs("refs/masc/tasks/")).size(), 1U);
    EXPECT_TRUE(good(repo.swap(kName, one, std::nullopt)));
    EXPECT_EQ(must(repo.refs("refs/masc/tasks/")).size(), 0U);
  }
  stop = true;
  pruner.join();
}

}  // namespace
}  // namespace masc::git
