// Trails: left by hand and by masc itself, read, moved with their commits.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class TrailVerbs : public ::testing::Test {
 protected:
  void SetUp() override {
    box.write("src/a.cc", "one\n");
    box.write("src/deep/b.cc", "two\n");
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "base"});
    box.ok({"init"});
  }
  // "kind path strength" of each trail that `trails ARGS` shows, strengths rounded.
  std::set<std::string> trails(std::vector<std::string> args = {}) {
    args.insert(args.begin(), "trails");
    args.push_back("--json");
    const std::string json = box.ok(args);
    std::set<std::string> all;
    for (int i = 0;; ++i) {
      const std::string at = "trails." + std::to_string(i) + ".";
      const std::string kind = field(json, at + "kind");
      if (kind == "(none)") return all;
      const double strength = std::atof(field(json, at + "strength").c_str());
      all.insert(fmt::format("{} {} {:.1f}", kind, field(json, at + "path"), strength));
    }
  }
  std::string notes(const std::string& commit) {
    return box.git({kState, "notes", "--ref=masc/trails", "show", commit});
  }
  std::string head(const std::string& place = "") { return box.git({"rev-parse", "HEAD"}, place); }
  std::string claim(std::vector<std::string> more = {}) {
    std::vector<std::string> args = {"--agent", "al", "add", "T", "-q", "--claim", "-l", "web"};
    args.insert(args.end(), more.begin(), more.end());
    return box.ok(args);
  }
  void commit(const std::string& place, const std::string& file, const std::string& text,
              std::vector<std::string> more = {}) {
    ASSERT_TRUE(write_file(place + "/" + file, text));
    box.git({"add", "-A"}, place);
    std::vector<std::string> args = {"commit", "-q", "-m", "change " + file};
    args.insert(args.end(), more.begin(), more.end());
    box.git(args, place);
  }
  static constexpr const char* kState = "--git-dir=.git/masc/state.git";
  using Set = std::set<std::string>;
  Sandbox box{"ein \"Répo\""};
};

TEST_F(TrailVerbs, MarksStandInANoteOnTheCommitAndAreReadByPath) {
  box.ok({"--agent", "al", "trail", "mark", "a.cc", "deep/", "--as", "hazard", "--note", "why\nso"},
         box.repo() + "/src");
  box.ok({"--agent", "bo", "trail", "mark", "src/a.cc", "--as", "hazard", "--strength", "2.5"});
  EXPECT_EQ(trails(), (Set{"hazard src/a.cc 3.5", "hazard src/deep 1.0"}));
  EXPECT_EQ(trails({"src"}), (Set{"hazard src 4.5", "hazard src/a.cc 3.5", "hazard src/deep 1.0"}));
  EXPECT_EQ(trails({"src/a.cc"}), (Set{"hazard src/a.cc 3.5"}));
  EXPECT_EQ(trails({"--top", "1"}), (Set{"hazard src/a.cc 3.5"}));
  const std::string text = notes(head());
  EXPECT_EQ(split_lines(text).size(), 3U);
  EXPECT_NE(text.find("al hazard 1 "), std::string::npos);
  EXPECT_NE(text.find("src/a.cc\twhy\\nso"), std::string::npos);
  box.clock().advance(std::chrono::hours(72));
  EXPECT_TRUE(trails().contains("hazard src/deep 0.5"));
}

// The newest one, whether the index is made anew or added to, until its hazard is lifted.
TEST_F(TrailVerbs, NotesOfMarksAreReadBesideThem) {
  const auto mark = [&](const std::string& agent, const std::string& note) {
    box.clock().advance(std::chrono::seconds(1));
    std::vector<std::string> args = {"--agent",  agent,  "trail", "mark",
                                     "src/a.cc", "--as", "hazard"};
    if (!note.empty()) args.insert(args.end(), {"--note", note});
    box.ok(args);
  };
  const auto note = [&](const std::string& path) {
    return field(box.ok({"trails", path, "--json"}), "trails.0.note");
  };
  box.ok({"--agent", "al", "trail", "mark", "lib", "--as", "hazard", "--note", "old wood"});
  mark("al", "");
  EXPECT_EQ(note("src/a.cc"), "null");
  mark("al", "the mock lies\nso");
  EXPECT_EQ(note("src/a.cc"), "the mock lies\nso");
  mark("bo", "and hangs");
  EXPECT_EQ(note("src"), "and hangs");
  mark("al", "");
  EXPECT_EQ(note("src/a.cc"), "and hangs");
  EXPECT_NE(box.ok({"trails"}).find("): and hangs"), std::string::npos);
  ASSERT_TRUE(remove_file(box.repo() + "/.git/masc/cache/trails"));
  EXPECT_EQ(note("src/a.cc"), "and hangs");
  const std::string id = box.ok({"--agent", "al", "propose", "Safe?", "-q", "--lift", "src",
                                 "--voter", "al", "--voter", "bo"});
  box.ok({"--agent", "al", "vote", id, "yes"});
  box.ok({"--agent", "bo", "vote", id, "yes"});
  mark("al", "");
  EXPECT_EQ(note("src/a.cc"), "null");
  EXPECT_EQ(note("."), "old wood");
  ASSERT_TRUE(remove_file(box.repo() + "/.git/masc/cache/trails"));
  EXPECT_EQ(note("src/a.cc"), "null");
}

