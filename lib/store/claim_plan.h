// What the files of Claims share.
#pragma once

#include <optional>
#include <string>

#include "git/slot.h"
#include "store/claims.h"
#include "store/ports.h"

namespace masc::store {

// Where a claim's work begins and lands, found out before anything is written.
struct Claims::Plan {
  std::string base;
  std::string base_commit;
  std::string tip;  // of the task's own branch from an earlier claim; "" = no branch yet
  std::optional<git::SlotReservation> slot;
  PortLease ports;
};

}  // namespace masc::store
