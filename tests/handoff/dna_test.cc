// DNA as it is stored: what goes in comes out, and only what is new is added.
#include "handoff/dna.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "base/file.h"
#include "base/text.h"
#include "handoff/brief.h"
#include "handoff/extract.h"
#include "handoff/parts.h"
#include "handoff/stories.h"
#include "handoff/tokens.h"

namespace masc::testing {
namespace {

using namespace handoff;

class DnaTest : public ::testing::Test {
 protected:
  DnaTest() {
    std::string name = (std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/tmp");
    name += "/masc-dna-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~DnaTest() override { static_cast<void>(remove_tree(folder_)); }

  std::string file(const std::string& text, const std::string& name = "t") {
    const std::string path = folder_ + "/" + name;
    EXPECT_TRUE(write_file(path, text));
    return path;
  }
  // What a generation more of the transcript at `path` adds.
  Extraction grow(Dna& dna, const std::string& path) {
    Replay replay(Keeps::kFacts, Packing::kTight);
    EXPECT_TRUE(replay.run(dna));
    if (!dna.segments.empty()) ++dna.generation;
    auto done = add_transcript(path, std::nullopt, dna, replay);
    EXPECT_TRUE(done) << done.error().message;
    dna.parts = make_parts(dna, replay.work());
    return done ? *done : Extraction();
  }
  static std::string brief(const Dna& dna, int budget) {
    Replay replay;
    EXPECT_TRUE(replay.run(dna));
    const auto made = make_brief(dna, replay.work(), budget, "x");
    EXPECT_TRUE(made);
    return made ? made->text : "";
  }

 private:
  std::string folder_;
};

std::string user_line(const std::string& text) {
  return R"({"type":"user","uuid":"1","message":{"content":")" + text + "\"}}\n";
}

// Lines of a transcript, of any bytes between the line ends.
std::string random_transcript(std::mt19937& random, std::size_t lines) {
  std::string text = user_line("begin");
  std::uniform_int_distribution<int> byte(0, 255), length(0, 200), kind(0, 3);
  for (std::size_t i = 0; i < lines; ++i) {
    if (kind(random) != 0) {
      text += user_line("go on with part_number_" + std::to_string(i));
      continue;
    }
    for (int n = length(random); n > 0; --n) {
      const char c = static_cast<char>(byte(random));
      if (c != '\n') text += c;
    }
    text += '\n';
  }
  return text;
}

TEST_F(DnaTest, AnyTranscriptComesBackByteForByteAcrossGenerations) {
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  for (int round = 0; round < 8; ++round) {
    const std::string text = random_transcript(random, 60);
    Dna dna;
    for (std::size_t part = 1; part <= 4; ++part) {
      // Cut anywhere, in the middle of a line as well.
      const std::size_t end = part == 4 ? text.size() : text.size() * part / 4;
      grow(dna, file(text.substr(0, end)));
      auto copy = unpack_dna(pack_dna(dna));
      ASSERT_TRUE(copy) << copy.error().message << " seed " << seed;
      dna = std::move(*copy);
    }
    const auto stored = stored_transcript(dna);
    ASSERT_TRUE(stored) << stored.error().message << " seed " << seed;
    EXPECT_EQ(*stored, text) << "seed " << seed;
    EXPECT_EQ(dna.generation, 4U);
  }
}

TEST_F(DnaTest, TheSameTranscriptTwiceAddsNothing) {
  Dna dna;
  const std::string path = file(stories()[0].text);
  EXPECT_GT(grow(dna, path).new_bytes, 0U);
  const std::size_t segments = dna.segments.size();
  EXPECT_EQ(grow(dna, path).new_bytes, 0U);
  EXPECT_EQ(dna.segments.size(), segments);
}

TEST_F(DnaTest, AClientIsKnownByTheLinesBehindAFirstOneThatTellsNothing) {
  const std::string image(100000, 'x'), nested(5000, '[');
  for (const std::string& first :
       {user_line(image), user_line(std::string(std::size_t{9} << 20, 'x')),
        "{\"a\":" + nested + "\n", std::string("\0\n", 2), std::string("no record\n")}) {
    Dna dna;
    grow(dna, file(first + user_line("Do it.") + user_line("Go on.")));
    ASSERT_EQ(dna.segments.size(), 1U) << first.substr(0, 20);
    EXPECT_EQ(dna.segments[0].client, Client::kClaude);
    EXPECT_EQ(dna.segments[0].framing, Framing::kLines);
  }
}

TEST_F(DnaTest, OnlyWhatWasAppendedIsAdded) {
  Dna dna;
  const std::string text = stories()[0].text;
  grow(dna, file(text));
  const std::string more = user_line("And then the README.");
  EXPECT_EQ(grow(dna, file(text + more)).new_bytes, more.size());
  ASSERT_EQ(dna.segments.size(), 2U);
  EXPECT_TRUE(dna.segments[1].continues);
  // Another transcript is a new one.
  EXPECT_EQ(grow(dna, file(stories()[6].text)).new_bytes, stories()[6].text.size());
  EXPECT_FALSE(dna.segments[2].continues);
}

TEST_F(DnaTest, ADocumentThatIsWrittenAnewTakesThePlaceOfTheOld) {
  Dna dna;
  for (const Story& story : stories()) {
    if (story.client != Client::kOpencode) continue;
    grow(dna, file(story.text));
    const std::size_t end = story.text.rfind("  ]\n}");
    const std::string longer =
        story.text.substr(0, end) +
        R"(,{"info":{"role":"user"},"parts":[{"type":"text","text":"More."}]}]})";
    grow(dna, file(longer));
    EXPECT_EQ(dna.segments.size(), 1U);
    Replay replay;
    ASSERT_TRUE(replay.run(dna));
    EXPECT_EQ(replay.work().user().size(), 2U);
  }
}

// Two sessions of one worktree, looked at in turn.
TEST_F(DnaTest, TranscriptsInTurnAreAddedOnce) {
  Dna dna;
  const std::string one = stories()[0].text, two = stories()[6].text;
  grow(dna, file(one));
  grow(dna, file(two));
  EXPECT_EQ(grow(dna, file(one)).new_bytes, 0U);
  EXPECT_EQ(grow(dna, file(two)).new_bytes, 0U);
  EXPECT_EQ(dna.segments.size(), 2U);
  const std::string more = user_line("And then the README.");
  EXPECT_EQ(grow(dna, file(one + more)).new_bytes, more.size());
  ASSERT_EQ(dna.segments.size(), 3U);
  EXPECT_TRUE(dna.segments[2].continues);
  EXPECT_EQ(dna.segments[2].after, 0U);
  EXPECT_EQ(grow(dna, file(two)).new_bytes, 0U);
  auto again = unpack_dna(pack_dna(dna));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->segments[2].after, 0U);
  EXPECT_EQ(stored_transcript(*again).value_or(""), one + two + more);
  Replay replay, alone;
  ASSERT_TRUE(replay.run(*again));
  Dna without;
  grow(without, file(one + more));
  grow(without, file(two));
  ASSERT_TRUE(alone.run(without));
  EXPECT_EQ(replay.work().user().size(), alone.work().user().size());
}

TEST_F(DnaTest, ADocumentThatIsWrittenAnewBehindAnotherTellsNothingTwice) {
  Dna dna;
  for (const Story& story : stories()) {
    if (story.client != Client::kOpencode) continue;
    grow(dna, file(story.text));
    grow(dna, file(stories()[0].text));
    EXPECT_EQ(grow(dna, file(story.text)).new_bytes, 0U);
    const std::size_t end = story.text.rfind("  ]\n}");
    grow(dna, file(story.text.substr(0, end) +
                   R"(,{"info":{"role":"user"},"parts":[{"type":"text","text":"More."}]}]})"));
    ASSERT_EQ(dna.segments.size(), 3U);
    auto again = unpack_dna(pack_dna(dna));
    ASSERT_TRUE(again);
    Replay replay, other;
    ASSERT_TRUE(replay.run(*again));
    Dna alone;
    grow(alone, file(stories()[0].text));
    ASSERT_TRUE(other.run(alone));
    EXPECT_EQ(replay.work().user().size(), other.work().user().size() + 2);
  }
}

TEST_F(DnaTest, SecretsAreNotStored) {
  Dna dna;
  std::string secret = "ghp_";
  for (int i = 0; i < 36; ++i) secret += static_cast<char>('a' + i % 26);
  const Extraction done = grow(dna, file(user_line("use " + secret)));
  EXPECT_EQ(done.redacted, 1U);
  EXPECT_EQ(dna.redacted.at("github-token"), 1U);
  EXPECT_EQ(stored_transcript(dna).value_or("").find(secret), std::string::npos);
  EXPECT_EQ(pack_dna(dna).find(secret), std::string::npos);
  EXPECT_NE(brief(dna, 1000).find("[redacted:github-token]"), std::string::npos);
}

TEST_F(DnaTest, FactsAreTheSameWithoutTheLinesThatBriefsAreMadeOf) {
  for (const Story& story : stories()) {
    Dna whole, facts;
    const std::string path = file(story.text);
    Replay with_lines, without(Keeps::kFacts, Packing::kTight);
    ASSERT_TRUE(add_transcript(path, std::nullopt, whole, with_lines));
    ASSERT_TRUE(add_transcript(path, std::nullopt, facts, without));
    EXPECT_EQ(make_parts(whole, with_lines.work()), make_parts(facts, without.work()));
    EXPECT_FALSE(with_lines.work().lines().empty());
    EXPECT_TRUE(without.work().lines().empty());
    // Packed quickly or tightly, what comes out is the same.
    EXPECT_EQ(stored_transcript(facts).value_or(""), story.text);
    EXPECT_EQ(brief(facts, 2000), brief(whole, 2000));
  }
}

TEST_F(DnaTest, ADamagedFileIsAClearError) {
  Dna dna;
  grow(dna, file(stories()[1].text));
  const std::string good = pack_dna(dna);
  ASSERT_TRUE(unpack_dna(good));
  for (const std::string& bad :
       {std::string(), std::string("masc-dna 2\n"), std::string("masc-dna 1\n"),
        good.substr(0, good.size() / 2), good.substr(0, good.size() - 1),
        "masc-dna 1\n99999999999999999999 meta.json\n{}\n" + good.substr(11)}) {
    const auto read = unpack_dna(bad);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kFormat);
  }
  // A flipped byte anywhere is an error or the same events, never a crash.
  for (std::size_t at = 11; at < good.size(); at += 3) {
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
    auto read = unpack_dna(flipped);
    if (!read) continue;
    Replay replay;
    static_cast<void>(replay.run(*read));
  }
}

TEST_F(DnaTest, ABriefKeepsItsBudgetAndIsTheSameEachTime) {
  for (const Story& story : stories()) {
    Dna dna;
    grow(dna, file(story.text));
    for (const int budget : {200, 300, 1000, 4000}) {
      const std::string once = brief(dna, budget);
      EXPECT_LE(estimate_tokens(once), budget);
      EXPECT_EQ(once, brief(dna, budget));
      EXPECT_NE(once.find("tick_once"), std::string::npos) << once;
    }
  }
}

std::string call_line(const std::string& id, const std::string& command) {
  return R"({"type":"assistant","uuid":"a","message":{"content":[{"type":"tool_use","id":")" + id +
         R"(","name":"Bash","input":{"command":")" + command + "\"}}]}}\n";
}

std::string output_line(const std::string& id, bool failed, const std::string& text) {
  return R"({"type":"user","uuid":"b","toolUseResult":{"stdout":""},"message":{"content":[{"type":"tool_result","tool_use_id":")" +
         id + R"(","is_error":)" + (failed ? "true" : "false") + R"(,"content":")" +
         (failed ? "Exit code 1\\n" : "") + text + "\"}]}}\n";
}

