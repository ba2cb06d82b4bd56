// doctor and gc: each thing that can drift is made to drift, found, mended, and gone afterwards.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "git/state_repo.h"
#include "git/worktree.h"
#include "model/task.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

namespace fs = std::filesystem;

class Doctor : public ::testing::Test {
 protected:
  void SetUp() override {
    box.write("a", "one\n");
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "base"});
    box.ok({"init"});
  }
  std::string masc_dir() { return box.repo() + "/.git/masc"; }
  std::string state() { return masc_dir() + "/state.git"; }
  std::string admin(const std::string& name = "masc-1") {
    return box.repo() + "/.git/worktrees/" + name;
  }
  std::string claimed(const std::string& title = "T") {
    return box.ok({"--agent", "al", "add", title, "--claim", "-q"});
  }
  std::string place(const std::string& id) { return box.ok({"worktree", "path", id}); }
  void change(const std::string& path, const std::string& text) {
    ASSERT_TRUE(write_file(path, text));
  }
  // The codes that doctor finds, in order, in a repository.
  std::string codes(const std::string& directory = "") {
    const cmd::Printed got = box.masc({"--json", "doctor"}, directory);
    std::string all;
    for (int i = 0; i < 20; ++i) {
      const std::string code = field(got.out, "problems." + std::to_string(i) + ".code");
      if (code == "(none)" || code == "null") break;
      all += (all.empty() ? "" : " ") + code;
    }
    EXPECT_EQ(got.status, all.empty() ? 0 : 1) << got.out;
    return all.empty() && got.status != 0 ? got.out : all;
  }
  // doctor names `code`, --fix mends it, and afterwards there are no problems.
  void mends(const std::string& code, const std::string& directory = "") {
    EXPECT_EQ(codes(directory), code);
    const cmd::Printed fixed = box.masc({"--json", "doctor", "--fix"}, directory);
    EXPECT_EQ(fixed.status, 0) << fixed.out;
    EXPECT_EQ(field(fixed.out, "problems.0.fixed"), "true") << fixed.out;
    EXPECT_EQ(codes(directory), "");
  }
  void edit_task(const std::string& id, const std::function<void(model::Task&)>& edit) {
    auto repo = git::StateRepo::open(state()).value();
    const std::string ref = model::TaskId::parse(id).value().ref();
    const git::ObjectId old = repo.ref(ref).value().value();
    git::Commit commit = repo.commit(old).value();
    model::Step step = model::parse_step(commit.message).value();
    edit(step.task);
    commit.message = model::format_step(step.task, step.change);
    commit.parents = {old};
    const git::ObjectId next = repo.write_commit(commit).value();
    ASSERT_TRUE(repo.swap(ref, old, next));
  }
  Sandbox box{"a répo's \"dir\""};
};

TEST_F(Doctor, FindsNothingWhereNothingDrifted) {
  EXPECT_EQ(box.ok({"doctor"}), "no problems");
  const std::string id = claimed();
  box.ok({"add", "other", "--parent", id});
  EXPECT_EQ(box.ok({"doctor", "--fix"}), "no problems");
  box.ok({"--agent", "al", "release", id});
  EXPECT_EQ(codes(), "");
  Sandbox other;
  EXPECT_EQ(other.masc({"doctor"}).status, 4);
}

TEST_F(Doctor, MakesMissingFoldersAndFilesAgain) {
  const std::string id = box.ok({"add", "T", "-q"});
  // Copies drop empty folders.
  ASSERT_TRUE(remove_tree(state() + "/refs/notes"));
  ASSERT_TRUE(remove_tree(state() + "/refs/heads"));
  mends("state_incomplete");
  ASSERT_TRUE(remove_file(state() + "/HEAD"));
  ASSERT_TRUE(remove_file(state() + "/config"));
  mends("state_incomplete");
  for (const char* folder : {"flock", "live", "cache", "sock"}) {
    ASSERT_TRUE(remove_tree(masc_dir() + "/" + folder));
    mends("state_incomplete");
  }
  ASSERT_TRUE(remove_file(masc_dir() + "/clone"));
  mends("state_incomplete");
  ASSERT_TRUE(remove_file(state() + "/refs/masc/workspace"));
  mends("state_incomplete");
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.title"), "T");
}

