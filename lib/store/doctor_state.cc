// doctor: the folder <common dir>/masc itself, its locks and sockets.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "base/file.h"
#include "base/system.h"
#include "base/text.h"
#include "git/left_locks.h"
#include "git/packed_refs.h"
#include "store/doctor.h"

namespace masc::store {
namespace {

constexpr std::chrono::seconds kStale{2};
constexpr std::chrono::minutes kForeignStale{10};

// How long ago the file changed, by the clock that its times come from.
std::chrono::seconds age_of(const struct stat& info) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now) -
         std::chrono::seconds(info.st_ctim.tv_sec);
}

Result<void> complete(const StateScene& scene) {
  const std::string state = scene.repository->state_dir();
  if (exists(state)) MASC_CHECK(git::StateRepo::complete(state, scene.shared));
  auto made = Workspace::init(*scene.repository, scene.shared, scene.agent, scene.now);
  if (!made) return fail(std::move(made).error());
  return {};
}

std::string missing_part(const git::Repository& repository) {
  const std::string part = git::StateRepo::missing_part(repository.state_dir());
  if (!part.empty()) return "state.git" + part;
  for (const char* name : {"clone", "flock", "live", "cache", "sock", "trash"}) {
    if (!exists(repository.masc_dir() + "/" + name)) return name;
  }
  return "";
}

// What stands where masc has a folder, and is none.
std::string blocked_folder(const git::Repository& repository) {
  for (const char* name : {"flock", "live", "cache", "sock", "trash", "inbox"}) {
    std::string path = fmt::format("{}/{}", repository.masc_dir(), name);
    if (exists(path) && !is_directory(path)) return path;
  }
  return "";
}

// The locks of single refs below `folder`, as names of refs.
void find_ref_locks(const std::string& directory, const std::string& folder,
                    std::vector<std::string>& found) {
  const auto names = list_directory(join_path(directory, folder));
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string path = fmt::format("{}/{}", folder, name);
    struct stat info {};
    if (lstat(join_path(directory, path).c_str(), &info) != 0) continue;
    if (S_ISDIR(info.st_mode)) {
      find_ref_locks(directory, path, found);
    } else if (name.ends_with(".lock") && age_of(info) >= kStale) {
      found.push_back(path.substr(0, path.size() - 5));
    }
  }
}

// Under the flock that every writer of the ref holds, a lock that is still the same is a dead
// one's.
Result<void> break_ref_lock(git::StateRepo& state, const std::string& name) {
  MASC_TRY(const FileLock held, state.lock(name));
  const std::string path = fmt::format("{}/{}.lock", state.directory(), name);
  const auto info = stat_of(path);
  if (!info || age_of(*info) < kStale) return {};
  return remove_file(path);
}

bool is_dead(const std::string& path) {
  const Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A long path is reached through its folder's descriptor, as the listener bound it.
  const Fd folder(open_directory(std::string(dir_name(path))));
  const std::string name = fmt::format("/proc/self/fd/{}/{}", folder.get(), base_name(path));
  if (!fd || !folder || name.size() >= sizeof address.sun_path) return false;
  name.copy(address.sun_path, name.size());
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return false;
  return errno == ECONNREFUSED;
}

}  // namespace

Result<Findings> check_state(const StateScene& scene) {
  Findings found;
  const git::Repository& repository = *scene.repository;
  const std::string place = repository.masc_dir();
  if (const std::string part = missing_part(repository); !part.empty()) {
    found.push_back(mendable("state_incomplete", Severity::kError, place,
                             fmt::format("{} is missing", part),
                             [scene] { return complete(scene); }));
    return found;
  }
  if (const std::string path = blocked_folder(repository); !path.empty()) {
    found.push_back(hopeless("state_incomplete", Severity::kError, path, "it is no folder",
                             "see what it is, and move it away; masc makes the folder anew"));
    return found;
  }
  const auto info = stat_of(repository.state_dir());
  if (info && info->st_uid != geteuid() && scene.shared.empty()) {
    found.push_back(
        hopeless("state_foreign", Severity::kError, repository.state_dir(),
                 fmt::format("it belongs to user {}, you are {}", info->st_uid, geteuid()),
                 "git config core.sharedRepository group   (if several users are to "
                 "work here), then `chmod -R g+rwX` by its owner"));
  }
  MASC_TRY(const Workspace workspace, Workspace::open(repository));
  const auto id = workspace.id();
  if (id) return found;
  if (id.error().code == ErrorCode::kNoWorkspace) {
    found.push_back(mendable("state_incomplete", Severity::kError, place, id.error().message,
                             [scene] { return complete(scene); }));
  } else {
    found.push_back(hopeless("state_newer", Severity::kError, place, id.error().message,
                             "install a newer masc"));
  }
  return found;
}

