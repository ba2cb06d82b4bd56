// The user's git configuration, read without starting git.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"

namespace masc::git {

// System, XDG, global, repository and worktree files in git's order of precedence, with
// include.path; conditional includes (includeIf) and one-off `-c` settings are left out. A file
// that does not parse counts as empty: git itself will tell its owner. Not thread-safe.
class UserConfig {
 public:
  static UserConfig load(const Repository& repository, const Environment& environment);
  // One file alone, with its includes.
  static UserConfig load_file(const std::string& path);

  std::optional<std::string> get(const std::string& name) const;  // the value that wins
  bool get_bool(const std::string& name, bool otherwise) const;

  UserConfig(UserConfig&&) noexcept;
  UserConfig& operator=(UserConfig&&) noexcept;
  ~UserConfig();

 private:
  struct Impl;
  UserConfig();
  std::unique_ptr<Impl> impl_;
};

}  // namespace masc::git
