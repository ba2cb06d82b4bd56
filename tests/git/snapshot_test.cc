#include "git/snapshot.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "git/snapshot_fixture.h"

namespace masc::git {
namespace {

using Reason = LeftBehind::Reason;

class Snapshots : public SnapshotTest {
 protected:
  Snapshots() : from_(add_slot("m-0001")), to_(add_slot("m-0002")) {}

  Snapshot carry() { return SnapshotTest::carry(from_, to_); }
  void put_here(std::string_view name, std::string_view data) { put(at(from_, name), data); }
  void git_here(std::vector<std::string> args) { git_at(from_, std::move(args)); }
  std::string read_there(std::string_view name) { return must(read_file(at(to_, name))); }
  std::vector<std::string> named(const Snapshot& snapshot) {
    std::vector<std::string> paths;
    for (const KeptPath& kept : snapshot.paths) paths.push_back(kept.path);
    return paths;
  }
  std::vector<LeftBehind> left(Reason reason, std::string path) {
    return {{reason, std::move(path)}};
  }

  Worktree from_;
  Worktree to_;
};

TEST_F(Snapshots, OfACleanWorktreeAreNone) {
  EXPECT_EQ(must(keep(from_)), std::nullopt);
  EXPECT_EQ(must(state_.ref("refs/masc/keep/m-0001")), std::nullopt);
}

TEST_F(Snapshots, HoldStagedUnstagedUntrackedAndDeletedFiles) {
  put_here("a.txt", "staged\n");
  git_here({"add", "a.txt"});
  put_here("a.txt", "unstaged\n");
  put_here("new/file", "untracked");
  must(remove_file(at(from_, "dir/b.txt")));
  const Snapshot snapshot = carry();
  EXPECT_EQ(named(snapshot), (std::vector<std::string>{"a.txt", "dir/b.txt", "new/file"}));
  EXPECT_TRUE(snapshot.left_behind.empty());
  EXPECT_EQ(git_in(to_.path, {"show", ":a.txt"}), "staged");
  EXPECT_FALSE(exists(at(to_, "dir")));
}

TEST_F(Snapshots, HoldRenamesModesAndLinks) {
  put_here("run", "#!/bin/sh\n");
  chmod(at(from_, "run").c_str(), 0755);
  must(make_symlink("run", at(from_, "link")));
  must(make_symlink("../outside", at(from_, "dangling")));
  git_here({"add", "link"});
  git_here({"mv", "a.txt", "moved.txt"});
  carry();
  EXPECT_EQ(read_symlink(at(to_, "dangling")), "../outside");
}

TEST_F(Snapshots, HoldNamesOfAnyBytes) {
  for (const char* name : {"new\nline", " spaces ", "\"quoted\"", "\xc3\xa9t\xc3\xa9", "\xff\xfe",
                           "-dash", ":colon", "*star", "tab\t\\", "MERGE_HEAD", "manifest"}) {
    put_here(name, name);
  }
  git_here({"add", "--", "new\nline", "\xff\xfe", "-dash"});
  EXPECT_EQ(carry().paths.size(), 11U);
}

TEST_F(Snapshots, HoldAFileThatBecameAFolderAndAFolderThatBecameALink) {
  must(remove_file(at(from_, "a.txt")));
  put_here("a.txt/below", "x");
  must(remove_tree(at(from_, "dir")));
  must(make_symlink("a.txt", at(from_, "dir")));
  put_here("a.txt/b.txt", "reached through the link, but not at dir/b.txt");
  carry();
}

TEST_F(Snapshots, HoldTheBytesOnDiskWhateverAFilterMakesOfThem) {
  put_here(".gitattributes", "*.up filter=up\n*.crlf text eol=crlf\n");
  put_here("x.up", "ABC");
  git_here({"config", "filter.up.clean", "tr A-Z a-z"});
  git_here({"config", "filter.up.smudge", "tr a-z A-Z"});
  put_here("y.crlf", "one\r\ntwo\r\n");
  git_here({"add", "."});
  put_here("x.up", "AbC");
  carry();
  EXPECT_EQ(read_there("x.up"), "AbC");
  EXPECT_EQ(read_there("y.crlf"), "one\r\ntwo\r\n");
  EXPECT_EQ(git_in(to_.path, {"cat-file", "blob", ":x.up"}), "abc");
}

TEST_F(Snapshots, HoldAnIntentToAdd) {
  put_here("later", "x");
  git_here({"add", "--intent-to-add", "later"});
  git_here({"rm", "--quiet", "--cached", "a.txt"});
  git_here({"add", "--intent-to-add", "a.txt"});
  carry();
}

TEST_F(Snapshots, ForgetAnIntentToAddWhatIsNotThere) {
  put_here("later", "");
  git_here({"add", "--intent-to-add", "later"});
  must(remove_file(at(from_, "later")));
  EXPECT_EQ(must(keep(from_)), std::nullopt);
}

TEST_F(Snapshots, HoldAConflictThatIsNotResolved) {
  put_here("a.txt", "ours\n");
  git_here({"rm", "--quiet", "dir/b.txt"});
  git_here({"commit", "--quiet", "-am", "ours"});
  put(repo("a.txt"), "theirs\n");
  put(repo("dir/b.txt"), "theirs\n");
  git_in(repo(), {"commit", "--quiet", "-am", "theirs"});
  ASSERT_NE(must(git_.in(from_.path).run({"merge", "main"})).status, 0);
  git_in(to_.path, {"reset", "--quiet", "--hard", "masc/m-0001"});
  const Snapshot snapshot = carry();
  EXPECT_EQ(snapshot.left_behind, std::vector<LeftBehind>());
  EXPECT_EQ(git_in(to_.path, {"show", ":3:a.txt"}), "theirs");
  EXPECT_TRUE(good(restore(state_, git_, to_.path, snapshot.id)));
  EXPECT_EQ(git_in(to_.path, {"rev-parse", "MERGE_HEAD"}), head_of(repo()));
  EXPECT_EQ(must(read_file(in_admin(to_, "MERGE_MSG"))),
            must(read_file(in_admin(from_, "MERGE_MSG"))));
  git_in(to_.path, {"commit", "--quiet", "-a", "--no-edit"});
  EXPECT_EQ(git_in(to_.path, {"rev-parse", "HEAD^2"}), head_of(repo()));
}

TEST_F(Snapshots, HoldAMergeThatOnlyWaitsForItsCommit) {
  put(repo("a.txt"), "theirs\n");
  git_in(repo(), {"commit", "--quiet", "-am", "theirs"});
  git_here({"merge", "--quiet", "--no-ff", "--no-commit", "--strategy=ours", "main"});
  const Snapshot snapshot = kept(from_);
  EXPECT_TRUE(snapshot.paths.empty());
  const Restored back = must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(back.operation, "merge of " + head_of(repo()).substr(0, 10));
  EXPECT_EQ(must(read_file(in_admin(to_, "MERGE_MODE"))), "no-ff");
}

TEST_F(Snapshots, HoldACherryPickButNotOnAnotherHead) {
  put(repo("a.txt"), "theirs\n");
  git_in(repo(), {"commit", "--quiet", "-am", "theirs"});
  put_here("a.txt", "ours\n");
  git_here({"commit", "--quiet", "-am", "ours"});
  ASSERT_NE(must(git_.in(from_.path).run({"cherry-pick", "main"})).status, 0);
  const Snapshot snapshot = kept(from_);
  const Restored elsewhere = must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(elsewhere.operation, "");
  EXPECT_FALSE(exists(in_admin(to_, "CHERRY_PICK_HEAD")));
  ASSERT_FALSE(elsewhere.notes.empty());
  EXPECT_NE(elsewhere.notes.back().find(head_of(repo()).substr(0, 10)), std::string::npos);
  git_in(to_.path, {"reset", "--quiet", "--hard"});
  git_in(to_.path, {"clean", "--quiet", "--force"});
  git_in(to_.path, {"checkout", "--quiet", "--detach", head_of(from_.path)});
  const Restored there = must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(there.operation, "cherry-pick of " + head_of(repo()).substr(0, 10));
  EXPECT_EQ(git_in(to_.path, {"rev-parse", "CHERRY_PICK_HEAD"}), head_of(repo()));
}

TEST_F(Snapshots, HoldWhatFlagsHide) {
  put_here("c.txt", "three\n");
  git_here({"add", "c.txt"});
  git_here({"update-index", "--assume-unchanged", "a.txt"});
  git_here({"update-index", "--skip-worktree", "dir/b.txt"});
  put_here("a.txt", "hidden\n");
  put_here("dir/b.txt", "hidden too\n");
  const auto before = must(read_file(in_admin(from_, "index")));
  const Snapshot snapshot = kept(from_);
  EXPECT_EQ(named(snapshot), (std::vector<std::string>{"a.txt", "c.txt", "dir/b.txt"}));
  EXPECT_EQ(must(read_file(in_admin(from_, "index"))), before);
  must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(content_of(to_), content_of(from_));
}

TEST_F(Snapshots, DoNotHoldIgnoredFiles) {
  put(repository_.common_dir + "/info/exclude", "*.o\n");
  put_here("x.o", "object");
  EXPECT_EQ(must(keep(from_)), std::nullopt);
}

TEST_F(Snapshots, NameAnUntrackedFileThatIsTooLarge) {
  put_here("big", std::string(2'000, 'x'));
  put_here("small", std::string(1'000, 'x'));
  KeepOptions limited = options();
  limited.max_untracked_bytes = 1'000;
  const auto snapshot = must(capture(state_, git_, from_.path, limited));
  EXPECT_EQ(named(*snapshot), std::vector<std::string>{"small"});
  EXPECT_EQ(snapshot->left_behind, left(Reason::kTooLarge, "big"));
}

TEST_F(Snapshots, NameRepositoriesInsideEvenIfNothingElseIsThere) {
  git_in(folder(), {"init", "--quiet", "--template=", at(from_, "nested")});
  git_in(folder(), {"init", "--quiet", "--template=", at(from_, "dir")});
  const Snapshot snapshot = kept(from_);
  EXPECT_TRUE(snapshot.paths.empty());
  EXPECT_EQ(snapshot.left_behind, (std::vector<LeftBehind>{{Reason::kRepository, "dir"},
                                                           {Reason::kRepository, "nested"}}));
}

TEST_F(Snapshots, NameChangesInSubmodulesAndKeepTheStagedCommit) {
  git_in(folder(), {"clone", "--quiet", repo(), "library"});
  git_here({"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", folder("library"),
            "lib"});
  put_here("lib/a.txt", "changed\n");
  const Snapshot snapshot = kept(from_);
  EXPECT_EQ(snapshot.left_behind, left(Reason::kSubmodule, "lib"));
  must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(git_in(to_.path, {"rev-parse", ":lib"}), head_of(folder("library")));
  EXPECT_EQ(must(read_file(at(to_, ".gitmodules"))), must(read_file(at(from_, ".gitmodules"))));
}

TEST_F(Snapshots, NameAFifoInTheWayOfAFile) {
  must(remove_file(at(from_, "a.txt")));
  ASSERT_EQ(mkfifo(at(from_, "a.txt").c_str(), 0600), 0);
  EXPECT_EQ(kept(from_).left_behind, left(Reason::kSpecial, "a.txt"));
}

TEST_F(Snapshots, AreACommitThatGitCanRead) {
  put_here("a.txt", "changed\n");
  KeepOptions with_base = options();
  with_base.base = from_.head;
  const auto snapshot = must(capture(state_, git_, from_.path, with_base));
  const Git masc(environment_, state_.directory());
  EXPECT_EQ(
      must(masc.output({"log", "--format=%an %ad%n%B", "--date=unix", "refs/masc/keep/m-0001"})),
      "codex 1772366400\nkeep m-0001: 1 path\n\nMasc-Format: 1\nMasc-Task: m-0001\n"
      "Masc-Agent: codex\nMasc-Generation: 2\nMasc-Head: " +
          from_.head + "\nMasc-Base: " + from_.head + "\nMasc-Paths: 1\nMasc-Reason: takeover\n");
  EXPECT_EQ(must(masc.output({"ls-tree", "-r", "--name-only", "refs/masc/keep/m-0001"})),
            "manifest\nwork/a.txt");
  EXPECT_TRUE(must(masc.run({"fsck", "--strict"})).ok());
  EXPECT_EQ(snapshot->at, kNoon);
  EXPECT_EQ(snapshot->agent, "codex");
  EXPECT_EQ(snapshot->generation, 2);
  EXPECT_EQ(snapshot->base, from_.head);
  EXPECT_EQ(snapshot->reason, "takeover");
}

TEST_F(Snapshots, FormAChainAndRepeatNothing) {
  put_here("a.txt", "changed\n");
  const Snapshot first = kept(from_);
  EXPECT_EQ(kept(from_).id, first.id);
  put_here("a.txt", "changed again\n");
  const Snapshot second = kept(from_);
  EXPECT_EQ(must(state_.commit(second.id)).parents, std::vector<ObjectId>{first.id});
  EXPECT_EQ(must(state_.ref("refs/masc/keep/m-0001")), second.id);
}

TEST_F(Snapshots, NeedNothingOfTheUsersRepositoryButTheHead) {
  put_here("a.txt", "staged\n");
  git_here({"add", "a.txt"});
  put_here("a.txt", "unstaged\n");
  const Snapshot snapshot = kept(from_);
  git_here({"read-tree", "HEAD"});
  git_in(repo(), {"prune", "--expire=now"});
  must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(git_in(to_.path, {"show", ":a.txt"}), "staged");
}

TEST_F(Snapshots, OfForeignFormatOrNoneAtAllAreRefused) {
  Commit commit;
  commit.tree = StateRepo::empty_tree();
  commit.message = "keep m-0001: 0 paths\n\nMasc-Format: 2\nMasc-Task: m-0001\n";
  EXPECT_TRUE(fails_with(ErrorCode::kFormat, load(state_, must(state_.write_commit(commit)))));
  commit.message = "something else\n";
  EXPECT_TRUE(fails_with(ErrorCode::kFormat, load(state_, must(state_.write_commit(commit)))));
  commit.message = "keep m-0001: 0 paths\n\nMasc-Format: 1\nMasc-Task: m-0001\n";
  EXPECT_TRUE(fails_with(ErrorCode::kFormat, load(state_, must(state_.write_commit(commit)))));
}

TEST_F(Snapshots, OfAWorktreeThatNeverStandsStillAreAConflict) {
  // git runs this filter at each look, since the file's time is not the index's.
  put(repository_.common_dir + "/info/attributes", "a.txt filter=busy\n");
  put_here("a.txt", "one\n");
  put_here("new", "x");
  for (const char* busy : {"mktemp -p . untracked-XXXXXX >&2; cat", "echo x >>new; cat"}) {
    git_here({"config", "filter.busy.clean", busy});
    EXPECT_TRUE(fails_with(ErrorCode::kConflict, keep(from_))) << busy;
    EXPECT_EQ(must(state_.ref("refs/masc/keep/m-0001")), std::nullopt);
  }
}

TEST_F(Snapshots, OfAWorktreeBeforeItsFirstCommitAreRestoredInAnother) {
  for (const char* name : {"u1", "u2"}) {
    git_in(folder(), {"init", "--quiet", "--template=", "--initial-branch=main", name});
  }
  from_.path = folder("u1");
  to_.path = folder("u2");
  put_here("staged", "x");
  git_here({"add", "staged"});
  put_here("untracked", "y");
  EXPECT_EQ(carry().head, "");
}

TEST_F(Snapshots, AreRestoredOnADescendantThatLeftTheirPathsAlone) {
  put_here("a.txt", "changed\n");
  put_here("new", "x");
  const Snapshot snapshot = kept(from_);
  put(at(to_, "dir/b.txt"), "further\n");
  git_at(to_, {"commit", "--quiet", "-am", "further"});
  must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(read_there("a.txt"), "changed\n");
  EXPECT_EQ(read_there("dir/b.txt"), "further\n");
}

TEST_F(Snapshots, ComeBackOnAnyHead) {
  put_here("b.txt", "one\ntwo\nthree\nfour\nfive\n");
  put_here("c.txt", "c\n");
  put_here("d.txt", "d\n");
  git_here({"add", "-A"});
  git_here({"commit", "--quiet", "-m", "more"});
  // The other one gets the same files by a commit of its own, and changes some.
  git_in(to_.path, {"checkout", "--quiet", "--detach", head_of(from_.path)});
  git_in(to_.path, {"commit", "--quiet", "--amend", "-m", "no descendant"});
  put_here("a.txt", "mine\n");                         // left alone there
  put_here("b.txt", "ONE\ntwo\nthree\nfour\nfive\n");  // merges
  put_here("c.txt", "mine\n");                         // conflicts
  must(remove_file(at(from_, "d.txt")));               // deleted here, changed there
  put_here("new.txt", "mine\n");                       // is there as well by now
  put_here("untracked.txt", "mine\n");
  put_here("dir/below", "mine\n");  // a folder no more
  const Snapshot snapshot = kept(from_);
  put(at(to_, "b.txt"), "one\ntwo\nthree\nfour\nFIVE\n");
  put(at(to_, "c.txt"), "theirs\n");
  put(at(to_, "d.txt"), "theirs\n");
  must(remove_tree(at(to_, "dir")));
  put(at(to_, "dir"), "a file now\n");
  put(at(to_, "new.txt"), std::string("their\0s\n", 8));
  git_in(to_.path, {"add", "-A"});
  git_in(to_.path, {"commit", "--quiet", "-m", "theirs"});
  const Restored back = must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(must(read_file(at(to_, "a.txt"))), "mine\n");
  EXPECT_EQ(must(read_file(at(to_, "b.txt"))), "ONE\ntwo\nthree\nfour\nFIVE\n");
  const std::string conflict = must(read_file(at(to_, "c.txt")));
  EXPECT_NE(conflict.find("<<<<<<<"), std::string::npos);
  EXPECT_NE(conflict.find("mine\n"), std::string::npos);
  EXPECT_NE(conflict.find("theirs\n"), std::string::npos);
  EXPECT_EQ(must(read_file(at(to_, "d.txt"))), "theirs\n");
  EXPECT_EQ(must(read_file(at(to_, "new.txt"))).size(), 8U);
  EXPECT_EQ(must(read_file(at(to_, "new.txt.masc-kept"))), "mine\n");
  EXPECT_EQ(must(read_file(at(to_, "untracked.txt"))), "mine\n");
  EXPECT_EQ(back.notes.size(), 5U);
  // Nothing of it is lost when it is kept again.
  EXPECT_TRUE(must(keep(to_)));
}

TEST_F(Snapshots, NeverOverwriteWhatIsNotCommitted) {
  put_here("a.txt", "changed\n");
  put_here("new", "x");
  must(remove_file(at(from_, "dir/b.txt")));
  const Snapshot snapshot = kept(from_);
  for (const char* mine : {"a.txt", "new", "dir/b.txt"}) {
    put(at(to_, mine), "mine\n");
    const auto before = content_of(to_);
    const auto restored = restore(state_, git_, to_.path, snapshot.id);
    ASSERT_TRUE(fails_with(ErrorCode::kConflict, restored)) << mine;
    EXPECT_EQ(restored.error().facts[0].json, fmt::format("[\"{}\"]", mine));
    EXPECT_EQ(content_of(to_), before);
    git_at(to_, {"checkout", "--quiet", "."});
    must(remove_file(at(to_, "new")));
    git_at(to_, {"checkout", "--quiet", "."});
  }
}

TEST_F(Snapshots, NeverOverwriteWhatIsStagedOrIgnored) {
  put_here("a.txt", "changed\n");
  put_here("new", "x");
  const Snapshot snapshot = kept(from_);
  put(at(to_, "a.txt"), "mine\n");
  git_at(to_, {"add", "a.txt"});
  put(at(to_, "a.txt"), "changed\n");
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, restore(state_, git_, to_.path, snapshot.id)));
  git_at(to_, {"reset", "--quiet", "--hard"});
  put(repository_.common_dir + "/info/exclude", "new\n");
  put(at(to_, "new"), "mine\n");
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, restore(state_, git_, to_.path, snapshot.id)));
  EXPECT_EQ(read_there("new"), "mine\n");
}

TEST_F(Snapshots, NeverOverwriteWhatAFlagHides) {
  put_here("a.txt", "changed\n");
  const Snapshot snapshot = kept(from_);
  for (const char* flag : {"assume-unchanged", "skip-worktree"}) {
    git_at(to_, {"update-index", fmt::format("--{}", flag), "a.txt"});
    put(at(to_, "a.txt"), "mine\n");
    EXPECT_TRUE(fails_with(ErrorCode::kConflict, restore(state_, git_, to_.path, snapshot.id)));
    EXPECT_EQ(read_there("a.txt"), "mine\n");
    git_at(to_, {"update-index", fmt::format("--no-{}", flag), "a.txt"});
  }
}

TEST_F(Snapshots, LeaveOtherWorkAloneWhereTheyAreRestored) {
  put_here("a.txt", "changed\n");
  const Snapshot snapshot = kept(from_);
  put(at(to_, "dir/b.txt"), "mine\n");
  must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(read_there("a.txt"), "changed\n");
  EXPECT_EQ(read_there("dir/b.txt"), "mine\n");
}

TEST_F(Snapshots, AreFinishedWhereARestorationWasKilled) {
  put_here("a.txt", "staged\n");
  git_here({"add", "a.txt"});
  put_here("b", "x");
  must(remove_file(at(from_, "dir/b.txt")));
  const Snapshot snapshot = kept(from_);
  put(at(to_, "a.txt"), "staged\n");
  must(remove_tree(at(to_, "dir")));
  must(restore(state_, git_, to_.path, snapshot.id));
  EXPECT_EQ(content_of(to_), content_of(from_));
  EXPECT_TRUE(same(status_of(to_), status_of(from_)));
}

TEST_F(Snapshots, NeverWriteThroughALink) {
  put_here("dir/new", "x");
  const Snapshot snapshot = kept(from_);
  must(remove_tree(at(to_, "dir")));
  must(make_directories(folder("outside")));
  must(make_symlink(folder("outside"), at(to_, "dir")));
  EXPECT_TRUE(fails_with(ErrorCode::kConflict, restore(state_, git_, to_.path, snapshot.id)));
  EXPECT_TRUE(must(list_directory(folder("outside"))).empty());
}

TEST_F(Snapshots, ProveThatASupersededWorktreeCanGo) {
  put_here("a.txt", "changed\n");
  put_here("new", "x");
  const Snapshot snapshot = kept(from_);
  EXPECT_FALSE(must(prove_clean(git_, from_.path)).clean);
  EXPECT_TRUE(must(prove_kept(state_, git_, from_.path, snapshot)).clean);
  put_here("new", "y");
  EXPECT_FALSE(must(prove_kept(state_, git_, from_.path, snapshot)).clean);
  put_here("new", "x");
  git_here({"update-index", "--assume-unchanged", "dir/b.txt"});
  EXPECT_FALSE(must(prove_kept(state_, git_, from_.path, snapshot)).clean);
}

TEST_F(Snapshots, ThatLeftSomethingBehindProveNothing) {
  put_here("a.txt", "changed\n");
  put_here("big", std::string(2'000, 'x'));
  KeepOptions limited = options();
  limited.max_untracked_bytes = 1'000;
  const auto snapshot = must(capture(state_, git_, from_.path, limited));
  EXPECT_FALSE(must(prove_kept(state_, git_, from_.path, *snapshot)).clean);
}

}  // namespace
}  // namespace masc::git