std::string run_lines(const std::string& command, bool failed, const std::string& text) {
  static int number = 0;
  const std::string id = std::to_string(++number);
  return call_line(id, command) + output_line(id, failed, text);
}

TEST_F(DnaTest, ABriefNamesWhatIsStillOpenAndNothingElseAsOpen) {
  Dna dna;
  grow(dna, file(user_line("Go.") + run_lines("npm test", true, "FAIL login.spec") +
                 run_lines("cargo build", true, "error: no Widget") +
                 run_lines("cargo build", false, "Finished")));
  const std::string text = brief(dna, 2000);
  EXPECT_NE(text.find("open: `npm test` failed: "), std::string::npos) << text;
  EXPECT_EQ(text.find("open: `cargo build`"), std::string::npos) << text;
  EXPECT_NE(text.find("fixed: cargo build"), std::string::npos) << text;
}

TEST_F(DnaTest, AnotherRunSettlesOnlyWhatItCovers) {
  Dna dna;
  grow(dna, file(user_line("Go.") + run_lines("go test ./a -run TestA", true, "FAIL a") +
                 run_lines("go test ./b", false, "ok b") + run_lines("gh pr view 1", true, "none") +
                 run_lines("gh pr view 2", false, "two") +
                 run_lines("cargo build", true, "error: no Widget") +
                 run_lines("cargo build", false, "Finished") +
                 run_lines("cargo build", true, "error: no Gadget")));
  const std::string text = brief(dna, 2000);
  EXPECT_NE(text.find("open: `go test ./a -run TestA` failed: "), std::string::npos) << text;
  EXPECT_NE(text.find("open, but other arguments worked since: `gh pr view 1`"), text.npos) << text;
  // What failed again was not fixed.
  EXPECT_NE(text.find("open: `cargo build` failed: error: no Gadget"), std::string::npos) << text;
  EXPECT_NE(text.find("earlier: cargo build: error: no Widget"), std::string::npos) << text;
  EXPECT_EQ(text.find("fixed: cargo build"), std::string::npos) << text;
}

