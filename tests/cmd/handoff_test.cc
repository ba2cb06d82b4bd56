// handoff, inherit, dna: the work goes on with the next agent, and nothing is lost on the way.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <random>

#include "base/file.h"
#include "base/text.h"
#include "handoff/sha256.h"
#include "handoff/stories.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class Handoff : public ::testing::Test {
 protected:
  void SetUp() override {
    box.write("a", "one\n");
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "base"});
    box.ok({"init"});
    transcript = box.root() + "/session.jsonl";
    EXPECT_TRUE(write_file(transcript, stories()[0].text));
  }
  std::string claim(const std::string& agent) {
    const std::string id = box.ok({"--agent", agent, "add", "Clocks", "-q", "--claim"});
    place = box.ok({"worktree", "path", id});
    return id;
  }
  std::string code(const cmd::Printed& got) { return field(got.out, "error.code"); }
  // As if it had been told in the claim's worktree.
  std::string story_here() {
    std::string text = stories()[0].text;
    const std::string cwd = "\"cwd\":\"";
    for (std::size_t at = 0; (at = text.find(cwd, at)) != text.npos;) {
      at += cwd.size();
      text.replace(at, text.find('"', at) - at, place);
    }
    return text;
  }
  std::string hash_of(const std::string& path) { return handoff::sha256_hex(path); }
  std::string status() { return box.git({"status", "--porcelain", "-uall"}, place); }

  Sandbox box{"a répo"};
  std::string transcript, place;
};

TEST_F(Handoff, TheSuccessorGoesOnInTheSameWorktreeWithABrief) {
  const std::string id = claim("al");
  EXPECT_TRUE(write_file(place + "/a", "two\n"));
  EXPECT_TRUE(write_file(place + "/new", "untracked\n"));
  const std::string before = status();
  const std::string said = box.ok({"--agent", "al", "handoff", id, "--transcript", transcript,
                                   "--next", "write the README", "--json"});
  EXPECT_EQ(field(said, "task.status"), "open");
  EXPECT_EQ(field(said, "dna.generation"), "1");
  const std::string got = box.ok({"--agent", "bo", "inherit", id, "--json"});
  EXPECT_EQ(field(got, "task.claim.agent"), "bo");
  EXPECT_EQ(field(got, "task.claim.generation"), "2");
  EXPECT_EQ(field(got, "task.claim.worktree"), place);
  EXPECT_EQ(field(got, "task.dna.generation"), "1");
  EXPECT_EQ(status(), before);
  EXPECT_EQ(read_file(place + "/new").value_or(""), "untracked\n");
  const std::string brief = field(got, "brief");
  for (const char* needed :
       {"write the README", "Make tick_once return", "src/clock.c", "monotonic"}) {
    EXPECT_NE(brief.find(needed), std::string::npos) << needed << " in " << brief;
  }
  // The former holder can't commit there, the new one can.
  EXPECT_EQ(code(box.masc({"--agent", "al", "renew", id, "--json"})), "superseded");
  box.git({"add", "-A"}, place);
  box.git({"commit", "-q", "-m", "go on"}, place);
}

TEST_F(Handoff, ACommitBetweenHandoffAndInheritIsRefused) {
  const std::string id = claim("al");
  box.ok({"--agent", "al", "handoff", id});
  EXPECT_TRUE(write_file(place + "/a", "late\n"));
  const auto got = box.masc({"--agent", "al", "renew", id, "--json"});
  EXPECT_EQ(code(got), "no_claim");
}

TEST_F(Handoff, AReservedTaskWaitsForItsAgentOneLease) {
  const std::string id = claim("al");
  box.ok({"--agent", "al", "handoff", id, "--to", "bo"});
  EXPECT_EQ(code(box.masc({"--agent", "cy", "inherit", id, "--json"})), "reserved");
  EXPECT_EQ(code(box.masc({"--agent", "cy", "inherit", "--json"})), "nothing_ready");
  EXPECT_EQ(code(box.masc({"--agent", "cy", "claim", id, "--json"})), "reserved");
  const std::string got = box.ok({"--agent", "bo", "inherit", "--json"});
  EXPECT_EQ(field(got, "task.id"), id);
  EXPECT_EQ(field(got, "task.reserved"), "null");
  box.ok({"--agent", "bo", "handoff", id, "--to", "al"});
  box.clock().advance(std::chrono::minutes(46));
  EXPECT_EQ(field(box.ok({"--agent", "cy", "inherit", id, "--json"}), "task.claim.agent"), "cy");
}

