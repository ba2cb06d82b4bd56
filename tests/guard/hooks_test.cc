// Hooks as git fires them, with the real binary: installing, chaining, refusing, removing.
#include "guard/hooks.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "support/sandbox.h"

namespace masc::guard {
namespace {

class Hooks : public ::testing::Test {
 protected:
  void SetUp() override {
    box.write("a", "a\n");
    commit_all(box.repo());
  }
  void commit_all(const std::string& place) {
    box.git({"add", "-A"}, place);
    box.git({"commit", "-q", "-m", "work"}, place);
  }
  void hook(const std::string& path, const std::string& body) {
    box.write(path, "#!/bin/sh\n" + body + "\n");
    chmod((box.repo() + "/" + path).c_str(), 0755);
  }
  std::string claim(const std::string& agent = "al") {
    id = box.ok({"--agent", agent, "add", "T", "-q", "--claim"});
    return box.ok({"worktree", "path", id});
  }
  testing::Sandbox box;
  std::string id;
};

TEST_F(Hooks, RemovalRestoresConfigurationAndHooksByteForByte) {
  for (const std::string& tail :
       {std::string(""), std::string("[x]\n\ty = 1"), std::string("[x]\r\n\ty = 1\r\n"),
        std::string("[includeIf \"gitdir:/nowhere/\"]\n\tpath = other\n")}) {
    testing::Sandbox one;
    const std::string config = one.read(".git/config") + tail;
    one.write(".git/config", config);
    one.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n");
    one.ok({"init"});
    EXPECT_NE(one.read(".git/config"), config);
    one.ok({"hook", "install"});
    one.ok({"hook", "remove"});
    EXPECT_EQ(one.read(".git/config"), config);
    EXPECT_EQ(one.read(".git/hooks/pre-commit"), "#!/bin/sh\nexit 0\n");
    EXPECT_FALSE(exists(one.repo() + "/.git/hooks/pre-push"));
    EXPECT_FALSE(exists(one.repo() + "/.git/hooks/pre-commit.user"));
  }
}

TEST_F(Hooks, AConfigurationThatIsALinkStaysOne) {
  const std::string config = box.repo() + "/.git/config";
  const std::string real = box.root() + "/shared-config";
  ASSERT_TRUE(rename_path(config, real));
  ASSERT_TRUE(make_symlink(real, config));
  const std::string text = read_file(real).value();
  box.ok({"init"});
  EXPECT_EQ(read_symlink(config), real);
  EXPECT_NE(read_file(real).value(), text);
  box.ok({"hook", "remove"});
  EXPECT_EQ(read_symlink(config), real);
  EXPECT_EQ(read_file(real).value(), text);
}

TEST_F(Hooks, AFolderOfHooksThatIsALinkIsSomebodyElses) {
  const std::string team = box.root() + "/team hooks";
  ASSERT_TRUE(remove_tree(box.repo() + "/.git/hooks"));
  ASSERT_TRUE(make_directories(team));
  ASSERT_TRUE(make_symlink(team, box.repo() + "/.git/hooks"));
  box.ok({"init"});
  EXPECT_TRUE(list_directory(team).value().empty());
  EXPECT_EQ(box.ok({"doctor"}), "no problems");
  ASSERT_TRUE(write_file(team + "/commit-msg", "#!/bin/sh\necho team >> \"$1\"\n", 0755));
  const std::string place = claim();
  EXPECT_TRUE(box.try_git({"commit", "--allow-empty", "-m", "x"}, place).ok());
  EXPECT_NE(box.git({"log", "-1", "--format=%B"}, place).find("team"), std::string::npos);
}

TEST_F(Hooks, WhatRootWritesThroughALinkIsKeptAndTheGuardStands) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can write it";
  box.ok({"init"});
  const std::string place = claim();
  box.clock().advance(std::chrono::hours(2));
  const std::string text = "#!/bin/sh\nexit 0\n";
  const Fd program(open((box.repo() + "/.git/hooks/pre-commit").c_str(), O_WRONLY | O_TRUNC));
  ASSERT_TRUE(write_all(program.get(), text, "the hook"));
  EXPECT_EQ(box.masc({"doctor"}).status, 1);
  box.ok({"--agent", "bo", "claim", id});
  EXPECT_EQ(box.read(".git/hooks/written-over-masc"), text);
  EXPECT_EQ(box.ok({"doctor"}), "no problems");
  EXPECT_FALSE(box.try_git({"commit", "--allow-empty", "-m", "x"}, place).ok());
}

TEST_F(Hooks, StatusProvesThemByFiring) {
  box.ok({"init"});
  const std::string json = box.ok({"hook", "status", "--json"});
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(testing::field(json, "hooks." + std::to_string(i) + ".fires"), "true") << json;
  }
  EXPECT_EQ(box.git({"worktree", "list"}).find("probe"), std::string::npos);
  box.git({"config", "core.hooksPath", "/dev/null"});
  EXPECT_EQ(box.masc({"hook", "status"}).status, 1);
}

