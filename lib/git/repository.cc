#include "git/repository.h"

#include "base/file.h"
#include "base/text.h"

namespace masc::git {
namespace {

// What git itself asks of a git directory (is_git_directory in git's setup.c).
bool looks_like_git_dir(const std::string& path) {
  if (!exists(path + "/HEAD")) return false;
  if (exists(path + "/commondir")) return true;
  return is_directory(path + "/objects") && is_directory(path + "/refs");
}

// A ".git" file's "gitdir: PATH"; relative to the folder of the file.
Result<std::string> read_gitfile(const std::string& path) {
  MASC_TRY(const std::string text, read_file(path));
  constexpr std::string_view kPrefix = "gitdir: ";
  if (!text.starts_with(kPrefix)) {
    return fail(ErrorCode::kNotARepository, "'{}' is no git file", path);
  }
  const std::string_view target = trim(std::string_view(text).substr(kPrefix.size()));
  return join_path(dir_name(path), target);
}

Result<Repository> from_git_dir(const std::string& git_dir, const std::string& work_tree) {
  if (!looks_like_git_dir(git_dir)) {
    return fail(ErrorCode::kNotARepository, "'{}' is no git repository", git_dir);
  }
  Repository repository;
  MASC_TRY(repository.git_dir, real_path(git_dir));
  repository.common_dir = repository.git_dir;
  MASC_TRY(const auto common, read_file_if_any(repository.git_dir + "/commondir"));
  if (common) {
    MASC_TRY(repository.common_dir, real_path(join_path(repository.git_dir, trim(*common))));
  }
  if (!work_tree.empty()) {
    MASC_TRY(repository.work_tree, real_path(work_tree));
  }
  return repository;
}

Error none_here(const std::string& directory) {
  return error(ErrorCode::kNotARepository, "'{}' is not in a git repository", printable(directory))
      .hint("change into one, or name it: masc -C DIR …");
}

}  // namespace

Result<Repository> find_repository(const std::string& directory, const Environment& environment) {
  if (const std::string named = environment.get("GIT_DIR"); !named.empty()) {
    std::string git_dir = join_path(directory, named);
    if (!is_directory(git_dir)) {
      MASC_TRY(git_dir, read_gitfile(git_dir));
    }
    const std::string tree = environment.get("GIT_WORK_TREE");
    const bool bare =
        tree.empty() && base_name(git_dir) != ".git" && !exists(git_dir + "/commondir");
    return from_git_dir(git_dir, bare ? "" : join_path(directory, tree.empty() ? "." : tree));
  }
  auto start = real_path(directory);
  if (!start) return fail(none_here(directory));
  for (std::string at = *start;; at = std::string(dir_name(at))) {
    const std::string dot_git = join_path(at, ".git");
    if (is_directory(dot_git) && looks_like_git_dir(dot_git)) return from_git_dir(dot_git, at);
    if (const auto info = stat_of(dot_git); info && S_ISREG(info->st_mode)) {
      MASC_TRY(const std::string target, read_gitfile(dot_git));
      return from_git_dir(target, at);
    }
    if (looks_like_git_dir(at)) return from_git_dir(at, "");
    if (at == "/") return fail(none_here(directory));
  }
}

std::string main_root(const Repository& repository) {
  if (base_name(repository.common_dir) != ".git") return repository.common_dir;
  return std::string(dir_name(repository.common_dir));
}

}  // namespace masc::git
