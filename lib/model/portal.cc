#include "model/portal.h"

#include <array>

namespace masc::model {
namespace {

constexpr std::array<std::string_view, 6> kStates = {"open",      "accepted", "replying",
                                                     "completed", "closed",   "expired"};
constexpr std::array<std::string_view, 4> kActs = {"accept", "reply", "complete", "close"};

}  // namespace

std::string_view portal_state_name(PortalState state) noexcept {
  return kStates[static_cast<std::size_t>(state)];
}
std::string_view portal_act_name(PortalAct act) noexcept {
  return kActs[static_cast<std::size_t>(act)];
}

Result<PortalState> parse_portal_state(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == name) return static_cast<PortalState>(i);
  return fail(ErrorCode::kFormat, "'{}' is no state of a portal", name);
}

PortalState portal_state_at(const Portal& portal, Instant now) noexcept {
  return portal.state == PortalState::kOpen && now >= portal.expires ? PortalState::kExpired
                                                                     : portal.state;
}

bool portal_is_over(PortalState state) noexcept {
  return state == PortalState::kCompleted || state == PortalState::kClosed ||
         state == PortalState::kExpired;
}

Result<std::optional<PortalState>> decide_portal(const Portal& portal, std::string_view agent,
                                                 PortalAct act, Instant now) {
  const bool asked = agent == portal.to;
  if (!asked && agent != portal.from)
    return fail(
        error(ErrorCode::kRefused, "{} is between {} and {}", portal.id, portal.from, portal.to)
            .hint("masc portal open " + portal.to));
  const PortalState state = portal_state_at(portal, now);
  const bool again = (act == PortalAct::kComplete && state == PortalState::kCompleted) ||
                     (act == PortalAct::kClose && state == PortalState::kClosed) ||
                     (act == PortalAct::kAccept && asked &&
                      (state == PortalState::kAccepted || state == PortalState::kReplying));
  if (again) return std::nullopt;
  // One that expired is put away like one that waits: nobody had the last word there.
  if (state == PortalState::kExpired && act == PortalAct::kClose) return PortalState::kClosed;
  if (portal_is_over(state))
    return fail(error(ErrorCode::kClosed, "{} is {}", portal.id, portal_state_name(state))
                    .hint(fmt::format("masc portal open {} 'TEXT'   (a new one)",
                                      asked ? portal.from : portal.to))
                    .fact("state", portal_state_name(state)));
  const bool open = state == PortalState::kOpen;
  switch (act) {
    case PortalAct::kAccept:
      if (asked) return PortalState::kAccepted;
      return fail(error(ErrorCode::kRefused, "{} is for {} to accept", portal.id, portal.to)
                      .hint("masc inbox --wait 10m   (hears of it)")
                      .fact("state", portal_state_name(state)));
    case PortalAct::kReply:
    case PortalAct::kComplete:
      if (open && !asked)
        return fail(error(ErrorCode::kRefused, "{} has not accepted {} yet", portal.to, portal.id)
                        .hint("masc inbox --wait 10m   (hears of it)")
                        .fact("state", portal_state_name(state)));
      if (open && act == PortalAct::kComplete)
        return fail(error(ErrorCode::kRefused, "{} was not accepted yet", portal.id)
                        .hint("masc portal accept " + portal.id)
                        .fact("state", portal_state_name(state)));
      return act == PortalAct::kReply ? PortalState::kReplying : PortalState::kCompleted;
    case PortalAct::kClose: return PortalState::kClosed;
  }
  return std::nullopt;
}

}  // namespace masc::model
