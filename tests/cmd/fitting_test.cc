// What a claim's worktree comes with: included files, the set-up command, ports.
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class Fitted : public ::testing::Test {
 protected:
  void begin(const std::string& policy) {
    box.write(".gitignore", ".env\nready\n");
    box.write(".masc.yaml", policy);
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "policy"});
    box.ok({"init", "--no-hooks"});
  }
  std::string add(const std::string& title = "T") { return box.ok({"add", title, "-q"}); }
  std::string place(const std::string& id) { return box.ok({"worktree", "path", id}); }
  std::string status_of(const std::string& id) {
    return field(box.ok({"show", id, "--json"}), "task.status");
  }
  Sandbox box{"a répo's \"dir\""};
};

TEST_F(Fitted, BringsIncludedFilesAndSaysSo) {
  begin("");
  box.write(".worktreeinclude", ".env\n");
  box.write(".env", "KEY=1\n");
  const std::string id = add();
  const std::string said = box.ok({"--agent", "al", "claim", id});
  EXPECT_NE(said.find("brought 1 ignored file along (.worktreeinclude)"), said.npos) << said;
  EXPECT_EQ(read_file(place(id) + "/.env").value_or(""), "KEY=1\n");
}

TEST_F(Fitted, BringsThemFromTheBasesWorktreeOfABareRepository) {
  box.write(".gitignore", ".env\n");
  box.git({"add", "-A"});
  box.git({"commit", "-q", "-m", "ignore"});
  const std::string bare = box.root() + "/bare.git";
  box.git({"clone", "-q", "--bare", box.repo(), bare});
  const std::string tree = box.root() + "/main";
  box.git({"worktree", "add", "-q", tree, "main"}, bare);
  ASSERT_TRUE(write_file(tree + "/.worktreeinclude", ".env\n"));
  ASSERT_TRUE(write_file(tree + "/.env", "KEY=2\n"));
  box.ok({"init", "--no-hooks"}, tree);
  const std::string id = box.ok({"--agent", "al", "add", "T", "--claim", "-q"}, tree);
  const std::string slot = box.ok({"worktree", "path", id}, tree);
  EXPECT_EQ(read_file(slot + "/.env").value_or(""), "KEY=2\n");
}

TEST_F(Fitted, RunsTheSetUpInTheWorktreeWithItsPorts) {
  begin("claim: {ports: 4, setup: 'echo $MASC_AGENT $MASC_TASK $MASC_PORT >ready; pwd'}\n");
  box.ok({"init", "--no-hooks", "--commands"});
  const std::string id = add();
  const std::string json = box.ok({"--agent", "al", "claim", id, "--json"});
  const std::string first = field(json, "task.claim.ports.0");
  EXPECT_EQ(field(json, "task.claim.ports.3"), std::to_string(std::stoi(first) + 3));
  EXPECT_EQ(read_file(place(id) + "/ready").value_or(""), "al " + id + " " + first + "\n");
  const std::string log = box.repo() + "/.git/masc/cache/setup/" + id + ".1.log";
  EXPECT_EQ(read_file(log).value_or(""), place(id) + "\n");
}

TEST_F(Fitted, SkipsTheSetUpWithAWarningWhereCommandsAreOff) {
  begin("claim: {setup: 'touch ready'}\n");
  const std::string id = add();
  const cmd::Printed got = box.masc({"--agent", "al", "claim", id});
  EXPECT_EQ(got.status, 0);
  EXPECT_NE(got.err.find("warning: the set-up was skipped: touch ready"), std::string::npos);
  EXPECT_FALSE(exists(place(id) + "/ready"));
}

TEST_F(Fitted, GivesTheClaimBackWhenTheSetUpFailsAndShowsItsOutput) {
  begin("claim: {setup: 'echo out of cheese; touch left; exit 3'}\n");
  box.ok({"init", "--no-hooks", "--commands"});
  const std::string id = add();
  const cmd::Printed got = box.masc({"--agent", "al", "claim", id, "--json"});
  EXPECT_EQ(got.status, 5);
  EXPECT_EQ(field(got.out, "error.code"), "setup_failed");
  EXPECT_EQ(field(got.out, "error.output"), "out of cheese\n");
  EXPECT_EQ(read_file(field(got.out, "error.path")).value_or(""), "out of cheese\n");
  EXPECT_EQ(status_of(id), "open");
  EXPECT_EQ(box.git({"branch", "--list", "masc/*"}), "");
  EXPECT_EQ(field(box.ok({"worktree", "list", "--json"}), "worktrees.0"), "null");
  EXPECT_FALSE(exists(box.repo() + ".masc/masc-1"));
  const cmd::Printed text = box.masc({"--agent", "al", "claim", id});
  EXPECT_NE(text.err.find("hint: | out of cheese"), std::string::npos) << text.err;
}

TEST_F(Fitted, EndsASetUpThatTakesTooLong) {
  begin("claim: {setup: 'sleep 600', setup_timeout: 1s}\n");
  box.ok({"init", "--no-hooks", "--commands"});
  const std::string id = add();
  const cmd::Printed got = box.masc({"--agent", "al", "claim", id, "--json"});
  EXPECT_EQ(got.status, 6);
  EXPECT_EQ(field(got.out, "error.code"), "timed_out");
  EXPECT_EQ(status_of(id), "open");
}

TEST_F(Fitted, LeasesPortsForAsLongAsTheClaimLasts) {
  begin("claim: {ports: 2}\n");
  const std::string one = add("one");
  const std::string two = add("two");
  const std::string said = box.ok({"--agent", "al", "claim", one});
  const std::string first = field(box.ok({"show", one, "--json"}), "task.claim.ports.0");
  EXPECT_NE(said.find("ports " + first + "-" + std::to_string(std::stoi(first) + 1)), said.npos);
  box.ok({"--agent", "bo", "claim", two, "--no-worktree"});
  EXPECT_NE(field(box.ok({"show", two, "--json"}), "task.claim.ports.0"), first);
  box.ok({"--agent", "al", "release", one});
  box.ok({"--agent", "al", "claim", one});
  EXPECT_EQ(field(box.ok({"show", one, "--json"}), "task.claim.ports.0"), first);
}

TEST_F(Fitted, GivesRunItsPorts) {
  begin("claim: {ports: 1}\n");
  const std::string id = add();
  const auto ran = box.binary({"run", id, "--", "sh", "-c", "echo $MASC_PORT,$MASC_PORTS"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  const std::string port = ran.out.substr(0, ran.out.find(','));
  EXPECT_EQ(ran.out, port + "," + port + "\n");
  EXPECT_EQ(port.size(), 5U);
}

}  // namespace
}  // namespace masc::testing
