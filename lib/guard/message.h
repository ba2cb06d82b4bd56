// The trailers that prepare-commit-msg adds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace masc::guard {

// `message` (a commit message file as git prepares it, comments included) with each of `trailers`
// ("Masc-Task: m-…") that it does not have yet: in its last paragraph where that is a trailer
// block, else as a paragraph of their own, before comments and scissors. A message without any
// words of its own is left alone: git must still see that it is empty when its author leaves the
// editor.
std::string add_trailers(std::string_view message, const std::vector<std::string>& trailers);

}  // namespace masc::guard
