#include "model/forecast_order.h"

#include <gtest/gtest.h>

namespace masc::model {
namespace {

using Order = std::vector<std::size_t>;

TEST(LandingOrder, WithoutConflictsIsTheirOwn) {
  EXPECT_EQ(landing_order(3, {}), (Order{0, 1, 2}));
  EXPECT_EQ(landing_order(0, {}), Order{});
}

TEST(LandingOrder, LetsOneWaitInsteadOfThree) {
  EXPECT_EQ(landing_order(4, {{0, 1}, {0, 2}, {0, 3}}), (Order{1, 2, 3, 0}));
}

TEST(LandingOrder, FindsTheMostWhereTheFewestConflictsMislead) {
  // 0 has two conflicts, 1 to 4 have three or two; the best three are 1, 3 and 5.
  const auto order = landing_order(6, {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 0}});
  EXPECT_EQ(Order(order.begin(), order.begin() + 3), (Order{0, 2, 4}));
}

TEST(LandingOrder, PutsWhatDoesNotLandAtAllLast) {
  EXPECT_EQ(landing_order(3, {{0, 0}}), (Order{1, 2, 0}));
}

TEST(LandingOrder, OfManyIsStillFree) {
  std::vector<std::pair<std::size_t, std::size_t>> conflicts;
  for (std::size_t i = 0; i + 1 < 40; ++i) conflicts.emplace_back(i, i + 1);
  const auto order = landing_order(40, conflicts);
  ASSERT_EQ(order.size(), 40U);
  for (std::size_t i = 0; i < 13; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto near = order[i] > order[j] ? order[i] - order[j] : order[j] - order[i];
      EXPECT_NE(near, 1U);
    }
  }
}

}  // namespace
}  // namespace masc::model
