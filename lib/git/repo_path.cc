#include "git/repo_path.h"

#include <strings.h>

#include "base/file.h"
#include "base/text.h"
#include "model/glob.h"

namespace masc::git {
namespace {

constexpr std::size_t kLongestPath = 4096;

Error refused(std::string_view text, std::string_view why) {
  return error(ErrorCode::kInvalid, "the path '{}' {}", printable(text), why)
      .fact("path", text)
      .hint("name paths inside the work tree");
}

bool is_link(const std::string& path) { return read_symlink(path).has_value(); }

// Walks from `at` (absolute) through the parts of `text`, as the kernel would but for the last.
Result<std::string> walk(std::string at, std::string_view text) {
  const auto parts = split(text, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty() || parts[i] == ".") continue;
    if (parts[i] == "..") {
      at = at == "/" ? at : std::string(dir_name(at));
      continue;
    }
    at = join_path(at, parts[i]);
    const bool last = i + 1 == parts.size();
    if (last || !is_link(at)) continue;
    MASC_TRY(at, real_path(at));
  }
  return at;
}

Result<std::string> below(std::string_view text, std::string_view place, std::string_view root) {
  if (place == root) return ".";
  std::string path(place.substr(root.size() + (root == "/" ? 0 : 1)));
  for (const std::string_view part : split(path, '/')) {
    if (part.size() == 4 && strncasecmp(part.data(), ".git", 4) == 0)
      return fail(refused(text, "is git's own"));
  }
  return path;
}

// Absolute and without links, even if it does not exist.
Result<std::string> place_of(const std::string& directory, std::string_view text) {
  if (text.starts_with('/')) return walk("/", text);
  MASC_TRY(std::string start, real_path(directory));
  return walk(std::move(start), text);
}

}  // namespace

Result<std::string> path_in_tree(const Repository& repository, const std::string& directory,
                                 std::string_view text) {
  if (text.empty()) return fail(refused(text, "is empty"));
  if (text.size() > kLongestPath) return fail(refused(text.substr(0, 64), "is longer than 4 KiB"));
  if (text.find('\0') != text.npos) return fail(refused(text, "has a NUL in it"));
  std::string_view bare = text;
  while (bare.size() > 1 && bare.ends_with('/')) bare.remove_suffix(1);
  if (repository.work_tree.empty() && main_root(repository) == repository.common_dir) {
    // Bare: there are no files to look at.
    if (bare.starts_with('/')) return fail(refused(text, "is absolute, and there is no work tree"));
    MASC_TRY(const std::string place, walk("/masc-root", bare));
    if (!is_within(place, "/masc-root")) return fail(refused(text, "leads out of the repository"));
    return below(text, place, "/masc-root");
  }
  auto place = place_of(directory, bare);
  if (!place) return fail(refused(text, "goes through a link that leads nowhere"));
  for (const std::string& root : {repository.work_tree, main_root(repository)}) {
    if (!root.empty() && is_within(*place, root)) return below(text, *place, root);
  }
  return fail(refused(text, "leads out of the work tree"));
}

Result<std::string> pattern_in_tree(const Repository& repository, const std::string& directory,
                                    std::string_view text) {
  std::string_view rest = text;
  std::string head;
  while (rest.find('/') != rest.npos && rest.find('/') + 1 < rest.size()) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (model::looks_like_glob(part)) break;
    head.append(rest.substr(0, part.size() + 1));
    rest.remove_prefix(part.size() + 1);
  }
  const bool floating = head.empty() && rest.find('/') >= rest.size() - 1;
  auto found = path_in_tree(repository, directory, head.empty() ? "." : head);
  if (!found && text.starts_with('/')) {
    // In gitignore(5) a first '/' is the root of the work tree.
    const std::string& root = repository.work_tree.empty() ? directory : repository.work_tree;
    found = path_in_tree(repository, root, "." + head);
  }
  MASC_TRY(const std::string folder, std::move(found));
  std::string pattern;
  if (folder == ".") {
    pattern = floating ? std::string(rest) : fmt::format("/{}", rest);
  } else {
    pattern = fmt::format("{}/{}{}", model::escape_glob(folder), floating ? "**/" : "", rest);
  }
  // One with a folder in it starts at the root anyway.
  const std::size_t slash = pattern.find('/', 1);
  if (pattern.starts_with('/') && slash != pattern.npos && slash + 1 < pattern.size())
    pattern.erase(0, 1);
  MASC_CHECK(model::Glob::parse(pattern));
  return pattern;
}

}  // namespace masc::git
