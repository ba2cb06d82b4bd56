// The text an agent is given about its task.
#pragma once

#include <string>

#include "cmd/context.h"

namespace masc::cmd {

// Title, body, notes, and the rules of work here in at most 12 lines.
Result<std::string> prompt_text(Context& context, const model::Task& task);

}  // namespace masc::cmd
