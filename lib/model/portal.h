// A portal: a direct exchange of two agents with a state that both, and everyone else, can see.
//
//   open → accepted → replying → completed | closed
//   open for longer than its term: expired → closed
//
// Only its two parties may do anything. A reply of the one who was asked accepts an open portal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace masc::model {

enum class PortalState { kOpen, kAccepted, kReplying, kCompleted, kClosed, kExpired };
std::string_view portal_state_name(PortalState state) noexcept;
Result<PortalState> parse_portal_state(std::string_view name);

enum class PortalAct { kAccept, kReply, kComplete, kClose };
std::string_view portal_act_name(PortalAct act) noexcept;  // "accept", …

inline constexpr std::chrono::hours kPortalTerm{24};

struct Portal {
  std::string id;  // "p-" and 8 digits of Crockford's base 32
  std::string from, to, task;
  PortalState state = PortalState::kOpen;  // as last written: see portal_state_at()
  Instant opened{};
  Instant expires{};  // if nobody has accepted it by then
  std::string version;
};

PortalState portal_state_at(const Portal& portal, Instant now) noexcept;
bool portal_is_over(PortalState state) noexcept;
// The state after `agent` does `act`; nullopt: it is that already. kRefused for strangers and acts
// out of turn, kClosed where it is over.
Result<std::optional<PortalState>> decide_portal(const Portal& portal, std::string_view agent,
                                                 PortalAct act, Instant now);

}  // namespace masc::model