TEST_F(Handoff, AfterALapseASlotOfItsOwnHasTheSameWork) {
  const std::string id = claim("al");
  EXPECT_TRUE(write_file(place + "/new", "untracked\n"));
  box.ok({"--agent", "al", "note", "the API stays", "--decision", id});
  box.clock().advance(std::chrono::minutes(50));
  const std::string got = box.ok({"--agent", "bo", "inherit", id, "--json"});
  const std::string mine = field(got, "task.claim.worktree");
  EXPECT_NE(mine, place);
  EXPECT_EQ(read_file(mine + "/new").value_or(""), "untracked\n");
  EXPECT_EQ(read_file(place + "/new").value_or(""), "untracked\n");
  EXPECT_NE(field(got, "brief").find("the API stays"), std::string::npos);
  EXPECT_EQ(field(got, "dna.agent"), "al");
}

TEST_F(Handoff, WhatDnaSaveKeptOutlivesTheWorktree) {
  const std::string id = claim("al");
  EXPECT_TRUE(write_file(place + "/new", "untracked\n"));
  box.ok({"--agent", "al", "dna", "save", id, "--transcript", transcript});
  EXPECT_TRUE(remove_tree(place));
  box.clock().advance(std::chrono::minutes(50));
  const std::string got = box.ok({"--agent", "bo", "inherit", id, "--json"});
  EXPECT_EQ(read_file(field(got, "task.claim.worktree") + "/new").value_or(""), "untracked\n");
  EXPECT_NE(field(got, "brief").find("tick_once"), std::string::npos);
}

TEST_F(Handoff, TheClientsOwnTranscriptIsFound) {
  const std::string id = claim("al");
  std::string folder = place;
  for (char& c : folder) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '-';
  }
  const std::string home = box.root() + "/home-of-al";
  EXPECT_TRUE(make_directories(home + "/.claude/projects/" + folder));
  EXPECT_TRUE(write_file(home + "/.claude/projects/" + folder + "/1.jsonl", story_here()));
  box.environment().set("HOME", home);
  box.ok({"--agent", "al", "dna", "save", id});
  EXPECT_NE(box.ok({"dna", "brief", id}).find("Make tick_once return"), std::string::npos);
  EXPECT_TRUE(box.ok({"--agent", "al", "dna", "save", id}).starts_with("unchanged " + id));
}

TEST_F(Handoff, SecretsInNotesAreNotStored) {
  const std::string id = claim("al");
  // Put together here, so that no scanner takes this file for a leak.
  std::string secret = "ghp_";
  for (int i = 0; i < 36; ++i) secret += "aB3dE5gH7j"[i % 10];
  const std::string said = box.ok({"--agent", "al", "note", "plain " + secret, id, "--json"});
  EXPECT_EQ(field(said, "warnings.0"), "github-token in the note was redacted");
  box.ok({"--agent", "al", "note", "see DB_PASSWORD=" + secret.substr(4), id, "--decision"});
  box.ok({"--agent", "al", "handoff", id, "--note", "x " + secret, "--next", "use " + secret,
          "--fact", "API_TOKEN=" + secret.substr(4)});
  for (const std::string& text :
       {box.ok({"show", id, "--json"}), box.ok({"log", id}), box.ok({"prompt", id}),
        box.ok({"dna", "brief", id}), box.ok({"dna", "show", id, "--json"})}) {
    EXPECT_EQ(text.find(secret.substr(4)), std::string::npos) << text;
  }
  EXPECT_NE(box.ok({"show", id, "--json"}).find("x [redacted:github-token]"), std::string::npos);
}

// --- wherever HEAD is ---

