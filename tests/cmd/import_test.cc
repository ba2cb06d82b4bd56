// import and export, and the policy's errors, as users meet them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"
#include "cmd/progress.h"
#include "store/tasks.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class Import : public ::testing::Test {
 protected:
  void SetUp() override { box.ok({"init", "--no-hooks"}); }
  cmd::Printed import_text(const std::string& text, const std::string& name = "t.yaml") {
    EXPECT_TRUE(write_file(box.root() + "/" + name, text));
    return box.masc({"--json", "import", box.root() + "/" + name});
  }
  std::string count() { return field(box.ok({"list", "--all", "--json"}), "count"); }
  // The exported records without what differs from workspace to workspace.
  static std::string essence(const std::string& jsonl) {
    std::string out;
    for (const std::string_view line : split_lines(jsonl)) {
      auto record = nlohmann::json::parse(line);
      record.erase("version");
      out += record.dump() + "\n";
    }
    return out;
  }
  Sandbox box{"a répo's \"dir\""};
};

TEST_F(Import, LinksTasksByKeyWithinTheFile) {
  const cmd::Printed got = import_text(
      "- title: Second\n  after: [first]\n  parent: epic\n"
      "- {key: first, title: First, priority: 0, labels: [web]}\n"
      "- {key: epic, title: Epic}\n");
  EXPECT_EQ(got.status, 0) << got.out;
  EXPECT_EQ(field(got.out, "count"), "3");
  const std::string first = store::id_of_key("first").str();
  const std::string epic = store::id_of_key("epic").str();
  const std::string list = box.ok({"list", "--json"});
  EXPECT_EQ(field(list, "tasks.0.id"), first);
  // Both were made in the same moment.
  const std::string links = field(list, "tasks.1.after.0") + field(list, "tasks.2.after.0");
  EXPECT_NE(links.find(first), links.npos) << links;
  EXPECT_EQ(box.masc({"claim", epic, "--no-worktree"}).status, 5);  // its child comes first
  EXPECT_NE(box.ok({"log"}).find("import " + first + ": First"), std::string::npos);
}

TEST_F(Import, RepeatedAddsNothingAndSaysSo) {
  const std::string text = "- {key: a, title: A}\n- {key: b, title: B}\n";
  import_text(text);
  box.ok({"done", store::id_of_key("a").str()});
  const cmd::Printed again = import_text(text);
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(field(again.out, "count") + field(again.out, "existed"), "02");
  EXPECT_EQ(field(box.ok({"show", store::id_of_key("a").str(), "--json"}), "task.status"), "done");
}

TEST_F(Import, IsAllOrNothing) {
  struct Case {
    const char* text;
    const char* where;
  };
  const Case cases[] = {
      {"- title: A\n- title: B\n  after: [nobody]\n", ":3:11: there is no task"},
      {"- {key: a, title: A, after: [b]}\n- {key: b, title: B, after: [a]}\n", "a circle"},
      {"- {key: a, title: A, parent: b}\n- {key: b, title: B, after: [a], parent: a}\n",
       "a circle"},
      {"- {key: a, title: A, after: [a]}\n", "a circle"},
      {"- {key: a, title: A}\n- {key: a, title: B}\n", ":2:3: "},
      {"- {id: m-7k3q9fxa, key: a, title: A}\n", ":1:3: the id of the key"},
      {"- title: A\n- title: \"B\n", ":2:10: "},
  };
  for (const Case& one : cases) {
    const cmd::Printed got = import_text(one.text);
    EXPECT_EQ(got.status, 2) << one.text << got.out;
    EXPECT_EQ(field(got.out, "error.code"), "invalid");
    const std::string said = field(got.out, "error.message");
    EXPECT_NE(said.find(one.where), said.npos) << said;
    EXPECT_NE(said.find("t.yaml:"), said.npos) << said;
    EXPECT_NE(field(got.out, "error.line"), "(none)");
    EXPECT_EQ(count(), "0") << one.text;
  }
  EXPECT_EQ(box.masc({"import", "no such file"}).status, 4);
}

TEST_F(Import, GivesAParentInTheWorkspaceItsChildren) {
  const std::string parent = box.ok({"add", "Parent", "-q"});
  EXPECT_EQ(import_text("- {title: Child, parent: " + parent + "}\n").status, 0);
  EXPECT_EQ(box.masc({"claim", parent, "--no-worktree"}).status, 5);
}

