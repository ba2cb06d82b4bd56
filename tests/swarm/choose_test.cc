#include "swarm/choose.h"

#include <gtest/gtest.h>

#include <cmath>

namespace masc::swarm {
namespace {

const Weights kWeights = tuned_weights();

Candidate make(double priority, const std::vector<FileId>& files = {}, double waited = 0) {
  Candidate candidate;
  candidate.priority = priority;
  candidate.waited_days = waited;
  for (const FileId file : files) candidate.files.named.push_back({file, 1});
  return candidate;
}

TEST(Choose, WithNothingElseThePriorityDecidesAndADayIsALevel) {
  const Field field;
  const Self self;
  EXPECT_DOUBLE_EQ(score(make(0), field, self, kWeights), 4);
  EXPECT_DOUBLE_EQ(score(make(4), field, self, kWeights), 0);
  EXPECT_DOUBLE_EQ(score(make(4, {}, 2), field, self, kWeights),
                   score(make(2), field, self, kWeights));
}

TEST(Choose, KeepsAwayFromFilesThatOthersTouchTheMoreTheMore) {
  Field field;
  field.add_live(make(2, {1, 2}).files);
  field.add_live(make(2, {2}).files);
  const Self self;
  const double none = score(make(2, {7}), field, self, kWeights);
  const double one = score(make(2, {1}), field, self, kWeights);
  const double two = score(make(2, {2}), field, self, kWeights);
  EXPECT_GT(none, one);
  EXPECT_GT(one, two);
  field.drop_live(make(2, {1, 2}).files);
  field.drop_live(make(2, {2}).files);
  EXPECT_NEAR(score(make(2, {2}), field, self, kWeights), none, 1e-9);
}

// Whatever the forces say, nobody waits for ever: they stay within ±reach, and waiting has no end.
TEST(Choose, StarvesNothing) {
  Field field;
  for (int i = 0; i < 100; ++i) field.add_live(make(2, {1}).files);
  Self self;
  self.record = {-5};
  self.in_epic = {0, 50};
  Candidate worst = make(4, {1});
  worst.labels = {0};
  worst.epic = 1;
  const double low = score(worst, field, self, kWeights);
  EXPECT_GE(low, -kWeights.reach);
  worst.waited_days = 4 + 2 * kWeights.reach;
  Candidate best = make(0, {9});
  best.behind = 1000;
  EXPECT_LE(score(best, field, self, kWeights), 4 + kWeights.reach);
  EXPECT_GT(score(worst, field, self, kWeights), score(best, field, self, kWeights));
}

TEST(Choose, FollowsTheOwnRecordTheEpicTheLineAndTheTrail) {
  Field field;
  field.set_trail(3, 4, 0);
  field.set_trail(4, 0, 4);
  Self self;
  self.record = {0.5, -0.5};
  self.epic = 1;
  self.in_epic = {0, 0, 2};
  const auto of = [&](auto change) {
    Candidate candidate = make(2, {7});
    change(candidate);
    return score(candidate, field, self, kWeights);
  };
  const double plain = of([](Candidate&) {});
  EXPECT_GT(of([](Candidate& c) { c.labels = {0}; }), plain);
  EXPECT_LT(of([](Candidate& c) { c.labels = {1}; }), plain);
  EXPECT_DOUBLE_EQ(of([](Candidate& c) { c.labels = {8}; }), plain);
  EXPECT_GT(of([](Candidate& c) { c.epic = 1; }), plain);
  EXPECT_LT(of([](Candidate& c) { c.epic = 2; }), plain);
  EXPECT_GT(of([](Candidate& c) { c.behind = 3; }), plain);
  EXPECT_GT(of([](Candidate& c) { c.files.named[0].file = 3; }), plain);
  EXPECT_LT(of([](Candidate& c) { c.files.named[0].file = 4; }), plain);
}

TEST(Choose, TakesEarlyWhatOverlapsWithMuchThatIsStillToCome) {
  Field field;
  const Candidate hot = make(2, {1, 2});
  const Candidate cold = make(2, {8, 9});
  for (const auto& files : {hot.files, cold.files, make(2, {1}).files, make(2, {2}).files})
    field.add_ready(files);
  EXPECT_DOUBLE_EQ(field.shared_with_ready(hot.files), 2);
  EXPECT_DOUBLE_EQ(field.shared_with_ready(cold.files), 0);
  EXPECT_GT(score(hot, field, {}, kWeights), score(cold, field, {}, kWeights));
}

TEST(Choose, SharesNothingWithItselfHoweverLittleIsKnown) {
  Field field;
  field.add_heat(0, 3);
  field.add_heat(1, 1);
  Candidate candidate = make(2, {1});
  candidate.files.unknown = 2;
  field.add_ready(candidate.files);
  EXPECT_NEAR(field.shared_with_ready(candidate.files), 0, 1e-6);
  field.add_ready(make(2, {1}).files);
  EXPECT_NEAR(field.shared_with_ready(candidate.files), 1 + 2 * 0.25, 1e-6);
}

// The unknown files of a task meet others' by the share of heat, whatever order it came in.
TEST(Field, SpreadsWhatIsUnknownByHeat) {
  Field field;
  field.add_live(make(2, {0}).files);
  field.add_heat(0, 3);
  field.add_heat(1, 1);
  Files unknown;
  unknown.unknown = 2;
  EXPECT_NEAR(field.shared_with_live(unknown), 2 * 0.75, 1e-6);
  field.add_live(unknown);
  EXPECT_NEAR(field.shared_with_live(make(2, {0}).files), 1 + 2 * 0.75, 1e-6);
  EXPECT_NEAR(field.shared_with_live(unknown), 1.5 + 4 * (0.5625 + 0.0625), 1e-6);
}

TEST(Score, ItsTermsExplainIt) {
  Field field;
  field.add_live(make(2, {1}).files);
  field.add_ready(make(1, {1, 2}).files);
  Self self;
  self.record = {0.3};
  Candidate candidate = make(1, {1, 2}, 0.5);
  candidate.labels = {0};
  candidate.behind = 2;
  const Score got = explain(candidate, field, self, kWeights);
  double led = 0;
  double x = 0;
  for (const Term& term : got.terms) {
    const bool leads = term.kind == TermKind::kPriority || term.kind == TermKind::kWaiting;
    (leads ? led : x) += term.weight * term.value;
    EXPECT_FALSE(term_name(term.kind).empty());
  }
  EXPECT_NEAR(got.total, led + kWeights.reach * x / (1 + std::abs(x)), 1e-12);
  EXPECT_DOUBLE_EQ(got.total, score(candidate, field, self, kWeights));
}

TEST(Record, ComparesTimesAndTrustsFewOfThemLittle) {
  const Times all{10, 10 * std::log(100.0)};
  EXPECT_DOUBLE_EQ(record_of({}, all), 0);
  const double few = record_of({1, std::log(50.0)}, all);
  const double many = record_of({100, 100 * std::log(50.0)}, all);
  EXPECT_GT(few, 0);
  EXPECT_GT(many, few);
  EXPECT_LT(many, std::log(2.0));
  EXPECT_LT(record_of({5, 5 * std::log(200.0)}, all), 0);
  // A failed check is a task of twice the time, with others to compare with or not.
  EXPECT_NEAR(record_of({4, 4 * std::log(100.0), 1}, all),
              record_of({5, 5 * std::log(100.0) + std::log(2.0)}, all), 1e-12);
  EXPECT_LT(record_of({0, 0, 1}, {}), 0);
  EXPECT_GT(record_of({0, 0, 1}, {}), -std::log(2.0));
}

}  // namespace
}  // namespace masc::swarm
