// The same small piece of work as each client writes it down. Invented.
#pragma once

#include <string>
#include <vector>

#include "handoff/client.h"

namespace masc::testing {

struct Story {
  handoff::Client client;
  std::string text;
};

// A user asks, `make test` fails, src/clock.c is edited, `make test` passes.
std::vector<Story> stories();

}  // namespace masc::testing
