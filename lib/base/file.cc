#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>

namespace masc {
namespace {

Error file_error(std::string_view verb, const std::string& path) {
  const int saved = errno;
  return os_error(saved, fmt::format("cannot {} '{}'", verb, path));
}

Result<Fd> open_file(const std::string& path, int flags, mode_t mode, std::string_view verb) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd >= 0) return Fd(fd);
  if (errno != ENOENT) return fail(file_error(verb, path));
  if ((flags & O_CREAT) != 0)
    return fail(ErrorCode::kNotFound, "there is no folder '{}'", dir_name(path));
  return fail(ErrorCode::kNotFound, "no such file: '{}'", path);
}

// Reads to the end of file; one read(2) more than `expected` bytes need shows that there is no
// more.
Result<std::string> read_sized(int fd, std::size_t expected, std::string_view what) {
  std::string text(std::max<std::size_t>(expected + 1, 512), '\0');
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = read(fd, text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(file_error("read", std::string(what)));
    filled += static_cast<std::size_t>(got);
    // A regular file that gave just what it has is at its end.
    const bool whole =
        expected > 0 && filled == expected && static_cast<std::size_t>(got) == expected;
    if (got == 0 || whole) {
      text.resize(filled);
      return text;
    }
    if (filled == text.size()) text.resize(text.size() * 2);
  }
}

