// The policy as text: .masc.yaml by the contract's schema.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/policy.h"

namespace masc::model {

inline constexpr const char* kPolicyFile = ".masc.yaml";

// Unset keys have their defaults. kInvalid, with the facts `line` and `column`, for YAML that does
// not parse, unknown keys and wrong types.
Result<Policy> parse_policy(std::string_view yaml);

}  // namespace masc::model
