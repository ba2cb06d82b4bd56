// Paths as people type them, from where they stand, and as masc keeps them: from the root of the
// work tree, with '/', without "." and "..".
#pragma once

#include <string>

#include "cmd/context.h"

namespace masc::cmd {

// "." is the root itself. The path need not exist. kInvalid where it leads out of the work tree, is
// empty or no UTF-8.
Result<std::string> tree_path(Context& context, const std::string& path);
// The commit that one stands on, to leave a trail on. kNotFound where there is none yet.
Result<std::string> head_commit(Context& context);

}  // namespace masc::cmd