constexpr std::string_view kLookForCommits =
    "masc git fsck --lost-found --no-reflogs   (lists the commits that it may have been at; masc "
    "git log -1 COMMIT shows one)";

// libgit2 passes over a ref's file that holds no commit id, as if there were no such task.
void find_damaged_refs(const std::string& directory, const std::string& folder, Findings& found) {
  const auto names = list_directory(join_path(directory, folder));
  if (!names) return;
  for (const std::string& name : *names) {
    const std::string path = fmt::format("{}/{}", folder, name);
    if (is_directory(join_path(directory, path))) {
      find_damaged_refs(directory, path, found);
      continue;
    }
    if (name.ends_with(".lock")) continue;
    const auto text = read_file_if_any(join_path(directory, path));
    if (!text || !*text || git::ObjectId::parse(trim(**text))) continue;
    found.push_back(hopeless("ref_damaged", Severity::kError, path,
                             "its file holds no commit id, so what it names is not found",
                             std::string(kLookForCommits)));
  }
}

// A ref whose commit is gone, say after a power failure. A task's are read anyway.
Result<void> find_dangling_refs(const std::string& directory, Findings& found) {
  MASC_TRY(const git::StateRepo state, git::StateRepo::open(directory));
  MASC_TRY(const auto refs, state.refs("refs/masc/"));
  for (const git::Ref& ref : refs) {
    if (ref.name.starts_with("refs/masc/tasks/") || state.has(ref.id)) continue;
    found.push_back(hopeless("ref_damaged", Severity::kError, ref.name,
                             fmt::format("it names {}, which is missing", ref.id.hex()),
                             std::string(kLookForCommits)));
  }
  return {};
}

Result<Findings> check_locks(const StateScene& scene) {
  Findings found;
  const std::string directory = scene.repository->state_dir();
  find_damaged_refs(directory, "refs/masc", found);
  MASC_CHECK(find_dangling_refs(directory, found));
  std::vector<std::string> names;
  find_ref_locks(directory, "refs", names);
  for (const std::string& name : names) {
    found.push_back(mendable("stale_lock", Severity::kError, name, "a killed process left its lock",
                             [directory, name]() -> Result<void> {
                               MASC_TRY(git::StateRepo state, git::StateRepo::open(directory));
                               return break_ref_lock(state, name);
                             }));
  }
  MASC_TRY(const auto left, git::left_locks(*scene.repository));
  for (const std::string& path : left) {
    found.push_back(mendable("stale_lock", Severity::kError, path, "a killed git left its lock",
                             [repository = *scene.repository, path]() {
                               return git::break_left_lock(repository, path);
                             }));
  }
  const std::string packed = directory + "/packed-refs.lock";
  const auto info = stat_of(packed);
  if (!info) return found;
  if (git::is_own_packed_lock(directory)) {
    found.push_back(mendable("stale_lock", Severity::kError, packed,
                             "a killed import left its lock", [directory]() -> Result<void> {
                               MASC_TRY(git::StateRepo state, git::StateRepo::open(directory));
                               MASC_TRY(const auto locks, state.lock_all());
                               MASC_CHECK(git::break_own_packed_lock(directory));
                               return {};
                             }));
  } else if (age_of(*info) >= kForeignStale) {
    found.push_back(hopeless("stale_lock", Severity::kError, packed,
                             "a git has held it for more than ten minutes, or was killed",
                             "if no `masc git` runs any more, take that file away"));
  }
  return found;
}

Result<Findings> check_sockets(const StateScene& scene) {
  Findings found;
  const std::string folder = scene.repository->masc_dir() + "/sock";
  MASC_TRY(const auto names, list_directory(folder));
  for (const std::string& name : names) {
    const std::string path = join_path(folder, name);
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode) || !is_dead(path)) continue;
    found.push_back(mendable("dead_socket", Severity::kWarning, path, "nobody listens there",
                             [path]() -> Result<void> {
                               if (!is_dead(path)) return {};
                               return remove_file(path);
                             }));
  }
  return found;
}

}  // namespace masc::store