// A signal that does nothing but interrupt flock(2) when the time is up.
class Alarm {
 public:
  explicit Alarm(std::chrono::milliseconds after) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    sigaction(SIGALRM, &action, &former_);
    const auto ms = std::max<long>(1, static_cast<long>(after.count()));
    // Repeats, so that an alarm that comes just before flock() sleeps is not the last one.
    const itimerval timer{{0, 50'000}, {ms / 1000, ms % 1000 * 1000}};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
  ~Alarm() {
    const itimerval off{};
    setitimer(ITIMER_REAL, &off, nullptr);
    sigaction(SIGALRM, &former_, nullptr);
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  struct sigaction former_ {};
};

bool remove_below(int parent, const char* name);

bool remove_children(int directory) {
  DIR* const stream = fdopendir(directory);
  if (stream == nullptr) return false;
  bool all = true;
  while (const dirent* entry = readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") all = remove_below(directory, entry->d_name) && all;
  }
  closedir(stream);
  return all;
}

bool remove_below(int parent, const char* name) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return false;
  const int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return false;
  return remove_children(directory) && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

}  // namespace

void Fd::reset() noexcept {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

std::string join_path(std::string_view directory, std::string_view name) {
  if (directory.empty() || (!name.empty() && name[0] == '/')) return std::string(name);
  std::string path(directory);
  if (path.back() != '/') path += '/';
  return path += name;
}

std::string_view base_name(std::string_view path) noexcept {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  return slash == path.npos || path.size() == 1 ? path : path.substr(slash + 1);
}

std::string_view dir_name(std::string_view path) noexcept {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

Result<std::string> real_path(const std::string& path) {
  char buffer[PATH_MAX];
  if (realpath(path.c_str(), buffer) != nullptr) return std::string(buffer);
  if (errno == ENOENT) return fail(ErrorCode::kNotFound, "no such path: '{}'", path);
  return fail(file_error("resolve", path));
}

bool is_within(std::string_view path, std::string_view directory) noexcept {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

Result<std::string> read_file(const std::string& path) {
  MASC_TRY(const Fd file, open_file(path, O_RDONLY, 0, "read"));
  return read_all(file.get(), path);
}

Result<std::string> read_tail(const std::string& path, off_t most) {
  MASC_TRY(const Fd file, open_file(path, O_RDONLY, 0, "read"));
  const off_t size = lseek(file.get(), 0, SEEK_END);
  if (size < 0 || lseek(file.get(), std::max<off_t>(0, size - most), SEEK_SET) < 0)
    return fail(file_error("read", path));
  return read_all(file.get(), path);
}

Result<std::optional<std::string>> read_file_if_any(const std::string& path) {
  // A pipe in its place makes nobody wait.
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file) return fail(file_error("read", path));
  struct stat info {};
  if (fstat(file.get(), &info) == 0 && S_ISDIR(info.st_mode)) return std::nullopt;
  MASC_TRY(std::string text, read_sized(file.get(), static_cast<std::size_t>(info.st_size), path));
  return text;
}

Result<std::string> read_all(int fd, std::string_view what) {
  struct stat info {};
  const bool regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  return read_sized(fd, regular ? static_cast<std::size_t>(info.st_size) : 0, what);
}

Result<void> write_output(const std::string& path, std::string_view data) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return write_file(path, data);
  if (S_ISREG(info.st_mode)) {
    MASC_TRY(const std::string real, real_path(path));
    return write_file(real, data, info.st_mode & 0777);
  }
  MASC_TRY(const Fd file, open_file(path, O_WRONLY, 0, "write"));
  return write_all(file.get(), data, path);
}

Result<Fd> open_to_read(const std::string& path) { return open_file(path, O_RDONLY, 0, "read"); }

Result<std::size_t> read_some(int fd, char* to, std::size_t size, std::string_view what) {
  for (;;) {
    const ssize_t got = read(fd, to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail(file_error("read", std::string(what)));
  }
}

Result<std::string> read_at_most(int fd, std::size_t most, std::string_view what) {
  std::string text;
  for (;;) {
    const std::size_t filled = text.size();
    text.resize(filled + std::min(most + 1 - filled, std::max<std::size_t>(filled, 4096)));
    MASC_TRY(const std::size_t got,
             read_some(fd, text.data() + filled, text.size() - filled, what));
    text.resize(filled + got);
    if (got == 0) return text;
    if (text.size() > most)
      return fail(error(ErrorCode::kInvalid, "{} has more than {} bytes", what, most)
                      .hint("give less of it, or name another file"));
  }
}

Result<std::string> read_file_at_most(const std::string& path, std::size_t most) {
  MASC_TRY(const Fd file, open_to_read(path));
  return read_at_most(file.get(), most, path);
}

Result<void> write_all(int fd, std::string_view data, std::string_view what) {
  while (!data.empty()) {
    const ssize_t written = write(fd, data.data(), data.size());
    if (written >= 0) {
      data.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return fail(file_error("write", std::string(what)));
    }
  }
  return {};
}

Result<void> write_file(const std::string& path, std::string_view data, mode_t mode) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  MASC_TRY(const Fd file, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode, "write"));
  if (auto written = write_all(file.get(), data, path); !written) {
    unlink(temporary.c_str());
    return written;
  }
  if (rename(temporary.c_str(), path.c_str()) == 0) return {};
  Error error = file_error("replace", path);
  unlink(temporary.c_str());
  return fail(std::move(error));
}

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;

// The next piece of a file, up to kPiece bytes; shorter only at its end.
Result<std::string> read_piece(int fd, const std::string& path) {
  std::string piece(kPiece, '\0');
  std::size_t size = 0;
  while (size < kPiece) {
    const ssize_t got = read(fd, piece.data() + size, kPiece - size);
    if (got == 0) break;
    if (got > 0) size += static_cast<std::size_t>(got);
    if (got < 0 && errno != EINTR) return fail(file_error("read", path));
  }
  piece.resize(size);
  return piece;
}

Result<bool> same_bytes(const std::string& a, const std::string& b) {
  const auto one = stat_of(a);
  const auto two = stat_of(b);
  if (!one || !two || one->st_size != two->st_size) return false;
  MASC_TRY(const Fd mine, open_file(a, O_RDONLY, 0, "read"));
  MASC_TRY(const Fd theirs, open_file(b, O_RDONLY, 0, "read"));
  for (;;) {
    MASC_TRY(const std::string piece, read_piece(mine.get(), a));
    MASC_TRY(const std::string other, read_piece(theirs.get(), b));
    if (piece != other) return false;
    if (piece.size() < kPiece) return true;
  }
}

Result<void> copy_pieces(const std::string& from, int to, const std::string& path) {
  MASC_TRY(const Fd source, open_file(from, O_RDONLY, 0, "read"));
  for (;;) {
    MASC_TRY(const std::string piece, read_piece(source.get(), from));
    MASC_CHECK(write_all(to, piece, path));
    if (piece.size() < kPiece) return {};
  }
}

}  // namespace

Result<void> copy_file(const std::string& from, const std::string& to, mode_t mode) {
  MASC_TRY(const bool same, same_bytes(from, to));
  if (same) return {};
  const std::string temporary = fmt::format("{}.{}.tmp", to, getpid());
  MASC_TRY(const Fd file, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode, "write"));
  auto done = copy_pieces(from, file.get(), to);
  if (done) done = rename_path(temporary, to);
  if (!done) unlink(temporary.c_str());
  return done;
}