TEST_F(Hooks, CommitsInAClaimGetTheTaskAndTheAgent) {
  box.ok({"init"});
  const std::string place = claim();
  box.git({"commit", "-q", "--allow-empty", "-m", "work"}, place);
  EXPECT_EQ(box.git({"log", "-1", "--format=%(trailers:key=Masc-Task,valueonly)"}, place), id);
  EXPECT_EQ(box.git({"log", "-1", "--format=%(trailers:key=Masc-Agent,valueonly)"}, place), "al");
}

TEST_F(Hooks, TheFormerAgentCanDoNothingToTheBranchAfterATakeover) {
  box.ok({"init"});
  const std::string old = claim();
  box.git({"commit", "-q", "--allow-empty", "-m", "mine"}, old);
  ASSERT_TRUE(write_file(old + "/draft", "unsaved\n"));
  ASSERT_TRUE(write_file(old + "/a", "changed\n"));
  box.clock().advance(std::chrono::hours(2));
  box.ok({"--agent", "bo", "claim", id});
  const std::string branch = "masc/" + id;
  const std::string tip = box.git({"rev-parse", branch});
  const std::vector<std::string> attempts[] = {
      {"commit", "-a", "-m", "x"},        {"commit", "--no-verify", "-a", "-m", "x"},
      {"commit", "--amend", "--no-edit"}, {"commit", "--amend", "-n", "--no-edit"},
      {"checkout", "-B", branch},         {"update-ref", "refs/heads/" + branch, "HEAD~1"},
      {"branch", "-f", branch, "HEAD~1"}, {"push", ".", "HEAD:refs/heads/" + branch},
      {"push", ".", "HEAD:main"},         {"rebase", "--force-rebase", "HEAD~1"}};
  for (const auto& attempt : attempts) {
    EXPECT_FALSE(box.try_git(attempt, old).ok()) << attempt[0] << " " << attempt[1];
    EXPECT_EQ(box.git({"rev-parse", branch}), tip) << attempt[0] << " " << attempt[1];
  }
  for (const char* verb : {"renew", "release", "done", "land"}) {
    const cmd::Printed got = box.masc({verb, "--json"}, old);
    EXPECT_EQ(got.status, 5) << verb << got.out;
    EXPECT_EQ(testing::field(got.out, "error.code"), "superseded") << verb;
  }
  EXPECT_EQ(read_file(old + "/draft").value(), "unsaved\n");
  EXPECT_EQ(read_file(old + "/a").value(), "changed\n");
  const std::string fresh = box.ok({"worktree", "path", id});
  EXPECT_EQ(read_file(fresh + "/draft").value(), "unsaved\n");
  EXPECT_EQ(read_file(fresh + "/a").value(), "changed\n");
}

