#include "git/slot.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <thread>

#include "base/text.h"
#include "git/trash.h"
#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

class Slots : public WorktreeTest {
 protected:
  NewWorktree wanted(std::string branch = "masc/m-0001") {
    NewWorktree wanted;
    wanted.branch = std::move(branch);
    wanted.start = head_of(repo());
    return wanted;
  }
  // A hook of the user, outside of the repository.
  std::string hook(std::string_view name, std::string_view script) {
    put(folder("hooks/") + std::string(name), script);
    chmod((folder("hooks/") + std::string(name)).c_str(), 0755);
    return folder("hooks");
  }
  bool has_branch(const std::string& name) {
    return must(git_.run({"show-ref", "--verify", "--quiet", "refs/heads/" + name})).ok();
  }
  // Every file of main then has a filter that runs `script` on the way into the work tree.
  void filter_files(const std::string& script) {
    put(repo(".gitattributes"), "*.txt filter=test\n");
    git_in(repo(), {"add", ".gitattributes"});
    git_in(repo(), {"commit", "--quiet", "-m", "filter"});
    git_in(repo(), {"config", "filter.test.smudge", script});
    git_in(repo(), {"config", "filter.test.clean", "cat"});
    git_in(repo(), {"config", "filter.test.required", "true"});
  }
  void expect_untouched(const SlotReservation& slot) {
    EXPECT_FALSE(exists(slot.path));
    EXPECT_TRUE(must(linked_paths(repository_.common_dir)).empty());
    EXPECT_FALSE(has_branch("masc/m-0001"));
  }
};

TEST_F(Slots, TheLowestFreePlaceIsTaken) {
  const auto first = must(reserve_slot(repository_, root()));
  const auto second = must(reserve_slot(repository_, root()));
  EXPECT_EQ(first.number, 1);
  EXPECT_EQ(first.path, root() + "/masc-1");
  EXPECT_EQ(second.number, 2);
}

TEST_F(Slots, InsideTheWorkTreeAreNoUntrackedFiles) {
  put(repo(".git/info/exclude"), "mine");
  const std::string inside = repo("a[b]*c/slots");
  for (int i = 0; i < 2; ++i) {
    const auto slot = must(reserve_slot(repository_, inside));
    put(slot.path + "/file", "x\n");
  }
  EXPECT_EQ(must(read_file(repo(".git/info/exclude"))), "mine\n/a\\[b]\\*c/slots/\n");
  EXPECT_EQ(git_in(repo(), {"status", "--porcelain"}), "");
}

TEST_F(Slots, AwaitingOneEndsWhenItsLockIsFree) {
  std::thread releases;
  {
    auto lock = must(lock_slot(repository_.common_dir, 1));
    ASSERT_TRUE(lock);
    releases = std::thread([held = std::move(*lock)]() mutable {});
  }
  EXPECT_TRUE(await_slot(repository_.common_dir, 1));
  releases.join();
}

TEST_F(Slots, APlaceIsFreeAgainWhenItsReservationEnds) {
  { const auto first = must(reserve_slot(repository_, root())); }
  EXPECT_EQ(must(reserve_slot(repository_, root())).number, 1);
}

TEST_F(Slots, AnEmptyFolderIsFreeAndAFullOneAFileOrALinkIsNot) {
  must(make_directories(root() + "/masc-4"));
  put(root() + "/masc-1/somebody's.txt", "");
  put(root() + "/masc-2", "");
  must(make_symlink("masc-4", root() + "/masc-3"));
  EXPECT_EQ(must(reserve_slot(repository_, root())).number, 4);
}

TEST_F(Slots, APlaceWhereAMissingWorktreeIsRegisteredIsNotFree) {
  const Worktree slot = add_slot("m-0001");
  must(remove_tree(slot.path));
  EXPECT_EQ(must(reserve_slot(repository_, root())).number, 2);
}

TEST_F(Slots, ALinkedRootIsResolved) {
  must(make_directories(folder("real")));
  must(make_symlink("real", folder("link")));
  EXPECT_EQ(must(reserve_slot(repository_, folder("link"))).path, folder("real/masc-1"));
}

