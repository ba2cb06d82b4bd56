// The vectors in FORMAT.md, with which other programs check themselves.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace masc::wire
