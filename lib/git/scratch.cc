#include "git/scratch.h"

#include <set>
#include <utility>

#include "base/text.h"
#include "git/worktree.h"

namespace masc::git {
namespace {

constexpr std::string_view kPrefix = "land-";
constexpr int kMost = 1'000;

std::string scratch_dir(const Repository& repository) { return repository.masc_dir() + "/scratch"; }

std::string path_of(const Repository& repository, std::string_view number) {
  return fmt::format("{}/{}{}", scratch_dir(repository), kPrefix, number);
}

Result<std::optional<FileLock>> try_lock(const Repository& repository, std::string_view number) {
  MASC_CHECK(make_directories(repository.masc_dir() + "/flock"));
  return FileLock::try_acquire(fmt::format("{}/flock/scratch.{}", repository.masc_dir(), number));
}

// The git directory goes first: files without one are found again by their place, a git directory
// without files would be a worktree that git calls prunable.
Result<void> remove(const Repository& repository, const std::string& path) {
  MASC_TRY(const auto worktree, worktree_at(repository, path));
  if (worktree) MASC_CHECK(remove_tree(worktree->git_dir));
  return remove_tree(path);
}

// The numbers of those that are there, as folders or as worktrees that git knows.
std::set<std::string> numbers_of(const Repository& repository) {
  std::set<std::string> numbers;
  const auto note = [&](std::string_view name) {
    if (name.starts_with(kPrefix)) numbers.emplace(name.substr(kPrefix.size()));
  };
  const std::string directory = scratch_dir(repository);
  for (const std::string& name : list_directory(directory).value_or(std::vector<std::string>{})) {
    note(name);
  }
  for (const std::string& path :
       linked_paths(repository.common_dir).value_or(std::vector<std::string>{})) {
    if (dir_name(path) == directory) note(base_name(path));
  }
  return numbers;
}

// A place that is this process's, with nothing there.
Result<std::pair<std::string, FileLock>> reserve(const Repository& repository) {
  MASC_CHECK(scratch_folder(repository));
  for (int number = 1; number <= kMost; ++number) {
    const std::string name = std::to_string(number);
    MASC_TRY(auto lock, try_lock(repository, name));
    std::string path = path_of(repository, name);
    if (!lock || !remove(repository, path)) continue;
    return std::pair{std::move(path), std::move(*lock)};
  }
  return fail(ErrorCode::kIo, "no place for a scratch worktree below '{}'",
              printable(scratch_dir(repository)));
}

}  // namespace

Result<std::string> scratch_folder(const Repository& repository) {
  std::string directory = scratch_dir(repository);
  if (!is_directory(directory)) MASC_CHECK(make_directories(directory));
  return directory;
}

Result<Scratch> Scratch::make(const Repository& repository, const Git& git,
                              const std::string& commit) {
  prune_scratch(repository);
  MASC_TRY(auto place, reserve(repository));
  Scratch scratch(repository, git, place.first, std::move(place.second));
  MASC_TRY(const Finished added,
           run_past_races(git, {"--git-dir=" + repository.common_dir, "worktree", "add", "--quiet",
                                "--detach", "--no-checkout", "--", scratch.path_, commit}));
  if (!added.ok()) return fail(git_error(added, "git worktree add"));
  MASC_CHECK(scratch.show(commit));
  return scratch;
}

Scratch::~Scratch() {
  if (lock_.fd() < 0) return;  // moved from
  static_cast<void>(remove(repository_, path_));
}

Result<void> Scratch::show(const std::string& commit) const {
  MASC_CHECK(git_.output({"read-tree", "--reset", "-u", commit}));
  return {};
}

void prune_scratch(const Repository& repository) {
  if (!is_directory(scratch_dir(repository))) return;
  for (const std::string& number : numbers_of(repository)) {
    const auto lock = try_lock(repository, number);
    if (!lock || !*lock) continue;
    static_cast<void>(remove(repository, path_of(repository, number)));
  }
}

}  // namespace masc::git
