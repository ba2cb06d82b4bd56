// What happened, out of the commits of masc's chains: proposals, trails, portals, agents.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "git/state_repo.h"
#include "model/task.h"
#include "wire/event.h"

namespace masc::store {

// What a commit of a chain says happened. nullopt: nothing that anybody is told of.
std::optional<wire::Event> event_in(const git::Commit& commit);

// What happened in the chains below `prefix` since then, newest first; of a step's task only id,
// generation and version (the commit) are set. All parents of merges.
Result<std::vector<model::Step>> past_of(const git::StateRepo& state, std::string_view prefix,
                                         Instant since);

}  // namespace masc::store
