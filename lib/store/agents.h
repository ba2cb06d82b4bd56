// Agents: what they can do (a ref), and when they were last heard of (a local file's mtime).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/rules.h"
#include "store/workspace.h"

namespace masc::store {

struct AgentRecord {
  std::string name;
  bool human = false;
  std::vector<std::string> can;
  bool joined = false;
  std::string host;
  std::string client;
  std::optional<Instant> last_seen;
};

class AgentStore {
 public:
  explicit AgentStore(Workspace& workspace) : workspace_(workspace) {}

  // Makes the agent known on this machine and renews its leases: one touched file, no ref. Never
  // fails a verb: a read-only workspace is simply not touched.
  void seen(std::string_view name, bool human, std::string_view client) const;
  std::optional<Instant> last_seen(std::string_view name) const;

  Result<AgentRecord> join(const AgentRecord& agent, Instant now);
  Result<void> leave(std::string_view name, Instant now);
  Result<std::optional<AgentRecord>> find(std::string_view name) const;
  Result<std::vector<AgentRecord>> list() const;

 private:
  std::string live_path(std::string_view name) const;
  Result<std::optional<AgentRecord>> joined(std::string_view name) const;
  Workspace& workspace_;
};

// The file on which `masc run` holds a flock while it lives under a claim.
std::string runner_path(const std::string& masc_dir, const model::TaskId& id,
                        std::int64_t generation);
// What this machine knows of a claim's holder; does not look for processes in its worktree.
model::Liveness liveness_of(const Workspace& workspace, const model::Task& task);
// The same, looking for processes that stand in the worktree once the lease has run out.
model::Liveness liveness_with_processes(const Workspace& workspace, const model::Task& task,
                                        Instant now);

}  // namespace masc::store
