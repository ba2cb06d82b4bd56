#include "git/slot.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/text.h"
#include "git/config.h"
#include "git/trash.h"

namespace masc::git {
namespace {

constexpr int kMostSlots = 10'000;
constexpr std::chrono::milliseconds kPatience{10'000};
constexpr int kGitDied = 128;  // die()'s exit status; above it: killed by a signal

std::string flock_dir(const std::string& common_dir) { return common_dir + "/masc/flock"; }

// Whether `git worktree add` would take the place: nothing there, or an empty folder, no link.
bool is_vacant(const std::string& path) {
  if (!exists(path)) return true;
  if (read_symlink(path) || !is_directory(path)) return false;
  const auto names = list_directory(path);
  return names && names->empty();
}

Result<bool> is_registered(const std::string& common_dir, const std::string& path) {
  MASC_TRY(const auto paths, linked_paths(common_dir));
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

// The lock, if the place is free and stays so while it is held.
Result<std::optional<FileLock>> try_slot(const std::string& common_dir, int number,
                                         const std::string& path) {
  if (!is_vacant(path)) return std::nullopt;
  MASC_TRY(auto lock, lock_slot(common_dir, number));
  if (!lock) return std::nullopt;
  MASC_TRY(const bool registered, is_registered(common_dir, path));
  if (registered || !is_vacant(path)) return std::nullopt;
  return lock;
}

// Lets children inherit a descriptor while this lives.
class Inherited {
 public:
  explicit Inherited(int fd) : fd_(fd) { fcntl(fd_, F_SETFD, 0); }
  ~Inherited() { fcntl(fd_, F_SETFD, FD_CLOEXEC); }
  Inherited(const Inherited&) = delete;
  Inherited& operator=(const Inherited&) = delete;

 private:
  int fd_;
};

Git with_hooks(const Git& git, const std::string& hooks_path) {
  return hooks_path.empty() ? git : git.with_config("core.hooksPath=" + hooks_path);
}

std::string git_dir_arg(const SlotReservation& slot) { return "--git-dir=" + slot.common_dir; }

// update-ref rather than `worktree add -b`: it says for certain whether the branch is ours to take
// back, and costs no child more, since `worktree add -b` starts `git branch`.
Result<void> make_branch(const Git& git, const SlotReservation& slot, const NewWorktree& wanted) {
  const std::string zero(wanted.start.size(), '0');
  MASC_TRY(const Finished finished,
           git.run({git_dir_arg(slot), "update-ref", "-m", "masc: branch of a claim",
                    "refs/heads/" + wanted.branch, wanted.start, zero}));
  if (finished.ok()) return {};
  const bool exists_already = finished.err.find("reference already exists") != std::string::npos;
  if (!exists_already) return fail(git_error(finished, "making the branch " + wanted.branch));
  return fail(ErrorCode::kConflict, "the branch {} exists already", wanted.branch);
}

// Only if it is still where it was made.
void unmake_branch(const Git& git, const SlotReservation& slot, const NewWorktree& wanted) {
  const auto undone =
      git.run({git_dir_arg(slot), "update-ref", "-d", "refs/heads/" + wanted.branch, wanted.start});
  static_cast<void>(undone);  // the error that led here is the one to report
}

// `path` as a pattern of info/exclude that means this folder alone.
std::string exclude_line(std::string_view path) {
  std::string line = "/";
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') line += '\\';
    line += c;
  }
  return line + "/";
}

// Slots inside the main work tree don't show in its `git status`.
Result<void> hide_root(const Repository& repository, const std::string& root) {
  const std::string main = main_root(repository);
  auto tree = real_path(main);
  std::string common_dir = repository.common_dir;
  if (!tree || root == *tree) return {};
  if (!is_within(root, *tree)) {
    // Beside a submodule lies its superproject's work tree.
    const auto around = find_repository(std::string(dir_name(root)), Environment());
    if (!around || around->work_tree.empty()) return {};
    tree = around->work_tree;
    common_dir = around->common_dir;
  } else if (!exists(main + "/.git") || is_within(root, common_dir)) {
    return {};
  }
  const std::string line = exclude_line(std::string_view(root).substr(tree->size() + 1));
  const std::string path = common_dir + "/info/exclude";
  MASC_TRY(const auto text, read_file_if_any(path));
  const auto lines = split_lines(text ? std::string_view(*text) : std::string_view());
  if (std::find(lines.begin(), lines.end(), line) != lines.end()) return {};
  MASC_CHECK(make_directories(common_dir + "/info"));
  const bool joined = text && !text->empty() && text->back() != '\n';
  return append_file(path, (joined ? "\n" : "") + line + "\n");
}

Repository repository_of(const SlotReservation& slot) {
  return {slot.common_dir, slot.common_dir, ""};
}

// A failing post-checkout hook is git's exit status, but the worktree stands; where anything else
// failed, git has taken it away. A shared branch may have been taken off its HEAD meanwhile, by who
// was quicker.
bool stands(const std::optional<Worktree>& worktree, const NewWorktree& wanted) {
  if (!worktree || worktree->missing || worktree->prunable || worktree->half_made()) return false;
  const bool detached = wanted.share_branch && worktree->branch.empty();
  return (worktree->opaque || worktree->branch == wanted.branch || detached) &&
         exists(worktree->git_dir + "/index");
}

// What a git that was killed has left. One that merely failed has tidied up itself; if there is a
// whole worktree all the same, somebody else has made it in the meantime. A half-made one is ours,
// whatever git's status says: the place's lock is ours.
void take_back(const Git& git, const SlotReservation& slot, const NewWorktree& wanted,
               const std::optional<Worktree>& rest, bool killed, Instant now) {
  if (rest && (killed || rest->half_made())) {
    const auto moved = move_to_trash(slot.common_dir, {rest->path, rest->git_dir}, now);
    static_cast<void>(moved);  // what can't be moved stays visible as a half-made worktree
  }
  if (!wanted.branch_exists) unmake_branch(git, slot, wanted);
}

}  // namespace

int slot_number(std::string_view path) {
  std::string_view name = base_name(path);
  if (!name.starts_with(kSlotPrefix)) return 0;
  name.remove_prefix(kSlotPrefix.size());
  int number = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool whole = failed == std::errc{} && end == name.data() + name.size();
  return whole && number > 0 && name[0] != '0' ? number : 0;
}

Result<std::optional<FileLock>> lock_slot(const std::string& common_dir, int number) {
  const std::string path = fmt::format("{}/slot.{}", flock_dir(common_dir), number);
  auto lock = FileLock::try_acquire(path);
  if (lock || lock.error().code != ErrorCode::kNotFound) return lock;
  MASC_CHECK(make_directories(flock_dir(common_dir)));
  return FileLock::try_acquire(path);
}

Result<void> await_slot(const std::string& common_dir, int number) {
  MASC_CHECK(make_directories(flock_dir(common_dir)));
  const std::string path = fmt::format("{}/slot.{}", flock_dir(common_dir), number);
  MASC_CHECK(FileLock::acquire(path, kPatience));
  return {};
}

bool is_slot_locked(const std::string& common_dir, int number) {
  return FileLock::is_held(fmt::format("{}/slot.{}", flock_dir(common_dir), number));
}

Result<SlotReservation> reserve_slot(const Repository& repository, const std::string& root) {
  MASC_CHECK(make_directories(root));
  MASC_TRY(const std::string place, real_path(root));
  MASC_CHECK(hide_root(repository, place));
  for (int number = 1; number <= kMostSlots; ++number) {
    std::string path = fmt::format("{}/{}{}", place, kSlotPrefix, number);
    MASC_TRY(auto lock, try_slot(repository.common_dir, number, path));
    if (lock) {
      return SlotReservation{number, std::move(path), repository.common_dir, std::move(*lock)};
    }
  }
  return fail(ErrorCode::kIo, "all {} places below '{}' are taken", kMostSlots, printable(root));
}

Result<void> step_aside(const Git& git, const std::string& git_dir) {
  const std::string file = git_dir + "/config.worktree";
  if (!exists(file)) return {};
  const auto hooks = UserConfig::load_file(file).get("core.hookspath");
  if (!hooks) return {};
  MASC_CHECK(git.output({"config", "--file", file, kUserHooks, *hooks}));
  MASC_CHECK(git.output({"config", "--file", file, "--unset-all", "core.hooksPath"}));
  return {};
}

Result<AddedWorktree> add_worktree(const Git& git, const SlotReservation& slot,
                                   const NewWorktree& wanted, Instant now) {
  const Inherited inherited(slot.lock.fd());
  const Git hooked = with_hooks(git, wanted.hooks_path);
  if (!wanted.branch_exists) MASC_CHECK(make_branch(hooked, slot, wanted));
  std::vector<std::string> args = {git_dir_arg(slot), "worktree", "add", "--quiet"};
  if (wanted.share_branch) args.emplace_back("--force");
  args.insert(args.end(), {"--", slot.path, wanted.branch});
  auto finished = run_past_races(hooked, args);
  auto made = worktree_at(repository_of(slot), slot.path);
  const std::optional<Worktree> rest = made ? std::move(*made) : std::nullopt;
  if (finished && stands(rest, wanted)) {
    MASC_CHECK(step_aside(git, rest->git_dir));
    return AddedWorktree{*rest, finished->ok() ? "" : std::string(trim(finished->err))};
  }
  take_back(hooked, slot, wanted, rest, finished && finished->status > kGitDied, now);
  if (!finished) return fail(std::move(finished).error());
  return fail(git_error(*finished, "git worktree add"));
}

Result<void> discard_half_made(const Repository& repository, const Worktree& worktree,
                               Instant now) {
  const int number = slot_number(worktree.path);
  if (number == 0) return fail(ErrorCode::kInvalid, "'{}' is no slot", printable(worktree.path));
  MASC_TRY(const auto lock, lock_slot(repository.common_dir, number));
  if (!lock) {
    return fail(ErrorCode::kBusy, "'{}' is just being made", printable(worktree.path));
  }
  MASC_TRY(const auto current, worktree_at(repository, worktree.path));
  if (!current || !current->half_made() || current->token) {
    return fail(ErrorCode::kConflict, "'{}' is not half made", printable(worktree.path));
  }
  auto moved = move_to_trash(repository.common_dir, {current->path, current->git_dir}, now);
  if (!moved) return fail(std::move(moved).error());
  return {};
}

Result<int> sweep_half_made(const Repository& repository, const std::string& root, Instant now) {
  const auto place = real_path(root);
  if (!place) return 0;
  const std::string directory = repository.common_dir + "/worktrees";
  MASC_TRY(const auto names, list_directory(directory));
  int swept = 0;
  for (const std::string& name : names) {
    const std::string git_dir = join_path(directory, name);
    if (!name.starts_with(kSlotPrefix) || exists(token_path(git_dir))) continue;
    const std::string path = folder_of(git_dir);
    if (slot_number(path) == 0 || dir_name(path) != *place) continue;
    MASC_TRY(const auto worktree, worktree_at(repository, path));
    if (!worktree || !worktree->half_made()) continue;
    if (discard_half_made(repository, *worktree, now)) ++swept;
  }
  return swept;
}

}  // namespace masc::git
