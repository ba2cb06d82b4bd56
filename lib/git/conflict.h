// Who else changed the paths that a landing is in conflict about.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"

namespace masc::git {

struct ConflictPath {
  std::string path;
  std::vector<std::string> tasks;  // ids, newest first; none where nobody left a trailer
};

// For each of `paths` the tasks named by Masc-Task trailers of commits that changed it in `base`
// but are not in `tip`. One git.
Result<std::vector<ConflictPath>> name_conflicts(const Git& git, const std::string& base,
                                                 const std::string& tip,
                                                 const std::vector<std::string>& paths);
// `[{"path":…,"tasks":[…]}]`
std::string conflicts_json(const std::vector<ConflictPath>& conflicts);

}  // namespace masc::git