TEST_F(DnaTest, AFailureOfSeveralCommandsIsOneOfAllOfThem) {
  Dna dna;
  grow(dna, file(user_line("Go.") +
                 run_lines("make lint && make test", true, "FAIL gadget_test\\nERROR task failed") +
                 run_lines("make lint", false, "0 issues")));
  std::string text = brief(dna, 2000);
  EXPECT_NE(text.find("open: `make lint && make test` failed: FAIL gadget_test"), text.npos)
      << text;
  EXPECT_EQ(text.find("make test → failed"), std::string::npos) << text;
  Dna more;
  grow(more,
       file(user_line("Go.") + run_lines("make lint && make test", true, "FAIL gadget_test") +
            run_lines("make lint", false, "0 issues") + run_lines("make test", false, "PASS")));
  text = brief(more, 2000);
  EXPECT_NE(text.find("fixed: make lint && make test"), std::string::npos) << text;
}

TEST_F(DnaTest, TestsThatPassByNameAreNoOpenFailure) {
  Dna dna;
  const std::string failed = "--- FAIL: TestA (0.1s)\\n--- FAIL: TestB (0.1s)";
  const std::string lines = user_line("Go.") + run_lines("make check-all", true, failed) +
                            run_lines("go test -v ./a", false, "--- PASS: TestA (0.1s)");
  grow(dna, file(lines));
  EXPECT_NE(brief(dna, 2000).find("open, but a similar one worked since: `make check-all`"),
            std::string::npos);
  Dna more;
  grow(more, file(lines + run_lines("go test -v ./b", false, "--- PASS: TestB (0.1s)")));
  const std::string text = brief(more, 2000);
  EXPECT_EQ(text.find("open"), std::string::npos) << text;
  EXPECT_NE(text.find("earlier, its tests pass since: make check-all"), std::string::npos) << text;
}

