// Files, directories and advisory locks. Paths are bytes, as the kernel takes them.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace masc {

// Owns one file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

// "a" + "b" = "a/b"; an absolute second part wins.
std::string join_path(std::string_view directory, std::string_view name);
std::string_view base_name(std::string_view path) noexcept;
std::string_view dir_name(std::string_view path) noexcept;  // "." where there is none
// Absolute and free of ".", ".." and symbolic links (realpath(3)). kIo, kNotFound.
Result<std::string> real_path(const std::string& path);
// Whether `path` is `directory` or lies below it. Both absolute, as real_path gives them.
bool is_within(std::string_view path, std::string_view directory) noexcept;

// kNotFound where there is no such file.
Result<std::string> read_file(const std::string& path);
// The same with nullopt where there is no such file (a directory of that name is none either).
Result<std::optional<std::string>> read_file_if_any(const std::string& path);
// At most the last `most` bytes.
Result<std::string> read_tail(const std::string& path, off_t most);
// Reads until end of file.
Result<std::string> read_all(int fd, std::string_view what);
// The same, but what has more than `most` bytes is kInvalid, and no more is read of it.
Result<std::string> read_at_most(int fd, std::size_t most, std::string_view what);
Result<std::string> read_file_at_most(const std::string& path, std::size_t most);
// Writes what somebody asked for by name: a file is replaced as a whole, also behind a symbolic
// link; a device or a pipe is written to.
Result<void> write_output(const std::string& path, std::string_view data);
Result<Fd> open_to_read(const std::string& path);
// Reads once, waiting if need be; 0 at the end.
Result<std::size_t> read_some(int fd, char* to, std::size_t size, std::string_view what);
// Writes everything, across short writes and EINTR.
Result<void> write_all(int fd, std::string_view data, std::string_view what);
// Replaces `path` by a new file in one step (temporary neighbour, rename): readers see the old
// bytes or the new ones. Symbolic links are replaced, not followed.
Result<void> write_file(const std::string& path, std::string_view data, mode_t mode = 0666);
// The same with the bytes of another file, a piece at a time; nothing where both are equal already.
Result<void> copy_file(const std::string& from, const std::string& to, mode_t mode = 0666);
Result<void> append_file(const std::string& path, std::string_view line, mode_t mode = 0666);

bool exists(const std::string& path) noexcept;  // does not follow a final symbolic link
bool is_directory(const std::string& path) noexcept;
std::optional<struct stat> stat_of(const std::string& path) noexcept;  // follows links
Result<void> make_directories(const std::string& path, mode_t mode = 0777);
// For use with openat(2) and /proc/self/fd; no descriptor where it can't be opened.
Fd open_directory(const std::string& path) noexcept;
// Names in a directory without "." and "..", sorted; none where it does not exist.
Result<std::vector<std::string>> list_directory(const std::string& path);
Result<void> remove_file(const std::string& path);  // fine if there is none
// Removes a whole tree; never follows symbolic links.
Result<void> remove_tree(const std::string& path);
Result<void> rename_path(const std::string& from, const std::string& to);
Result<void> make_symlink(const std::string& target, const std::string& path);  // replaces a link
std::optional<std::string> read_symlink(const std::string& path);
// Sets a file's times to now, creating an empty one where there is none.
Result<void> touch_file(const std::string& path);

// Disk space set aside, so that what undoes a step can still be written when the disk is full.
class SpaceReserve {
 public:
  SpaceReserve() = default;
  // Allocates `bytes` in a new file at `path`. kIo where there is no space for it.
  static Result<SpaceReserve> take(std::string path, std::int64_t bytes);
  SpaceReserve(SpaceReserve&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  SpaceReserve& operator=(SpaceReserve&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~SpaceReserve() { release(); }
  // Gives it back by removing the file.
  void release() noexcept;

 private:
  explicit SpaceReserve(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// An exclusive flock(2), held while this lives and let go by the kernel if the process dies.
class FileLock {
 public:
  // Waits at most `patience`; kBusy after that. Creates the file, which stays: removing lock files
  // would let two processes lock two files of one name.
  static Result<FileLock> acquire(const std::string& path, std::chrono::milliseconds patience);
  // nullopt at once if somebody else holds it.
  static Result<std::optional<FileLock>> try_acquire(const std::string& path);
  // Whether somebody holds it now. False where there is no such file.
  static bool is_held(const std::string& path);

  int fd() const noexcept { return fd_.get(); }

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace masc
