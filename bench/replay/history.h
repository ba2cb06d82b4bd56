// Histories of agents at work, as text (bench/replay/README.md) and made at random.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace masc::replay {

using Lines = std::vector<std::string>;

struct Step {
  std::string
      verb;  // append, insert, drop, indent, move, write, remove, rename, sync, stale, commit
  std::size_t line = 0;   // counts from 1, and goes round where the file is shorter
  std::size_t count = 0;  // of lines to move
  std::string path;
  std::string to;
  std::string text;
  Lines lines;  // of write
};

struct Agent {
  std::string name;
  std::string after;  // lands behind this agent; "" = any time
  std::vector<Step> steps;
};

struct History {
  std::string strategy = "merge";
  std::map<std::string, Lines> files;
  std::vector<Agent> agents;
};

// kInvalid with the number of the line.
Result<History> parse_history(std::string_view text);
std::string format_history(const History& history);

// The same history for the same seed. `plant`: the last agent keeps a stale copy of a file that
// another one changes before it lands.
History make_history(unsigned seed, bool plant);

}  // namespace masc::replay
