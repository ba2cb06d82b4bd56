#include "git/clean.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "git/include.h"
#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

class ProvenClean : public WorktreeTest {
 protected:
  ProvenClean() : slot_(add_slot("m-0001")) {}

  Cleanliness look() { return must(prove_clean(git_, slot_.path)); }
  testing::AssertionResult refused_for(std::string_view reason, std::vector<std::string> paths) {
    const Cleanliness proof = look();
    const auto& reasons = proof.reasons;
    const bool named = std::any_of(reasons.begin(), reasons.end(), [&](const std::string& one) {
      return one.find(reason) != one.npos;
    });
    std::string said;
    for (const std::string& one : reasons) said += one + "; ";
    if (proof.clean) return testing::AssertionFailure() << "it is clean";
    if (!named) return testing::AssertionFailure() << said;
    if (proof.paths != paths) {
      return testing::AssertionFailure() << testing::PrintToString(proof.paths);
    }
    return testing::AssertionSuccess();
  }
  void git_here(std::vector<std::string> args) { git_in(slot_.path, std::move(args)); }
  std::string at(std::string_view name) { return join_path(slot_.path, name); }
  void make_repository(const std::string& path) {
    git_in(folder(), {"init", "--quiet", "--template=", path});
  }

  Worktree slot_;
};

TEST_F(ProvenClean, IsAFreshWorktree) {
  const Cleanliness proof = look();
  EXPECT_TRUE(proof.clean) << testing::PrintToString(proof.reasons);
  EXPECT_EQ(proof.path, slot_.path);
  EXPECT_EQ(proof.head, slot_.head);
  EXPECT_EQ(proof.branch, "masc/m-0001");
}

TEST_F(ProvenClean, IsAWorktreeWithIgnoredFiles) {
  put(at(".gitignore"), "*.o\n/build/\n");
  git_here({"add", ".gitignore"});
  git_here({"commit", "--quiet", "-m", "ignore"});
  put(at("dir/x.o"), "object");
  put(at("build/deep/y"), "object");
  EXPECT_TRUE(look().clean);
}

TEST_F(ProvenClean, IsNoWorktreeWithStagedUnstagedOrUntrackedChanges) {
  put(at("a.txt"), "changed\n");
  EXPECT_TRUE(refused_for("not committed", {"a.txt"}));
  git_here({"add", "a.txt"});
  EXPECT_TRUE(refused_for("not committed", {"a.txt"}));
  put(at("new file"), "");
  EXPECT_TRUE(refused_for("untracked", {"a.txt", "new file"}));
  EXPECT_TRUE(look().only_changes);
}

TEST_F(ProvenClean, DoesNotAskTheUsersSettings) {
  git_here({"config", "status.showUntrackedFiles", "no"});
  git_here({"config", "status.renames", "copies"});
  put(at("new"), "");
  EXPECT_TRUE(refused_for("untracked", {"new"}));
}

TEST_F(ProvenClean, SeesThroughAFileSystemMonitorThatLies) {
  put(folder("monitor"), "#!/bin/sh\nprintf 'token\\0'\n");
  chmod(folder("monitor").c_str(), 0755);
  git_here({"config", "core.fsmonitor", folder("monitor")});
  git_here({"config", "core.untrackedCache", "true"});
  git_here({"update-index", "--fsmonitor"});
  git_here({"status"});
  put(at("a.txt"), "changed\n");
  put(at("new"), "");
  EXPECT_TRUE(refused_for("not committed", {"a.txt", "new"}));
}

TEST_F(ProvenClean, IsNoWorktreeWithAnAssumeUnchangedFlag) {
  git_here({"update-index", "--assume-unchanged", "a.txt"});
  put(at("a.txt"), "changed\n");
  EXPECT_TRUE(refused_for("assume-unchanged", {"a.txt"}));
  EXPECT_FALSE(look().only_changes);
}

TEST_F(ProvenClean, IsNoWorktreeWithASkipWorktreeFlag) {
  git_here({"update-index", "--skip-worktree", "a.txt"});
  EXPECT_TRUE(refused_for("skip-worktree", {"a.txt"}));
}