TEST_F(Handoff, AHeadElsewhereStaysWhereItIs) {
  const std::string id = claim("al");
  box.git({"checkout", "-q", "-b", "feature"}, place);
  EXPECT_TRUE(write_file(place + "/q", "x\n"));
  box.git({"add", "-A"}, place);
  box.git({"commit", "-q", "-m", "q"}, place);
  EXPECT_TRUE(write_file(place + "/a", "two\n"));
  const std::string head = box.git({"rev-parse", "HEAD"}, place), before = status();
  const std::string said = box.ok({"--agent", "al", "handoff", id, "--next", "land"});
  const std::string where = "HEAD is on branch feature at " + head.substr(0, 10);
  EXPECT_NE(said.find(where), std::string::npos) << said;
  const std::string got = box.ok({"--agent", "bo", "inherit", id});
  EXPECT_NE(got.find("cd '" + place + "'"), std::string::npos) << got;
  // In the reply, and in the brief.
  EXPECT_NE(got.find(where, got.find(where) + 1), std::string::npos) << got;
  EXPECT_EQ(box.git({"symbolic-ref", "--short", "HEAD"}, place), "feature");
  EXPECT_EQ(box.git({"rev-parse", "HEAD"}, place), head);
  EXPECT_EQ(status(), before);
  // The worktree is the new holder's.
  EXPECT_EQ(code(box.masc({"--agent", "al", "renew", id, "--json"})), "superseded");
  EXPECT_EQ(field(box.ok({"whoami", "--json"}, place), "agent"), "bo");
}

TEST_F(Handoff, ARebaseUnderWayGoesOn) {
  const std::string id = claim("al");
  EXPECT_TRUE(write_file(place + "/a", "al\n"));
  box.git({"commit", "-q", "-a", "-m", "al's"}, place);
  box.write("a", "base\n");
  box.git({"commit", "-q", "-a", "-m", "base's"});
  EXPECT_NE(box.try_git({"rebase", "-q", box.git({"rev-parse", "HEAD"})}, place).status, 0);
  const std::string before = status();
  const std::string said = box.ok({"--agent", "al", "handoff", id});
  const std::string what = "under way: rebase of masc/" + id + " onto ";
  EXPECT_NE(said.find(what), std::string::npos) << said;
  const std::string got = box.ok({"--agent", "bo", "inherit", id});
  EXPECT_NE(got.find("cd '" + place + "'"), std::string::npos) << got;
  EXPECT_NE(got.find(what, got.find(what) + 1), std::string::npos) << got;
  EXPECT_NE(got.find("step 1 of 1"), std::string::npos) << got;
  EXPECT_EQ(status(), before);
  EXPECT_TRUE(write_file(place + "/a", "both\n"));
  box.git({"add", "a"}, place);
  box.environment().set("GIT_EDITOR", "true");
  box.git({"rebase", "--continue"}, place);
  EXPECT_EQ(box.git({"rev-parse", "masc/" + id}, place), box.git({"rev-parse", "HEAD"}, place));
}

TEST_F(Handoff, ADetachedHeadStaysToo) {
  const std::string id = claim("al");
  box.git({"checkout", "-q", "--detach"}, place);
  EXPECT_TRUE(write_file(place + "/a", "loose\n"));
  box.git({"commit", "-q", "-a", "-m", "loose"}, place);
  const std::string head = box.git({"rev-parse", "HEAD"}, place);
  box.ok({"--agent", "al", "handoff", id});
  const std::string got = box.ok({"--agent", "bo", "inherit", id});
  EXPECT_NE(got.find("HEAD is detached at " + head.substr(0, 10)), std::string::npos) << got;
  EXPECT_EQ(box.git({"rev-parse", "HEAD"}, place), head);
}

// It stays for what is not committed in it, but its HEAD is off the branch.
TEST_F(Handoff, AReleasedWorktreeIsNotGoneOnIn) {
  const std::string id = claim("al");
  EXPECT_TRUE(write_file(place + "/new", "x\n"));
  box.ok({"--agent", "al", "dna", "save", id});
  box.ok({"--agent", "al", "release", id});
  EXPECT_TRUE(exists(place));
  const std::string got = box.ok({"--agent", "bo", "inherit", id, "--json"});
  const std::string mine = field(got, "task.claim.worktree");
  EXPECT_NE(mine, place);
  EXPECT_EQ(box.git({"symbolic-ref", "--short", "HEAD"}, mine), "masc/" + id);
  EXPECT_EQ(read_file(mine + "/new").value_or(""), "x\n");
}

