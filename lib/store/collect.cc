#include "store/collect.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/file.h"
#include "base/text.h"
#include "git/repack.h"
#include "git/trash.h"

namespace masc::store {
namespace {

constexpr std::chrono::hours kDay{24};

Result<std::size_t> fold_all(TaskStore& tasks, const CollectOptions& options) {
  MASC_TRY(const auto all, tasks.unfolded());
  std::vector<model::TaskId> finished;
  for (const model::Task& task : all) {
    if (model::is_finished(task.status) && task.landing.empty()) finished.push_back(task.id);
  }
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(options.now.time_since_epoch());
  std::size_t folded = 0;
  for (std::size_t at = 0; at < finished.size(); at += kMostFolded) {
    const auto begin = finished.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end =
        finished.begin() + static_cast<std::ptrdiff_t>(std::min(finished.size(), at + kMostFolded));
    MASC_TRY(const std::size_t gone,
             tasks.archive().fold({begin, end}, options.agent, seconds.count()));
    folded += gone;
  }
  return folded;
}

Result<std::size_t> empty_trash(const git::Repository& repository, const CollectOptions& options) {
  MASC_CHECK(git::finish_removals(repository));
  MASC_TRY(const auto entries, git::list_trash(repository));
  std::size_t emptied = 0;
  for (const git::TrashEntry& entry : entries) {
    if (options.now - entry.at < options.trash_age) continue;
    if (!entry.tree.empty()) MASC_CHECK(remove_tree(entry.tree));
    MASC_CHECK(remove_tree(entry.directory));
    ++emptied;
  }
  return emptied;
}

// "<name>.<pid>.tmp" or "<name>.<pid>.new" of a process that is gone.
bool is_leftover(std::string_view name) {
  if (!name.ends_with(".tmp") && !name.ends_with(".new")) return false;
  name.remove_suffix(4);
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos) return false;
  const std::string_view digits = name.substr(dot + 1);
  pid_t pid = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
  if (failed != std::errc{} || end != digits.data() + digits.size() || pid <= 0) return false;
  return kill(pid, 0) != 0 && errno == ESRCH;
}

bool is_old(const std::string& path, Instant now) {
  const auto info = stat_of(path);
  return info && now - Instant(std::chrono::seconds(info->st_mtim.tv_sec)) >= kDay;
}

// What killed processes left, and what ended runs stood for.
Result<void> sweep(const std::string& masc_dir, Instant now) {
  for (const char* folder : {"", "/cache", "/live", "/hooks", "/bin"}) {
    const std::string directory = masc_dir + folder;
    MASC_TRY(const auto names, list_directory(directory));
    for (const std::string& name : names) {
      const std::string path = join_path(directory, name);
      const bool folded_list = name.starts_with("finished.") && is_old(path, now);
      const bool ended_run = std::string_view(folder) == "/live" && name.starts_with("m-") &&
                             is_old(path, now) && !FileLock::is_held(path);
      if (is_leftover(name) || folded_list || ended_run) MASC_CHECK(remove_tree(path));
    }
  }
  return {};
}

}  // namespace

Result<Collected> collect(Workspace& workspace, TaskStore& tasks, const git::Repository& repository,
                          const git::Git& git, const CollectOptions& options) {
  MASC_CHECK(workspace.id());
  Collected collected;
  MASC_TRY(collected.folded, fold_all(tasks, options));
  MASC_TRY(collected.emptied, empty_trash(repository, options));
  MASC_CHECK(sweep(workspace.masc_dir(), options.now));
  MASC_TRY(const auto locks, workspace.state().lock_all());
  MASC_TRY(collected.reclaimed, git::repack(git, workspace.state(), options.now));
  return collected;
}

}  // namespace masc::store
