#include "git/packed_refs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <thread>

#include "base/file.h"
#include "base/text.h"

namespace masc::git {
namespace {

constexpr std::string_view kHeader = "# pack-refs with: peeled fully-peeled sorted \n";
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kPause{20};

std::string packed_path(const std::string& directory) { return directory + "/packed-refs"; }
std::string lock_path(const std::string& directory) { return directory + "/packed-refs.lock"; }
std::string draft_path(const std::string& directory) { return directory + "/packed-refs.masc"; }

bool same_file(const std::optional<struct stat>& a, const std::optional<struct stat>& b) {
  return a && b && a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

// What tells one packed-refs from the next.
std::string identity(const std::string& path) {
  const auto info = stat_of(path);
  if (!info) return "";
  return fmt::format("{}.{}.{}.{}", info->st_ino, info->st_size, info->st_mtim.tv_sec,
                     info->st_mtim.tv_nsec);
}

// A file of its own: the former draft may be packed-refs itself by now, so it is unlinked, never
// written into.
Result<void> write_draft(const std::string& directory, std::string_view text) {
  const std::string path = draft_path(directory);
  MASC_CHECK(remove_file(path));
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) return fail(os_error(errno, "cannot write " + path));
  if (const auto info = stat_of(packed_path(directory))) fchmod(file.get(), info->st_mode & 0777);
  return write_all(file.get(), text, path);
}

// One attempt: false if packed-refs changed meanwhile, or git has the lock.
Result<bool> try_add(const std::string& directory, const std::vector<Ref>& refs) {
  const std::string before = identity(packed_path(directory));
  MASC_TRY(const auto old, read_file_if_any(packed_path(directory)));
  if (auto written = write_draft(directory, merge_packed_refs(old.value_or(""), refs)); !written) {
    static_cast<void>(remove_file(draft_path(directory)));
    return fail(std::move(written).error());
  }
  const std::string draft = draft_path(directory);
  const std::string lock = lock_path(directory);
  if (link(draft.c_str(), lock.c_str()) != 0) {
    const int why = errno;
    MASC_CHECK(remove_file(draft));
    if (why == EEXIST) return false;
    return fail(os_error(why, "cannot lock " + packed_path(directory)));
  }
  if (identity(packed_path(directory)) != before) {
    MASC_CHECK(remove_file(lock));
    return false;
  }
  MASC_CHECK(rename_path(lock, packed_path(directory)));
  static_cast<void>(remove_file(draft));  // it is only a second name
  return true;
}

}  // namespace

std::string merge_packed_refs(std::string_view text, const std::vector<Ref>& refs) {
  std::map<std::string, std::string, std::less<>> lines;  // a ref's lines by its name
  std::string* last = nullptr;
  for (const std::string_view line : split_lines(text)) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '^') {
      if (last != nullptr) *last += std::string(line) + '\n';
      continue;
    }
    const std::size_t space = line.find(' ');
    if (space == line.npos) continue;
    last = &(lines[std::string(line.substr(space + 1))] = std::string(line) + '\n');
  }
  for (const Ref& ref : refs) lines[ref.name] = fmt::format("{} {}\n", ref.id.hex(), ref.name);
  std::string out(kHeader);
  for (const auto& [name, line] : lines) out += line;
  return out;
}

Result<void> add_packed_refs(const std::string& directory, const std::vector<Ref>& refs) {
  MASC_CHECK(break_own_packed_lock(directory));
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    MASC_TRY(const bool added, try_add(directory, refs));
    if (added) return {};
    if (std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(kPause);
  }
  return fail(error(ErrorCode::kBusy, "'{}' exists: a git is packing the refs of masc",
                    lock_path(directory))
                  .hint("repeat the command when it has ended; masc doctor   (if it never does)")
                  .fact("path", lock_path(directory)));
}

bool is_own_packed_lock(const std::string& directory) {
  return same_file(stat_of(lock_path(directory)), stat_of(draft_path(directory)));
}

Result<bool> break_own_packed_lock(const std::string& directory) {
  if (!is_own_packed_lock(directory)) return false;
  MASC_CHECK(remove_file(lock_path(directory)));
  return true;
}

}  // namespace masc::git