TEST_F(Hooks, ProtectedAndForeignBranchesDontMoveFromAClaim) {
  box.ok({"init"});
  const std::string other_place = claim("bo");
  const std::string other = "refs/heads/masc/" + id;
  const std::string place = claim();
  box.git({"commit", "-q", "--allow-empty", "-m", "x"}, place);
  EXPECT_FALSE(box.try_git({"update-ref", "refs/heads/main", "HEAD"}, place).ok());
  EXPECT_FALSE(box.try_git({"update-ref", other, "HEAD"}, place).ok());
  EXPECT_FALSE(box.try_git({"branch", "-D", "main"}, place).ok());
  EXPECT_TRUE(box.try_git({"branch", "idea"}, place).ok());
  EXPECT_TRUE(box.try_git({"stash", "list"}, place).ok());
}

// git starts `gc --auto` by itself after a commit; packing moves no branch.
TEST_F(Hooks, RefsArePackedFromAClaimButNotDeleted) {
  box.ok({"init"});
  const std::string place = claim("al");
  box.ok({"--agent", "bo", "add", "other", "--claim"});
  const std::string main = box.git({"rev-parse", "main"});
  EXPECT_TRUE(box.try_git({"pack-refs", "--all", "--prune"}, place).ok());
  EXPECT_FALSE(exists(box.repo() + "/.git/refs/heads/main"));
  EXPECT_TRUE(box.try_git({"gc", "-q"}, place).ok());
  EXPECT_EQ(box.git({"rev-parse", "main"}), main);
  EXPECT_FALSE(box.try_git({"update-ref", "-d", "refs/heads/main", main}, place).ok());
  EXPECT_FALSE(box.try_git({"update-ref", "-d", "refs/heads/main"}, place).ok());
  EXPECT_EQ(box.git({"rev-parse", "main"}), main);
}

TEST_F(Hooks, AnotherAgentsCommitInAClaimIsRefused) {
  box.ok({"init"});
  const std::string place = claim();
  box.environment().set("MASC_AGENT", "bo");
  EXPECT_FALSE(box.try_git({"commit", "--allow-empty", "-m", "x"}, place).ok());
}

TEST_F(Hooks, InTheMainWorktreeOnlyAgentsAtWorkAreHeldBack) {
  box.ok({"init"});
  EXPECT_TRUE(box.try_git({"commit", "--allow-empty", "-m", "person"}).ok());
  box.environment().set("MASC_AGENT", "al");
  EXPECT_TRUE(box.try_git({"commit", "--allow-empty", "-m", "stranger"}).ok());
  claim();
  const git::Finished refused = box.try_git({"commit", "--allow-empty", "-m", "agent"});
  EXPECT_FALSE(refused.ok());
  EXPECT_NE(refused.err.find("hint: cd "), std::string::npos) << refused.err;
  EXPECT_FALSE(exists(box.repo() + "/.git/hooks/reference-transaction"));
}

TEST_F(Hooks, TheUsersOwnRunAsWell) {
  hook(".git/hooks/pre-commit", "echo pre-commit >> \"$HOME/ran\"");
  hook(".git/hooks/commit-msg", "echo commit-msg >> \"$HOME/ran\"; test -s \"$1\"");
  hook(".git/hooks/post-checkout", "echo post-checkout >> \"$HOME/ran\"");
  hook(".git/hooks/reference-transaction",
       "if [ \"$1\" = prepared ]; then cat >> \"$HOME/refs\"; fi");
  box.ok({"init"});
  const std::string place = claim();
  ASSERT_TRUE(remove_file(box.root() + "/ran"));
  ASSERT_TRUE(remove_file(box.root() + "/refs"));
  box.git({"commit", "-q", "--allow-empty", "-m", "x"}, place);
  EXPECT_EQ(read_file(box.root() + "/ran").value(), "pre-commit\ncommit-msg\n");
  EXPECT_NE(read_file(box.root() + "/refs").value().find("refs/heads/masc/" + id),
            std::string::npos);
  ASSERT_TRUE(remove_file(box.root() + "/ran"));
  box.git({"commit", "-q", "--allow-empty", "-m", "x"});
  EXPECT_EQ(read_file(box.root() + "/ran").value(), "pre-commit\ncommit-msg\n");
  box.git({"checkout", "-q", "--detach"}, place);
  EXPECT_NE(read_file(box.root() + "/ran").value().find("post-checkout"), std::string::npos);
}

