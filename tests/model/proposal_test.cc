#include "model/proposal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace masc::model {
namespace {

const Instant kNoon = parse_time("2026-03-01T12:00:00Z").value();
const Counts kAll = [](std::string_view) { return true; };

Proposal make(std::size_t electors, const std::string& threshold) {
  Proposal proposal;
  proposal.id = "q-3m8x1c0d";
  proposal.question = "Freeze the API?";
  proposal.threshold = Threshold::parse(threshold).value();
  for (std::size_t i = 0; i < electors; ++i)
    proposal.electorate.push_back(std::string(1, static_cast<char>('a' + i)));
  proposal.opened_by = "a";
  proposal.opened = kNoon;
  proposal.closes = kNoon + std::chrono::hours(1);
  return proposal;
}

Vote ballot(const std::string& agent, Choice choice, Instant at = kNoon) {
  return {agent, choice, "", at};
}

ErrorCode code_of(const Proposal& proposal, const Vote& vote, const Counts& counts = kAll) {
  const auto cast = cast_vote(proposal, vote, counts);
  return cast ? ErrorCode::kBug : cast.error().code;
}

TEST(Threshold, IsAShareOrACount) {
  const struct {
    const char* text;
    std::size_t electors, needed;
  } rows[] = {{"2/3", 3, 2}, {"2/3", 4, 3}, {"2/3", 5, 4}, {"1/2", 4, 2},
              {"1/2", 5, 3}, {"1/1", 5, 5}, {"3", 5, 3},   {"1/1000", 5, 1},
              {"1", 1, 1},   {"4", 3, 4},   {"2/3", 1, 1}, {"999/1000", 1000, 999}};
  for (const auto& row : rows) {
    const auto parsed = Threshold::parse(row.text);
    ASSERT_TRUE(parsed) << row.text;
    EXPECT_EQ(parsed->needed(row.electors), row.needed) << row.text << " of " << row.electors;
    EXPECT_EQ(parsed->str(), row.text);
  }
  for (const char* text : {"", "0", "0/3", "3/2", "1/0", "x", "2/3/4", "-1", "1001", "2/", "/3",
                           "0.5", "50%", " 2", "2/3 "}) {
    EXPECT_FALSE(Threshold::parse(text)) << text;
  }
}

// Every order in which up to five electors can vote yes, no or abstain, against the plain rule: it
// is passed by the vote that makes enough yes, rejected by the one that makes too many others.
class AllOrders {
 public:
  AllOrders(std::size_t electors, const std::string& threshold)
      : start_(make(electors, threshold)), needed_(start_.threshold.needed(electors)) {}

  std::size_t run() {
    go(start_, 0, 0);
    return seen_;
  }

 private:
  void go(const Proposal& now, std::size_t yes, std::size_t others) {
    ++seen_;
    const std::size_t electors = start_.electorate.size();
    const bool passed = yes >= needed_;
    const bool rejected = others > electors - needed_;
    ASSERT_EQ(state_of(now, kNoon), passed     ? ProposalState::kPassed
                                    : rejected ? ProposalState::kRejected
                                               : ProposalState::kOpen);
    ASSERT_FALSE(passed && rejected);
    for (const std::string& agent : start_.electorate) {
      if (now.vote_of(agent) != nullptr) continue;
      for (const Choice choice : {Choice::kYes, Choice::kNo, Choice::kAbstain}) {
        const auto cast = cast_vote(now, ballot(agent, choice), kAll);
        if (passed || rejected) {
          ASSERT_FALSE(cast);
          ASSERT_EQ(cast.error().code, ErrorCode::kClosed);
          continue;
        }
        ASSERT_TRUE(cast && *cast);
        const std::size_t plus = choice == Choice::kYes ? 1 : 0;
        go(**cast, yes + plus, others + 1 - plus);
      }
    }
  }

