#include "git/staged.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace masc::git {
namespace {

Result<std::vector<std::string>> names_in(std::string_view output) {
  std::vector<std::string> names;
  while (!output.empty()) names.emplace_back(take_until(output, '\0'));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> differing(const Git& git, const std::string& commit) {
  MASC_TRY(const Finished diff,
           git.run({"diff-index", "--cached", "--name-only", "-z", "--no-renames",
                    "--ignore-submodules=none", commit, "--"}));
  if (diff.ok()) return names_in(diff.out);
  if (commit != "HEAD") return fail(git_error(diff, "git diff-index"));
  // Before the first commit all that is in the index is new.
  MASC_TRY(const Finished listed, git.run({"ls-files", "--cached", "-z"}));
  if (!listed.ok()) return fail(git_error(listed, "git ls-files"));
  return names_in(listed.out);
}

}  // namespace

Result<std::vector<std::string>> staged_paths(const Git& git, const Repository& repository,
                                              const std::string& index_file) {
  Git here = git.in(repository.work_tree);
  if (!index_file.empty()) {
    here = here.with_variable("GIT_INDEX_FILE", join_path(repository.work_tree, index_file));
  }
  MASC_TRY(auto paths, differing(here, "HEAD"));
  MASC_TRY(const auto merged, read_file_if_any(repository.git_dir + "/MERGE_HEAD"));
  if (!merged || paths.empty()) return paths;
  for (const std::string_view parent : split_lines(*merged)) {
    MASC_TRY(const auto others, differing(here, std::string(parent)));
    std::vector<std::string> both;
    std::set_intersection(paths.begin(), paths.end(), others.begin(), others.end(),
                          std::back_inserter(both));
    paths = std::move(both);
  }
  return paths;
}

}  // namespace masc::git
