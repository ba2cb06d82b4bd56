// Agents as join, leave, agents and status show them.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cmd/context.h"
#include "cmd/verb.h"

namespace masc::cmd {

struct AgentView {
  store::AgentRecord record;
  std::vector<std::string> claims;  // task ids
  bool live = false;
};

// Every known agent; `tasks` may hold more than the claimed ones.
Result<std::vector<AgentView>> view_agents(Context& context, const std::vector<model::Task>& tasks);
std::string agent_line(const AgentView& view, Instant now);
void put_agent(JsonWriter& json, const AgentView& view);

struct AgentsReply {
  std::string verdict;
  std::vector<AgentView> views;
};
Result<AgentsReply> agents_reply(Context& context, std::string verdict);
Rendered render_agents(Context& context, const AgentsReply& reply);

}  // namespace masc::cmd
