// masc's git hooks: installing them beside the user's own, and answering when git fires one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"

namespace masc::guard {

// Whether `name` is one of the hooks git knows (githooks(5)).
bool is_git_hook(std::string_view name) noexcept;

// One row of `hook status`.
struct HookState {
  std::string name;        // "pre-commit"; in the main worktree "main/pre-commit"
  bool installed = false;
  bool chained = false;    // the user has a hook of this name, and it runs as well
  bool fires = false;      // proven by firing it (only by hook_status)
  std::string remark;      // what a person should know; "" = nothing
};
void put_hook(JsonWriter& json, const HookState& hook);

// Chooses masc's hooks in claim worktrees (includeIf) and adds pre-commit and pre-push in the main
// worktree. Safe to repeat; `program` is the running binary, copied to <masc>/bin.
Result<std::vector<HookState>> install_hooks(const git::Repository& repository, const git::Git& git,
                                             const std::string& program);
// Puts .git/config and the hooks back, byte for byte.
Result<std::vector<HookState>> remove_hooks(const git::Repository& repository, const git::Git& git);
// Fires each hook in a probe worktree and says which ones answer.
Result<std::vector<HookState>> hook_status(const git::Repository& repository, const git::Git& git);

}  // namespace masc::guard