TEST_F(Slots, NumbersAreReadFromPaths) {
  EXPECT_EQ(slot_number("/a/masc-12"), 12);
  for (const char* path : {"/a/masc-", "/a/masc-0", "/a/masc-01", "/a/masc-1x", "/a/other-1"}) {
    EXPECT_EQ(slot_number(path), 0) << path;
  }
}

// Forks `count` processes; each writes what `work` gives it to one pipe, a byte each, and holds on
// to what it has until all have written.
template <class Work>
std::multiset<int> race(int count, Work work) {
  int answers[2], gate[2];
  EXPECT_EQ(pipe(answers), 0);
  EXPECT_EQ(pipe(gate), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      close(gate[1]);
      work(i, [&](int number) {
        const char answer = static_cast<char>(number);
        char end = 0;
        if (write(answers[1], &answer, 1) == 1) static_cast<void>(!read(gate[0], &end, 1));
      });
      _exit(0);
    }
    children.push_back(child);
  }
  std::multiset<int> numbers;
  for (int i = 0; i < count; ++i) {
    char answer = 0;
    EXPECT_EQ(read(answers[0], &answer, 1), 1);
    numbers.insert(answer);
  }
  for (const int fd : {gate[0], gate[1], answers[0], answers[1]}) close(fd);
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  return numbers;
}