TEST_F(Hooks, AUsersHookThatRefusesStillRefuses) {
  hook(".git/hooks/commit-msg", "exit 1");
  box.ok({"init"});
  EXPECT_FALSE(box.try_git({"commit", "--allow-empty", "-m", "x"}, claim()).ok());
}

TEST_F(Hooks, OfHuskyInTheWorkTreeAreChained) {
  hook(".husky/pre-commit", "echo husky >> \"$HOME/ran\"");
  commit_all(box.repo());
  box.git({"config", "core.hooksPath", ".husky"});
  const std::string said = box.ok({"init"});
  EXPECT_NE(said.find("masc hook run pre-commit"), std::string::npos) << said;
  const std::string place = claim();
  box.git({"commit", "-q", "--allow-empty", "-m", "x"}, place);
  EXPECT_EQ(read_file(box.root() + "/ran").value_or(""), "husky\n");
  EXPECT_EQ(box.git({"log", "-1", "--format=%(trailers:key=Masc-Task,valueonly)"}, place), id);
  EXPECT_FALSE(exists(box.repo() + "/.husky/pre-push"));
}

TEST_F(Hooks, PathsThatAnotherAgentHoldsAreNotCommitted) {
  box.write("src/a", "a\n");
  box.write("src/b", "b\n");
  commit_all(box.repo());
  box.ok({"init"});
  const std::string place = claim();
  box.ok({"--agent", "bo", "lock", "src"});
  const std::vector<std::vector<std::string>> changes[] = {
      {{"mv", "src/a", "elsewhere"}},
      {{"rm", "-q", "src/a"}},
      {{"update-index", "--chmod=+x", "src/a"}},
      {{"update-index", "--add", "--cacheinfo",
        "160000,0123456789012345678901234567890123456789,src/module"}},
      {{"rm", "-q", "-r", "src"},
       {"update-index", "--add", "--cacheinfo",
        "120000," + box.git({"rev-parse", "HEAD:a"}) + ",src"}},
      {{"mv", "a", "src/a2"}}};
  for (const auto& steps : changes) {
    for (const auto& step : steps) box.git(step, place);
    const git::Finished refused = box.try_git({"commit", "-m", "x"}, place);
    EXPECT_FALSE(refused.ok()) << steps[0][0] << steps[0].back();
    EXPECT_NE(refused.err.find("is held by bo"), std::string::npos) << refused.err;
    box.git({"reset", "-q", "--hard"}, place);
  }
  // Only what is staged counts, whichever index the commit is made from.
  ASSERT_TRUE(write_file(place + "/src/a", "changed\n"));
  ASSERT_TRUE(write_file(place + "/a", "changed\n"));
  EXPECT_FALSE(box.try_git({"commit", "-a", "-m", "x"}, place).ok());
  EXPECT_TRUE(box.try_git({"commit", "-m", "x", "--", "a"}, place).ok());
  EXPECT_FALSE(box.try_git({"commit", "-m", "x", "--", "src/a"}, place).ok());
  box.ok({"--agent", "bo", "unlock", "--all"});
  EXPECT_TRUE(box.try_git({"commit", "-a", "-m", "x"}, place).ok());
}

TEST_F(Hooks, AMergeBringsInWhatOthersLandedInTheirLockedPaths) {
  box.ok({"init"});
  const std::string place = claim();
  box.write("a", "theirs\n");
  commit_all(box.repo());
  ASSERT_TRUE(write_file(place + "/b", "mine\n"));
  commit_all(place);
  box.ok({"--agent", "bo", "lock", "a"});
  EXPECT_TRUE(box.try_git({"merge", "--no-commit", "--no-ff", "main"}, place).ok());
  EXPECT_TRUE(box.try_git({"commit", "-m", "merge"}, place).ok());
  box.git({"reset", "-q", "--hard", "HEAD^"}, place);
  EXPECT_TRUE(box.try_git({"merge", "--no-commit", "--no-ff", "main"}, place).ok());
  ASSERT_TRUE(write_file(place + "/a", "neither\n"));
  EXPECT_FALSE(box.try_git({"commit", "-a", "-m", "merge"}, place).ok());
}