Result<void> append_file(const std::string& path, std::string_view line, mode_t mode) {
  MASC_TRY(const Fd file, open_file(path, O_WRONLY | O_CREAT | O_APPEND, mode, "append to"));
  return write_all(file.get(), line, path);
}

bool exists(const std::string& path) noexcept {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

std::optional<struct stat> stat_of(const std::string& path) noexcept {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  return info;
}

bool is_directory(const std::string& path) noexcept {
  const auto info = stat_of(path);
  return info && S_ISDIR(info->st_mode);
}

Result<void> make_directories(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0 || (errno == EEXIST && is_directory(path))) return {};
  if (errno != ENOENT) return fail(file_error("create the directory", path));
  MASC_CHECK(make_directories(std::string(dir_name(path)), mode));
  if (mkdir(path.c_str(), mode) == 0 || (errno == EEXIST && is_directory(path))) return {};
  return fail(file_error("create the directory", path));
}

Fd open_directory(const std::string& path) noexcept {
  return Fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  std::vector<std::string> names;
  DIR* const stream = opendir(path.c_str());
  if (stream == nullptr) {
    if (errno == ENOENT) return names;
    return fail(file_error("list", path));
  }
  while (const dirent* entry = readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> remove_file(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail(file_error("remove", path));
}

Result<void> remove_tree(const std::string& path) {
  if (remove_below(AT_FDCWD, path.c_str())) return {};
  return fail(file_error("remove", path));
}

Result<void> rename_path(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return {};
  return fail(file_error("move", fmt::format("{}' to '{}", from, to)));
}

Result<void> make_symlink(const std::string& target, const std::string& path) {
  const std::string temporary = fmt::format("{}.{}.tmp", path, getpid());
  unlink(temporary.c_str());
  if (symlink(target.c_str(), temporary.c_str()) != 0) return fail(file_error("link", path));
  if (rename(temporary.c_str(), path.c_str()) == 0) return {};
  Error error = file_error("replace", path);
  unlink(temporary.c_str());
  return fail(std::move(error));
}

std::optional<std::string> read_symlink(const std::string& path) {
  char buffer[PATH_MAX];
  const ssize_t length = readlink(path.c_str(), buffer, sizeof buffer);
  if (length < 0) return std::nullopt;
  return std::string(buffer, static_cast<std::size_t>(length));
}

Result<void> touch_file(const std::string& path) {
  if (utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0) return {};
  if (errno != ENOENT) return fail(file_error("touch", path));
  MASC_TRY(const Fd file, open_file(path, O_WRONLY | O_CREAT, 0666, "create"));
  return {};
}

Result<SpaceReserve> SpaceReserve::take(std::string path, std::int64_t bytes) {
  MASC_TRY(const Fd file, open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600, "write"));
  SpaceReserve reserve(std::move(path));
  const int failed = posix_fallocate(file.get(), 0, bytes);
  if (failed != 0) return fail(os_error(failed, "cannot write '" + reserve.path_ + "'"));
  return reserve;
}

void SpaceReserve::release() noexcept {
  if (!path_.empty()) unlink(path_.c_str());
  path_.clear();
}

Result<FileLock> FileLock::acquire(const std::string& path, std::chrono::milliseconds patience) {
  MASC_TRY(Fd file, open_file(path, O_RDWR | O_CREAT, 0666, "lock"));
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) return FileLock(std::move(file));
  if (errno != EWOULDBLOCK) return fail(file_error("lock", path));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const Alarm alarm(patience);
  while (flock(file.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail(file_error("lock", path));
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(error(ErrorCode::kBusy, "waited {} ms for the lock '{}'", patience.count(), path)
                      .hint("another masc process is writing; repeat the command")
                      .fact("path", path));
    }
  }
  return FileLock(std::move(file));
}

Result<std::optional<FileLock>> FileLock::try_acquire(const std::string& path) {
  MASC_TRY(Fd file, open_file(path, O_RDWR | O_CREAT, 0666, "lock"));
  if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) return FileLock(std::move(file));
  if (errno == EWOULDBLOCK) return std::nullopt;
  return fail(file_error("lock", path));
}

bool FileLock::is_held(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  // A shared try: it disturbs no other reader that asks at the same moment.
  return flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace masc
