#include "git/left_locks.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "base/file.h"
#include "base/system.h"

namespace masc::git {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kQuiet{2'000};
constexpr milliseconds kPause{20};
constexpr std::string_view kLock = ".lock";

// How long ago it changed, by the clock that its times come from.
milliseconds age_of(const struct stat& info) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto then =
      std::chrono::seconds(info.st_ctim.tv_sec) + std::chrono::nanoseconds(info.st_ctim.tv_nsec);
  return std::chrono::duration_cast<milliseconds>(now - then);
}

// One that a git of this user on this machine made.
std::optional<struct stat> own_lock(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  if (info.st_uid != geteuid() || on_network_file_system(path)) return std::nullopt;
  return info;
}

bool git_stands_in(const std::string& directory) {
  const auto place = real_path(directory);
  if (!place) return false;
  const auto processes = processes_standing_in(*place);
  return std::any_of(processes.begin(), processes.end(),
                     [](const Process& process) { return process.command.starts_with("git"); });
}

Result<bool> git_works_in(const Repository& repository) {
  MASC_TRY(auto places, linked_paths(repository.common_dir));
  places.push_back(repository.common_dir);
  places.push_back(main_root(repository));
  return std::any_of(places.begin(), places.end(), git_stands_in);
}

void collect(const std::string& directory, std::vector<std::string>& found) {
  const auto names = list_directory(directory);
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string path = join_path(directory, name);
    if (name.ends_with(kLock)) {
      found.push_back(path);
    } else if (is_directory(path) && !read_symlink(path)) {
      collect(path, found);
    }
  }
}

}  // namespace

std::string branch_lock(const Repository& repository, std::string_view branch) {
  return fmt::format("{}/refs/heads/{}{}", repository.common_dir, branch, kLock);
}

Result<std::vector<std::string>> left_locks(const Repository& repository) {
  std::vector<std::string> paths;
  collect(repository.common_dir + "/refs/heads", paths);
  std::vector<std::string> git_dirs = {repository.common_dir};
  const std::string worktrees = repository.common_dir + "/worktrees";
  MASC_TRY(const auto names, list_directory(worktrees));
  for (const std::string& name : names) git_dirs.push_back(join_path(worktrees, name));
  paths.push_back(repository.common_dir + "/packed-refs.lock");
  paths.push_back(repository.common_dir + "/config.lock");
  for (const std::string& git_dir : git_dirs) {
    paths.push_back(git_dir + "/HEAD.lock");
    paths.push_back(git_dir + "/index.lock");
  }
  std::erase_if(paths, [](const std::string& path) {
    const auto info = own_lock(path);
    return !info || age_of(*info) < kQuiet;
  });
  if (paths.empty()) return paths;
  MASC_TRY(const bool at_work, git_works_in(repository));
  if (at_work) paths.clear();
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<void> break_left_lock(const Repository& repository, const std::string& path) {
  const auto first = own_lock(path);
  if (!first) return {};
  const milliseconds missing = kQuiet - age_of(*first);
  const auto until = std::chrono::steady_clock::now() + missing;
  while (std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kPause);
    if (!exists(path)) return {};
  }
  MASC_TRY(const bool at_work, git_works_in(repository));
  const auto second = own_lock(path);
  if (at_work || !second || second->st_ino != first->st_ino || age_of(*second) < kQuiet) return {};
  return remove_file(path);
}

}  // namespace masc::git
