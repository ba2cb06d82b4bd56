#include "git/clean.h"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "git/include.h"
#include "git/status.h"
#include "git/work_files.h"
#include "git/worktree.h"

namespace masc::git {
namespace {

// Collects what speaks against it.
class Verdict {
 public:
  explicit Verdict(Cleanliness& result) : result_(result) {}

  void change(std::string reason, std::vector<std::string> paths) {
    if (!paths.empty()) note(std::move(reason), std::move(paths));
  }
  void obstacle(std::string reason, std::vector<std::string> paths = {}) {
    obstacles_ = true;
    note(std::move(reason), std::move(paths));
  }
  void obstacle_at(std::string reason, std::vector<std::string> paths) {
    if (!paths.empty()) obstacle(std::move(reason), std::move(paths));
  }
  void conclude() {
    auto& paths = result_.paths;
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    result_.clean = result_.reasons.empty();
    result_.only_changes = !result_.clean && !obstacles_;
  }

 private:
  void note(std::string reason, std::vector<std::string> paths) {
    result_.reasons.push_back(std::move(reason));
    std::move(paths.begin(), paths.end(), std::back_inserter(result_.paths));
  }

  Cleanliness& result_;
  bool obstacles_ = false;
};

// The mount point is the fifth field of a line of /proc/self/mountinfo, with space, tab, newline
// and backslash as \ooo (proc(5)).
std::string mount_point(std::string_view line) {
  for (int skipped = 0; skipped < 4; ++skipped) take_until(line, ' ');
  std::string_view field = take_until(line, ' ');
  std::string path;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && i + 3 < field.size()) {
      path += static_cast<char>((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 +
                                (field[i + 3] - '0'));
      i += 3;
    } else {
      path += field[i];
    }
  }
  return path;
}

void check_mounts(const std::string& path, Verdict& verdict) {
  const auto table = read_file("/proc/self/mountinfo");
  if (!table) return verdict.obstacle("the table of mounts can't be read");
  for (const std::string_view line : split_lines(*table)) {
    if (is_within(mount_point(line), path)) return verdict.obstacle("something is mounted in it");
  }
}

// A linked worktree's git directory must point back at the place.
void check_registration(const Place& place, Verdict& verdict) {
  const bool linked = base_name(dir_name(place.git_dir)) == "worktrees";
  if (linked && folder_of(place.git_dir) != place.path) {
    verdict.obstacle("git knows this worktree under another path");
  }
}

void check_place(const std::string& path, const Place& place, Verdict& verdict) {
  if (place.path != path) verdict.obstacle("a symbolic link leads to it");
  check_mounts(place.path, verdict);
  check_registration(place, verdict);
}

void check_git_dir(const Place& place, Verdict& verdict) {
  for (const std::string& name : unfinished_operations(place.git_dir)) {
    verdict.obstacle(fmt::format("an operation is under way ({})", name));
  }
  const bool linked = base_name(dir_name(place.git_dir)) == "worktrees";
  const auto own_refs = list_directory(place.git_dir + "/refs/worktree");
  if (linked && (!own_refs || !own_refs->empty())) {
    verdict.obstacle("it has refs of its own (refs/worktree)");
  }
  const auto modules = list_directory(place.git_dir + "/modules");
  if (linked && (!modules || !modules->empty())) {
    verdict.obstacle("it holds the repositories of submodules");
  }
}

std::vector<std::string> paths_of(const Status& status, char kind, bool submodules = false) {
  std::vector<std::string> paths;
  for (const StatusEntry& entry : status.entries) {
    if (entry.kind == kind && entry.is_submodule() == submodules) paths.push_back(entry.path);
  }
  return paths;
}

// Untracked folders that git does not look into are repositories.
std::vector<std::string> take_folders(std::vector<std::string>& untracked) {
  const auto is_file = [](const std::string& path) { return !path.ends_with('/'); };
  const auto first = std::partition(untracked.begin(), untracked.end(), is_file);
  std::vector<std::string> folders(first, untracked.end());
  untracked.erase(first, untracked.end());
  return folders;
}

void check_status(const Status& status, Verdict& verdict) {
  auto untracked = paths_of(status, '?');
  auto nested = take_folders(untracked);
  verdict.change("it has changes that are not committed", paths_of(status, '1'));
  verdict.change("it has conflicts that are not resolved", paths_of(status, 'u'));
  verdict.change("it has untracked files", std::move(untracked));
  verdict.obstacle_at("submodules have changed", paths_of(status, '1', true));
  verdict.obstacle_at("submodules are in conflict", paths_of(status, 'u', true));
  verdict.obstacle_at("there are repositories inside", std::move(nested));
  verdict.obstacle_at("folders can't be read", status.unread);
  if (status.blind) {
    verdict.obstacle(
        fmt::format("git could not look everywhere: {}", printable(first_line(status.warnings))));
  }
}

// Repositories below the folders that are ignored as a whole.
void check_ignored(const Status& status, const std::string& root, Verdict& verdict) {
  std::vector<std::string> found;
  for (const std::string& path : paths_of(status, '!')) {
    if (!path.ends_with('/')) continue;
    for (const std::string& below : find_below(join_path(root, path), ".git")) {
      found.push_back(join_path(path, below));
    }
  }
  verdict.obstacle_at("there are repositories in ignored folders", std::move(found));
}

void check_index(const IndexFacts& facts, const Place& place, Verdict& verdict) {
  verdict.obstacle_at("files are flagged assume-unchanged", facts.assume_unchanged);
  const bool sparse = exists(place.git_dir + "/info/sparse-checkout");
  std::vector<std::string> skipped;
  for (const std::string& path : facts.skip_worktree) {
    if (!sparse || exists(join_path(place.path, path))) skipped.push_back(path);
  }
  verdict.obstacle_at("files are flagged skip-worktree", std::move(skipped));
  std::vector<std::string> modules;
  for (const std::string& path : facts.submodules) {
    if (exists(join_path(place.path, path) + "/.git")) modules.push_back(path);
  }
  verdict.obstacle_at("submodules are initialised", std::move(modules));
  verdict.obstacle_at("there are repositories inside", repositories_among_files(place, facts));
}

Result<void> check_included(const Place& place, Verdict& verdict) {
  MASC_TRY(auto changed, changed_included(place));
  verdict.obstacle_at(fmt::format("files that {} brought have changed", kIncludeFile),
                      std::move(changed));
  return {};
}

}  // namespace

