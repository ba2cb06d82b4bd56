// doctor's look at the git hooks.
#pragma once

#include <string>

#include "git/process.h"
#include "git/repository.h"
#include "store/doctor.h"

namespace masc::guard {

// stale_lock, include_foreign, include_lost, hooks_elsewhere, hook_silent. Nothing where hooks were
// never installed. `program` is the running binary. Hooks that the user's own core.hooksPath hides
// in the main worktree are no problem: `hook status` says what to do there.
Result<store::Findings> check_hooks(const git::Repository& repository, const git::Git& git,
                                    const std::string& program);

}  // namespace masc::guard