TEST_F(TrailVerbs, BadInputLeavesNothing) {
  const auto status = [&](std::vector<std::string> args) {
    args.insert(args.begin(), "trail");
    return box.masc(args).status;
  };
  EXPECT_EQ(status({"mark", "a"}), 2);
  EXPECT_EQ(status({"mark", "--as", "hazard"}), 2);
  EXPECT_EQ(status({"rub", "a", "--as", "hazard"}), 2);
  EXPECT_EQ(status({"mark", "a", "--as", "took"}), 2);
  EXPECT_EQ(status({"mark", "a", "--as", "broke"}), 2);
  EXPECT_EQ(status({"mark", "a", "../b", "--as", "hazard"}), 2);
  EXPECT_EQ(status({"mark", "a", "--as", "hazard", "--strength", "0"}), 2);
  EXPECT_EQ(status({"mark", "a", "--as", "hazard", "--strength", "6"}), 2);
  EXPECT_EQ(status({"mark", "a", "--as", "hazard", "--strength", "1x"}), 2);
  EXPECT_EQ(box.masc({"trails", "--top", "0"}).status, 2);
  EXPECT_EQ(box.ok({"trails"}), "no trails");
  EXPECT_FALSE(exists(box.repo() + "/.git/masc/state.git/refs/notes/masc/trails"));
}

TEST_F(TrailVerbs, TheIndexMayBeDeletedOrDamagedAtAnyTime) {
  const std::string index = box.repo() + "/.git/masc/cache/trails";
  box.ok({"trail", "mark", "x", "--as", "success"});
  EXPECT_EQ(trails(), Set{"success x 1.0"});
  ASSERT_TRUE(remove_file(index));
  EXPECT_EQ(trails(), Set{"success x 1.0"});
  const std::string whole = read_file(index).value();
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string torn = whole;
    torn[at] = static_cast<char>(torn[at] ^ 0x55);
    ASSERT_TRUE(write_file(index, torn));
    ASSERT_EQ(trails(), Set{"success x 1.0"}) << at;
  }
  ASSERT_TRUE(write_file(index, whole.substr(0, whole.size() / 2)));
  box.ok({"trail", "mark", "x", "--as", "success"});
  EXPECT_EQ(trails(), Set{"success x 2.0"});
}

TEST_F(TrailVerbs, TheWholeCacheMayBeDeletedAtAnyTime) {
  const std::string id = claim();
  const std::string place = box.ok({"worktree", "path", id});
  ASSERT_TRUE(remove_tree(box.repo() + "/.git/masc/cache"));
  commit(place, "one", "1\n");
  EXPECT_EQ(trails(), Set{"explored one 1.0"});
  EXPECT_TRUE(exists(box.repo() + "/.git/masc/cache/trails"));
  // What a process took and was killed over is not lost.
  commit(place, "two", "2\n");
  ASSERT_TRUE(rename_path(box.repo() + "/.git/masc/cache/commits",
                          box.repo() + "/.git/masc/cache/commits.taken"));
  commit(place, "three", "3\n");
  trails();
  EXPECT_EQ(trails(), (Set{"explored one 1.0", "explored three 1.0", "explored two 1.0"}));
}

TEST_F(TrailVerbs, ShortHalfLivesAndClocksAheadReadAsTheFormulaSays) {
  box.write(".masc.yaml", "version: 1\ntrails: {explored: 1s}\n");
  box.git({"add", "-A"});
  box.git({"commit", "-q", "-m", "policy"});
  box.ok({"--agent", "al", "trail", "mark", "src/a.cc", "--as", "explored"});
  EXPECT_EQ(trails(), Set{"explored src/a.cc 1.0"});
  box.clock().advance(std::chrono::seconds(1100));
  box.ok({"--agent", "al", "trail", "mark", "src/a.cc", "--as", "explored"});
  EXPECT_EQ(trails(), Set{"explored src/a.cc 1.0"});
  // Marked two days ahead, as by a clone with a wrong clock.
  box.clock().advance(std::chrono::hours(48));
  box.ok({"--agent", "bo", "trail", "mark", "src/a.cc", "--as", "success"});
  box.clock().advance(-std::chrono::hours(48));
  EXPECT_EQ(trails(), (Set{"explored src/a.cc 1.0", "success src/a.cc 1.0"}));
  EXPECT_EQ(trails(), (Set{"explored src/a.cc 1.0", "success src/a.cc 1.0"}));
}

