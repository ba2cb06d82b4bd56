// What happened, as masc tells it: its JSON twin and its frame.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace masc::wire {

struct Event {
  std::string name;  // the contract's: "task_claimed"
  Instant at{};
  std::string agent;  // who did it; of a message: its sender
  std::string task;   // "" = none
  std::int64_t generation = 0;
  std::string text;  // for people; of a message: its body
  // Messages and portals only.
  std::string id;
  std::string to;
  std::string portal;  // the portal a message belongs to
  std::string state;   // of a portal
};

// {"jsonrpc":"2.0","method":"notifications/masc/<name>","params":{…}}. A text that is no UTF-8
// becomes `body_base64`.
std::string event_text(const Event& event);

}  // namespace masc::wire