TEST_F(Hooks, StrictnessOfLocksIsThePolicys) {
  for (const auto& [word, passes] :
       {std::pair("warn", true), std::pair("off", true), std::pair("enforce", false)}) {
    testing::Sandbox one;
    one.write(".masc.yaml", fmt::format("guard: {{locks: {}}}\n", word));
    one.git({"add", "-A"});
    one.git({"commit", "-q", "-m", "policy"});
    one.ok({"init"});
    const std::string task = one.ok({"--agent", "al", "add", "T", "-q", "--claim"});
    const std::string place = one.ok({"worktree", "path", task});
    one.ok({"--agent", "bo", "lock", "new"});
    ASSERT_TRUE(write_file(place + "/new", "x\n"));
    one.git({"add", "-A"}, place);
    const git::Finished done = one.try_git({"commit", "-m", "x"}, place);
    EXPECT_EQ(done.ok(), passes) << word << done.err;
    EXPECT_EQ(done.err.find("is held by bo") != std::string::npos, std::string(word) != "off");
  }
}

TEST_F(Hooks, InTheMainWorktreeLocksBindWhomMascKnowsAndAreToldToPeople) {
  box.ok({"init"});
  box.ok({"--agent", "bo", "lock", "a"});
  const auto change = [&](const std::string& text) {
    box.write("a", text);
    return box.try_git({"commit", "-a", "-m", "x"});
  };
  const git::Finished person = change("person\n");
  EXPECT_TRUE(person.ok()) << person.err;
  EXPECT_NE(person.err.find("masc: warning: a is held by bo"), std::string::npos) << person.err;
  box.environment().set("MASC_AGENT", "stranger");
  EXPECT_TRUE(change("stranger\n").ok());
  box.environment().set("MASC_AGENT", "al");
  box.ok({"lock", "other"});
  EXPECT_FALSE(change("al\n").ok());
  box.environment().set("MASC_AGENT", "bo");
  EXPECT_TRUE(change("bo\n").ok());
}

TEST_F(Hooks, PeopleWorkAsBeforeBesideClaimsAndLocks) {
  box.ok({"init"});
  const std::string place = claim();
  box.ok({"--agent", "bo", "lock", "."});
  const auto works = [&](const std::vector<std::string>& args) {
    const git::Finished done = box.try_git(args);
    EXPECT_TRUE(done.ok()) << args[0] << " " << args.back() << ": " << done.err;
  };
  for (int i = 0; i < 3; ++i) {
    box.write("a", fmt::format("{}\n", i));
    commit_all(box.repo());
  }
  works({"commit", "--amend", "--allow-empty", "-m", "amended"});
  works({"switch", "-q", "-c", "side", "HEAD~1"});
  box.write("b", "b\n");
  commit_all(box.repo());
  works({"cherry-pick", "--allow-empty", "main"});
  works({"reset", "-q", "--hard", "HEAD^"});
  works({"rebase", "-q", "main"});
  works({"switch", "-q", "main"});
  works({"merge", "-q", "--no-ff", "-m", "merge", "side"});
  box.write("a", "stashed\n");
  works({"stash"});
  works({"stash", "pop"});
  works({"checkout", "-q", "--", "a"});
  works({"bisect", "start", "HEAD", "HEAD~2"});
  works({"bisect", "good"});
  works({"bisect", "reset"});
  works({"worktree", "add", "-q", "../theirs"});
  works({"-C", "../theirs", "commit", "-q", "--allow-empty", "-m", "there"});
  works({"worktree", "remove", "../theirs"});
  works({"worktree", "prune"});
  works({"branch", "-D", "side"});
  works({"pack-refs", "--all"});
  works({"gc", "-q", "--prune=now"});
  works({"revert", "--no-edit", "-m", "1", "HEAD"});
  works({"tag", "v1"});
  EXPECT_EQ(box.masc({"--agent", "al", "renew", id}).status, 0);
  box.git({"commit", "-q", "--allow-empty", "-m", "still mine"}, place);
}