TEST_F(TrailVerbs, ALandingLeavesSuccessOnWhatChangedAndTrailsFollowItsRebase) {
  const std::string id = claim();
  const std::string place = box.ok({"worktree", "path", id});
  commit(place, "src/new.cc", "x\n");
  EXPECT_EQ(trails(), Set{"explored src/new.cc 1.0"});
  box.git({"commit", "-q", "--allow-empty", "-m", "a person was quicker"});
  const std::string old = head(place);
  box.ok({"--agent", "al", "land", id});
  EXPECT_EQ(trails(), (Set{"explored src/new.cc 1.0", "success src/new.cc 1.0"}));
  EXPECT_NE(head(), old);
  const std::string text = notes(head());
  EXPECT_NE(text.find(" explored "), std::string::npos);
  EXPECT_NE(text.find(" success "), std::string::npos);
  EXPECT_NE(text.find(" took "), std::string::npos);
  EXPECT_FALSE(box.try_git({kState, "notes", "--ref=masc/trails", "show", old}).ok());
}

TEST_F(TrailVerbs, FollowTheirCommitThroughAmendAndRebase) {
  const std::string id = claim();
  const std::string place = box.ok({"worktree", "path", id});
  commit(place, "one", "1\n");
  commit(place, "two", "2\n", {"--amend"});
  EXPECT_EQ(trails(), (Set{"explored one 1.0", "explored two 1.0"}));
  EXPECT_EQ(split_lines(notes(head(place))).size(), 2U);
  box.git({"commit", "-q", "--allow-empty", "-m", "main moves"});
  box.git({"rebase", "-q", "main"}, place);
  EXPECT_EQ(trails(), (Set{"explored one 1.0", "explored two 1.0"}));
  EXPECT_EQ(split_lines(notes(head(place))).size(), 2U);
}

TEST_F(TrailVerbs, AFailedCheckAReleaseAndATakeoverLeaveHazard) {
  box.git({"config", "masc.commands", "true"});
  const std::string id = claim({"--path", "lib/x.cc", "--path", "doc/*.md"});
  const std::string place = box.ok({"worktree", "path", id});
  commit(place, "src/a.cc", "uno\n");
  EXPECT_EQ(box.masc({"--agent", "al", "land", id, "--check", "false"}).status, 5);
  EXPECT_TRUE(trails().contains("hazard src/a.cc 1.0"));
  EXPECT_FALSE(trails().contains("hazard lib/x.cc 1.0"));
  box.ok({"--agent", "al", "release", id});
  EXPECT_TRUE(trails().contains("hazard src/a.cc 1.5"));
  EXPECT_TRUE(trails().contains("hazard lib/x.cc 0.5"));
  box.ok({"--agent", "bo", "claim", id, "--lease", "1s"});
  box.clock().advance(std::chrono::minutes(5));
  box.ok({"--agent", "cy", "claim", id});
  EXPECT_TRUE(trails().contains("hazard src/a.cc 2.5"));
  EXPECT_TRUE(trails().contains("hazard lib/x.cc 1.5"));
}

TEST_F(TrailVerbs, ThirtyTwoProcessesAtOnceLoseNoDeposit) {
  git::Command command;
  const char* binary = std::getenv("MASC_BINARY");
  command.argv = {"sh", "-c",
                  "for N in $(seq 32); do ( for i in 1 2 3 4; do \"$MASC\" --agent a$((N % 4)) "
                  "trail mark f$N shared --as explored --strength 0.1 > /dev/null || exit; done; "
                  "echo ok >> \"$HOME/oks\" ) & done; wait"};
  command.directory = box.repo();
  command.environment = box.environment();
  command.environment.set("MASC", binary ? binary : "masc");
  ASSERT_TRUE(git::run(command));
  EXPECT_EQ(split_lines(read_file(box.root() + "/oks").value()).size(), 32U);
  EXPECT_EQ(split_lines(notes(head())).size(), 256U);
  const std::string json = box.ok({"trails", "shared", "--json"});
  EXPECT_EQ(field(json, "trails.0.deposits"), "128");
}

TEST_F(TrailVerbs, NotesOfPeopleAndOfPlainGitAreKeptAndMergedByUnion) {
  box.ok({"trail", "mark", "x", "--as", "success"});
  const std::string state = kState;
  box.git({state, "notes", "--ref=masc/trails", "append", "-m", "a person's own words", head()});
  box.ok({"trail", "mark", "y", "--as", "success"});
  EXPECT_EQ(trails(), (Set{"success x 1.0", "success y 1.0"}));
  EXPECT_NE(notes(head()).find("a person's own words"), std::string::npos);
  // Another line of history, as a sync would bring it: the lines of both stay, each once.
  const std::string before = box.git({state, "rev-parse", "refs/notes/masc/trails~2"});
  box.git({state, "update-ref", "refs/notes/theirs", before});
  box.git({state, "notes", "--ref=theirs", "append", "-m",
           "2026-03-01T12:00:00Z zoe hazard 1 ffffffffffffffff.1 - z", head()});
  box.git({state, "notes", "--ref=masc/trails", "merge", "-q", "-s", "cat_sort_uniq", "theirs"});
  box.ok({"trail", "mark", "x", "--as", "success"});
  EXPECT_TRUE(trails().contains("success x 2.0"));
  EXPECT_TRUE(trails().contains("success y 1.0"));
  EXPECT_NE(notes(head()).find("zoe hazard"), std::string::npos);
}

}  // namespace
}  // namespace masc::testing
