// SHA-256 (FIPS 180-4) of a short text: how a client names a project's folder.
#pragma once

#include <string>
#include <string_view>

namespace masc::handoff {

std::string sha256_hex(std::string_view text);

}  // namespace masc::handoff
