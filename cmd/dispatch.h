// From words to a finished process: finds the verb, parses, runs, prints.
#pragma once

#include <string>
#include <vector>

#include "cmd/context.h"
#include "cmd/output.h"

namespace masc::cmd {

// `args` as main() got them, args[0] included. Never throws.
Printed run_command(const Outside& outside, std::vector<std::string> args);

}  // namespace masc::cmd
