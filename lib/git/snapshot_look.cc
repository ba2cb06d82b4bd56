#include "git/snapshot_look.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "git/standing.h"

namespace masc::git {
namespace {

using Reason = LeftBehind::Reason;

// A copy of the index without the flags that hide changes; gone when this is.
class BareIndex {
 public:
  explicit BareIndex(const Place& place)
      : path_(fmt::format("{}/masc-index.{}", place.git_dir, getpid())) {}
  ~BareIndex() {
    if (made_) unlink(path_.c_str());
  }
  BareIndex(const BareIndex&) = delete;
  BareIndex& operator=(const BareIndex&) = delete;

  // Nothing to do where nothing is flagged; path() is "" then.
  Result<void> make(const Git& git, const Place& place, const IndexFacts& facts) {
    if (facts.assume_unchanged.empty() && present(place, facts.skip_worktree).empty()) return {};
    MASC_TRY(const std::string index, read_file(place.git_dir + "/index"));
    made_ = true;
    MASC_CHECK(write_file(path_, index));
    MASC_CHECK(clear(git, place, "--no-assume-unchanged", facts.assume_unchanged));
    return clear(git, place, "--no-skip-worktree", present(place, facts.skip_worktree));
  }
  std::string path() const { return made_ ? path_ : ""; }

 private:
  static std::vector<std::string> present(const Place& place, std::vector<std::string> paths) {
    std::erase_if(paths, [&](const auto& path) { return !exists(join_path(place.path, path)); });
    return paths;
  }

  // The user's hooks have nothing to do with a copy.
  Result<void> clear(const Git& git, const Place& place, const char* flag,
                     const std::vector<std::string>& paths) const {
    if (paths.empty()) return {};
    const Git aside = git.with_variable("GIT_INDEX_FILE", path_)
                          .with_config("core.hooksPath=/dev/null")
                          .with_config("core.splitIndex=false")
                          .with_config("core.ignoreStat=false");
    std::string list;
    for (const std::string& path : paths) (list += path) += '\0';
    auto cleared = output_at(aside, place, {"update-index", flag, "-z", "--stdin"}, list);
    if (!cleared) return fail(std::move(cleared).error());
    return {};
  }

  std::string path_;
  bool made_ = false;
};

// `git add --intent-to-add` of a file that has gone since: git tells of it as of the deletion of an
// empty file that HEAD has. Nothing of it could be kept.
bool may_be_ghost(const StatusEntry& entry) {
  constexpr std::string_view kEmptySha1 = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
  constexpr std::string_view kEmptySha256 =
      "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813";
  return entry.kind == '1' && entry.staged == '.' && entry.unstaged == 'D' &&
         (entry.index.id == kEmptySha1 || entry.index.id == kEmptySha256);
}

Result<void> forget_ghosts(const Git& git, const Place& place, Status& status) {
  if (std::none_of(status.entries.begin(), status.entries.end(), may_be_ghost)) return {};
  std::set<std::string> added;
  if (!status.head.empty()) {
    MASC_TRY(const std::string listed,
             output_at(git, place,
                       {"diff-index", "--cached", "--ita-visible-in-index", "--no-renames",
                        "--diff-filter=A", "--name-only", "-z", status.head}));
    std::string_view rest = listed;
    while (!rest.empty()) added.emplace(take_until(rest, '\0'));
  }
  std::erase_if(status.entries, [&](const StatusEntry& entry) {
    return may_be_ghost(entry) && (status.head.empty() || added.contains(entry.path));
  });
  return {};
}

}  // namespace

Result<Look> look_at(const Git& git, const Place& place) {
  MASC_TRY(const IndexFacts facts, read_index_facts(git, place));
  BareIndex index(place);
  MASC_CHECK(index.make(git, place, facts));
  Look look;
  MASC_TRY(look.status, read_status(git, place, {.ignored = false, .index_file = index.path()}));
  if (look.status.blind) {
    return fail(ErrorCode::kIo, "git could not look everywhere in '{}': {}", printable(place.path),
                printable(first_line(look.status.warnings)));
  }
  MASC_CHECK(forget_ghosts(git, place, look.status));
  for (const std::string& folder : look.status.unread) {
    look.left_behind.push_back({Reason::kUnreadable, folder});
  }
  for (const std::string& dot_git : repositories_among_files(place, facts)) {
    look.left_behind.push_back({Reason::kRepository, std::string(dir_name(dot_git))});
  }
  for (const std::string& name : operation_files(place.git_dir)) {
    MASC_TRY(look.operation[name], read_file(join_path(place.git_dir, name)));
  }
  for (std::string& name : unfinished_operations(place.git_dir)) {
    if (look.operation.contains(name)) continue;
    look.left_behind.push_back({Reason::kOperation, std::move(name)});
  }
  return look;
}

}  // namespace masc::git