TEST_F(Slots, EightProcessesAtOnceGetEightPlaces) {
  const auto numbers = race(8, [&](int, auto answer) {
    const auto slot = reserve_slot(repository_, root());
    answer(slot ? slot->number : 0);
  });
  EXPECT_EQ(numbers, (std::multiset<int>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(Slots, EightProcessesAtOnceMakeEightWorktrees) {
  const std::string start = head_of(repo());
  race(8, [&](int i, auto answer) {
    NewWorktree mine;
    mine.branch = fmt::format("masc/m-000{}", i);
    mine.start = start;
    int number = 0;
    if (const auto slot = reserve_slot(repository_, root())) {
      if (add_worktree(git_, *slot, mine, kNoon)) number = slot->number;
    }
    answer(number);
  });
  std::set<std::string> paths, branches;
  for (const Worktree& worktree : must(list_worktrees(repository_))) {
    paths.insert(worktree.path);
    branches.insert(worktree.branch);
    EXPECT_EQ(git_in(worktree.path, {"status", "--porcelain"}), "");
  }
  EXPECT_EQ(paths.size(), 8U);
  EXPECT_EQ(branches.size(), 8U);
}

TEST_F(Slots, AWorktreeStandsOnItsNewBranch) {
  const auto slot = must(reserve_slot(repository_, root()));
  const auto added = must(add_worktree(git_, slot, wanted(), kNoon));
  EXPECT_EQ(added.worktree.path, slot.path);
  EXPECT_EQ(added.worktree.branch, "masc/m-0001");
  EXPECT_EQ(added.worktree.head, head_of(repo()));
  EXPECT_EQ(added.warning, "");
  EXPECT_EQ(must(read_file(slot.path + "/a.txt")), "one\n");
}

TEST_F(Slots, AWorktreeStandsOnABranchThatExists) {
  git_in(repo(), {"branch", "masc/m-0001"});
  const auto slot = must(reserve_slot(repository_, root()));
  NewWorktree again = wanted();
  again.branch_exists = true;
  EXPECT_EQ(must(add_worktree(git_, slot, again, kNoon)).worktree.branch, "masc/m-0001");
}

TEST_F(Slots, ABranchThatExistsUnexpectedlyIsAConflictAndStays) {
  git_in(repo(), {"branch", "masc/m-0001"});
  const auto slot = must(reserve_slot(repository_, root()));
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, add_worktree(git_, slot, wanted(), kNoon)));
  EXPECT_TRUE(has_branch("masc/m-0001"));
  EXPECT_FALSE(exists(slot.path));
}

TEST_F(Slots, ABranchInTheWayOfItsNameIsGitsError) {
  git_in(repo(), {"branch", "masc"});
  const auto slot = must(reserve_slot(repository_, root()));
  const auto added = add_worktree(git_, slot, wanted(), kNoon);
  ASSERT_TRUE(fails_with(ErrorCode::kGit, added));
  EXPECT_NE(added.error().message.find("'refs/heads/masc' exists"), std::string::npos);
}

TEST_F(Slots, ABranchThatIsCheckedOutElsewhereIsSharedOnDemandOnly) {
  add_slot("m-0001");
  const auto slot = must(reserve_slot(repository_, root()));
  NewWorktree again = wanted();
  again.branch_exists = true;
  EXPECT_TRUE(fails_with(ErrorCode::kGit, add_worktree(git_, slot, again, kNoon)));
  EXPECT_TRUE(has_branch("masc/m-0001"));
  again.share_branch = true;
  EXPECT_EQ(must(add_worktree(git_, slot, again, kNoon)).worktree.branch, "masc/m-0001");
}

TEST_F(Slots, AFailingCheckoutLeavesNothing) {
  filter_files("false");
  const auto slot = must(reserve_slot(repository_, root()));
  const auto added = add_worktree(git_, slot, wanted(), kNoon);
  ASSERT_TRUE(fails_with(ErrorCode::kGit, added));
  EXPECT_NE(added.error().message.find("smudge"), std::string::npos) << added.error().message;
  expect_untouched(slot);
  EXPECT_TRUE(must(list_trash(repository_)).empty());
}

TEST_F(Slots, WhatAKilledGitLeavesGoesIntoTheTrash) {
  // The outermost git first: it would tidy up if it saw its child die.
  put(folder("kill-git"),
      "#!/bin/sh\n"
      "up=$PPID; doomed=\n"
      "while :; do\n"
      "  read -r name < /proc/$up/comm\n"
      "  case $name in git|sh|kill-git) doomed=\"$up $doomed\" ;; *) break ;; esac\n"
      "  up=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$up/status)\n"
      "done\n"
      "kill -9 $doomed\n");
  chmod(folder("kill-git").c_str(), 0755);
  filter_files("exec " + folder("kill-git"));
  const auto slot = must(reserve_slot(repository_, root()));
  EXPECT_TRUE(fails_with(ErrorCode::kGit, add_worktree(git_, slot, wanted(), kNoon)));
  expect_untouched(slot);
  EXPECT_EQ(must(list_trash(repository_)).size(), 1U);
  EXPECT_EQ(must(reserve_slot(repository_, root())).number, 2);  // `slot` still holds 1
}

TEST_F(Slots, AWorktreeThatGitCannotReadIsNamedAndLeavesNothingHalfMade) {
  // What a git that was killed at the wrong moment leaves; in others' way for that moment only.
  put(repository_.common_dir + "/worktrees/torn/commondir", "");
  put(repository_.common_dir + "/worktrees/torn/HEAD", head_of(repo()) + "\n");
  put(repository_.common_dir + "/worktrees/torn/gitdir", folder("torn/.git") + "\n");
  const auto slot = must(reserve_slot(repository_, root()));
  const auto added = add_worktree(git_, slot, wanted(), kNoon);
  ASSERT_TRUE(fails_with(ErrorCode::kGit, added));
  EXPECT_NE(added.error().message.find("worktrees/torn/commondir"), std::string::npos);
  EXPECT_FALSE(exists(slot.path));
  EXPECT_FALSE(has_branch("masc/m-0001"));
}

TEST_F(Slots, AFailingPostCheckoutHookIsAWarning) {
  NewWorktree hooked = wanted();
  hooked.hooks_path = hook("post-checkout", "#!/bin/sh\necho no lfs here >&2\nexit 2\n");
  const auto slot = must(reserve_slot(repository_, root()));
  const auto added = must(add_worktree(git_, slot, hooked, kNoon));
  EXPECT_EQ(added.warning, "no lfs here");
  EXPECT_EQ(must(read_file(slot.path + "/a.txt")), "one\n");
}

TEST_F(Slots, OnlyTheHooksThatAreNamedRun) {
  git_in(repo(),
         {"config", "core.hooksPath", hook("reference-transaction", "#!/bin/sh\nexit 1\n")});
  must(make_directories(folder("none")));
  NewWorktree hooked = wanted();
  hooked.hooks_path = folder("none");
  const auto slot = must(reserve_slot(repository_, root()));
  EXPECT_TRUE(good(add_worktree(git_, slot, hooked, kNoon)));
}

TEST_F(Slots, GitKeepsThePlaceOfAProcessThatIsKilled) {
  const std::string started = folder("started"), finish = folder("finish");
  ASSERT_EQ(mkfifo(started.c_str(), 0600), 0);
  ASSERT_EQ(mkfifo(finish.c_str(), 0600), 0);
  NewWorktree hooked = wanted();
  hooked.hooks_path = hook("post-checkout", fmt::format("#!/bin/sh\necho >{}\nread -r _ <{}\n",
                                                        shell_quote(started), shell_quote(finish)));
  const pid_t child = fork();
  if (child == 0) {
    const auto slot = reserve_slot(repository_, root());
    if (slot) static_cast<void>(add_worktree(git_, *slot, hooked, kNoon));
    _exit(0);
  }
  static_cast<void>(must(read_file(started)));  // waits for the hook
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(must(lock_slot(repository_.common_dir, 1)));
  EXPECT_EQ(must(reserve_slot(repository_, root())).number, 2);
  must(append_file(finish, "\n"));
  const std::string lock = repository_.masc_dir() + "/flock/slot.1";
  EXPECT_TRUE(good(FileLock::acquire(lock, std::chrono::seconds(10))));
}

TEST_F(Slots, AHalfMadeWorktreeIsDiscarded) {
  const Worktree slot = add_slot("m-0001");
  must(write_file(in_admin(slot, "locked"), "initializing"));
  {
    const auto lock = must(lock_slot(repository_.common_dir, 1));
    EXPECT_TRUE(fails_with(ErrorCode::kBusy, discard_half_made(repository_, slot, kNoon)));
  }
  must(discard_half_made(repository_, slot, kNoon));
  EXPECT_EQ(must(reserve_slot(repository_, root())).number, 1);
  EXPECT_TRUE(has_branch("masc/m-0001"));
}

TEST_F(Slots, ASweepTakesWhatKilledGitsLeftAndNothingElse) {
  const Worktree whole = add_slot("m-0001"), torn = add_slot("m-0002"), begun = add_slot("m-0003");
  git_in(repo(), {"worktree", "add", "--quiet", "--detach", folder("masc-9")});
  must(write_file(folder("r/.git/worktrees/masc-9/locked"), "initializing"));  // not below the root
  for (const Worktree& slot : {torn, begun}) {
    must(write_file(in_admin(slot, "locked"), "initializing"));
  }
  must(write_file(in_admin(torn, "commondir"), ""));
  EXPECT_FALSE(must(git_.run({"worktree", "list"})).ok());
  {
    const auto lock = must(lock_slot(repository_.common_dir, 3));
    EXPECT_EQ(must(sweep_half_made(repository_, root(), kNoon)), 1);
  }
  EXPECT_TRUE(must(git_.run({"worktree", "list"})).ok());
  EXPECT_EQ(must(sweep_half_made(repository_, root(), kNoon)), 1);
  EXPECT_EQ(must(list_trash(repository_)).size(), 2U);
  EXPECT_TRUE(exists(whole.path + "/a.txt"));
  EXPECT_TRUE(exists(folder("masc-9/a.txt")));
}

TEST_F(Slots, AWorktreeThatIsWholeIsNotDiscarded) {
  const Worktree slot = add_slot("m-0001");
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, discard_half_made(repository_, slot, kNoon)));
  EXPECT_TRUE(exists(slot.path + "/a.txt"));
}

}  // namespace
}  // namespace masc::git
