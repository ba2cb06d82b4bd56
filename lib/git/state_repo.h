// masc's own bare repository, <common dir>/masc/state.git, through libgit2.
//
// The format of what lies in it is in REFS.md. Nothing here reads the user's git configuration or
// touches the user's own repository.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace masc::git {

// A SHA-1 object name.
class ObjectId {
 public:
  static Result<ObjectId> parse(std::string_view hex);  // exactly 40 hex digits; kInvalid
  static ObjectId from_bytes(const unsigned char* bytes20) noexcept;
  std::string hex() const;
  const unsigned char* bytes() const noexcept { return bytes_.data(); }
  bool is_zero() const noexcept;
  auto operator<=>(const ObjectId&) const = default;

 private:
  std::array<unsigned char, 20> bytes_{};
};

struct Commit {
  ObjectId tree;
  std::vector<ObjectId> parents;
  std::string author;        // a name; also its committer
  std::int64_t seconds = 0;  // since the epoch, in UTC
  std::string message;
};

struct TreeEntry {
  unsigned mode = 0100644;  // git's: 0100644, 0100755, 0120000, 0040000, 0160000
  std::string name;         // one path component
  ObjectId id;
};

struct Ref {
  std::string name;
  ObjectId id;
};

struct RefMove {
  std::string name;
  std::optional<ObjectId> expected;  // nullopt: must not exist
  ObjectId next;
};

// Version of the libgit2 that is linked in, "1.5.1".
std::string libgit2_version();

class StateRepo {
 public:
  // kNoWorkspace where there is none; kFormat, kIo, kUnwritable.
  static Result<StateRepo> open(const std::string& directory);
  // Makes a new one in place, whole or not at all (built beside it, renamed). Fine if it exists.
  static Result<void> create(const std::string& directory, std::string_view shared_setting);

  // What a state.git lacks, as "/refs/heads"; "" for nothing. And makes that again: folders that a
  // copy dropped because they were empty, and the files that are always the same.
  static std::string missing_part(const std::string& directory);
  static Result<void> complete(const std::string& directory, std::string_view shared_setting);

  StateRepo(StateRepo&&) noexcept;
  StateRepo& operator=(StateRepo&&) noexcept;
  ~StateRepo();

  // --- reading; kGit where an object is missing or damaged ---
  Result<std::optional<ObjectId>> ref(const std::string& name) const;
  // All refs below `prefix` ("refs/masc/tasks/"), loose and packed, sorted by name.
  Result<std::vector<Ref>> refs(const std::string& prefix) const;
  bool has(const ObjectId& id) const;  // its content is not looked at
  Result<Commit> commit(const ObjectId& id) const;
  Result<std::string> raw_commit(const ObjectId& id) const;
  Result<std::string> blob(const ObjectId& id) const;
  Result<std::vector<TreeEntry>> tree(const ObjectId& id) const;

  // --- writing objects; harmless if nothing refers to them in the end ---
  Result<ObjectId> write_blob(std::string_view data);
  Result<ObjectId> write_tree(std::vector<TreeEntry> entries);  // sorts them as git does
  Result<ObjectId> write_commit(const Commit& commit);
  Result<ObjectId> write_raw_commit(std::string_view raw);
  // The object name `git hash-object --stdin` gives `data`.
  static ObjectId blob_id(std::string_view data);
  static ObjectId empty_tree();

  // --- moving refs ---
  // The flock that every writer of `name` holds across read, decide and swap. Waits up to 10 s,
  // then kBusy.
  Result<FileLock> lock(const std::string& name) const;
  // The flocks of several, in order, so that no two that take several wait for each other.
  Result<std::vector<FileLock>> lock_each(const std::vector<std::string>& names) const;
  // Every flock there is, in order: while these are held no other masc process moves a ref. kBusy.
  Result<std::vector<FileLock>> lock_all() const;
  // Moves `name` from `expected` (nullopt: must not exist) to `next` (nullopt: delete) if it still
  // has that value; kConflict if not. The caller holds lock(name). Nothing moved on error.
  Result<void> swap(const std::string& name, const std::optional<ObjectId>& expected,
                    const std::optional<ObjectId>& next);

  // Moves several in the order given, or on error none: each is locked, its new value written and
  // its old one compared, before the first lock is renamed into place. Only a kill between these
  // renames leaves some moved. The caller holds lock_each().
  Result<void> swap_all(const std::vector<RefMove>& moves);

  // Deletes the loose form of an object that nothing refers to any more; best effort. Only for what
  // its writer alone ever named, under the flock of that ref.
  void forget(const ObjectId& id) const;

  const std::string& directory() const noexcept;
  // core.sharedRepository of its own configuration, "" if unset.
  std::string shared_setting() const;

 private:
  struct Impl;
  explicit StateRepo(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace masc::git