// A plain claim makes a worktree of its own: it says what is not on the branch.
TEST_F(Handoff, AClaimTellsOfCommitsThatAreElsewhere) {
  const std::string id = claim("al");
  box.git({"checkout", "-q", "-b", "feature"}, place);
  EXPECT_TRUE(write_file(place + "/a", "two\n"));
  box.git({"commit", "-q", "-a", "-m", "q"}, place);
  box.ok({"--agent", "al", "handoff", id});
  const std::string got = box.ok({"--agent", "bo", "claim", id});
  EXPECT_NE(got.find("left behind in '" + place + "': commits up to"), std::string::npos) << got;
}

TEST_F(Handoff, AMergeUnderWayGoesOnInTheSlotAfterALapse) {
  const std::string id = claim("al");
  EXPECT_TRUE(write_file(place + "/mine", "x\n"));
  box.git({"add", "-A"}, place);
  box.git({"commit", "-q", "-m", "mine"}, place);
  box.write("theirs", "x\n");
  box.git({"add", "-A"});
  box.git({"commit", "-q", "-m", "theirs"});
  const std::string other = box.git({"rev-parse", "HEAD"});
  box.git({"merge", "-q", "--no-commit", other}, place);
  box.clock().advance(std::chrono::minutes(50));
  const std::string got = box.ok({"--agent", "bo", "inherit", id, "--json"});
  const std::string mine = field(got, "task.claim.worktree");
  EXPECT_NE(field(got, "brief").find("under way: merge of " + other.substr(0, 10)),
            std::string::npos)
      << got;
  box.git({"commit", "-q", "--no-edit"}, mine);
  EXPECT_EQ(box.git({"rev-parse", "HEAD^2"}, mine), other);
}

// --- what is newer than the DNA ---

TEST_F(Handoff, NotesAfterTheHandoffReachTheBrief) {
  const std::string id = claim("al");
  box.ok({"--agent", "al", "handoff", id, "--next", "a"});
  box.ok({"--agent", "human", "note", "keep the v1 endpoint", "--constraint", id});
  EXPECT_NE(box.ok({"prompt", id}).find("constraint: keep the v1 endpoint"), std::string::npos);
  const std::string got = box.ok({"--agent", "bo", "inherit", id, "--json"});
  EXPECT_NE(field(got, "brief").find("constraint: keep the v1 endpoint"), std::string::npos) << got;
  EXPECT_NE(field(got, "brief").find("next: a"), std::string::npos) << got;
  // The same again is no new generation.
  box.ok({"--agent", "bo", "handoff", id});
  EXPECT_EQ(field(box.ok({"--agent", "al", "inherit", id, "--json"}), "dna.generation"), "2");
}

TEST_F(Handoff, NotesAndGitAfterTheLastDnaReachTheBrief) {
  const std::string id = claim("al");
  EXPECT_TRUE(write_file(place + "/a", "two\n"));
  box.ok({"--agent", "al", "dna", "save", id, "--transcript", transcript});
  box.ok({"--agent", "al", "note", "never touch api.h", "--constraint", id});
  box.git({"commit", "-q", "-a", "-m", "it is in"}, place);
  const std::string head = box.git({"rev-parse", "HEAD"}, place).substr(0, 10);
  EXPECT_NE(box.ok({"prompt", id}).find(" at " + head + ", base"), std::string::npos);
  box.ok({"--agent", "al", "release", id});
  const std::string got = box.ok({"--agent", "bo", "inherit", id, "--json"});
  const std::string brief = field(got, "brief");
  EXPECT_NE(brief.find("never touch api.h"), std::string::npos) << brief;
  EXPECT_NE(brief.find(" at " + head + ", base"), std::string::npos) << brief;
  EXPECT_NE(brief.find("it is in"), std::string::npos) << brief;
  EXPECT_EQ(brief.find("uncommitted"), std::string::npos) << brief;
  EXPECT_NE(brief.find("tick_once"), std::string::npos) << brief;
  EXPECT_EQ(field(got, "dna.agent"), "al");
}

// --- transcripts that are found ---

