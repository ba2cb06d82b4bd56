#include "git/work_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "base/system.h"
#include "base/text.h"

namespace masc::git {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Error work_error(std::string_view verb, const std::string& path) {
  const int saved = errno;
  return os_error(saved, fmt::format("cannot {} '{}'", verb, printable(path)));
}

bool is_plain(std::string_view part) { return !part.empty() && part != "." && part != ".."; }

// Whether an error means "there is no such path here" rather than "this could not be found out".
bool means_absent(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP;
}

WorkFiles::Seen seen_as(const struct stat& info) {
  using Kind = WorkFiles::Kind;
  if (S_ISLNK(info.st_mode)) return {Kind::kLink, kLinkMode, info.st_size};
  if (S_ISDIR(info.st_mode)) return {Kind::kDirectory, 0, 0};
  if (!S_ISREG(info.st_mode)) return {Kind::kOther, 0, 0};
  return {Kind::kFile, (info.st_mode & S_IXUSR) != 0 ? kExecutableMode : kFileMode, info.st_size};
}

Result<std::optional<std::string>> read_link_at(int directory, const std::string& name,
                                                const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = readlinkat(directory, name.c_str(), target, sizeof target);
  if (length >= 0) return std::string(target, static_cast<std::size_t>(length));
  if (errno == EINVAL || means_absent(errno)) return std::nullopt;
  return fail(work_error("read", path));
}

// One name, so that a write that was killed leaves no more than the next one in this folder takes.
const std::string kTemporary = ".masc-write.tmp";

Result<void> create_at(int directory, const std::string& name, unsigned mode, std::string_view data,
                       const std::string& path) {
  if (mode == kLinkMode) {
    if (symlinkat(std::string(data).c_str(), directory, name.c_str()) == 0) return {};
    return fail(work_error("link", path));
  }
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const Fd file(openat(directory, name.c_str(), flags, mode == kExecutableMode ? 0777 : 0666));
  if (!file) return fail(work_error("write", path));
  return write_all(file.get(), data, path);
}

// rename(2), after the removal of an empty folder at the target.
Result<void> put_in_place(int directory, const std::string& from, const std::string& to,
                          const std::string& path) {
  if (renameat(directory, from.c_str(), directory, to.c_str()) == 0) return {};
  if (errno == EISDIR || errno == EEXIST || errno == ENOTEMPTY) {
    const bool removed = unlinkat(directory, to.c_str(), AT_REMOVEDIR) == 0;
    if (removed && renameat(directory, from.c_str(), directory, to.c_str()) == 0) return {};
    if (errno == ENOTEMPTY || errno == EEXIST) {
      return fail(ErrorCode::kConflict, "a folder that is not empty is in the way of '{}'",
                  printable(path));
    }
  }
  return fail(work_error("write", path));
}

void search(int parent, const std::string& path, std::string_view wanted,
            std::vector<std::string>& found) {
  const int fd = openat(parent, path.empty() ? "." : std::string(base_name(path)).c_str(), kFolder);
  DIR* const stream = fd < 0 ? nullptr : fdopendir(fd);
  if (stream == nullptr) {
    if (!means_absent(errno)) found.push_back(path + '/');
    if (fd >= 0) close(fd);
    return;
  }
  while (const dirent* entry = readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    std::string below = path.empty() ? std::string(name) : fmt::format("{}/{}", path, name);
    if (name == wanted) {
      found.push_back(std::move(below));
    } else if (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) {
      search(fd, below, wanted, found);
    }
  }
  closedir(stream);
}

}  // namespace

Result<WorkFiles> WorkFiles::open(const std::string& root) {
  Fd folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(work_error("open", root));
  return WorkFiles(std::move(folder));
}

Result<std::optional<WorkFiles::Parent>> WorkFiles::parent_of(const std::string& path,
                                                              bool create) const {
  Parent parent{Fd(openat(root_.get(), ".", kFolder)), ""};
  if (!parent.directory) return fail(work_error("open the folder of", path));
  const auto parts = split(path, '/');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const std::string part(parts[i]);
    if (!is_plain(part)) return fail(ErrorCode::kInvalid, "'{}' is no path", printable(path));
    if (create && mkdirat(parent.directory.get(), part.c_str(), 0777) != 0 && errno != EEXIST) {
      return fail(work_error("create the folder of", path));
    }
    Fd next(openat(parent.directory.get(), part.c_str(), kFolder));
    if (!next && means_absent(errno)) return std::nullopt;
    if (!next) return fail(work_error("open the folder of", path));
    parent.directory = std::move(next);
  }
  if (!is_plain(parts.back())) return fail(ErrorCode::kInvalid, "'{}' is no path", printable(path));
  parent.name = std::string(parts.back());
  return parent;
}

Result<WorkFiles::Seen> WorkFiles::look(const std::string& path) const {
  MASC_TRY(const auto parent, parent_of(path, false));
  if (!parent) return Seen{};
  struct stat info {};
  const int failed =
      fstatat(parent->directory.get(), parent->name.c_str(), &info, AT_SYMLINK_NOFOLLOW);
  if (failed == 0) return seen_as(info);
  if (means_absent(errno)) return Seen{};
  return fail(work_error("look at", path));
}

