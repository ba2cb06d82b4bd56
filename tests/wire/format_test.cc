// The vectors in FORMAT.md, with which other programs check themselves.
#include <gtest/gtest.h>
#include <xxhash.h>

#include <cstddef>

#include "base/file.h"
#include "base/text.h"
#include "wire/batch.h"
#include "wire/frame.h"
#include "wire/train.h"

namespace masc::wire {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

struct Vectors {
  std::vector<std::string> messages;  // between backticks
  std::vector<std::string> frames;    // indented; the last one is the batch of all
};

Vectors vectors() {
  const auto text = read_file(MASC_FORMAT);
  EXPECT_TRUE(text.has_value());
  Vectors found;
  const std::string_view part = std::string_view(*text).substr(text->find("\n## Vectors\n"));
  for (const std::string_view line : split_lines(part)) {
    if (line.starts_with("    ")) found.frames.emplace_back(line.substr(4));
    if (line.starts_with("`")) found.messages.emplace_back(line.substr(1, line.rfind('`') - 1));
  }
  return found;
}

TEST(Format, ItsVectorsHold) {
  const Vectors all = vectors();
  ASSERT_EQ(all.messages.size(), std::size_t{4});
  ASSERT_EQ(all.frames.size(), std::size_t{9});
  Encoder encoder;
  for (std::size_t i = 0; i < all.messages.size(); ++i) {
    std::string plain, summed;
    ASSERT_TRUE(encoder.encode(all.messages[i], plain).has_value());
    ASSERT_TRUE(encoder.encode(all.messages[i], summed, {.checksum = true}).has_value());
    EXPECT_EQ(hex(plain), all.frames[2 * i]) << all.messages[i];
    EXPECT_EQ(hex(summed), all.frames[2 * i + 1]) << all.messages[i];
  }
  BatchEncoder batches;
  std::string batch;
  const std::vector<std::string_view> messages(all.messages.begin(), all.messages.end());
  ASSERT_TRUE(batches.encode(messages, batch).has_value());
  EXPECT_EQ(hex(batch), all.frames.back());
}

// open() checks every index of a model; the one compiled in is used without.
TEST(Format, TheCompiledInModelIsSound) {
  const auto model = Model::open(Model::compiled_in().bytes());
  ASSERT_TRUE(model.has_value());
  EXPECT_EQ(model->profile(), Model::compiled_in().profile());
}

// A copy of the compiled-in model that can be damaged.
class Damaged {
 public:
  Damaged() : words_(Model::compiled_in().bytes().size() / 8 + 1) {
    const std::string_view bytes = Model::compiled_in().bytes();
    size_ = bytes.size();
    std::copy(bytes.begin(), bytes.end(), data());
  }
  char* data() { return reinterpret_cast<char*>(words_.data()); }
  ModelHeader header() {
    ModelHeader header;
    std::memcpy(&header, data(), sizeof header);
    return header;
  }
  std::uint64_t& cell(std::size_t i) {
    return words_[(sizeof(ModelHeader) + header().rows * 4 * kRowWidth) / 8 + i];
  }
  std::size_t cells() { return header().cells; }
  ModelBucket* buckets() { return reinterpret_cast<ModelBucket*>(&cell(cells())); }
  ModelOutcome* outcomes() {
    auto* const entries = reinterpret_cast<ModelEntry*>(buckets() + header().buckets);
    return reinterpret_cast<ModelOutcome*>(entries + header().tokens);
  }
  // With a profile that is right.
  bool opens() {
    const auto hash = XXH3_64bits(data() + sizeof(ModelHeader), size_ - sizeof(ModelHeader));
    data()[offsetof(ModelHeader, profile)] = static_cast<char>(hash);
    return Model::open({data(), size_}).has_value();
  }
  bool opens_as_it_is() { return Model::open({data(), size_}).has_value(); }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
};

TEST(Format, AModelThatDoesNotHashToItsProfileIsRefused) {
  Damaged model;
  EXPECT_TRUE(model.opens());
  ++model.data()[offsetof(ModelHeader, profile)];
  EXPECT_FALSE(model.opens_as_it_is());
}

TEST(Format, AModelInWhichTwoTextsLeadToOneEntryIsRefused) {
  Damaged model;
  const std::size_t root_base = Model::base_of(model.cell(0));
  const std::uint64_t a = model.cell(root_base + 'a');
  std::uint64_t& ff = model.cell(root_base + 0xff);
  ASSERT_EQ(a & 0xff, std::uint64_t{'a'});
  ff = (ff & 0x3fffffffffff) | std::uint64_t{Model::base_of(a)} << 46;
  EXPECT_FALSE(model.opens());
}

// What is read of an entry stands in several places.
TEST(Format, AModelThatReadsAnotherEntryThanItWritesIsRefused) {
  const std::uint32_t end = Model::compiled_in().end_token();
  Damaged model;
  model.buckets()[100].outcome ^= 1;
  EXPECT_FALSE(model.opens());
  model.buckets()[100].outcome ^= 1;
  ASSERT_TRUE(model.opens());
  model.outcomes()[end - 1] ^= 1 << 9;
  EXPECT_FALSE(model.opens());
  model.outcomes()[end - 1] ^= 1 << 9;
  ASSERT_TRUE(model.opens());
  // The end of a text is told from a copy by where its text would begin.
  std::size_t bucket = model.header().buckets - 1;
  while (model.buckets()[bucket].outcome != model.outcomes()[end]) --bucket;
  for (ModelOutcome* const one : {&model.buckets()[bucket].outcome, &model.outcomes()[end]})
    *one |= 1 << 14;
  EXPECT_FALSE(model.opens());
}

// The parse takes the cheapest way, so that one to no entry has to be dear.
TEST(Format, AModelInWhichNoEntryIsCheapIsRefused) {
  Damaged model;
  std::size_t i = 0;
  while (Model::entry_at(model.cell(i)) != kNoEntry) ++i;
  model.cell(i) ^= std::uint64_t{1} << 45;
  EXPECT_FALSE(model.opens());
}

// The parse follows the trie without a look at how deep it is.
TEST(Format, AModelWithATrieDeeperThanAnEntryIsRefused) {
  Damaged model;
  const Model& whole = Model::compiled_in();
  std::uint32_t token = 0;
  while (whole.text(token).size() != kLongestToken) ++token;
  std::size_t at = 0;
  for (const char c : whole.text(token))
    at = Model::base_of(model.cell(at)) + static_cast<unsigned char>(c);
  ASSERT_EQ(Model::entry_at(model.cell(at)), token);
  ASSERT_EQ(Model::base_of(model.cell(at)), 0U);
  // A cell that is no node becomes one behind it, by its own label.
  std::vector<bool> owned(model.cells());
  for (std::size_t i = 0; i < model.cells(); ++i) owned[Model::base_of(model.cell(i))] = true;
  std::size_t free = 256;
  while (owned[free - (model.cell(free) & 0xff)]) ++free;
  model.cell(at) |= std::uint64_t{free - (model.cell(free) & 0xff)} << 46;
  EXPECT_FALSE(model.opens());
  // Behind a shorter one there may be something more.
  model.cell(at) &= 0x3fffffffffff;
  EXPECT_TRUE(model.opens());
}

TEST(Format, EntriesForWhichThereIsNoRoomAreLeftOut) {
  constexpr std::size_t kWords = 15000;
  TrainOptions options;
  for (std::size_t i = 0; i < kWords; ++i)
    options.keep.push_back(fmt::format("much-the-same-{:05}", i));
  Trainer trainer;
  for (std::size_t i = 0; i < 1200; ++i) trainer.add(options.keep[i * 7]);
  const auto bytes = trainer.train(options);
  ASSERT_TRUE(bytes.has_value());
  std::vector<std::uint64_t> memory(bytes->size() / 8 + 1);
  std::copy(bytes->begin(), bytes->end(), reinterpret_cast<char*>(memory.data()));
  const auto model = Model::open({reinterpret_cast<const char*>(memory.data()), bytes->size()});
  ASSERT_TRUE(model.has_value());
  EXPECT_LE(model->vocabulary().size(), kMostText);
  EXPECT_GT(model->vocabulary().size(), kMostText - kLongestToken);
  std::string frame, back;
  ASSERT_TRUE(Encoder(*model).encode(options.keep.back(), frame).has_value());
  ASSERT_TRUE(Decoder(*model).decode(frame, back).has_value());
  EXPECT_EQ(back, options.keep.back());
}

}  // namespace
}  // namespace masc::wire