TEST_F(DnaTest, WhatCouldNotBeRunIsNoFailureOfTheWork) {
  Dna dna;
  grow(
      dna,
      file(
          user_line("Go.") + call_line("n1", "frob src") +
          R"({"type":"user","uuid":"b","toolUseResult":{"stdout":""},"message":{"content":[{"type":"tool_result","tool_use_id":"n1","is_error":true,"content":"Exit code 127\nbash: frob: command not found"}]}})"
          "\n"));
  const std::string text = brief(dna, 2000);
  EXPECT_EQ(text.find("## Open failures"), std::string::npos) << text;
  EXPECT_NE(text.find("frob src → no such program"), std::string::npos) << text;
}

TEST_F(DnaTest, AMergeThatWasCommittedIsDealtWith) {
  Dna dna;
  const std::string merge =
      user_line("Go.") +
      run_lines("git merge dev", true, "CONFLICT in a.c\\nAutomatic merge failed");
  grow(dna, file(merge));
  EXPECT_NE(brief(dna, 2000).find("open: `git merge dev` failed"), std::string::npos);
  Dna more;
  grow(more, file(merge + run_lines("git commit --no-edit", false, "[main 1234abc] Merge dev")));
  const std::string text = brief(more, 2000);
  EXPECT_EQ(text.find("## Open failures"), std::string::npos) << text;
  EXPECT_NE(text.find("earlier, dealt with since: git merge dev"), std::string::npos) << text;
}

