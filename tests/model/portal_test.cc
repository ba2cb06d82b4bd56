#include "model/portal.h"

#include <gtest/gtest.h>

namespace masc::model {
namespace {

struct Case {
  PortalState from;
  std::string_view agent;
  PortalAct act;
  std::string_view outcome;  // the state after it, "same", or an error's name
};

TEST(Portal, OnlyItsPartiesActAndOnlyWhileItLasts) {
  using enum PortalState;
  using enum PortalAct;
  const Case cases[] = {
      {kOpen, "bo", kAccept, "accepted"},        {kOpen, "al", kAccept, "refused"},
      {kOpen, "cy", kAccept, "refused"},         {kOpen, "bo", kReply, "replying"},
      {kOpen, "al", kReply, "refused"},          {kOpen, "bo", kComplete, "refused"},
      {kOpen, "al", kComplete, "refused"},       {kOpen, "al", kClose, "closed"},
      {kOpen, "bo", kClose, "closed"},           {kAccepted, "bo", kAccept, "same"},
      {kAccepted, "al", kReply, "replying"},     {kAccepted, "bo", kReply, "replying"},
      {kAccepted, "al", kComplete, "completed"}, {kReplying, "al", kReply, "replying"},
      {kReplying, "cy", kReply, "refused"},      {kReplying, "bo", kAccept, "same"},
      {kReplying, "bo", kClose, "closed"},       {kCompleted, "al", kReply, "closed!"},
      {kCompleted, "al", kComplete, "same"},     {kCompleted, "bo", kClose, "closed!"},
      {kClosed, "al", kClose, "same"},           {kClosed, "bo", kAccept, "closed!"},
      {kExpired, "bo", kAccept, "closed!"},      {kExpired, "al", kReply, "closed!"},
      {kExpired, "al", kClose, "closed"},        {kExpired, "bo", kClose, "closed"},
      {kExpired, "cy", kClose, "refused"},
  };
  Portal portal;
  portal.id = "p-1234abcd";
  portal.from = "al";
  portal.to = "bo";
  portal.expires = Instant(std::chrono::hours(24));
  for (const Case& c : cases) {
    portal.state = c.from;
    const auto next = decide_portal(portal, c.agent, c.act, Instant{});
    std::string outcome;
    if (!next) {
      outcome = next.error().code == ErrorCode::kClosed ? "closed!"
                                                        : std::string(code_name(next.error().code));
    } else {
      outcome = *next ? std::string(portal_state_name(**next)) : "same";
    }
    EXPECT_EQ(outcome, c.outcome) << portal_state_name(c.from) << " " << c.agent << " "
                                  << portal_act_name(c.act);
  }
}

TEST(Portal, ExpiresOnlyWhileNobodyHasAccepted) {
  Portal portal;
  portal.expires = Instant(std::chrono::hours(24));
  EXPECT_EQ(portal_state_at(portal, Instant(std::chrono::hours(23))), PortalState::kOpen);
  EXPECT_EQ(portal_state_at(portal, Instant(std::chrono::hours(24))), PortalState::kExpired);
  portal.state = PortalState::kAccepted;
  EXPECT_EQ(portal_state_at(portal, Instant(std::chrono::hours(99))), PortalState::kAccepted);
}

TEST(Portal, StatesRoundTripThroughTheirNames) {
  for (int i = 0; i < 6; ++i) {
    const auto state = static_cast<PortalState>(i);
    EXPECT_EQ(*parse_portal_state(portal_state_name(state)), state);
  }
  EXPECT_FALSE(parse_portal_state("shut").has_value());
}

}  // namespace
}  // namespace masc::model
