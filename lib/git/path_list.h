// Lists of paths in replies.
#pragma once

#include <string>
#include <vector>

namespace masc::git {

// "a, b, c and 4 more", safe to print.
std::string path_list(const std::vector<std::string>& paths);
// The same, whole, as a JSON array: for an error's fact.
std::string path_list_json(const std::vector<std::string>& paths);

}  // namespace masc::git
