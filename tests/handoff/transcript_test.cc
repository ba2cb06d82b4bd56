// What is read out of transcripts: of every client, and of what is none.
#include "handoff/transcript.h"

#include <gtest/gtest.h>

#include "handoff/stories.h"
#include "handoff/work.h"

namespace masc::testing {
namespace {

using namespace handoff;

struct Read {
  Work work;
  ReadingCounts counts;
  std::string kept;
  std::uint64_t consumed = 0;
};

// Fed in pieces of `step` bytes.
Read read(Client client, const std::string& text, std::size_t step = 1 << 16) {
  Read out;
  Redactor redactor;
  TranscriptReader reader(
      client, framing_of(client, text), &redactor,
      [&](std::string_view piece) { out.kept += piece; },
      [&](Event&& event) { out.work.add(std::move(event)); });
  out.work.begin(1, "/r");
  for (std::size_t at = 0; at < text.size(); at += step) {
    reader.feed(std::string_view(text).substr(at, step));
  }
  reader.finish();
  out.counts = reader.counts();
  out.consumed = reader.consumed();
  return out;
}

TEST(Transcript, EveryClientIsKnownByItsContent) {
  for (const Story& story : stories()) {
    EXPECT_EQ(detect_client(story.text), story.client) << story.text.substr(0, 80);
  }
  for (const char* other : {"", "hello\n", "{}", "{\"a\":1}\n", "[1,2]", "\x00\x01", "# Title\n"}) {
    EXPECT_EQ(detect_client(other), std::nullopt) << other;
  }
}

TEST(Transcript, EveryClientTellsTheSameStory) {
  for (const Story& story : stories()) {
    const Read got = read(story.client, story.text);
    const std::string who(client_name(story.client));
    ASSERT_EQ(got.work.user().size(), 1U) << who;
    EXPECT_EQ(got.work.user()[0].text, "Make tick_once return the elapsed time.") << who;
    ASSERT_FALSE(got.work.decisions().empty()) << who;
    EXPECT_NE(got.work.decisions()[0].text.find("monotonic"), std::string::npos) << who;
    bool edited = false;
    for (const FileFact& file : got.work.files()) {
      edited = edited || (file.path == "src/clock.c" && file.edits == 1);
    }
    EXPECT_TRUE(edited) << who;
    EXPECT_EQ(got.counts.malformed + got.counts.unknown, 0U) << who;
    EXPECT_EQ(got.kept, story.text) << who;
    if (story.client == Client::kSpecStory || story.client == Client::kAider) continue;
    ASSERT_EQ(got.work.commands().size(), 1U) << who;
    EXPECT_EQ(got.work.commands()[0].outcome, Outcome::kOk) << who;
    EXPECT_EQ(got.work.commands()[0].runs, 2) << who;
    ASSERT_EQ(got.work.failures().size(), 1U) << who;
    EXPECT_EQ(got.work.failures()[0].state, FailureState::kFixed) << who;
  }
}

TEST(Transcript, AByteOrderMarkChangesNothing) {
  for (const Story& story : stories()) {
    const std::string marked = "\xEF\xBB\xBF" + story.text;
    EXPECT_EQ(detect_client(marked), story.client);
    const Read plain = read(story.client, story.text), got = read(story.client, marked);
    EXPECT_EQ(got.counts.records, plain.counts.records) << client_name(story.client);
    EXPECT_EQ(got.counts.malformed, 0U) << client_name(story.client);
    EXPECT_EQ(got.kept, marked);
  }
}

TEST(Transcript, PiecesOfAnySizeGiveTheSame) {
  for (const Story& story : stories()) {
    const Read whole = read(story.client, story.text);
    for (const std::size_t step : {1U, 7U, 100U}) {
      const Read pieces = read(story.client, story.text, step);
      EXPECT_EQ(pieces.work.events(), whole.work.events());
      EXPECT_EQ(pieces.kept, whole.kept);
    }
  }
}

TEST(Transcript, AnIncompleteLastLineIsLeftForTheNextTime) {
  const std::string text = stories()[0].text;
  const std::size_t whole = text.rfind('\n', text.size() - 2) + 1;
  const Read got = read(Client::kClaude, text.substr(0, whole + 30));
  EXPECT_TRUE(got.counts.truncated);
  EXPECT_EQ(got.consumed, whole);
  EXPECT_EQ(got.kept, text.substr(0, whole));
}

TEST(Transcript, WhatIsNoRecordIsCountedAndKept) {
  std::string deep = "{\"type\":\"user\",\"x\":";
  deep += std::string(200000, '[') + std::string(200000, ']') + "}\n";
  const std::string text = stories()[0].text + "no json\n{\"type\":\"news\"}\n[1]\n\xff\xfe{\n" +
                           deep + std::string("{\"a\":\"\0\"}\n", 10);
  const Read got = read(Client::kClaude, text);
  EXPECT_EQ(got.kept, text);
  EXPECT_EQ(got.counts.malformed, 4U);
  EXPECT_EQ(got.counts.unknown, 1U);
  EXPECT_EQ(got.work.user().size(), 1U);
}

TEST(Transcript, ALineTooLongIsSkippedAndKept) {
  const std::string story = stories()[0].text;
  const std::string text =
      "{\"type\":\"user\",\"x\":\"" + std::string(std::size_t{9} << 20, 'x') + "\"}\n" + story;
  const Read got = read(Client::kClaude, text);
  EXPECT_EQ(got.counts.oversize, 1U);
  EXPECT_EQ(got.work.user().size(), 1U);
  EXPECT_EQ(got.kept.size(), text.size());
}

TEST(Transcript, ALineOfTooManyValuesIsSkippedAndKept) {
  const std::string story = stories()[0].text;
  const std::size_t many = std::size_t{2} << 20;
  for (const std::string& values :
       {std::string(many, '[') + std::string(many, ']'), "[" + std::string(many, ',') + "]"}) {
    const std::string text = "{\"type\":\"user\",\"message\":" + values + "}\n" + story;
    const Read got = read(Client::kClaude, text);
    EXPECT_EQ(got.counts.oversize, 1U);
    EXPECT_EQ(got.work.user().size(), 1U);
    EXPECT_EQ(got.kept.size(), text.size());
  }
}

TEST(Transcript, InjectedTextIsNotTheUsers) {
  const std::string text =
      R"({"type":"user","uuid":"1","message":{"content":"<system-reminder>rules</system-reminder>Go on."}})"
      "\n"
      R"({"type":"user","uuid":"2","isMeta":true,"message":{"content":"meta"}})"
      "\n"
      R"({"type":"user","uuid":"3","isSidechain":true,"message":{"content":"side"}})"
      "\n";
  const Read got = read(Client::kClaude, text);
  ASSERT_EQ(got.work.user().size(), 1U);
  EXPECT_EQ(got.work.user()[0].text, "Go on.");
}

}  // namespace
}  // namespace masc::testing
