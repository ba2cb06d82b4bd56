// DNA in a repository: it grows by what is new, and all of it comes back.
#include "handoff/lineage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "handoff/extract.h"
#include "handoff/fact_log.h"
#include "handoff/parts.h"

namespace masc::testing {
namespace {

using namespace handoff;

std::string call_lines(int number, const std::string& command, bool failed,
                       const std::string& output) {
  return fmt::format(
      R"({{"type":"assistant","uuid":"a","message":{{"content":[{{"type":"tool_use","id":"{0}","name":"Bash","input":{{"command":"{1}"}}}}]}}}}
{{"type":"user","uuid":"b","message":{{"content":[{{"type":"tool_result","tool_use_id":"{0}","is_error":{2},"content":"{3}"}}]}}}}
)",
      number, command, failed ? "true" : "false", output);
}

// What a generation adds: as much each time, of which no fact is the same.
std::string more(int generation) {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    const int n = generation * 1000 + i;
    const auto odd = static_cast<unsigned>(n) * 2654435761U;
    text += fmt::format(
        R"({{"type":"user","uuid":"u","message":{{"content":"Look at part_{0:x}, then at {1}."}}}})",
        odd, n);
    text += '\n';
    text += call_lines(n, "make test", i % 3 != 0,
                       fmt::format("src/f{}.cc:3: error: widget_{:x}", i % 7, odd * 31));
  }
  return text;
}