TEST_F(ProvenClean, IsASparseWorktreeButNotWithAChangedFileOutsideOfThePatterns) {
  git_here({"sparse-checkout", "set", "--no-cone", "/a.txt"});
  ASSERT_FALSE(exists(at("dir/b.txt")));
  EXPECT_TRUE(look().clean);
  put(at("dir/b.txt"), "two\n");
  EXPECT_TRUE(look().clean);
  put(at("dir/b.txt"), "changed\n");
  EXPECT_TRUE(refused_for("not committed", {"dir/b.txt"}));
  git_here({"config", "sparse.expectFilesOutsideOfPatterns", "true"});
  EXPECT_TRUE(refused_for("not committed", {"dir/b.txt"}));
}

TEST_F(ProvenClean, IsNoWorktreeWithARepositoryInside) {
  make_repository(at("nested"));
  EXPECT_TRUE(refused_for("repositories inside", {"nested/"}));
  EXPECT_FALSE(look().only_changes);
}

TEST_F(ProvenClean, IsNoWorktreeWithARepositoryInAnIgnoredFolder) {
  put(repository_.common_dir + "/info/exclude", "build/\n");
  make_repository(at("build/deps/nested"));
  EXPECT_TRUE(refused_for("repositories in ignored", {"build/deps/nested/.git"}));
}

TEST_F(ProvenClean, IsNoWorktreeWithARepositoryAmongTrackedFiles) {
  make_repository(at("dir"));
  EXPECT_TRUE(refused_for("repositories inside", {"dir/.git"}));
}

TEST_F(ProvenClean, IsNoWorktreeWithAnInitialisedSubmodule) {
  git_in(folder(), {"clone", "--quiet", repo(), "library"});
  git_here({"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", folder("library"),
            "lib"});
  git_here({"commit", "--quiet", "-m", "submodule"});
  EXPECT_TRUE(refused_for("submodules are initialised", {"lib"}));
  put(at("lib/a.txt"), "changed\n");
  EXPECT_TRUE(refused_for("submodules have changed", {"lib"}));
}

TEST_F(ProvenClean, DoesNotAskASubmodulesIgnoreSetting) {
  git_in(folder(), {"clone", "--quiet", repo(), "library"});
  git_here({"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", folder("library"),
            "lib"});
  git_here({"config", "--file", ".gitmodules", "submodule.lib.ignore", "all"});
  git_here({"commit", "--quiet", "-am", "submodule"});
  git_here({"config", "submodule.lib.ignore", "all"});
  git_here({"config", "diff.ignoreSubmodules", "all"});
  put(at("lib/new"), "untracked in the submodule\n");
  EXPECT_TRUE(refused_for("submodules have changed", {"lib"}));
}

TEST_F(ProvenClean, IsNoWorktreeWithATrackedFileThatIsIgnoredAndChanged) {
  put(at(".gitignore"), "*.log\n");
  put(at("kept.log"), "one\n");
  git_here({"add", "--force", ".gitignore", "kept.log"});
  git_here({"commit", "--quiet", "-m", "tracked although ignored"});
  EXPECT_TRUE(look().clean);
  put(at("kept.log"), "two\n");
  EXPECT_TRUE(refused_for("not committed", {"kept.log"}));
}

TEST_F(ProvenClean, IsNoWorktreeWhoseIncludedFilesHaveChanged) {
  put(repository_.common_dir + "/info/exclude", ".env\nbuild/\n");
  put(repo(".worktreeinclude"), ".env\nbuild/token\n");
  put(repo(".env"), "KEY=1\n");
  put(repo("build/token"), "t\n");
  const Place here = must(place_at(slot_.path));
  EXPECT_EQ(must(bring_included(git_, must(place_at(repo())), here)), 2U);
  EXPECT_TRUE(look().clean);
  must(remove_file(at("build/token")));
  EXPECT_TRUE(look().clean);
  put(at(".env"), "KEY=2\n");
  EXPECT_TRUE(refused_for(".worktreeinclude brought", {".env"}));
  EXPECT_FALSE(look().only_changes);
}