TEST_F(Doctor, NamesAFileInPlaceOfAFolderAndLeavesIt) {
  for (const char* folder : {"sock", "inbox", "live"}) {
    const std::string path = masc_dir() + "/" + folder;
    ASSERT_TRUE(remove_tree(path));
    ASSERT_TRUE(write_file(path, "mine\n"));
    const cmd::Printed fixed = box.masc({"--json", "doctor", "--fix"});
    EXPECT_EQ(fixed.status, 1);
    EXPECT_EQ(field(fixed.out, "problems.0.code"), "state_incomplete");
    EXPECT_EQ(field(fixed.out, "problems.0.subject"), path);
    EXPECT_EQ(read_file(path).value(), "mine\n");
    ASSERT_TRUE(remove_file(path));
    EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  }
}

TEST_F(Doctor, LeavesAWorkspaceOfANewerFormatAlone) {
  auto repo = git::StateRepo::open(state()).value();
  const git::ObjectId old = repo.ref("refs/masc/workspace").value().value();
  git::Commit commit = repo.commit(old).value();
  commit.message = "masc workspace\n\nMasc-Format: 9\nMasc-Workspace: 0123456789abcdef\n";
  const git::ObjectId next = repo.write_commit(commit).value();
  ASSERT_TRUE(repo.swap("refs/masc/workspace", old, next));
  EXPECT_EQ(codes(), "state_newer");
  const cmd::Printed fixed = box.masc({"--json", "doctor", "--fix"});
  EXPECT_EQ(fixed.status, 1);
  EXPECT_EQ(field(fixed.out, "problems.0.fixed"), "false");
  EXPECT_EQ(repo.ref("refs/masc/workspace").value().value(), next);
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"add", "T"}, {"gc"}, {"--agent", "zed", "join"}}) {
    EXPECT_EQ(box.masc(verb).status, 1) << verb.front();
  }
  EXPECT_FALSE(repo.ref("refs/masc/agents/zed").value());
}

TEST_F(Doctor, SaysThatAnotherUserOwnsTheState) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(chown(state().c_str(), 65534, static_cast<gid_t>(-1)), 0);
  EXPECT_EQ(codes(), "state_foreign");
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 1);
  ASSERT_EQ(chown(state().c_str(), 0, static_cast<gid_t>(-1)), 0);
}

TEST_F(Doctor, RemovesLocksOfTheDead) {
  const std::string id = box.ok({"add", "T", "-q"});
  const std::string lock = state() + "/" + model::TaskId::parse(id).value().ref() + ".lock";
  change(lock, "");
  // A lock that was made just now may be a living writer's.
  EXPECT_EQ(codes(), "");
  const git::Finished touched =
      git::run({{"sleep", "2.1"}, "", box.environment(), "", {}, false, false}).value();
  ASSERT_TRUE(touched.ok());
  mends("stale_lock");
  EXPECT_FALSE(exists(lock));
}

