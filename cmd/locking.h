// What the verbs around path locks share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cmd/context.h"
#include "cmd/verb.h"
#include "store/locks.h"

namespace masc::cmd {

Result<store::LockStore> lock_store(Context& context);
// Paths and patterns as given where one stands. One with a wildcard that names an existing file is
// that file. kInvalid.
Result<std::vector<model::PathSet>> path_sets(Context& context,
                                              const std::vector<std::string>& texts);
// A wish of the actor. Without `lease`, in a claim's worktree or below `masc run` it is one under
// that claim; else a lease, of the policy's length. kSuperseded, kNoClaim … in a worktree whose
// claim is over.
Result<model::LockWish> lock_wish(Context& context, const std::vector<std::string>& texts,
                                  model::LockMode mode, const std::optional<Duration>& lease);

// "src/a.c src/b" of at most five, then how many more.
std::string names_of(const std::vector<store::HeldLock>& locks);
// "src/a.c  exclusive  codex  m-7k3q9fxa  until 14:05Z"
std::string lock_line(const store::HeldLock& held, Instant now);
// "locks":[…]
std::string locks_field(const std::vector<store::HeldLock>& locks);

}  // namespace masc::cmd
