#include "git/worktree.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/file.h"
#include "base/text.h"

namespace masc::git {
namespace {

constexpr std::string_view kBranches = "refs/heads/";
constexpr int kDetachAttempts = 3;
constexpr int kRaceAttempts = 20;

// Without the line end. Names may end in spaces and hold line ends.
std::string_view whole_name(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::string_view one_line(std::string_view text) { return text.substr(0, text.find('\n')); }

// Refs of the files backend; packed-refs is read when it is first needed.
class RefFiles {
 public:
  explicit RefFiles(std::string common_dir) : common_dir_(std::move(common_dir)) {}

  // The commit id behind "ref: NAME" or an id itself; "" if there is none.
  std::string resolve(std::string_view value) {
    std::string at(one_line(value));
    for (int depth = 0; at.starts_with("ref: ") && depth < 5; ++depth) at = read(at.substr(5));
    return at.starts_with("ref: ") ? "" : at;
  }

 private:
  std::string read(const std::string& name) {
    const auto loose = read_file_if_any(join_path(common_dir_, name));
    if (loose && *loose) return std::string(one_line(**loose));
    if (!packed_) {
      auto text = read_file_if_any(join_path(common_dir_, "packed-refs"));
      packed_ = text && *text ? std::move(**text) : std::string();
    }
    const std::size_t end = packed_->find(fmt::format(" {}\n", name));
    if (end == packed_->npos) return "";
    const std::size_t line = packed_->rfind('\n', end);
    return packed_->substr(line + 1, end - line - 1);  // npos + 1 is the first line
  }

  std::string common_dir_;
  std::optional<std::string> packed_;
};

std::string worktrees_dir(const std::string& common_dir) { return common_dir + "/worktrees"; }

void read_head(Worktree& worktree, RefFiles& refs) {
  const auto text = read_file_if_any(join_path(worktree.git_dir, "HEAD"));
  if (!text || !*text) return;
  const std::string_view line = one_line(**text);
  constexpr std::string_view kSymbolic = "ref: refs/heads/";
  worktree.opaque = line == "ref: refs/heads/.invalid";
  if (worktree.opaque) return;
  if (line.starts_with(kSymbolic)) worktree.branch = std::string(line.substr(kSymbolic.size()));
  worktree.head = refs.resolve(line);
}

void read_token_of(Worktree& worktree) {
  auto token = read_token(worktree.git_dir);
  if (token) {
    worktree.token = std::move(*token);
  } else {
    worktree.token_damage = token.error().message;
  }
}

void read_lock(Worktree& worktree) {
  const auto reason = read_file_if_any(join_path(worktree.git_dir, "locked"));
  if (reason && *reason) worktree.locked = std::string(trim(**reason));
}

// nullopt where the git directory names no folder.
std::optional<Worktree> read_worktree(const std::string& git_dir, RefFiles& refs) {
  Worktree worktree;
  worktree.name = std::string(base_name(git_dir));
  worktree.git_dir = git_dir;
  worktree.path = folder_of(git_dir);
  if (worktree.path.empty()) return std::nullopt;
  read_head(worktree, refs);
  read_token_of(worktree);
  read_lock(worktree);
  worktree.missing = !exists(worktree.path);
  worktree.prunable = !worktree.locked && !exists(worktree.path + "/.git");
  return worktree;
}

bool is_slot(const Worktree& worktree) {
  return worktree.token || !worktree.token_damage.empty() || worktree.name.starts_with(kSlotPrefix);
}

// What `git worktree list --porcelain -z` says of one worktree.
struct Listed {
  std::string path;
  std::string branch;  // short
  bool bare = false;
};

std::vector<Listed> parse_listing(std::string_view text) {
  std::vector<Listed> all;
  while (!text.empty()) {
    const std::string_view line = take_until(text, '\0');
    if (line.starts_with("worktree ")) all.push_back({std::string(line.substr(9)), "", false});
    if (all.empty()) continue;
    if (line == "bare") all.back().bare = true;
    constexpr std::string_view kBranch = "branch refs/heads/";
    if (line.starts_with(kBranch)) all.back().branch = std::string(line.substr(kBranch.size()));
  }
  return all;
}

// Whether a file of an operation under way names `branch`, in full or short.
bool names_branch(const std::string& path, std::string_view branch) {
  const auto text = read_file_if_any(path);
  if (!text || !*text) return false;
  std::string_view line = one_line(**text);
  if (line.starts_with(kBranches)) line.remove_prefix(kBranches.size());
  return line == branch;
}

// rebase --update-refs: "refs/heads/x", old id, new id, a line each.
bool will_update(const std::string& git_dir, std::string_view branch) {
  const auto text = read_file_if_any(git_dir + "/rebase-merge/update-refs");
  if (!text || !*text) return false;
  const auto lines = split_lines(**text);
  return std::find(lines.begin(), lines.end(), fmt::format("{}{}", kBranches, branch)) !=
         lines.end();
}

std::optional<Checkout::By> held_by(const Listed& listed, const std::string& git_dir,
                                    std::string_view branch) {
  if (listed.branch == branch) return Checkout::By::kHead;
  if (names_branch(git_dir + "/rebase-merge/head-name", branch) ||
      names_branch(git_dir + "/rebase-apply/head-name", branch) || will_update(git_dir, branch)) {
    return Checkout::By::kRebase;
  }
  const bool bisecting = exists(git_dir + "/BISECT_LOG");
  if (bisecting && names_branch(git_dir + "/BISECT_START", branch)) return Checkout::By::kBisect;
  return std::nullopt;
}

// The git directories of linked worktrees by their folders.
Result<std::map<std::string, std::string>> git_dirs(const std::string& common_dir) {
  const std::string directory = worktrees_dir(common_dir);
  MASC_TRY(const auto names, list_directory(directory));
  std::map<std::string, std::string> by_folder;
  for (const std::string& name : names) {
    std::string git_dir = join_path(directory, name);
    std::string folder = folder_of(git_dir);
    if (!folder.empty()) by_folder.emplace(std::move(folder), std::move(git_dir));
  }
  return by_folder;
}

}  // namespace

std::string folder_of(const std::string& git_dir) {
  const auto text = read_file_if_any(join_path(git_dir, "gitdir"));
  if (!text || !*text) return "";
  const std::string_view line = whole_name(**text);
  if (base_name(line) != ".git") return "";
  std::string folder(dir_name(line));
  if (folder.starts_with('/')) return folder;
  return std::filesystem::path(join_path(git_dir, folder)).lexically_normal().string();
}

Result<std::vector<Worktree>> list_worktrees(const Repository& repository) {
  const std::string directory = worktrees_dir(repository.common_dir);
  MASC_TRY(const auto names, list_directory(directory));
  RefFiles refs(repository.common_dir);
  std::vector<Worktree> slots;
  for (const std::string& name : names) {
    auto worktree = read_worktree(join_path(directory, name), refs);
    if (worktree && is_slot(*worktree)) slots.push_back(std::move(*worktree));
  }
  return slots;
}

Result<std::optional<Worktree>> worktree_at(const Repository& repository, const std::string& path) {
  MASC_TRY(const auto linked, git_dirs(repository.common_dir));
  const auto known = linked.find(path);
  if (known == linked.end()) return std::nullopt;
  RefFiles refs(repository.common_dir);
  return read_worktree(known->second, refs);
}

std::string last_head(const Worktree& worktree) {
  const auto log = read_file_if_any(worktree.git_dir + "/logs/HEAD");
  if (!log || !*log || (*log)->empty()) return "";
  // "<old> <new> <who> …"; the new one is null where the branch was deleted from under HEAD.
  std::string_view last = split_lines(**log).back();
  const std::string_view before = take_until(last, ' ');
  const std::string_view after = take_until(last, ' ');
  for (const std::string_view id : {after, before}) {
    if (id.find_first_not_of('0') != id.npos) return std::string(id);
  }
  return "";
}

Result<std::vector<std::string>> linked_paths(const std::string& common_dir) {
  MASC_TRY(const auto linked, git_dirs(common_dir));
  std::vector<std::string> paths;
  for (const auto& [folder, git_dir] : linked) paths.push_back(folder);
  return paths;
}

Result<std::vector<Checkout>> checkouts_of(const Repository& repository, const Git& git,
                                           std::string_view branch) {
  MASC_TRY(const Finished listing, run_past_races(git, {"--git-dir=" + repository.common_dir,
                                                        "worktree", "list", "--porcelain", "-z"}));
  if (!listing.ok()) return fail(git_error(listing, "git worktree list"));
  MASC_TRY(const auto linked, git_dirs(repository.common_dir));
  std::vector<Checkout> found;
  bool main = true;  // it is listed first
  auto all = parse_listing(listing.out);
  // git takes the git directory's place for that of a main worktree which lies elsewhere.
  if (!all.empty() && !repository.main_tree.empty()) all.front().path = repository.main_tree;
  for (const Listed& listed : all) {
    const auto known = linked.find(listed.path);
    const std::string git_dir = main                    ? repository.common_dir
                                : known == linked.end() ? std::string()
                                                        : known->second;
    main = false;
    if (listed.bare || git_dir.empty()) continue;
    if (const auto by = held_by(listed, git_dir, branch)) {
      found.push_back({listed.path, git_dir, *by, !exists(listed.path)});
    }
  }
  return found;
}

Result<Finished> run_past_races(const Git& git, const std::vector<std::string>& args) {
  Finished finished;
  for (int attempt = 0; attempt < kRaceAttempts; ++attempt) {
    MASC_TRY(finished, git.run(args));
    const bool raced = finished.err.find("failed to read") != std::string::npos &&
                       finished.err.find("/commondir") != std::string::npos;
    if (finished.ok() || !raced) break;
  }
  return finished;
}

Result<void> detach_head(const Git& git, const std::string& git_dir) {
  // The third argument makes git compare under HEAD's lock: a commit that is made at this moment
  // either comes first and is kept, or finds HEAD detached.
  const std::vector<std::string> args = {
      "--git-dir=" + git_dir, "update-ref", "--no-deref",    "-m",
      "masc: detached",       "HEAD",       "HEAD^{commit}", "HEAD^{commit}"};
  Finished finished;
  for (int attempt = 0; attempt < kDetachAttempts; ++attempt) {
    MASC_TRY(finished, git.run(args));
    if (finished.ok()) return {};
  }
  return fail(git_error(finished, "detaching HEAD"));
}

}  // namespace masc::git