TEST_F(DnaTest, AFailureSaysWhereItIs) {
  Dna dna;
  grow(dna, file(user_line("Go.") +
                 run_lines("make lint", true,
                           "src/a.c:12:3: value is not checked (errcheck)\\nmake: ERROR")));
  const std::string text = brief(dna, 2000);
  EXPECT_NE(text.find("src/a.c:12:3: value is not checked"), std::string::npos) << text;
}

TEST_F(DnaTest, ALongMessageKeepsItsEnd) {
  Dna dna;
  std::string log = "Look at this:";
  for (int i = 0; i < 6000; ++i) log += " line" + std::to_string(i);
  grow(dna, file(user_line("Begin.") + user_line(log + " Why is it slow?") + user_line("Go on.")));
  for (const int budget : {600, 4000}) {
    const std::string text = brief(dna, budget);
    EXPECT_NE(text.find("Look at this:"), std::string::npos) << text;
    EXPECT_NE(text.find("Why is it slow?"), std::string::npos) << text;
  }
  // The pages have more of it.
  Replay replay;
  ASSERT_TRUE(replay.run(dna));
  std::string all;
  for (const std::string& name : page_names(dna, replay.work(), 1000)) {
    if (!name.starts_with("user")) continue;
    const auto page = make_page(dna, replay.work(), name, 1000);
    ASSERT_TRUE(page);
    all += page->text;
  }
  for (const int i : {0, 1000, 2000, 5500}) {
    EXPECT_NE(all.find("line" + std::to_string(i) + " "), std::string::npos) << i;
  }
}

TEST_F(DnaTest, ALongMessageHasTheRoomThatNothingElseNeeds) {
  std::string begin = user_line("Begin."), said, calls;
  for (int i = 0; i < 200; ++i) begin += user_line("Look at part_number_" + std::to_string(i));
  for (int i = 0; i < 600; ++i) said += "and step " + std::to_string(i) + " ";
  said = R"({"type":"assistant","uuid":"a","message":{"content":[{"type":"text","text":")" + said +
         "\"}]}}\n";
  for (int i = 0; i < 3; ++i) {
    calls += run_lines("echo " + std::to_string(i) + std::string(90, '.'), false, "done");
  }
  const auto length = [&](const std::string& transcript, const std::string& name) {
    Dna dna;
    grow(dna, file(transcript, name));
    const std::string text = brief(dna, 2000);
    const std::size_t at = text.find("agent: ");
    return at == text.npos ? 0 : text.find('\n', at) - at;
  };
  const std::size_t alone = length(begin + said, "alone");
  const std::size_t beside = length(begin + said + calls, "beside");
  EXPECT_GT(beside, 200U);
  EXPECT_GT(alone, beside + beside / 5);
}

TEST_F(DnaTest, ABriefSaysNothingTwice) {
  Dna dna;
  const std::string why = "We use a lock file because rename is not enough here.";
  const auto say = [](const std::string& text) {
    return R"({"type":"assistant","uuid":"a","message":{"content":[{"type":"text","text":")" +
           text + "\"}]}}\n";
  };
  const std::string ask = "And the lock?";
  grow(dna, file(user_line("Make it safe.") + user_line(ask) + user_line(ask) + say(why) +
                 say(why) + say("Done.") + user_line("Go on.")));
  const std::string text = brief(dna, 400);
  for (const std::string& once : {ask, why}) {
    const std::size_t at = text.find(once);
    ASSERT_NE(at, std::string::npos) << text;
    EXPECT_EQ(text.find(once, at + 1), std::string::npos) << text;
  }
}