std::vector<std::string> sorted_lines(const Parts& parts) {
  std::vector<std::string> lines;
  for (const auto& [name, text] : parts) {
    for (const std::string_view line : split_lines(text)) lines.push_back(name + std::string(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

class LineageTest : public ::testing::Test {
 protected:
  LineageTest() {
    std::string name = (std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/tmp");
    name += "/masc-lineage-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    EXPECT_TRUE(git::StateRepo::create(folder_ + "/state.git", ""));
    state_.emplace(git::StateRepo::open(folder_ + "/state.git").value());
    lineage_.emplace(*state_);
  }
  ~LineageTest() override { static_cast<void>(remove_tree(folder_)); }

  std::uintmax_t bytes() const {
    std::uintmax_t bytes = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder_ + "/state.git")) {
      if (entry.is_regular_file()) bytes += entry.file_size();
    }
    return bytes;
  }
  // Saves a generation more, of a transcript that is `text` now. What it should hold in `wanted`.
  Dna save(const std::string& text, Parts& wanted) {
    EXPECT_TRUE(write_file(folder_ + "/t", text));
    const auto latest = lineage_->latest(task_).value();
    Replay replay(Keeps::kFacts, Packing::kTight);
    Dna dna;
    if (latest) {
      dna = lineage_->load(*latest).value();
      ++dna.generation;
      EXPECT_TRUE(replay.run(dna));
    }
    EXPECT_TRUE(add_transcript(folder_ + "/t", std::nullopt, dna, replay));
    wanted = make_parts(dna, replay.work());
    log_facts(dna, wanted);
    const auto saved = lineage_->save(task_, dna, latest, 1'772'366'400);
    EXPECT_TRUE(saved);
    return lineage_->load(*saved).value();
  }

  std::string folder_;
  std::optional<git::StateRepo> state_;
  std::optional<Lineage> lineage_;
  model::TaskId task_ = model::TaskId::parse("m-7k3q9fxa").value();
};

TEST_F(LineageTest, EachGenerationAddsOnlyWhatIsNew) {
  std::string text;
  std::vector<std::uintmax_t> added;
  for (int generation = 1; generation <= 10; ++generation) {
    text += more(generation);
    const std::uintmax_t before = bytes();
    Parts wanted;
    const Dna loaded = save(text, wanted);
    added.push_back(bytes() - before);
    EXPECT_EQ(stored_transcript(loaded).value_or(""), text);
    EXPECT_EQ(sorted_lines(loaded.parts), sorted_lines(wanted));
    EXPECT_EQ(loaded.segments.size(), static_cast<std::size_t>(generation));
  }
  // Neither facts nor names of earlier generations are stored again.
  EXPECT_LT(added[9], added[1] * 5 / 4);
  EXPECT_LT(added[9], more(10).size() / 3);
}

TEST_F(LineageTest, WhatAnEarlierSegmentSaidCostsNothingInTheNext) {
  Parts wanted;
  const std::string text = more(1);
  const Dna one = save(text, wanted);
  const Dna two = save(text + text, wanted);
  ASSERT_EQ(two.segments.size(), 2U);
  EXPECT_EQ(two.segments[0].data, one.segments[0].data);
  EXPECT_LT(two.segments[1].data.size(), two.segments[0].data.size() / 20);
  // It can't be read without what it is packed against.
  Dna alone = two;
  alone.segments.erase(alone.segments.begin());
  EXPECT_EQ(stored_transcript(alone).error().code, ErrorCode::kFormat);
  Dna other = two;
  other.segments[1].prefix = 0;
  EXPECT_EQ(stored_transcript(other).error().code, ErrorCode::kFormat);
  other.segments[1].prefix = ~std::uint64_t{0};
  EXPECT_EQ(stored_transcript(other).error().code, ErrorCode::kFormat);
}

TEST_F(LineageTest, FactsThatWereStoredWholeAreReadAndLoggedOn) {
  // As a masc without logs saved them: a file for each part.
  EXPECT_TRUE(write_file(folder_ + "/t", more(1)));
  Replay replay(Keeps::kFacts, Packing::kTight);
  Dna old;
  ASSERT_TRUE(add_transcript(folder_ + "/t", std::nullopt, old, replay));
  old.parts = make_parts(old, replay.work());
  old.facts.assign(old.parts.begin(), old.parts.end());
  const auto saved = lineage_->save(task_, old, std::nullopt, 1'772'366'400);
  ASSERT_TRUE(saved);
  EXPECT_EQ(lineage_->load(*saved).value().parts, old.parts);
  Parts wanted;
  const Dna next = save(more(1) + more(2), wanted);
  EXPECT_EQ(sorted_lines(next.parts), sorted_lines(wanted));
  EXPECT_EQ(next.facts.size(), old.facts.size() + 1);
}

TEST_F(LineageTest, FormatsOfTheFutureAreRefusedAndOlderOnesRead) {
  Parts wanted;
  const std::string packed = pack_dna(save(more(1), wanted));
  const std::size_t at = packed.find(R"("format":2)");
  ASSERT_NE(at, std::string::npos);
  for (const char format : {'1', '2', '3'}) {
    std::string text = packed;
    text[at + 9] = format;
    const auto read = unpack_dna(text);
    EXPECT_EQ(read.has_value(), format != '3');
    if (read) {
      EXPECT_EQ(read->parts, wanted);
    }
  }
}

TEST(FactLog, SaysWhatIsNewChangedAndGone) {
  const Parts before = {{"todos.ndjson", "{\"id\":\"t-1\",\"a\":1}\n{\"id\":\"t-2\",\"a\":1}\n"},
                        {"user.ndjson", "{\"id\":\"u-1\",\"a\":1}\n"}};
  const Parts now = {{"commits.ndjson", "{\"id\":\"c-1\",\"a\":1}\n"},
                     {"todos.ndjson", "{\"id\":\"t-1\",\"a\":2}\n{\"id\":\"t-3\",\"a\":1}\n"}};
  const std::string log = facts_between(before, now);
  EXPECT_EQ(log,
            "{\"part\":\"commits\",\"id\":\"c-1\",\"a\":1}\n"
            "{\"part\":\"todos\",\"id\":\"t-1\",\"a\":2}\n"
            "{\"part\":\"todos\",\"id\":\"t-3\",\"a\":1}\n"
            "{\"part\":\"todos\",\"id\":\"t-2\",\"gone\":true}\n"
            "{\"part\":\"user\",\"id\":\"u-1\",\"gone\":true}\n");
  const std::string first = facts_between({}, before);
  FactBook book;
  ASSERT_TRUE(book.apply(first));
  EXPECT_EQ(book.parts(), before);
  ASSERT_TRUE(book.apply(log));
  EXPECT_EQ(book.parts(), now);
  EXPECT_EQ(facts_between(now, now), "");
  for (const char* bad : {"x\n", "{}\n", "{\"part\":\"a\"}\n", "{\"part\":\"a\",\"x\":1}\n"}) {
    FactBook damaged;
    EXPECT_EQ(damaged.apply(bad).error().code, ErrorCode::kFormat) << bad;
  }
}

TEST(FactLog, LogsThatOutgrowTheFactsAreWrittenAnew) {
  Dna dna;
  std::size_t most = 0;
  for (std::uint32_t i = 1; i <= 200; ++i) {
    dna.generation = i;
    Parts now;
    for (int fact = 0; fact < 100; ++fact) {
      now["files.ndjson"] += fmt::format("{{\"id\":\"f-{}\",\"edits\":{}}}\n", fact, i);
    }
    log_facts(dna, now);
    std::size_t bytes = 0;
    FactBook book;
    for (const auto& [name, log] : dna.facts) {
      bytes += log.size();
      ASSERT_TRUE(book.apply(log));
    }
    ASSERT_EQ(book.parts(), now);
    most = std::max(most, bytes);
  }
  EXPECT_LT(most, std::size_t{100} << 10);
}

}  // namespace
}  // namespace masc::testing