TEST_F(Handoff, AnotherProjectsTranscriptIsNotTaken) {
  const std::string home = box.root() + "/home-of-al";
  box.environment().set("HOME", home);
  const std::string id = claim("al");
  const auto save = [&] { return box.ok({"--agent", "al", "dna", "save", id}); };
  const auto put = [&](const std::string& folder, const std::string& text) {
    EXPECT_TRUE(make_directories(home + "/" + folder));
    EXPECT_TRUE(write_file(home + "/" + folder + "/x.jsonl", text));
  };
  std::string dashes = place;
  for (char& c : dashes) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '-';
  }
  // Claude Code's folders have colliding names, as has every masc-1 for Gemini, a/b and a-b for pi.
  put(".claude/projects/" + dashes, R"({"type":"user","uuid":"x","cwd":"/else/where",)"
                                    R"("message":{"content":"not mine"}})"
                                    "\n");
  put(".gemini/tmp/masc-1/chats",
      R"({"sessionId":"s","projectHash":"2efb4aa6","startTime":"2026-11-23T05:58:44.863Z"})"
      "\n"
      R"({"id":"1","type":"user","content":[{"text":"not mine"}]})"
      "\n");
  std::string minus = place.substr(1);
  std::replace(minus.begin(), minus.end(), '/', '-');
  put(".pi/agent/sessions/--" + minus + "--",
      R"({"type":"session","version":3,"id":"s","cwd":"/else/where"})"
      "\n");
  EXPECT_NE(save().find("no transcript was found"), std::string::npos);
  put(".gemini/tmp/masc-1/chats",
      R"({"sessionId":"s","projectHash":")" + hash_of(place) +
          R"(","startTime":"2026-11-23T05:58:44.863Z"})"
          "\n"
          R"({"id":"1","type":"user","content":[{"text":"this is mine"}]})"
          "\n");
  EXPECT_NE(save().find(".gemini"), std::string::npos);
  EXPECT_NE(box.ok({"dna", "brief", id}).find("this is mine"), std::string::npos);
}

TEST_F(Handoff, WhatWasWrittenBeforeTheClaimIsOfOtherWork) {
  const std::string home = box.root() + "/home-of-al", id = claim("al");
  std::string dashes = place;
  for (char& c : dashes) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '-';
  }
  const std::string file = home + "/.claude/projects/" + dashes + "/1.jsonl";
  EXPECT_TRUE(make_directories(home + "/.claude/projects/" + dashes));
  EXPECT_TRUE(write_file(file, story_here()));
  box.environment().set("HOME", home);
  const timespec old[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  EXPECT_EQ(utimensat(AT_FDCWD, file.c_str(), old, 0), 0);
  EXPECT_NE(box.ok({"--agent", "al", "dna", "save", id}).find("no transcript was found"),
            std::string::npos);
  EXPECT_TRUE(touch_file(file));
  EXPECT_NE(box.ok({"--agent", "al", "dna", "save", id}).find("1.jsonl"), std::string::npos);
}

TEST_F(Handoff, ASessionThatCameFromTheMainCheckoutIsFound) {
  const std::string home = box.root() + "/home-of-al", id = claim("al");
  box.environment().set("HOME", home);
  box.environment().set("CLAUDE_CONFIG_DIR", home + "/elsewhere");
  std::string dashes = box.repo();
  for (char& c : dashes) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '-';
  }
  const std::string folder = home + "/elsewhere/projects/" + dashes;
  EXPECT_TRUE(make_directories(folder));
  const auto said = [](const std::string& cwd, const std::string& text) {
    return R"({"type":"user","uuid":"x","cwd":")" + cwd + R"(","message":{"content":")" + text +
           "\"}}\n";
  };
  EXPECT_TRUE(write_file(folder + "/s8.jsonl", said(box.repo(), "of somebody else")));
  const auto save = [&] { return box.ok({"--agent", "al", "dna", "save", id}); };
  EXPECT_NE(save().find("no transcript was found"), std::string::npos);
  EXPECT_TRUE(write_file(folder + "/s9.jsonl",
                         said(box.repo(), "begin") + said(place + "/sub", "go on there")));
  EXPECT_NE(save().find("s9.jsonl"), std::string::npos);
  // One that never says where it works is known by its name.
  EXPECT_TRUE(write_file(folder + "/s9.jsonl", said(box.repo(), "begin")));
  box.environment().set("CLAUDE_CODE_SESSION_ID", "s9");
  EXPECT_NE(save().find("s9.jsonl"), std::string::npos);
}

