// Landing, as `land` and `run --land` do it.
#pragma once

#include <string>

#include "cmd/context.h"

namespace masc::cmd {

// Lands the actor's claim with the policy's settings. What `land` would print.
Result<std::string> land_for_run(Context& context, const model::TaskId& id);

}  // namespace masc::cmd
