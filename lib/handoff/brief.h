// The brief: what the next agent is told, within a budget of tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "handoff/dna.h"

namespace masc::handoff {

struct Brief {
  std::string text;
  std::size_t tokens = 0;  // by estimate_tokens, rounded up; never over the budget
};

// Deterministic. `name`: how the reader names this DNA to `masc dna page`. kInvalid: a budget below
// kLeastBudget.
inline constexpr int kLeastBudget = 200;
Result<Brief> make_brief(const Dna& dna, const Work& work, int budget, std::string_view name);

// The pages of a section of `budget` tokens each. `section` is its name with or without
// "-<number>".
std::vector<std::string> page_names(const Dna& dna, const Work& work, int budget);
Result<Brief> make_page(const Dna& dna, const Work& work, std::string_view section, int budget);

}  // namespace masc::handoff