TEST_F(Handoff, ACommittedHistoryIsNoTranscriptOfThisClaim) {
  EXPECT_TRUE(make_directories(box.repo() + "/.specstory/history"));
  const std::string text =
      "<!-- Generated by SpecStory -->\n\n# Old (2026-01-01)\n\n_**User**_\n\nx\n";
  box.write(".specstory/history/2026-01-01_10-00Z-old.md", text);
  box.git({"add", "-A"});
  box.git({"commit", "-q", "-m", "history"});
  const std::string id = claim("al");
  EXPECT_NE(box.ok({"--agent", "al", "dna", "save", id}).find("no transcript was found"),
            std::string::npos);
  EXPECT_TRUE(write_file(place + "/.specstory/history/2026-11-26_10-00Z-new.md", text));
  EXPECT_NE(box.ok({"--agent", "al", "dna", "save", id}).find("new.md"), std::string::npos);
}

TEST_F(Handoff, TwoTranscriptsInTurnAreStoredOnce) {
  const std::string id = claim("al"), other = box.root() + "/other.jsonl";
  EXPECT_TRUE(write_file(other, R"({"type":"user","uuid":"y","message":{"content":"The other."}})"
                                "\n"));
  const auto save = [&](const std::string& file) {
    return box.ok({"--agent", "al", "dna", "save", id, "--transcript", file});
  };
  EXPECT_TRUE(save(transcript).starts_with("saved " + id + " generation 1"));
  EXPECT_TRUE(save(other).starts_with("saved " + id + " generation 2"));
  EXPECT_TRUE(save(transcript).starts_with("unchanged " + id + " generation 2"));
  EXPECT_TRUE(save(other).starts_with("unchanged " + id + " generation 2"));
  EXPECT_TRUE(append_file(transcript,
                          R"({"type":"user","uuid":"z","message":{"content":"One more."}})"
                          "\n"));
  EXPECT_TRUE(save(transcript).starts_with("saved " + id + " generation 3"));
  EXPECT_TRUE(save(other).starts_with("unchanged " + id + " generation 3"));
  const std::string said = box.ok({"dna", "page", id, "user"});
  for (const char* once : {"The other.", "One more.", "Make tick_once return"}) {
    const std::size_t at = said.find(once);
    EXPECT_NE(at, std::string::npos) << once << " in " << said;
    EXPECT_EQ(said.find(once, at + 1), std::string::npos) << once << " in " << said;
  }
}

TEST_F(Handoff, APipeOrAFolderIsNoTranscript) {
  const std::string id = claim("al"), pipe = box.root() + "/pipe";
  EXPECT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {pipe, box.root(), std::string("/dev/null")}) {
    const auto got = box.masc({"--agent", "al", "dna", "save", id, "--transcript", path, "--json"});
    EXPECT_EQ(got.status, 2) << path;
    EXPECT_NE(got.out.find("is no regular file"), std::string::npos) << got.out;
    EXPECT_EQ(box.masc({"dna", "extract", "--transcript", path, "-o", box.root() + "/d"}).status,
              2);
  }
}

TEST_F(Handoff, SixGenerationsCanBeListedShownAndCompared) {
  const std::string id = claim("a1");
  std::string text = stories()[0].text;
  for (int n = 1; n <= 6; ++n) {
    const std::string agent = "a" + std::to_string(n), next = "a" + std::to_string(n + 1);
    text += R"({"type":"user","uuid":"x","message":{"content":"Wish )" + std::to_string(n) +
            " of many.\"}}\n";
    EXPECT_TRUE(write_file(transcript, text));
    EXPECT_TRUE(write_file(place + "/f" + std::to_string(n), "x"));
    box.ok({"--agent", agent, "handoff", id, "--to", next, "--transcript", transcript});
    const std::string got = box.ok({"--agent", next, "inherit", "--json"});
    EXPECT_EQ(field(got, "task.claim.worktree"), place);
    EXPECT_EQ(field(got, "dna.generation"), std::to_string(n));
    EXPECT_NE(field(got, "brief").find("Wish 1 of many."), std::string::npos);
  }
  EXPECT_EQ(split_lines(box.ok({"dna", "list", id})).size(), 6U);
  EXPECT_NE(box.ok({"dna", "show", id}).find("generation 6"), std::string::npos);
  EXPECT_NE(box.ok({"dna", "show", id, "--generation", "2"}).find("generation 2"),
            std::string::npos);
  const std::string diff = box.ok({"dna", "diff", id});
  EXPECT_NE(diff.find("+ user: Wish 6 of many."), std::string::npos) << diff;
  EXPECT_EQ(diff.find("Wish 5"), std::string::npos) << diff;
  EXPECT_EQ(code(box.masc({"dna", "show", id, "--generation", "7", "--json"})), "not_found");
  EXPECT_NE(box.ok({"prompt", id}).find("Wish 6 of many."), std::string::npos);
}