TEST_F(Hooks, OfHuskyThatOnlyTheMainWorktreeHasAreChained) {
  hook(".husky/_/pre-commit", "echo husky >> \"$HOME/ran\"");
  hook(".husky/_/commit-msg", "echo message >> \"$HOME/ran\"");
  box.write(".husky/_/.gitignore", "*\n");
  box.git({"config", "core.hooksPath", ".husky/_"});
  box.ok({"init"});
  const std::string place = claim();
  EXPECT_FALSE(exists(place + "/.husky"));
  box.git({"commit", "-q", "--allow-empty", "-m", "x"}, place);
  EXPECT_EQ(read_file(box.root() + "/ran").value_or(""), "husky\nmessage\n");
}

TEST_F(Hooks, StatusRunsNoHookOfTheUserThatDoesNotAskMasc) {
  hook(".husky/pre-commit", "echo ran >> \"$HOME/ran\"");
  ASSERT_TRUE(make_directories(box.root() + "/bin"));
  ASSERT_TRUE(make_symlink(std::getenv("MASC_BINARY"), box.root() + "/bin/masc"));
  box.environment().set("PATH", box.root() + "/bin:" + box.environment().get("PATH"));
  hook(".husky/pre-push", "masc hook run pre-push \"$@\" || exit\necho ran >> \"$HOME/ran\"");
  box.git({"config", "core.hooksPath", ".husky"});
  const std::string said = box.ok({"init"});
  EXPECT_EQ(said.find("masc hook run pre-push"), std::string::npos) << said;
  const cmd::Printed got = box.masc({"hook", "status"});
  EXPECT_EQ(got.status, 1);
  EXPECT_NE(got.out.find("main/pre-commit  not installed"), std::string::npos) << got.out;
  EXPECT_NE(got.out.find("|| exit` to your own hook"), std::string::npos) << got.out;
  EXPECT_NE(got.out.find("main/pre-push  installed, fires\n"), std::string::npos) << got.out;
  EXPECT_FALSE(exists(box.root() + "/ran"));
}

TEST_F(Hooks, AreNoObstacleWhenMascIsGone) {
  box.ok({"init"});
  ASSERT_TRUE(remove_tree(box.repo() + "/.git/masc"));
  EXPECT_TRUE(box.try_git({"commit", "--allow-empty", "-m", "x"}).ok());
  EXPECT_TRUE(box.try_git({"status"}).ok());
}

TEST_F(Hooks, WarnWhereThePolicySaysSo) {
  box.write(".masc.yaml", "version: 1\nguard: {locks: warn, isolation: warn}\n");
  box.git({"add", "-A"});
  box.git({"commit", "-q", "-m", "policy"});
  box.ok({"init"});
  box.ok({"--agent", "bo", "lock", "a"});
  box.environment().set("MASC_AGENT", "al");
  box.ok({"join"});
  box.write("a", "changed\n");
  const git::Finished done = box.try_git({"commit", "-a", "-m", "x"});
  EXPECT_TRUE(done.ok()) << done.err;
  EXPECT_NE(done.err.find("masc: warning: commit goes on, though a is held by bo"),
            std::string::npos)
      << done.err;
}

TEST_F(Hooks, ThatCannotDecideLetGitGoOnWithAWarning) {
  box.ok({"init"});
  const std::string place = claim();
  const std::string ref =
      box.repo() + "/.git/masc/state.git/refs/masc/tasks/" + id.back() + "/" + id;
  ASSERT_TRUE(write_file(ref, "0123456789012345678901234567890123456789\n"));
  const git::Finished done = box.try_git({"commit", "--allow-empty", "-m", "x"}, place);
  EXPECT_TRUE(done.ok()) << done.err;
  EXPECT_NE(done.err.find("masc: warning: "), std::string::npos) << done.err;
}

}  // namespace
}  // namespace masc::guard
