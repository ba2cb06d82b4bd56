#include "git/submodules.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/text.h"

namespace masc::git {
namespace {

struct Gitlink {
  std::string path;
  std::string commit;
};

// "<mode> <object> <stage>\t<path>", NUL-terminated.
Result<std::vector<Gitlink>> gitlinks_of(const Git& git, const std::string& place) {
  MASC_TRY(const std::string listed, git.in(place).output({"ls-files", "--stage", "-z"}));
  std::vector<Gitlink> found;
  for (std::string_view rest(listed); !rest.empty();) {
    std::string_view record = take_until(rest, '\0');
    if (take_until(record, ' ') != "160000") continue;
    Gitlink link;
    link.commit = std::string(take_until(record, ' '));
    take_until(record, '\t');
    link.path = std::string(record);
    found.push_back(std::move(link));
  }
  return found;
}

bool is_initialised(const std::string& place) { return exists(place + "/.git"); }

// In it, or in a submodule of its own.
Result<bool> has_own_commits(const Git& git, const std::string& place) {
  MASC_TRY(const Finished listed,
           git.in(place).run({"rev-list", "-1", "HEAD", "--branches", "--not", "--remotes"}));
  // A HEAD before its first commit is no revision.
  if (listed.ok() && !listed.out.empty()) return true;
  MASC_TRY(const auto links, gitlinks_of(git, place));
  for (const Gitlink& link : links) {
    const std::string inner = join_path(place, link.path);
    if (!is_initialised(inner)) continue;
    MASC_TRY(const bool own, has_own_commits(git, inner));
    if (own) return true;
  }
  return false;
}

Error not_brought(const std::string& path, const std::string& from, const Error& why) {
  return error(ErrorCode::kRefused, "the commits of submodule '{}' can't be brought along: {}",
               printable(path), why.message)
      .hint(fmt::format("push them first: git -C {} push   (they are on no remote)",
                        shell_quote(join_path(from, path))))
      .fact("path", path);
}

// A clone of the former's repository, then with its remote, its remote branches and the commit that
// the superproject names. `was`: what it names in `from`, `link`: in `to`.
Result<void> bring(const Git& git, const std::string& from, const std::string& to,
                   const Gitlink& was, const Gitlink& link) {
  const std::string source = join_path(from, link.path);
  const std::string target = join_path(to, link.path);
  // Where it was moved on and the superproject does not say so yet, it stays moved on.
  MASC_TRY(const std::string head, git.in(source).output({"rev-parse", "HEAD"}));
  const std::string& wanted = head == was.commit ? link.commit : head;
  MASC_TRY(const std::string store, git.in(source).output({"rev-parse", "--absolute-git-dir"}));
  MASC_TRY(const Finished url, git.in(source).run({"config", "remote.origin.url"}));
  const Git super = git.in(to).with_config("protocol.file.allow=always");
  MASC_CHECK(
      super.output({"clone", "--quiet", "--no-local", "--no-checkout", "--", store, target}));
  const Git inner = git.in(target).with_config("protocol.file.allow=always");
  MASC_CHECK(inner.output({"fetch", "--quiet", store, "+HEAD:refs/masc/brought",
                           "+refs/heads/*:refs/heads/*", "--update-head-ok"}));
  MASC_CHECK(inner.output(
      {"fetch", "--quiet", "--prune", "origin", "+refs/remotes/origin/*:refs/remotes/origin/*"}));
  if (url.ok()) {
    MASC_CHECK(inner.output({"remote", "set-url", "origin", std::string(trim(url.out))}));
  }
  MASC_CHECK(super.output({"submodule", "--quiet", "absorbgitdirs", "--", link.path}));
  MASC_CHECK(inner.output({"checkout", "--quiet", "--detach", wanted, "--"}));
  return {};
}

Result<void> bring_all(const Git& git, const std::string& from, const std::string& to) {
  MASC_TRY(const auto sources, gitlinks_of(git, from));
  MASC_TRY(const auto targets, gitlinks_of(git, to));
  for (const Gitlink& source : sources) {
    const std::string place = join_path(from, source.path);
    if (!is_initialised(place)) continue;
    MASC_TRY(const bool own, has_own_commits(git, place));
    for (const Gitlink& target : targets) {
      if (!own || target.path != source.path) continue;
      if (auto brought = bring(git, from, to, source, target); !brought)
        return fail(not_brought(source.path, from, brought.error()));
    }
    if (is_initialised(join_path(to, source.path)))
      MASC_CHECK(bring_all(git, place, join_path(to, source.path)));
  }
  return {};
}

}  // namespace

Result<void> bring_submodules(const Git& git, const Worktree& from, const Worktree& to) {
  if (from.missing || !exists(from.git_dir + "/modules")) return {};
  return bring_all(git, from.path, to.path);
}

}  // namespace masc::git
