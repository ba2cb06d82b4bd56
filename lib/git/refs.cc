#include "git/refs.h"

#include "base/file.h"
#include "base/text.h"

namespace masc::git {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool is_object_id(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of(kHexDigits) == text.npos;
}

// "<id> <name>" lines, sorted by name since git 1.7, but nothing here relies on it.
std::optional<std::string> find_packed(std::string_view packed, std::string_view name) {
  std::size_t at = 0;
  const std::string wanted = " " + std::string(name) + "\n";
  while ((at = packed.find(wanted, at)) != packed.npos) {
    const std::size_t line = packed.rfind('\n', at) + 1;
    const std::string_view id = packed.substr(line, at - line);
    if (is_object_id(id)) return std::string(id);
    at += wanted.size();
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> branch_tip(const Repository& repository, const Git& git,
                                              const std::string& branch) {
  const std::string name = "refs/heads/" + branch;
  if (!exists(repository.common_dir + "/reftable")) {
    MASC_TRY(const auto loose, read_file_if_any(join_path(repository.common_dir, name)));
    if (loose && is_object_id(trim(*loose))) return std::string(trim(*loose));
    if (!loose) {
      MASC_TRY(const auto packed, read_file_if_any(repository.common_dir + "/packed-refs"));
      return packed ? find_packed(*packed, name) : std::nullopt;
    }
  }
  MASC_TRY(const Finished shown, git.run({"rev-parse", "--verify", "--quiet", name + "^{commit}"}));
  if (!shown.ok()) return std::nullopt;
  return std::string(trim(shown.out));
}

Result<bool> is_prune(const Repository& repository, std::string_view name, std::string_view id) {
  const std::string packed_refs = repository.common_dir + "/packed-refs";
  if (exists(packed_refs + ".lock")) return false;
  MASC_TRY(const auto packed, read_file_if_any(packed_refs));
  return packed && find_packed(*packed, name) == id;
}

Result<std::string> resolve_commit(const Git& git, const std::string& revision) {
  if (!revision.starts_with('-')) {
    MASC_TRY(const Finished shown, git.run({"rev-parse", "--verify", "--quiet", "--end-of-options",
                                            revision + "^{commit}"}));
    if (shown.ok()) return std::string(trim(shown.out));
  }
  return fail(ErrorCode::kUsage, "'{}' names no commit", printable(revision));
}

Result<bool> is_ancestor(const Git& git, const std::string& a, const std::string& b) {
  if (a == b) return true;
  MASC_TRY(const Finished asked, git.run({"merge-base", "--is-ancestor", a, b}));
  if (asked.status > 1) return fail(git_error(asked, "git merge-base"));
  return asked.status == 0;
}

Result<bool> is_reachable(const Git& git, const std::string& commit) {
  if (commit.empty()) return true;
  MASC_TRY(const Finished found, git.run({"for-each-ref", "--count=1", "--contains", commit,
                                          "refs/heads", "refs/tags", "refs/remotes"}));
  if (!found.ok()) return fail(git_error(found, "git for-each-ref"));
  return !found.out.empty();
}

Result<void> delete_branch(const Git& git, const std::string& branch, const std::string& expected) {
  MASC_TRY(const Finished done, git.run({"update-ref", "-d", "refs/heads/" + branch, expected}));
  if (done.ok()) return {};
  if (done.err.find("but expected") != std::string::npos) {
    return fail(ErrorCode::kConflict, "the branch {} has moved", branch);
  }
  return fail(git_error(done, "git update-ref"));
}

}  // namespace masc::git