std::string read_lines(const std::string& path, const std::string& text) {
  static int number = 0;
  const std::string id = "r" + std::to_string(++number);
  return R"({"type":"assistant","uuid":"a","message":{"content":[{"type":"tool_use","id":")" + id +
         R"(","name":"Read","input":{"file_path":")" + path + "\"}}]}}\n" +
         output_line(id, false, text);
}

TEST_F(DnaTest, APathIsWrittenInFullOnce) {
  Dna dna;
  grow(dna, file(user_line("Why does openFrame call closeFrame?") +
                 read_lines("lib/deep/down/frames/frame_store.cc",
                            "void openFrame() { wait for closeFrame of FrameStore }\\n"
                            "void closeFrame() { tell openFrame about frameQueue }\\n"
                            "# not a title, about openFrame and frame_count")));
  const std::string text = brief(dna, 1000);
  const std::string path = "lib/deep/down/frames/frame_store.cc";
  const std::size_t at = text.find(path);
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_EQ(text.find(path, at + 1), std::string::npos) << text;
  EXPECT_NE(text.find("\nframes/frame_store.cc: void"), std::string::npos) << text;
  // Nor is the question told again as a line of the trail.
  EXPECT_EQ(text.find("## Trail"), std::string::npos) << text;
}

TEST_F(DnaTest, WhatLooksLikeATitleIsNone) {
  Dna dna;
  grow(dna,
       file(user_line("Go.") + run_lines("masc dna page x", false, "# Deploy the web_service")));
  EXPECT_EQ(brief(dna, 1000).find("\n# Deploy"), std::string::npos);
}

TEST_F(DnaTest, EscapesAndControlsOfATranscriptNeverReachTheReader) {
  Dna dna;
  grow(dna,
       file(user_line("red \\u001b[31malert\\u001b[0m bell \\u0007 null \\u0000 \\u009b end")));
  const std::string text = brief(dna, 1000);
  for (const char c : text) {
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= ' ');
  }
  EXPECT_NE(text.find("red alert"), std::string::npos) << text;
}

TEST_F(DnaTest, PagesHoldWhatABriefHasNoRoomFor) {
  Dna dna;
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += user_line("wish number " + std::to_string(i) + " is granted");
  grow(dna, file(text));
  Replay replay;
  ASSERT_TRUE(replay.run(dna));
  const auto names = page_names(dna, replay.work(), 1000);
  EXPECT_NE(std::find(names.begin(), names.end(), "user-3"), names.end());
  std::string all;
  for (const std::string& name : names) {
    const auto page = make_page(dna, replay.work(), name, 1000);
    ASSERT_TRUE(page);
    EXPECT_LE(page->tokens, 1000U);
    all += page->text;
  }
  for (int i = 0; i < 300; ++i) {
    EXPECT_NE(all.find("wish number " + std::to_string(i) + " is"), std::string::npos) << i;
  }
  EXPECT_EQ(make_page(dna, replay.work(), "user-99", 1000).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(make_page(dna, replay.work(), "nonsense", 1000).error().code, ErrorCode::kNotFound);
}

TEST_F(DnaTest, EverySectionThatABriefNamesIsThereAndNoOther) {
  for (const Story& story : stories()) {
    Dna dna;
    grow(dna, file(story.text));
    Replay replay;
    ASSERT_TRUE(replay.run(dna));
    const std::string text = brief(dna, 2000);
    std::string named = text.substr(text.find("SECTION`: ") + 10);
    named.resize(named.find('\n'));
    const auto pages = page_names(dna, replay.work(), 1000);
    for (std::string_view rest = named; !rest.empty();) {
      const std::string name(trim(take_until(rest, ',')));
      EXPECT_TRUE(make_page(dna, replay.work(), name, 1000)) << name << " of " << named;
    }
    for (const std::string_view name : {"user", "files", "todo", "failures", "notes"}) {
      const bool has = std::find(pages.begin(), pages.end(), name) != pages.end();
      EXPECT_EQ(named.find(name) != std::string::npos, has) << name << " of " << named;
    }
  }
}

}  // namespace
}  // namespace masc::testing
