// masc's git hooks: installing them beside the user's own, and taking them away again.
//
// In claim worktrees (git directories `…/worktrees/masc-*`) an includeIf in .git/config sets
// core.hooksPath to <masc>/hooks, whose links all point to <masc>/bin/masc, a read-only copy of the
// program. In the main worktree at most pre-commit and pre-push are such links; a hook of the user
// that stood there is kept beside it as `<name>.user` and runs as well. All links may dangle: git
// takes a dangling hook for none, so damage to <masc> never stops anybody's commit.
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
// The hooks in which masc decides something.
const std::vector<std::string>& own_hooks();

// One row of `hook status`.
struct HookState {
  std::string name;  // "pre-commit"; in the main worktree "main/pre-commit"
  bool installed = false;
  bool chained = false;  // the user has a hook of this name, and it runs as well
  bool fires = false;    // proven by letting git run it (hook_status only)
  std::string remark;    // what a person should know; "" = nothing
};
void put_hook(JsonWriter& json, const HookState& hook);

// The folder of the user's own hooks: core.hooksPath (relative to the work tree, or to the main one
// where it isn't there), else <common dir>/hooks.
std::string user_hooks_path(const git::Repository& repository, const git::Environment& environment);
// The user's hook that runs after masc's of that name; "" if there is none.
std::string chained_hook(const git::Repository& repository, const std::string& hooks_path,
                         const std::string& name);

// How pre-commit and pre-push stand in the main worktree, whose hooks are in `hooks_path`: as
// masc's link, as a line in the user's own hook where core.hooksPath names a folder of theirs, or
// not.
HookState main_state(const git::Repository& repository, const std::string& hooks_path,
                     const std::string& name);

// Safe to repeat; `program` is the running binary, copied to <masc>/bin.
Result<std::vector<HookState>> install_hooks(const git::Repository& repository, const git::Git& git,
                                             const std::string& program);
// Whether <masc>/bin/masc is no program any more: somebody wrote a hook through a link to it. The
// next installation puts what they wrote into <common dir>/hooks/written-over-masc.
bool is_overwritten(const git::Repository& repository);
// Gives <masc>/hooks a link for each hook that masc or the user has. Cheap where nothing changed.
Result<void> sync_links(const git::Repository& repository, const std::string& hooks_path);
// Puts .git/config and the hooks back, byte for byte.
Result<std::vector<HookState>> remove_hooks(const git::Repository& repository, const git::Git& git);
// Lets git run each hook in a probe worktree and says which ones answer.
Result<std::vector<HookState>> hook_status(const git::Repository& repository, const git::Git& git);

// What stands in .git/config and hooks.config, for `doctor`.
struct ConfigFacts {
  bool installed = false;   // hooks.config is there
  bool right_path = false;  // and names this repository's folder of hooks
  bool present = false;     // .git/config has masc's section
  bool foreign = false;     // and one for the same worktrees that is not masc's
};
ConfigFacts look_at_config(const git::Repository& repository);
Result<void> drop_foreign_section(const git::Repository& repository);
// Whether .git/config.lock was left by a masc process that was killed while it wrote; and taking
// such a lock away, which every install and removal does as well.
bool is_own_config_lock(const git::Repository& repository);
Result<void> break_own_config_lock(const git::Repository& repository);

// Set by hook_status(): a hook that finds it writes its name into that file and ends.
inline constexpr const char* kProbeVariable = "MASC_HOOK_PROBE";

}  // namespace masc::guard