Result<Cleanliness> prove_clean(const Git& git, const std::string& path) {
  MASC_TRY(const Place place, place_at(path));
  MASC_TRY(const Status status, read_status(git, place, {.ignored = true, .index_file = ""}));
  MASC_TRY(const IndexFacts facts, read_index_facts(git, place));
  Cleanliness result;
  result.path = path;
  result.head = status.head;
  result.branch = status.branch;
  Verdict verdict(result);
  check_place(path, place, verdict);
  check_git_dir(place, verdict);
  check_status(status, verdict);
  check_ignored(status, place.path, verdict);
  check_index(facts, place, verdict);
  MASC_CHECK(check_included(place, verdict));
  verdict.conclude();
  return result;
}

std::vector<Result<Cleanliness>> prove_all_clean(const Git& git,
                                                 const std::vector<std::string>& paths) {
  std::vector<Result<Cleanliness>> proofs(paths.size(), Cleanliness{});
  // Each git that is run sets and resets this for the whole process.
  struct sigaction former {};
  sigaction(SIGPIPE, nullptr, &former);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < paths.size(); i = next++)
      proofs[i] = prove_clean(git, paths[i]);
  };
  const std::size_t most = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> helpers;
  for (std::size_t i = 1; i < std::min(most, paths.size()); ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  sigaction(SIGPIPE, &former, nullptr);
  return proofs;
}

std::vector<Process> standing_in(const std::string& path) {
  const auto real = real_path(path);
  return real ? processes_standing_in(*real) : std::vector<Process>{};
}

std::vector<Process> strangers_in(const std::string& path) {
  auto found = standing_in(path);
  const auto own = own_lineage();
  std::erase_if(found, [&](const Process& process) {
    return std::find(own.begin(), own.end(), process.pid) != own.end();
  });
  return found;
}

}  // namespace masc::git
