#include "swarm/predict.h"

#include <gtest/gtest.h>

namespace masc::swarm {
namespace {

using Words = std::vector<std::string>;

double total(const Files& files) {
  double sum = files.unknown;
  for (const Share& share : files.named) sum += share.chance;
  return sum;
}

TEST(Predict, WithoutAnyHintAllIsUnknown) {
  const Files files = predict({}, {});
  EXPECT_TRUE(files.named.empty());
  EXPECT_FLOAT_EQ(files.unknown, 3);
}

TEST(Predict, SpreadsOverTheEpicAndTheNamedFilesInProportion) {
  const std::vector<Weighted> epic = {{1, 3}, {2, 1}};
  const std::vector<Weighted> words = {{2, 1}, {9, 1}};
  const Files one = predict(epic, {});
  ASSERT_EQ(one.named.size(), 2U);
  EXPECT_GT(one.named[0].chance, one.named[1].chance);
  const Files both = predict(epic, words);
  ASSERT_EQ(both.named.size(), 3U);
  EXPECT_NEAR(total(one), 3, 1e-5);
  EXPECT_NEAR(total(both), 3, 1e-5);
  for (const Share& share : both.named) EXPECT_LE(share.chance, 0.9F);
}

TEST(Predict, WordsThatSayNothingAreLeftOut) {
  EXPECT_EQ(telling_words("Fix the Login-Redirect, and add OAuth2 to it"),
            (Words{"login", "oauth2", "redirect"}));
  EXPECT_EQ(telling_words("a b c"), Words{});
  EXPECT_EQ(telling_words("größere Menüs"), (Words{"größere", "menüs"}));
}

TEST(Predict, AWordFindsFilesByTheirNamesAndFolders) {
  WordIndex index;
  index.add(0, "src/auth/login.cc");
  index.add(1, "src/auth_token.cc");
  index.add(2, "src/author.cc");
  EXPECT_EQ(index.find(Words{"auth"}), (std::vector<FileId>{0, 1}));
  EXPECT_EQ(index.find(Words{"login", "auth"}), (std::vector<FileId>{0, 1}));
  EXPECT_TRUE(index.find(Words{"none"}).empty());
  for (FileId file = 3; file < 60; ++file) index.add(file, "src/f.cc");
  EXPECT_TRUE(index.find(Words{"src"}).empty());
  EXPECT_EQ(index.find(Words{"auth"}).size(), 2U);
}

}  // namespace
}  // namespace masc::swarm
