#include "guard/doctor_hooks.h"

#include <unistd.h>

#include "base/file.h"
#include "guard/hooks.h"

namespace masc::guard {
namespace {

using store::Findings;
using store::mendable;
using store::Severity;

// Whether anything of an installation is there.
bool is_installed(const git::Repository& repository, const ConfigFacts& facts) {
  return facts.installed || facts.present || exists(repository.masc_dir() + "/hooks");
}

}  // namespace

Result<Findings> check_hooks(const git::Repository& repository, const git::Git& git,
                             const std::string& program) {
  Findings found;
  const auto install = [repository, git, program]() -> Result<void> {
    auto done = install_hooks(repository, git, program);
    if (!done) return fail(std::move(done).error());
    return {};
  };
  const std::string config = repository.common_dir + "/config";
  if (is_own_config_lock(repository)) {
    found.push_back(mendable("stale_lock", Severity::kError, config + ".lock",
                             "a killed masc left it",
                             [repository]() { return break_own_config_lock(repository); }));
  }
  const ConfigFacts facts = look_at_config(repository);
  if (!is_installed(repository, facts)) return found;
  if (facts.foreign) {
    found.push_back(mendable("include_foreign", Severity::kError, config,
                             "its includeIf for claim worktrees is not masc's",
                             [repository]() { return drop_foreign_section(repository); }));
  }
  if (!facts.present) {
    found.push_back(mendable("include_lost", Severity::kError, config,
                             "the includeIf that chooses masc's hooks is gone", install));
    return found;
  }
  if (!facts.right_path) {
    found.push_back(mendable("hooks_elsewhere", Severity::kError,
                             repository.masc_dir() + "/hooks.config",
                             "it does not name this repository's hooks", install));
    return found;
  }
  // The trial needs a worktree of its own; where nothing can be written, nothing can be committed.
  if (access(repository.common_dir.c_str(), W_OK) != 0) return found;
  MASC_TRY(const auto states, hook_status(repository, git));
  const bool hidden =
      user_hooks_path(repository, git.environment()) != repository.common_dir + "/hooks";
  if (is_overwritten(repository)) {
    found.push_back(mendable("hook_silent", Severity::kError, repository.masc_dir() + "/bin/masc",
                             "somebody wrote a hook over it; that goes to hooks/written-over-masc",
                             install));
    return found;
  }
  for (const HookState& state : states) {
    const bool main = state.name.starts_with("main/");
    const bool untried = !main && state.remark.find("first commit") != std::string::npos;
    if (state.fires || untried || (main && hidden)) continue;
    found.push_back(
        mendable("hook_silent", Severity::kError, state.name, "git does not run it", install));
  }
  return found;
}

}  // namespace masc::guard
