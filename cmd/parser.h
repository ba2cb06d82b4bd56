// Command-line parsing: the one file that knows CLI11.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/context.h"
#include "cmd/verb.h"

namespace masc::cmd {

// The options that every verb takes, tied to `globals`.
std::vector<Param> global_params(Globals& globals);

// The verb's place in `args` (args[0] is the program): skips global options and their values.
// args.size() where there is none.
std::size_t find_verb_word(const std::vector<std::string>& args);

// Fills the targets of `params` and `globals` from the words of one verb. kUsage, kInvalid.
Result<void> parse(std::string_view verb, const std::vector<std::string>& words,
                   const std::vector<Param>& params, Globals& globals);

}  // namespace masc::cmd
