// How many tokens a text has, without anybody's vocabulary.
//
// The text is cut as o200k_base cuts it before it merges: a word with the one space or sign before
// it (a new one where case rises), digits in threes, runs of signs with the space before and the
// line end behind them, white space. Each piece counts what pieces of its kind and length take
// there on average over documentation and source code, and a little more where they vary much:
// inside of names and paths. So the sum is rather too high, by 5 % on most texts, than too low.
#pragma once

#include <cstddef>
#include <string_view>

namespace masc::handoff {

double estimate_tokens(std::string_view text) noexcept;

}  // namespace masc::handoff
