#include "cmd/tree_path.h"

#include "base/file.h"
#include "base/text.h"
#include "git/refs.h"

namespace masc::cmd {

Result<std::string> tree_path(Context& context, const std::string& path) {
  if (path.empty() || !is_utf8(path) || path.find('\0') != path.npos)
    return fail(ErrorCode::kInvalid, "'{}' is no path", printable(path));
  MASC_TRY(const git::Repository* repository, context.repository());
  std::string root = repository->work_tree;
  std::string whole = path;
  if (root.empty()) {
    root = "/";  // outside of a work tree paths are from its root
    whole = join_path("/", path);
  } else {
    MASC_TRY(const std::string here, real_path(context.directory()));
    whole = join_path(here, path);
  }
  std::vector<std::string> parts;
  for (const std::string_view part : split(whole, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.emplace_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  const std::string clean = "/" + join_words(parts, "/");
  if (!is_within(clean, root))
    return fail(ErrorCode::kInvalid, "'{}' is outside of the work tree", printable(path));
  if (clean.size() <= root.size()) return ".";
  return clean.substr(root == "/" ? 1 : root.size() + 1);
}

Result<std::string> head_commit(Context& context) {
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const git::Git git, context.git());
  MASC_TRY(const std::string head, read_file(repository->git_dir + "/HEAD"));
  constexpr std::string_view kBranch = "ref: refs/heads/";
  const std::string_view text = trim(head);
  if (!text.starts_with(kBranch)) return std::string(text);
  const std::string branch(text.substr(kBranch.size()));
  MASC_TRY(const auto tip, git::branch_tip(*repository, git, branch));
  if (tip) return *tip;
  return fail(error(ErrorCode::kNotFound, "there is no commit yet to leave a trail on")
                  .hint("git commit --allow-empty -m start"));
}

}  // namespace masc::cmd
