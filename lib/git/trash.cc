#include "git/trash.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/file.h"
#include "base/text.h"
#include "git/slot.h"
#include "model/trailers.h"

namespace masc::git {
namespace {

constexpr int kMostOfOneSecond = 1'000;

std::string trash_dir(const std::string& common_dir) { return common_dir + "/masc/trash"; }

// "2026-03-01T14:05:00Z" as "20260301T140500Z".
std::string format_stamp(Instant at) {
  std::string stamp = format_time(at);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  return stamp;
}

// The instant at the beginning of an entry's name.
Result<Instant> parse_stamp(std::string_view name) {
  constexpr std::size_t kLength = 16;
  if (name.size() < kLength) return fail(ErrorCode::kInvalid, "no entry of the trash");
  const auto part = [&](std::size_t at, std::size_t size) { return name.substr(at, size); };
  return parse_time(fmt::format("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 2), part(6, 2),
                                part(9, 2), part(11, 2), part(13, 2)));
}

Result<std::string> make_entry(const std::string& common_dir, const std::string& name,
                               Instant now) {
  MASC_CHECK(make_directories(trash_dir(common_dir)));
  const std::string first = fmt::format("{}/{}-{}", trash_dir(common_dir), format_stamp(now), name);
  std::string directory = first;
  for (int count = 2; mkdir(directory.c_str(), 0777) != 0; ++count) {
    if (errno != EEXIST || count > kMostOfOneSecond) {
      return fail(os_error(errno, fmt::format("cannot create '{}'", directory)));
    }
    directory = fmt::format("{}.{}", first, count);
  }
  return directory;
}

Result<void> write_about(const TrashEntry& entry) {
  const auto line = [](std::string_view key, std::string_view value) {
    return fmt::format("{} {}\n", key, model::escape_value(value));
  };
  return write_file(entry.directory + "/about",
                    line("path", entry.path) + line("name", entry.name) + line("tree", entry.tree));
}

// On another file system the files go into a trash beside the slots.
Result<void> move_beside(TrashEntry& entry) {
  const std::string beside = join_path(dir_name(entry.path), ".trash");
  MASC_CHECK(make_directories(beside));
  entry.tree = join_path(beside, base_name(entry.directory));
  MASC_CHECK(write_about(entry));
  return rename_path(entry.path, entry.tree);
}

Result<void> move_tree(TrashEntry& entry) {
  entry.tree = entry.directory + "/tree";
  MASC_CHECK(write_about(entry));
  if (rename(entry.path.c_str(), entry.tree.c_str()) == 0) return {};
  if (errno == EXDEV) return move_beside(entry);
  return fail(os_error(errno, fmt::format("cannot move '{}' into the trash", entry.path)));
}

// Copied, since it may lie on another file system than the entry.
Result<void> move_dot_git(const TrashEntry& entry) {
  const std::string from = entry.tree + "/.git";
  if (entry.tree.empty()) return {};
  MASC_TRY(const auto text, read_file_if_any(from));
  if (!text) return {};
  MASC_CHECK(write_file(entry.directory + "/dot-git", *text));
  return remove_file(from);
}

Result<void> move_admin(TrashEntry& entry, const std::string& git_dir) {
  const std::string to = entry.directory + "/admin";
  MASC_CHECK(rename_path(git_dir, to));
  entry.admin = to;
  return {};
}

// An entry that has taken nothing goes again.
void drop_entry(const TrashEntry& entry) {
  static_cast<void>(remove_file(entry.directory + "/about"));
  rmdir(entry.directory.c_str());
}

Result<TrashEntry> begin_entry(const std::string& common_dir, const Remains& remains, Instant now) {
  TrashEntry entry;
  entry.path = remains.path;
  entry.name = std::string(base_name(remains.git_dir.empty() ? remains.path : remains.git_dir));
  entry.at = now;
  MASC_TRY(entry.directory, make_entry(common_dir, entry.name, now));
  if (remains.path.empty() || !exists(remains.path)) {
    MASC_CHECK(write_about(entry));
    return entry;
  }
  if (auto moved = move_tree(entry); !moved) {
    drop_entry(entry);
    return fail(std::move(moved).error());
  }
  return entry;
}

Result<TrashEntry> end_entry(TrashEntry entry, const std::string& git_dir) {
  MASC_CHECK(move_dot_git(entry));
  if (!git_dir.empty() && exists(git_dir)) MASC_CHECK(move_admin(entry, git_dir));
  return entry;
}

Error refused(const Worktree& worktree, std::string_view why) {
  return error(ErrorCode::kRefused, "'{}' stays: {}", printable(worktree.path), why)
      .fact("path", worktree.path);
}

std::string describe(const std::vector<Process>& processes) {
  const Process& first = processes.front();
  std::string text =
      fmt::format("process {} ({}) stands in it", first.pid, printable(first.command));
  if (processes.size() > 1) text += fmt::format(", and {} more", processes.size() - 1);
  return text;
}

Result<void> check_identity(const Repository& repository, const Worktree& worktree) {
  const std::string worktrees = repository.common_dir + "/worktrees";
  if (dir_name(worktree.git_dir) != worktrees || worktree.path == main_root(repository) ||
      is_within(repository.common_dir, worktree.path)) {
    return fail(refused(worktree, "it is the main worktree"));
  }
  if (folder_of(worktree.git_dir) != worktree.path) {
    return fail(refused(worktree, "the repository does not know it"));
  }
  return {};
}

Result<void> check_proof(const Repository& repository, const Worktree& worktree,
                         const Cleanliness& proof) {
  if (!proof.clean || proof.path != worktree.path) {
    const std::string why = proof.reasons.empty() ? "no proof" : proof.reasons.front();
    return fail(refused(worktree, fmt::format("it is not proven clean ({})", why)));
  }
  MASC_TRY(const auto now, worktree_at(repository, worktree.path));
  if (!now || now->git_dir != worktree.git_dir) {
    return fail(refused(worktree, "the repository does not know it"));
  }
  if (now->locked) return fail(refused(worktree, "it is locked (git worktree unlock)"));
  const bool moved = !now->opaque && (now->head != proof.head || now->branch != proof.branch);
  if (moved) return fail(refused(worktree, "its HEAD has moved since it was looked at"));
  return {};
}

Result<void> check_empty(const Worktree& worktree, const std::string& at) {
  const auto inside = standing_in(at);
  if (inside.empty()) return {};
  return fail(
      refused(worktree, describe(inside)).fact("pid", static_cast<long long>(inside.front().pid)));
}

// Fills an entry from its `about`; false if it has none.
bool read_about(TrashEntry& entry) {
  const auto text = read_file_if_any(entry.directory + "/about");
  if (!text || !*text) return false;
  for (std::string_view line : split_lines(**text)) {
    const std::string_view key = take_until(line, ' ');
    auto value = model::unescape_value(line);
    if (!value) return false;
    if (key == "path") entry.path = std::move(*value);
    if (key == "name") entry.name = std::move(*value);
    if (key == "tree") entry.tree = std::move(*value);
  }
  return !entry.name.empty();
}

// The git directory that an entry was killed in front of; "" if there is none.
std::string left_admin(const Repository& repository, const TrashEntry& entry) {
  const std::string git_dir = fmt::format("{}/worktrees/{}", repository.common_dir, entry.name);
  const bool waits = !entry.tree.empty() && entry.admin.empty() && folder_of(git_dir) == entry.path;
  return waits && !exists(entry.path) ? git_dir : "";
}

}  // namespace

Result<TrashEntry> move_to_trash(const std::string& common_dir, const Remains& remains,
                                 Instant now) {
  MASC_TRY(TrashEntry entry, begin_entry(common_dir, remains, now));
  return end_entry(std::move(entry), remains.git_dir);
}

Result<TrashEntry> remove_to_trash(const Repository& repository, const Worktree& worktree,
                                   const Cleanliness& proof, Instant now) {
  MASC_CHECK(check_identity(repository, worktree));
  MASC_CHECK(check_proof(repository, worktree, proof));
  MASC_CHECK(check_empty(worktree, worktree.path));
  MASC_TRY(TrashEntry entry,
           begin_entry(repository.common_dir, {worktree.path, worktree.git_dir}, now));
  if (auto still_empty = check_empty(worktree, entry.tree); !still_empty) {
    MASC_CHECK(rename_path(entry.tree, worktree.path));
    drop_entry(entry);
    return fail(std::move(still_empty).error());
  }
  return end_entry(std::move(entry), worktree.git_dir);
}

Result<std::vector<TrashEntry>> list_trash(const Repository& repository) {
  const std::string directory = trash_dir(repository.common_dir);
  MASC_TRY(const auto names, list_directory(directory));
  std::vector<TrashEntry> entries;
  for (const std::string& name : names) {
    const auto at = parse_stamp(name);
    TrashEntry entry;
    entry.directory = join_path(directory, name);
    if (!at || !read_about(entry)) continue;
    entry.at = *at;
    if (!entry.tree.empty() && !exists(entry.tree)) entry.tree.clear();
    if (exists(entry.directory + "/admin")) entry.admin = entry.directory + "/admin";
    if (!entry.tree.empty() || !entry.admin.empty()) entries.push_back(std::move(entry));
  }
  return entries;
}

Result<int> finish_removals(const Repository& repository) {
  MASC_TRY(const auto entries, list_trash(repository));
  int finished = 0;
  for (const TrashEntry& entry : entries) {
    const std::string git_dir = left_admin(repository, entry);
    if (git_dir.empty()) continue;
    // Whoever removes a slot holds its lock: then nothing was killed.
    const int number = slot_number(entry.path);
    MASC_TRY(const auto lock, lock_slot(repository.common_dir, number));
    if (!lock) continue;
    MASC_TRY(const auto ended, end_entry(entry, git_dir));
    finished += ended.admin.empty() ? 0 : 1;
  }
  return finished;
}

}  // namespace masc::git
