// Which task an agent should take, from what the stores hold: the thin side of swarm/choose.h.
#pragma once

#include <vector>

#include "model/rules.h"
#include "store/claims.h"
#include "store/tasks.h"
#include "store/workspace.h"
#include "swarm/choose.h"

namespace masc::swarm {

struct Ranked {
  model::Task task;
  Score score;
};

// All that `actor` could take now, the best first; a lapsed claim only behind everything open.
// Equal scores go by the contract's order of ready tasks. Reads tasks, locks and trails once.
Result<std::vector<Ranked>> rank(store::Workspace& workspace, store::TaskStore& tasks,
                                 store::Claims& claims, const model::Actor& actor, Instant now);

}  // namespace masc::swarm
