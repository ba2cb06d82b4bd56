// Playing a history: agents claim, work and land through masc, and each landing is repeated by git
// alone on the same base, so that in the end the two agree on the whole.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "replay/history.h"

namespace masc::replay {

struct Played {
  int landings = 0;
  int conflicts = 0;  // refused as such by masc, and by git as well
  int planted = 0;    // stale copies that would undo a landed line
  int caught = 0;
  int false_alarms = 0;
  bool same_tree = true;          // as the serial integration's
  std::vector<std::string> lost;  // landed lines that went though no step meant it
  std::vector<std::string> notes;
};

// In a folder of its own below `root`, which is left behind. `order`: seed of the order of landing.
Result<Played> play(const History& history, const std::string& masc, const std::string& root,
                    const git::Environment& environment, unsigned order);

}  // namespace masc::replay