  Proposal start_;
  std::size_t needed_;
  std::size_t seen_ = 0;
};

TEST(Quorum, EveryOrderOfVotesOfUpToFiveElectorsIsDecidedAsSoonAsItIsCertain) {
  std::size_t seen = 0;
  for (std::size_t electors = 1; electors <= 5; ++electors) {
    for (const char* threshold : {"1/2", "2/3", "1/1", "1/5", "4/5", "1", "2", "3", "4", "5"}) {
      if (Threshold::parse(threshold)->needed(electors) > electors) continue;
      seen += AllOrders(electors, threshold).run();
    }
  }
  EXPECT_GT(seen, 50'000U);
}

// The decision doesn't depend on the order: whoever votes what they vote, the same votes give the
// same verdict, unless fewer of them were enough.
TEST(Quorum, TheSameVotesInAnyOrderGiveTheSameVerdict) {
  std::vector<std::string> order = {"a", "b", "c", "d", "e"};
  for (int code = 0; code < 243; ++code) {
    std::map<std::string, Choice> choice;
    for (int i = 0, rest = code; i < 5; ++i, rest /= 3)
      choice[order[static_cast<std::size_t>(i)]] = static_cast<Choice>(rest % 3);
    std::map<ProposalState, int> verdicts;
    std::vector<std::string> one = order;
    do {
      Proposal now = make(5, "3/5");
      for (const std::string& agent : one) {
        const auto cast = cast_vote(now, ballot(agent, choice[agent]), kAll);
        if (!cast) break;
        now = **cast;
      }
      ++verdicts[state_of(now, kNoon)];
    } while (std::next_permutation(one.begin(), one.end()));
    EXPECT_EQ(verdicts.size(), 1U) << code;
    EXPECT_FALSE(verdicts.contains(ProposalState::kOpen)) << code;
  }
}

TEST(Quorum, AVoteCanBeChangedUntilTheDecision) {
  Proposal now = make(3, "2/3");
  now = **cast_vote(now, ballot("a", Choice::kNo), kAll);
  now = **cast_vote(now, ballot("a", Choice::kYes), kAll);
  EXPECT_EQ(now.votes.size(), 1U);
  EXPECT_EQ(state_of(now, kNoon), ProposalState::kOpen);
  now = **cast_vote(now, ballot("b", Choice::kYes), kAll);
  EXPECT_EQ(state_of(now, kNoon), ProposalState::kPassed);
  EXPECT_EQ(code_of(now, ballot("a", Choice::kNo)), ErrorCode::kClosed);
  EXPECT_EQ(code_of(now, ballot("c", Choice::kNo)), ErrorCode::kClosed);
}

TEST(Quorum, TheSameVoteAgainIsNothingNewEvenAfterTheDecision) {
  Proposal now = make(2, "1");
  now = **cast_vote(now, ballot("a", Choice::kYes), kAll);
  const auto again = cast_vote(now, ballot("a", Choice::kYes, kNoon + std::chrono::hours(9)), kAll);
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
}

TEST(Quorum, OnlyMembersVote) {
  EXPECT_EQ(code_of(make(3, "2/3"), ballot("z", Choice::kYes)), ErrorCode::kRefused);
}

TEST(Quorum, ExpiresWithoutADecisionButADecisionStands) {
  Proposal now = make(3, "2/3");
  now = **cast_vote(now, ballot("a", Choice::kYes), kAll);
  const Instant late = now.closes;
  EXPECT_EQ(state_of(now, late - Duration(1)), ProposalState::kOpen);
  EXPECT_EQ(state_of(now, late), ProposalState::kExpired);
  EXPECT_EQ(code_of(now, ballot("b", Choice::kYes, late)), ErrorCode::kClosed);
  now = **cast_vote(now, ballot("b", Choice::kYes), kAll);
  EXPECT_EQ(state_of(now, late), ProposalState::kPassed);
}

TEST(Quorum, AVoteThatDoesNotCountIsAsIfItWereNotCast) {
  const Counts without_a = [](std::string_view agent) { return agent != "a"; };
  Proposal now = make(3, "2/3");
  EXPECT_EQ(code_of(now, ballot("a", Choice::kYes), without_a), ErrorCode::kRefused);
  now = **cast_vote(now, ballot("a", Choice::kYes), kAll);
  now = **cast_vote(now, ballot("b", Choice::kYes), without_a);
  EXPECT_EQ(state_of(now, kNoon), ProposalState::kOpen);
  // It counts again: the same vote of b decides now.
  const auto again = cast_vote(now, ballot("b", Choice::kYes), kAll);
  ASSERT_TRUE(again && *again);
  EXPECT_EQ(state_of(**again, kNoon), ProposalState::kPassed);
}

TEST(Quorum, AsAGateAsksForItsOwnShareTheSameClaimAndNotTheHolderAlone) {
  Proposal passed = make(3, "1");
  passed.on_generation = 2;
  passed = **cast_vote(passed, ballot("b", Choice::kYes), kAll);
  const Threshold third = Threshold::parse("1/3").value();
  EXPECT_TRUE(is_quorum(passed, third, "a", 2));
  EXPECT_FALSE(is_quorum(passed, Threshold::parse("2/3").value(), "a", 2));
  EXPECT_FALSE(is_quorum(passed, third, "a", 3));
  Proposal alone = make(1, "1");
  alone = **cast_vote(alone, ballot("a", Choice::kYes), kAll);
  EXPECT_FALSE(is_quorum(alone, third, "a", 0));
  EXPECT_TRUE(is_quorum(alone, third, "b", 0));
  EXPECT_FALSE(is_quorum(make(3, "1"), third, "a", 0));
}

TEST(Proposal, SurvivesItsCommitMessage) {
  Proposal now = make(3, "2/3");
  now.question = "Is \"täglich\" one\\two?";
  now.on = TaskId::parse("m-7k3q9fxa").value();
  now.on_generation = 4;
  now.lamport = 7;
  now.unknown = {{"Masc-Weight", "heavy"}};
  now = **cast_vote(now, {"b", Choice::kNo, " two\nlines ", kNoon}, kAll);
  now = **cast_vote(now, ballot("c", Choice::kAbstain), kAll);
  const std::string text =
      format_proposal(now, {"vote_closed", "c", "s1", "0011223344556677", kNoon, "vote abstain"});
  const auto read = parse_proposal(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(format_proposal(read->proposal, read->change), text);
  EXPECT_EQ(read->proposal.votes[0].because, " two\nlines ");
  EXPECT_EQ(read->change.event, "vote_closed");
  EXPECT_EQ(state_of(read->proposal, kNoon), ProposalState::kRejected);
}

TEST(Proposal, OfALaterFormatIsRefused) {
  EXPECT_FALSE(parse_proposal("x\n\nMasc-Format: 2\nMasc-Proposal: q-3m8x1c0d\n"));
  EXPECT_FALSE(parse_proposal("x\n\nMasc-Format: 1\n"));
}

}  // namespace
}  // namespace masc::model