TEST_F(Doctor, RemovesWhatAKilledGitLeftOfItsLocks) {
  const std::string id = claimed();
  const std::string git_dir = box.repo() + "/.git/";
  const std::vector<std::string> left = {
      git_dir + "HEAD.lock",   git_dir + "refs/heads/main.lock",
      git_dir + "index.lock",  git_dir + "packed-refs.lock",
      git_dir + "config.lock", git_dir + "refs/heads/masc/" + id + ".lock",
      admin() + "/HEAD.lock",  admin() + "/index.lock"};
  for (const std::string& path : left) change(path, "");
  EXPECT_EQ(codes(), "");  // a git that was started just now may have made them
  std::this_thread::sleep_for(std::chrono::milliseconds(2'100));
  {
    // A git that stands in the repository may be about to use them.
    ASSERT_EQ(chdir(place(id).c_str()), 0);
    FILE* git = popen("git cat-file --batch", "w");
    ASSERT_EQ(chdir("/"), 0);
    ASSERT_NE(git, nullptr);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_EQ(codes(), "");
    pclose(git);
  }
  const std::string one = "stale_lock";
  EXPECT_EQ(codes(), join_words(std::vector(left.size(), one), " "));
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  EXPECT_EQ(codes(), "");
  for (const std::string& path : left) EXPECT_FALSE(exists(path)) << path;
}

TEST_F(Doctor, NamesARefThatIsDamaged) {
  const std::string id = box.ok({"add", "T", "-q"});
  const std::string ref = model::TaskId::parse(id).value().ref();
  const std::string text = read_file(state() + "/" + ref).value();
  change(state() + "/" + ref, "");
  EXPECT_EQ(codes(), "ref_damaged");
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 1);
  change(state() + "/" + ref, text);
  EXPECT_EQ(codes(), "");
}

TEST_F(Doctor, NamesARefWhoseCommitIsMissing) {
  box.ok({"send", "bob", "hello"});
  box.ok({"portal", "open", "bob", "a word"});
  const std::string missing(40, '1');
  for (const std::string folder : {"refs/masc/inbox/", "refs/masc/portals/"}) {
    const std::string name = list_directory(state() + "/" + folder).value().at(0);
    const std::string ref = state() + "/" + folder + name;
    const std::string text = read_file(ref).value();
    change(ref, missing + "\n");
    EXPECT_EQ(codes(), "ref_damaged") << folder;
    change(ref, text);
    EXPECT_EQ(codes(), "") << folder;
  }
}

TEST_F(Doctor, RemovesItsOwnLocksOfPackedRefsAndConfig) {
  change(state() + "/packed-refs.masc", "");
  ASSERT_EQ(link((state() + "/packed-refs.masc").c_str(), (state() + "/packed-refs.lock").c_str()),
            0);
  mends("stale_lock");
  change(masc_dir() + "/config.draft", "");
  const std::string config_lock = box.repo() + "/.git/config.lock";
  ASSERT_EQ(link((masc_dir() + "/config.draft").c_str(), config_lock.c_str()), 0);
  mends("stale_lock");
  EXPECT_FALSE(exists(config_lock));
  change(config_lock, "");  // git's own
  EXPECT_EQ(codes(), "");
  EXPECT_TRUE(exists(config_lock));
}

TEST_F(Doctor, RemovesDeadSockets) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_EQ(chdir((masc_dir() + "/sock").c_str()), 0);
  std::string("al.1").copy(address.sun_path, 4);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(chdir("/"), 0);
  EXPECT_EQ(codes(), "");
  close(fd);
  mends("dead_socket");
  EXPECT_FALSE(exists(masc_dir() + "/sock/al.1"));
}

TEST_F(Doctor, HasTheHooksFireAgain) {
  ASSERT_TRUE(remove_file(masc_dir() + "/bin/masc"));
  EXPECT_TRUE(codes().starts_with("hook_silent hook_silent"));
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  EXPECT_EQ(codes(), "");
  ASSERT_TRUE(remove_file(box.repo() + "/.git/hooks/pre-commit"));
  mends("hook_silent");
}

TEST_F(Doctor, PutsALostAndAForeignIncludeRight) {
  const std::string config = box.repo() + "/.git/config";
  const std::string text = read_file(config).value();
  const std::size_t section = text.find("[includeIf");
  ASSERT_NE(section, text.npos);
  change(config, text.substr(0, section));
  mends("include_lost");
  EXPECT_EQ(read_file(config).value(), text);
  change(config,
         text.substr(0, section) +
             "[includeIf \"gitdir:**/worktrees/masc-*\"]\n\tpath = /elsewhere/hooks.config\n"
             "[user]\n\tname = Somebody\n");
  EXPECT_EQ(codes(), "include_foreign include_lost");
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  EXPECT_EQ(codes(), "");
  EXPECT_EQ(box.git({"config", "user.name"}), "Somebody");
  EXPECT_EQ(read_file(config).value().find("/elsewhere"), std::string::npos);
  change(masc_dir() + "/hooks.config", "[core]\n\thooksPath = \"/elsewhere\"\n");
  mends("hooks_elsewhere");
}

