#include "git/path_list.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace masc::git {

std::string path_list(const std::vector<std::string>& paths) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), kMost); ++i) {
    text += (i == 0 ? "" : ", ") + printable(paths[i]);
  }
  if (paths.size() > kMost) text += fmt::format(" and {} more", paths.size() - kMost);
  return text;
}

std::string path_list_json(const std::vector<std::string>& paths) {
  JsonWriter json;
  json.strings(paths);
  return json.take();
}

}  // namespace masc::git