TEST_F(Handoff, BadInputChangesNothing) {
  const std::string id = claim("al");
  const std::string before = field(box.ok({"show", id, "--json"}), "task.version");
  const std::vector<std::vector<std::string>> bad = {
      {"handoff", id, "--to", "no name"},
      {"handoff", id, "--fact", "novalue"},
      {"handoff", id, "--client", "nobody"},
      {"handoff", id, "--transcript", "/no/such"},
      {"dna", "save", id, "--transcript", box.repo() + "/a"},
      {"dna", "nonsense"},
      {"dna", "extract"},
      {"dna", "page", id},
      {"dna", "brief", id},
      {"inherit", id, "--budget", "3"},
      {"dna", "extract", "--transcript", transcript}};
  for (std::vector<std::string> args : bad) {
    args.insert(args.begin(), {"--agent", "al"});
    EXPECT_NE(box.masc(args).status, 0) << args[2] << " " << args[3];
    EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.version"), before) << args[2];
  }
  EXPECT_EQ(code(box.masc({"--agent", "bo", "handoff", id, "--json"})), "held");
  EXPECT_EQ(code(box.masc({"--agent", "bo", "inherit", id, "--json"})), "held");
  EXPECT_EQ(code(box.masc({"--agent", "bo", "dna", "save", id, "--json"})), "held");
}

TEST_F(Handoff, FilesNeedNoRepository) {
  const std::string out = box.root() + "/work.dna";
  EXPECT_TRUE(box.ok({"dna", "extract", "--transcript", transcript, "-o", out}, box.root())
                  .starts_with("extracted "));
  EXPECT_NE(box.ok({"dna", "brief", out, "--budget", "500"}, box.root()).find("tick_once"),
            std::string::npos);
  EXPECT_NE(box.ok({"dna", "page", out, "--list"}, box.root()).find("decisions\n"),
            std::string::npos);
  EXPECT_NE(box.ok({"dna", "page", out, "decisions"}, box.root()).find("monotonic"),
            std::string::npos);
}

// Any tree of files, links and modes is the same after a lapse, in the successor's own slot.
TEST_F(Handoff, ARandomTreeComesBackByteForByte) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  const std::string id = claim("al");
  std::uniform_int_distribution<int> byte(0, 255), length(0, 300), kind(0, 5);
  std::vector<std::string> paths;
  for (int i = 0; i < 25; ++i) {
    const std::string path = "d" + std::to_string(i % 4) + "/ä b" + std::to_string(i);
    EXPECT_TRUE(make_directories(place + "/d" + std::to_string(i % 4)));
    std::string data;
    for (int n = length(random); n > 0; --n) data += static_cast<char>(byte(random));
    const int what = kind(random);
    if (what == 0) {
      EXPECT_TRUE(make_symlink("../nowhere/" + std::to_string(i), place + "/" + path));
    } else {
      EXPECT_TRUE(write_file(place + "/" + path, data, what == 1 ? 0777 : 0666));
    }
    if (what > 3) box.git({"add", path}, place);
    paths.push_back(path);
  }
  const std::string before = status();
  box.clock().advance(std::chrono::minutes(50));
  const std::string old = place;
  place = field(box.ok({"--agent", "bo", "inherit", id, "--json"}), "task.claim.worktree");
  EXPECT_NE(place, old);
  EXPECT_EQ(status(), before) << "seed " << seed;
  for (const std::string& path : paths) {
    EXPECT_EQ(read_symlink(place + "/" + path), read_symlink(old + "/" + path)) << "seed " << seed;
    struct stat was {
    }, is{};
    ASSERT_EQ(::lstat((old + "/" + path).c_str(), &was), 0);
    ASSERT_EQ(::lstat((place + "/" + path).c_str(), &is), 0) << path << " seed " << seed;
    EXPECT_EQ(was.st_mode, is.st_mode) << path << " seed " << seed;
    if (S_ISLNK(was.st_mode)) continue;
    EXPECT_EQ(read_file(place + "/" + path).value_or("?"),
              read_file(old + "/" + path).value_or("!"))
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace masc::testing