TEST_F(Doctor, GivesAClaimAnotherWorktreeWhenItsFolderIsGone) {
  const std::string id = claimed();
  const std::string slot = place(id);
  change(slot + "/b", "work\n");
  box.git({"add", "-A"}, slot);
  box.git({"commit", "-q", "-m", "work"}, slot);
  ASSERT_TRUE(remove_tree(slot));
  EXPECT_EQ(codes(), "worktree_deleted claim_without_worktree");
  EXPECT_EQ(field(box.ok({"status", "--json"}), "problems.0.code"), "claim_without_worktree");
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  EXPECT_EQ(codes(), "");
  EXPECT_EQ(read_file(place(id) + "/b").value_or(""), "work\n");
  EXPECT_EQ(box.masc({"--agent", "al", "land", id}).status, 0);
}

TEST_F(Doctor, FindsASlotThatWasMovedByHand) {
  const std::string id = claimed();
  const std::string moved = box.root() + "/moved elsewhere é";
  ASSERT_TRUE(rename_path(place(id), moved));
  change(moved + "/b", "not committed\n");
  EXPECT_EQ(codes(), "worktree_moved claim_without_worktree");
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  EXPECT_EQ(codes(), "");
  EXPECT_EQ(place(id), moved);
  EXPECT_EQ(read_file(moved + "/b").value_or(""), "not committed\n");
  EXPECT_EQ(box.git({"status", "--porcelain"}, moved), "?? b");
}

TEST_F(Doctor, MakesALostBranchAgain) {
  const std::string id = claimed();
  const std::string slot = place(id);
  box.git({"commit", "-q", "--allow-empty", "-m", "work"}, slot);
  const std::string tip = box.git({"rev-parse", "HEAD"}, slot);
  ASSERT_TRUE(remove_file(box.repo() + "/.git/refs/heads/masc/" + id));
  mends("claim_without_branch");
  EXPECT_EQ(box.git({"rev-parse", "masc/" + id}), tip);
}

TEST_F(Doctor, MendsTheLinksOfARepositoryThatWasMoved) {
  const std::string id = claimed();
  change(place(id) + "/b", "not committed\n");
  const std::string moved = box.root() + "/new home";
  // The repository alone: its slots stay where they are.
  ASSERT_TRUE(rename_path(box.repo(), moved));
  EXPECT_EQ(codes(moved), "hooks_elsewhere worktree_unlinked");
  EXPECT_EQ(box.masc({"doctor", "--fix"}, moved).status, 0);
  EXPECT_EQ(codes(moved), "");
  EXPECT_EQ(box.git({"status", "--porcelain"}, box.ok({"worktree", "path", id}, moved)), "?? b");
}

TEST_F(Doctor, MendsTheLinksOfARepositoryThatWasMovedWithItsSlots) {
  const std::string id = claimed();
  change(place(id) + "/b", "not committed\n");
  const std::string home = box.root() + "/new home";
  ASSERT_TRUE(make_directories(home));
  const std::string moved = home + "/" + std::string(base_name(box.repo()));
  ASSERT_TRUE(rename_path(box.repo() + ".masc", moved + ".masc"));
  ASSERT_TRUE(rename_path(box.repo(), moved));
  EXPECT_EQ(codes(moved), "hooks_elsewhere worktree_moved claim_without_worktree");
  EXPECT_EQ(box.masc({"doctor", "--fix"}, moved).status, 0);
  EXPECT_EQ(codes(moved), "");
  EXPECT_EQ(box.ok({"worktree", "path", id}, moved), moved + ".masc/masc-1");
  EXPECT_EQ(box.git({"status", "--porcelain"}, moved + ".masc/masc-1"), "?? b");
}