TEST_F(Import, ExportedRecordsComeBackTheSame) {
  const std::string one = box.ok({"add", "One: a \"title\" é", "-p", "0", "-d", "long\ntext\n",
                                  "-l", "a b", "--path", "src/**", "-q"});
  const std::string two = box.ok({"add", "Two", "--after", one, "--key", "K 2", "-q"});
  box.ok({"add", "Three", "--parent", two, "-q"});
  box.ok({"--agent", "al", "claim", one});
  box.git({"commit", "-q", "--allow-empty", "-m", "x"}, box.ok({"worktree", "path", one}));
  box.ok({"--agent", "al", "land", one});
  const std::string exported = box.ok({"export"}) + "\n";
  for (const std::string format : {"jsonl", "yaml"}) {
    Sandbox other;
    other.ok({"init", "--no-hooks"});
    const std::string file = other.root() + "/tasks";
    ASSERT_TRUE(write_file(file, box.ok({"export", "--format", format}) + "\n"));
    EXPECT_EQ(other.ok({"import", file}), "imported 3 tasks");
    EXPECT_EQ(essence(other.ok({"export"})), essence(exported)) << format;
    EXPECT_EQ(other.ok({"import", file}),
              "imported 0 tasks\n3 were there already and stay as they are");
  }
}

TEST_F(Import, LeavesNoClaimBehindAndExportsFoldedTasks) {
  for (int i = 0; i < 70; ++i) box.ok({"done", box.ok({"add", "t" + std::to_string(i), "-q"})});
  const std::string held = box.ok({"--agent", "al", "add", "held", "--claim", "-q"});
  const std::string json = box.ok({"export", "--json"});
  EXPECT_EQ(field(json, "count"), "71");
  Sandbox other;
  other.ok({"init", "--no-hooks"});
  ASSERT_TRUE(write_file(other.root() + "/t.jsonl", box.ok({"export"}) + "\n"));
  other.ok({"import", other.root() + "/t.jsonl"});
  const std::string task = other.ok({"show", held, "--json"});
  EXPECT_EQ(field(task, "task.status"), "open");
  EXPECT_EQ(field(task, "task.claim"), "null");
  EXPECT_EQ(field(task, "task.generation"), "1");
}

TEST_F(Import, TakesThousandsAtOnceAndGitReadsThem) {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "{\"key\":\"k" + std::to_string(i) + "\",\"title\":\"T\",\"body\":\"b\"";
    if (i > 0) text += ",\"after\":[\"k" + std::to_string(i - 1) + "\"]";
    text += "}\n";
  }
  EXPECT_EQ(field(import_text(text, "t.jsonl").out, "count"), "2000");
  EXPECT_EQ(count(), "2000");
  EXPECT_EQ(field(box.ok({"ready", "--json"}), "count"), "1");
  EXPECT_EQ(box.git({"--git-dir=" + box.repo() + "/.git/masc/state.git", "fsck", "--strict",
                     "--no-dangling"}),
            "");
}

TEST(Progress, GroupsDigits) {
  EXPECT_EQ(cmd::grouped(0), "0");
  EXPECT_EQ(cmd::grouped(999), "999");
  EXPECT_EQ(cmd::grouped(1000), "1,000");
  EXPECT_EQ(cmd::grouped(1234567), "1,234,567");
}

TEST_F(Import, PolicyErrorsNameLineAndColumnAndChangeNothing) {
  struct Case {
    const char* text;
    const char* said;
  };
  const Case cases[] = {
      {"claim:\n  leese: 45m\n", ".masc.yaml:2:3: unknown key 'leese' in 'claim'"},
      {"claim: {lease: 45 minutes}\n", ".masc.yaml:1:16: "},
      {"land: {strategy: octopus}\n", ".masc.yaml:1:18: 'octopus' is none of"},
      {"override: perhaps\n", ".masc.yaml:1:11: true or false expected"},
      {"protected: main\n", ".masc.yaml:1:12: a list expected"},
      {"version: 2\n", ".masc.yaml:1:10: a whole number from 1 to 1"},
      {"guard: [x]\n", ".masc.yaml:1:8: 'guard' must be a map"},
      {"a: [\n", ".masc.yaml:2:1: "},
      {"override: true\noverride: false\n", ".masc.yaml:2:1: 'override' is there twice"},
  };
  const std::string id = box.ok({"add", "T", "-q"});
  for (const Case& one : cases) {
    box.write(".masc.yaml", one.text);
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "policy"});
    const cmd::Printed got = box.masc({"--json", "claim", id});
    EXPECT_EQ(got.status, 2) << one.text << got.out;
    const std::string said = field(got.out, "error.message");
    EXPECT_TRUE(said.starts_with(one.said)) << said;
    EXPECT_NE(field(got.out, "error.column"), "(none)");
    EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.status"), "open");
  }
}

}  // namespace
}  // namespace masc::testing