Result<std::int64_t> WorkFiles::modified(const std::string& path) const {
  MASC_TRY(const auto parent, parent_of(path, false));
  if (!parent) return 0;
  struct stat info {};
  const int failed =
      fstatat(parent->directory.get(), parent->name.c_str(), &info, AT_SYMLINK_NOFOLLOW);
  if (failed == 0) return info.st_mtim.tv_sec * std::int64_t{1'000'000'000} + info.st_mtim.tv_nsec;
  if (means_absent(errno)) return 0;
  return fail(work_error("look at", path));
}

Result<std::optional<std::string>> WorkFiles::read(const std::string& path) const {
  MASC_TRY(const auto parent, parent_of(path, false));
  if (!parent) return std::nullopt;
  const int directory = parent->directory.get();
  // Without O_NONBLOCK the opening of a FIFO would wait for its writer.
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const Fd file(openat(directory, parent->name.c_str(), flags));
  if (!file && errno == ELOOP) return read_link_at(directory, parent->name, path);
  if (!file && (means_absent(errno) || errno == ENXIO)) return std::nullopt;
  if (!file) return fail(work_error("read", path));
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return fail(work_error("read", path));
  if (!S_ISREG(info.st_mode)) return std::nullopt;
  MASC_TRY(std::string data, read_all(file.get(), path));
  return data;
}

Result<void> WorkFiles::write(const std::string& path, unsigned mode, std::string_view data) {
  MASC_TRY(const auto parent, parent_of(path, true));
  if (!parent) {
    return fail(ErrorCode::kConflict, "a file or link is in the way of '{}'", printable(path));
  }
  const int directory = parent->directory.get();
  unlinkat(directory, kTemporary.c_str(), 0);
  auto done = create_at(directory, kTemporary, mode, data, path);
  if (done) done = put_in_place(directory, kTemporary, parent->name, path);
  if (!done) unlinkat(directory, kTemporary.c_str(), 0);
  return done;
}

Result<bool> WorkFiles::copy_from(const WorkFiles& from, const std::string& path) {
  MASC_TRY(const Seen there, from.look(path));
  if (there.kind != Kind::kFile && there.kind != Kind::kLink) return false;
  MASC_TRY(const Seen here, look(path));
  if (here.kind != Kind::kAbsent) return false;
  MASC_TRY(const auto source, from.parent_of(path, false));
  MASC_TRY(const auto target, parent_of(path, true));
  if (!source || !target) return false;
  const int directory = target->directory.get();
  unlinkat(directory, kTemporary.c_str(), 0);
  auto done = copy_at(*source, directory, path);
  // Unlike rename(2), link(2) never replaces what somebody put there meanwhile.
  const bool linked =
      done && linkat(directory, kTemporary.c_str(), directory, target->name.c_str(), 0) == 0;
  const int why = errno;
  unlinkat(directory, kTemporary.c_str(), 0);
  if (!done) return fail(std::move(done).error());
  if (linked || why == EEXIST) return linked;
  errno = why;
  return fail(work_error("write", path));
}

// The temporary file of `directory` becomes a copy of what `source` names.
Result<void> WorkFiles::copy_at(const Parent& source, int directory, const std::string& path) {
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const Fd in(openat(source.directory.get(), source.name.c_str(), flags));
  if (!in && errno == ELOOP) {
    MASC_TRY(const auto link, read_link_at(source.directory.get(), source.name, path));
    return create_at(directory, kTemporary, kLinkMode, link.value_or(""), path);
  }
  struct stat info {};
  if (!in || fstat(in.get(), &info) != 0) return fail(work_error("read", path));
  const int create = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const Fd out(openat(directory, kTemporary.c_str(), create, info.st_mode & 0777));
  if (!out) return fail(work_error("write", path));
  return clone_bytes(in.get(), out.get(), path);
}

Result<void> WorkFiles::remove(const std::string& path) {
  MASC_TRY(auto parent, parent_of(path, false));
  if (!parent) return {};
  if (unlinkat(parent->directory.get(), parent->name.c_str(), 0) != 0 && !means_absent(errno)) {
    return fail(work_error("remove", path));
  }
  // Upwards while folders are empty; rmdir(2) refuses the others.
  for (std::string above(dir_name(path)); above != "."; above = std::string(dir_name(above))) {
    MASC_TRY(parent, parent_of(above, false));
    if (!parent) return {};
    if (unlinkat(parent->directory.get(), parent->name.c_str(), AT_REMOVEDIR) != 0) return {};
  }
  return {};
}

std::vector<std::string> find_below(const std::string& directory, std::string_view name) {
  std::vector<std::string> found;
  const Fd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) {
    if (!means_absent(errno)) found.emplace_back("/");
    return found;
  }
  search(folder.get(), "", name, found);
  return found;
}

}  // namespace masc::git
