// The policy as committed at the tip of the base branch, and what git says that base is.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "git/process.h"
#include "git/repository.h"
#include "model/policy_text.h"

namespace masc::store {

using model::kPolicyFile;
using model::parse_policy;

// The branch that HEAD of the main worktree (or bare repository) names: "main". While a rebase or
// bisection is under way there, the one that it will come back to. "" if detached.
Result<std::string> main_branch(const git::Repository& repository);

// The text of .masc.yaml at the tip of the base; "" if there is none. Kept in <masc>/cache/policy
// and valid while HEAD and the branch's value are unchanged, so that no hot verb starts git.
Result<std::string> policy_text(const git::Repository& repository, const git::Git& git);
Result<model::Policy> load_policy(const git::Repository& repository, const git::Git& git);

}  // namespace masc::store
