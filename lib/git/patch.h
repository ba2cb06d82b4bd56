// What changed between two commits, line by line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "model/takeback.h"

namespace masc::git {

// A path that differs, without its lines.
struct ChangedPath {
  std::string old_path;  // "" = new
  std::string new_path;  // "" = deleted
  std::string old_id, new_id;
};

struct DiffOptions {
  bool renames = false;
  std::vector<std::string> paths;  // only these, literally; empty: all
};

// The paths that differ between two commits or trees. One git.
Result<std::vector<ChangedPath>> changed_paths(const Git& git, const std::string& from,
                                               const std::string& to, bool renames);
// With their lines. The user's diff drivers, algorithms and order count for nothing. One git.
Result<std::vector<model::FilePatch>> read_patch(const Git& git, const std::string& from,
                                                 const std::string& to, const DiffOptions& options);
// What git-diff-tree(1) prints with --raw -p -U0 -z --full-index. kFormat.
Result<std::vector<model::FilePatch>> parse_patch(std::string_view output);

}  // namespace masc::git
