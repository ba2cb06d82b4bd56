// Makes a model's bytes out of a vocabulary and counts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace masc::wire {

struct ModelPlan {
  struct Token {
    std::string text;         // the last two, end and copy, have none
    std::uint32_t cls = 0;    // 0 … classes - 1, each with at least one token
    std::uint32_t row = 0;    // 0 … rows - kStarts - 1
    std::uint64_t count = 0;  // how often it was seen
  };
  std::vector<Token> tokens;  // every single byte among them
  std::uint32_t classes = 0;
  std::uint32_t rows = 0;
  std::vector<std::uint64_t> pairs;  // [row][class]: how often the class came behind the row
};

// Classes, rows and tokens get new numbers, the most used ones first; tokens go by class.
std::string build_model(const ModelPlan& plan);

}  // namespace masc::wire
