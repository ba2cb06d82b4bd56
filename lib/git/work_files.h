// The files below one folder, reached without following any symbolic link: a path that leads
// through a link is not there, and nothing outside of the folder is ever read, written or removed.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace masc::git {

// git's modes of what a work tree may hold.
constexpr unsigned kFileMode = 0100644;
constexpr unsigned kExecutableMode = 0100755;
constexpr unsigned kLinkMode = 0120000;
constexpr unsigned kSubmoduleMode = 0160000;

// Paths are relative, '/' between their parts, without "." and "..". Not thread-safe.
class WorkFiles {
 public:
  static Result<WorkFiles> open(const std::string& root);

  enum class Kind { kAbsent, kFile, kLink, kDirectory, kOther };
  struct Seen {
    Kind kind = Kind::kAbsent;
    unsigned mode = 0;  // git's; 0 for what git can't hold
    off_t size = 0;     // bytes; of a link: of its target
  };
  // kUnwritable, kIo where a folder can't be looked into.
  Result<Seen> look(const std::string& path) const;
  // Modification time in nanoseconds since the epoch; 0 for what is not there.
  Result<std::int64_t> modified(const std::string& path) const;
  // A file's bytes or a link's target. nullopt if it is neither (any more). kUnwritable: no right
  // to.
  Result<std::optional<std::string>> read(const std::string& path) const;

  // Makes it what `mode` says with these bytes, in one step (a neighbour `.masc-write.tmp`,
  // renamed), folders in front of it included. An empty folder at its place goes; kConflict if
  // anything else is in the way. One writer at a time.
  Result<void> write(const std::string& path, unsigned mode, std::string_view data);
  // Puts what `from` has at this path here: a file's bytes (shared with the original where the file
  // system can) and permissions, or a link as it is. Folders in front of it are made. False, with
  // nothing touched, if `from` has neither or if anything is here already, a link on the way
  // included.
  Result<bool> copy_from(const WorkFiles& from, const std::string& path);
  // Removes a file or link, and the folders that this leaves empty. Fine if there is none.
  Result<void> remove(const std::string& path);

 private:
  explicit WorkFiles(Fd root) : root_(std::move(root)) {}

  struct Parent {
    Fd directory;
    std::string name;
  };
  // nullopt: a folder on the way is missing, no folder, or a link.
  static Result<void> copy_at(const Parent& source, int directory, const std::string& path);
  Result<std::optional<Parent>> parent_of(const std::string& path, bool create) const;

  Fd root_;
};

// Names below `directory` whose last part is `name`, links not followed; the search does not enter
// what it found. Folders that can't be read are given as well, with a final '/'.
std::vector<std::string> find_below(const std::string& directory, std::string_view name);

}  // namespace masc::git