TEST_F(Doctor, PartsACopyFromItsOriginal) {
  const std::string id = claimed();
  const std::string slot = place(id);
  change(slot + "/b", "not committed\n");
  const std::string copy = box.root() + "/copy";
  fs::copy(box.repo(), copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  EXPECT_EQ(codes(copy), "hooks_elsewhere repository_copied");
  EXPECT_EQ(box.masc({"doctor", "--fix"}, copy).status, 0);
  EXPECT_EQ(codes(copy), "");
  EXPECT_EQ(field(box.ok({"show", id, "--json"}, copy), "task.claim"), "null");
  EXPECT_NE(read_file(copy + "/.git/masc/clone").value(), read_file(masc_dir() + "/clone").value());
  // The original goes on as if nothing had been.
  EXPECT_EQ(codes(), "");
  EXPECT_EQ(read_file(slot + "/b").value_or(""), "not committed\n");
  EXPECT_EQ(box.masc({"--agent", "al", "renew", id}).status, 0);
}

TEST_F(Doctor, TakesAwayWhatAKilledClaimLeft) {
  const std::string id = claimed();
  const std::string slot = place(id);
  // Killed before the token: nobody was told of the worktree.
  ASSERT_TRUE(remove_file(admin() + "/masc-token"));
  change(slot + "/half", "set-up was killed\n");
  EXPECT_EQ(codes(), "worktree_without_claim claim_without_worktree");
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  EXPECT_EQ(codes(), "");
  EXPECT_EQ(box.git({"status", "--porcelain"}, place(id)), "");
  EXPECT_EQ(box.masc({"--agent", "al", "renew", id}).status, 0);
}

TEST_F(Doctor, TakesAwayAHalfMadeWorktree) {
  const std::string id = claimed();
  ASSERT_TRUE(remove_file(admin() + "/masc-token"));
  change(admin() + "/locked", "initializing");
  EXPECT_EQ(codes(), "worktree_half_made claim_without_worktree");
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  EXPECT_EQ(codes(), "");
}

TEST_F(Doctor, TakesAwayACleanWorktreeThatNobodyHolds) {
  const std::string id = claimed();
  const std::string slot = place(id);
  change(slot + "/b", "x");
  box.ok({"--agent", "al", "release", id});
  EXPECT_TRUE(exists(slot));  // it was dirty, so it stayed
  EXPECT_EQ(codes(), "");
  ASSERT_TRUE(remove_file(slot + "/b"));
  EXPECT_EQ(codes(), "");  // a session that comes back may know it
  box.clock().advance(std::chrono::hours(25));
  mends("worktree_without_claim");
  EXPECT_FALSE(exists(slot));
  EXPECT_NE(box.ok({"worktree", "list"}).find("trash: "), std::string::npos);
}

TEST_F(Doctor, LeavesAPersonsWorktreeOfThatNameAlone) {
  box.git({"worktree", "add", "-q", "-b", "side", box.root() + "/masc-7"});
  EXPECT_EQ(codes(), "");
}

TEST_F(Doctor, CountsALeaseOfTheFutureFromNow) {
  const std::string id = claimed();
  edit_task(id, [&](model::Task& task) {
    task.claim->renewed = task.claim->granted = box.clock().now() + std::chrono::hours(24 * 365);
  });
  EXPECT_EQ(field(box.ok({"status", "--json"}), "problems.0.code"), "lease_from_future");
  mends("lease_from_future");
  box.clock().advance(std::chrono::hours(2));
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.claim.expired"), "true");
}

TEST_F(Doctor, ListsCancelledAndMissingDependenciesAndLeavesThemToAPerson) {
  const std::string first = box.ok({"add", "first", "-q"});
  const std::string second = box.ok({"add", "second", "--after", first, "-q"});
  box.ok({"cancel", first});
  EXPECT_EQ(codes(), "dependency_cancelled");
  const cmd::Printed fixed = box.masc({"--json", "doctor", "--fix"});
  EXPECT_EQ(fixed.status, 1);
  EXPECT_EQ(field(fixed.out, "problems.0.subject"), second);
  EXPECT_EQ(field(fixed.out, "problems.0.hint"),
            "masc edit " + second + " --after -" + first + "   (or masc reopen " + first + ")");
  EXPECT_EQ(box.masc({"claim", second, "--no-worktree"}).status, 5);
  box.ok({"edit", second, "--after", "-" + first});
  EXPECT_EQ(codes(), "");
  edit_task(second, [](model::Task& task) {
    task.after.push_back(model::TaskId::parse("m-00000000").value());
  });
  EXPECT_EQ(codes(), "dependency_missing");
}

TEST_F(Doctor, TellsAParentOfItsPart) {
  const std::string parent = box.ok({"add", "parent", "-q"});
  box.ok({"add", "child", "--parent", parent});
  edit_task(parent, [](model::Task& task) { task.children.clear(); });
  mends("child_unlisted");
  EXPECT_EQ(box.masc({"claim", parent, "--no-worktree"}).status, 5);
}

TEST_F(Doctor, DropsSnapshotsOnceTheirTaskIsLongOver) {
  const std::string id = claimed();
  const std::string slot = place(id);
  change(slot + "/b", "not committed\n");
  box.ok({"--agent", "al", "release", id});
  box.ok({"cancel", id});
  EXPECT_EQ(codes(), "");
  box.clock().advance(std::chrono::hours(24 * 8));
  EXPECT_EQ(codes(), "worktree_without_claim snapshot_unneeded");
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  EXPECT_EQ(codes(), "");
  EXPECT_FALSE(exists(slot));
  // In the trash it stays for pool.age.
  bool found = false;
  for (const auto& entry : fs::recursive_directory_iterator(box.root()))
    found |= entry.path().filename() == "b" && read_file(entry.path()) == "not committed\n";
  EXPECT_TRUE(found);
}

TEST_F(Doctor, EndsALandingThatWasKilled) {
  const std::string id = claimed();
  const std::string slot = place(id);
  box.git({"commit", "-q", "--allow-empty", "-m", "work"}, slot);
  const std::string old = box.git({"rev-parse", "main"});
  const std::string tip = box.git({"rev-parse", "HEAD"}, slot);
  edit_task(id, [&](model::Task& task) { task.landing = old + " " + tip + " " + tip; });
  mends("landing_unfinished");  // the base did not move: it is taken back
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.status"), "claimed");
  edit_task(id, [&](model::Task& task) { task.landing = old + " " + tip + " " + tip; });
  box.git({"merge", "-q", "--ff-only", tip});
  mends("landing_unfinished");  // it did: it is finished
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.result.landed"), "true");
}

TEST_F(Doctor, GcFoldsAndPacksAndLosesNothing) {
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i)
    ids.push_back(box.ok({"add", "t" + std::to_string(i), "-d", "body", "-q"}));
  for (int i = 0; i < 5; ++i) box.ok({"done", ids[static_cast<std::size_t>(i)]});
  const std::string held = claimed();
  const std::string before = box.ok({"export"});
  const std::string json = box.ok({"gc", "--json"});
  EXPECT_EQ(field(json, "folded"), "5");
  EXPECT_NE(field(json, "reclaimed"), "0");
  EXPECT_TRUE(box.ok({"gc"}).starts_with("folded 0 finished tasks, reclaimed "));
  // Only the folded tasks' versions, ids of refs, are gone.
  EXPECT_EQ(field(box.ok({"list", "--all", "--json"}), "count"), "11");
  EXPECT_EQ(field(box.ok({"show", ids[0], "--json"}), "task.body"), "body");
  EXPECT_EQ(before.size() > 100, true);
  box.ok({"reopen", ids[0]});
  EXPECT_EQ(field(box.ok({"show", ids[0], "--json"}), "task.status"), "open");
  EXPECT_EQ(box.git({"--git-dir=" + state(), "fsck", "--strict", "--no-dangling"}), "");
  EXPECT_EQ(codes(), "");
  EXPECT_EQ(box.masc({"--agent", "al", "renew", held}).status, 0);
}

TEST_F(Doctor, GcDropsUnreachableObjectsOnlyOnceTheyAreADayOld) {
  box.ok({"add", "T", "-q"});
  auto repo = git::StateRepo::open(state()).value();
  const std::string id = repo.write_blob("nobody's").value().hex();
  const std::string path = state() + "/objects/" + id.substr(0, 2) + "/" + id.substr(2);
  box.ok({"gc"});
  EXPECT_TRUE(exists(path));
  box.clock().advance(std::chrono::hours(25));
  box.ok({"gc"});
  EXPECT_FALSE(exists(path));
  EXPECT_EQ(box.git({"--git-dir=" + state(), "fsck", "--strict", "--no-dangling"}), "");
}

}  // namespace
}  // namespace masc::testing
