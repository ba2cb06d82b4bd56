// What a task's fields may hold, wherever they come from: options, files to import.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace masc::model {

Result<int> check_priority(std::int64_t priority);    // 0 (first) to 4; kInvalid
Result<void> check_label(std::string_view label);     // one line of at most 128 bytes; kInvalid
Result<void> check_key(std::string_view key);         // one line of at most 256 bytes; kInvalid
Result<void> check_glob(const std::string& pattern);  // relative, inside the work tree; kInvalid
// A note or a reason: UTF-8 text of at most 64 KiB, not blank. kInvalid.
Result<void> check_note(std::string_view text, std::string_view what);

}  // namespace masc::model
