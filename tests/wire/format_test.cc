// The vectors in FORMAT.md, with which other programs check themselves.
#include <gtest/gtest.h>
#include <xxhash.h>

#include <cstddef>

#include "base/file.h"
#include "base/text.h"
#include "wire/batch.h"
#include "wire/frame.h"

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
  std::uint64_t& cell(std::size_t i) { return words_[sizeof(ModelHeader) / 8 + i]; }
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
  const std::uint64_t root_base = model.cell(0) >> 8 & 0xffffff;
  std::uint64_t& a = model.cell(root_base + 'a');
  std::uint64_t& ff = model.cell(root_base + 0xff);
  ASSERT_EQ(a & 0xff, std::uint64_t{'a'});
  ff = (ff & ~std::uint64_t{0xffffff00}) | (a & 0xffffff00);
  EXPECT_FALSE(model.opens());
}

}  // namespace
}  // namespace masc::wire