TEST_F(ProvenClean, IsNoWorktreeInABisection) {
  put(at("a.txt"), "changed\n");
  git_here({"commit", "--quiet", "-am", "second"});
  git_here({"bisect", "start", "HEAD", "HEAD~1"});
  EXPECT_TRUE(refused_for("under way (BISECT_LOG)", {}));
  git_here({"bisect", "reset"});
  EXPECT_TRUE(look().clean);
}

TEST_F(ProvenClean, IsNoWorktreeWithAnOperationUnderWay) {
  put(at("a.txt"), "changed\n");
  git_here({"commit", "--quiet", "-am", "second"});
  ASSERT_NE(must(git_.in(slot_.path).run({"rebase", "--quiet", "-x", "false", "HEAD~1"})).status,
            0);
  EXPECT_TRUE(refused_for("under way (rebase-merge)", {}));
  git_here({"rebase", "--abort"});
  EXPECT_TRUE(look().clean);
  for (const char* name : {"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG"}) {
    must(write_file(in_admin(slot_, name), slot_.head + "\n"));
    EXPECT_TRUE(refused_for(name, {}));
    must(remove_file(in_admin(slot_, name)));
  }
}

TEST_F(ProvenClean, IsNoWorktreeWithRefsOfItsOwn) {
  git_here({"update-ref", "refs/worktree/mine", "HEAD"});
  EXPECT_TRUE(refused_for("refs of its own", {}));
}

TEST_F(ProvenClean, IsNoWorktreeBehindASymbolicLink) {
  must(rename_path(root(), folder("elsewhere")));
  must(make_symlink("elsewhere", root()));
  EXPECT_TRUE(refused_for("symbolic link", {}));
}

TEST_F(ProvenClean, IsNoWorktreeThatWasMovedByHand) {
  must(rename_path(slot_.path, folder("moved")));
  const auto proof = must(prove_clean(git_, folder("moved")));
  EXPECT_FALSE(proof.clean);
  EXPECT_EQ(proof.reasons.front(), "git knows this worktree under another path");
}

TEST_F(ProvenClean, IsNoFolderThatHasLostItsGitFile) {
  must(remove_file(at(".git")));
  EXPECT_TRUE(fails_with(ErrorCode::kNotARepository, prove_clean(git_, slot_.path)));
}

TEST_F(ProvenClean, IsNoWorktreeWithAMountInIt) {
  put(repository_.common_dir + "/info/exclude", "data dir/\n");
  must(make_directories(at("data dir")));
  if (mount(repo().c_str(), at("data dir").c_str(), nullptr, MS_BIND, nullptr) != 0) {
    GTEST_SKIP() << "no right to mount here";
  }
  EXPECT_TRUE(refused_for("mounted", {"data dir/.git"}));
  EXPECT_EQ(umount(at("data dir").c_str()), 0);
}

TEST_F(ProvenClean, WritesNothing) {
  const auto before = stat_of(in_admin(slot_, "index"));
  must(touch_file(at("a.txt")));
  look();
  EXPECT_EQ(stat_of(in_admin(slot_, "index"))->st_ino, before->st_ino);
}

TEST_F(ProvenClean, TellsWhoStandsInside) {
  EXPECT_TRUE(standing_in(slot_.path).empty());
  int gate[2];
  ASSERT_EQ(pipe(gate), 0);
  const pid_t child = fork();
  if (child == 0) {
    const bool there = chdir(at("dir").c_str()) == 0;
    static_cast<void>(!write(gate[1], there ? "y" : "n", 1));
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(gate[0], &byte, 1), 1);
  const auto inside = standing_in(slot_.path);
  ASSERT_EQ(inside.size(), 1U);
  EXPECT_EQ(inside[0].pid, child);
  EXPECT_EQ(strangers_in(slot_.path).size(), 1U);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  for (const int fd : gate) close(fd);
}

TEST_F(ProvenClean, DoesNotCallTheCallersOwnLineageStrangers) {
  const int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(chdir(slot_.path.c_str()), 0);
  EXPECT_EQ(standing_in(slot_.path).size(), 1U);
  EXPECT_TRUE(strangers_in(slot_.path).empty());
  EXPECT_EQ(fchdir(here), 0);
  close(here);
}

}  // namespace
}  // namespace masc::git
