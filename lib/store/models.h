// Text models that a repository has learnt: refs/masc/models/<name>, a commit whose tree holds
// `model.bin`.
#pragma once

#include <string>
#include <string_view>

#include "store/workspace.h"

namespace masc::store {

// Keeps a model under the name that its content gives it (16 hex digits), and returns the name.
// Once kept, nothing changes it. kFormat if it is none.
Result<std::string> keep_model(Workspace& workspace, std::string_view bytes, std::string_view agent,
                               Instant now);
// kNotFound.
Result<std::string> read_model(const Workspace& workspace, const std::string& name);

}  // namespace masc::store
