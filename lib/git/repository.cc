#include "git/repository.h"

#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "git/config.h"

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
  std::string_view target = std::string_view(text).substr(kPrefix.size());
  // As git does: names may begin or end in blanks, and hold line ends.
  while (target.ends_with('\n') || target.ends_with('\r')) target.remove_suffix(1);
  return join_path(dir_name(path), target);
}

std::string work_tree_file(const Repository& repository) {
  return repository.masc_dir() + "/work-tree";
}

std::string find_main_tree(const Repository& repository) {
  const std::string& common = repository.common_dir;
  if (base_name(common) == ".git") return std::string(dir_name(common));
  if (!repository.linked() && !repository.work_tree.empty()) return repository.work_tree;
  const UserConfig config = UserConfig::load_file(common + "/config");
  std::string named = config.get("core.worktree").value_or("");
  if (named.empty()) {
    const auto recorded = read_file_if_any(work_tree_file(repository));
    named = recorded ? recorded->value_or("") : "";
  }
  if (named.empty()) return "";
  return real_path(join_path(common, named)).value_or("");
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
  repository.main_tree = find_main_tree(repository);
  return repository;
}

bool owned_by_us(const std::string& path) {
  const auto info = stat_of(path);
  return !info || info->st_uid == geteuid();
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
      if (!exists(git_dir)) return fail(none_here(git_dir));
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
  return repository.main_tree.empty() ? repository.common_dir : repository.main_tree;
}

Git main_git(const Repository& repository, const Environment& environment) {
  const Git git(environment, main_root(repository));
  return repository.main_tree.empty() ? git.with_git_dir(repository.common_dir) : git;
}

Result<void> record_main_tree(const Repository& repository) {
  const bool needed = base_name(repository.common_dir) != ".git" && !repository.linked() &&
                      !repository.work_tree.empty();
  if (!needed) return {};
  return write_file(work_tree_file(repository), repository.work_tree);
}

Result<void> check_ownership(const Repository& repository, const Environment& environment) {
  const bool ours = owned_by_us(repository.git_dir) && owned_by_us(repository.common_dir) &&
                    (repository.work_tree.empty() || owned_by_us(repository.work_tree));
  if (ours) return {};
  const std::string& place =
      repository.work_tree.empty() ? repository.git_dir : repository.work_tree;
  MASC_TRY(const Finished asked, Git(environment, place).run({"rev-parse", "--git-dir"}));
  if (asked.err.find("dubious ownership") == std::string::npos) return {};
  Error made = git_error(asked, "git");
  for (const std::string_view line : split_lines(asked.err)) {
    if (line.starts_with("\tgit config ")) made = std::move(made).hint(std::string(trim(line)));
  }
  return fail(std::move(made).fact("path", place));
}

}  // namespace masc::git
