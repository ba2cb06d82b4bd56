// A workspace: masc's state repository and its folder below the user's git directory.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "git/repository.h"
#include "git/state_repo.h"

namespace masc::store {

inline constexpr const char* kWorkspaceRef = "refs/masc/workspace";

class Workspace {
 public:
  // kNoWorkspace; kFormat where a newer masc made it (nothing may be written then).
  static Result<Workspace> open(const git::Repository& repository);
  // Makes one, or completes a half-made one; `agent` is its author. True if it is new.
  static Result<bool> init(const git::Repository& repository, std::string_view shared_setting,
                           std::string_view agent, Instant now);

  git::StateRepo& state() noexcept { return state_; }
  const git::StateRepo& state() const noexcept { return state_; }
  const std::string& masc_dir() const noexcept { return masc_dir_; }
  // 16 hex digits, made at random once a clone. Read when first asked for.
  Result<std::string> clone() const;
  // Another one from now on: this repository turned out to be a copy.
  Result<void> renew_clone();
  // The workspace's id: 16 hex digits, the same in all clones. kFormat where it is newer.
  Result<std::string> id() const;

 private:
  Workspace(git::StateRepo state, std::string masc_dir)
      : state_(std::move(state)), masc_dir_(std::move(masc_dir)) {}
  git::StateRepo state_;
  std::string masc_dir_;
  mutable std::string clone_;
};

}  // namespace masc::store
