#include "cmd/presence.h"

#include "base/text.h"

namespace masc::cmd {

Result<std::vector<AgentView>> view_agents(Context& context,
                                           const std::vector<model::Task>& tasks) {
  MASC_TRY(store::AgentStore * agents, context.agents());
  MASC_TRY(const model::Policy* policy, context.policy());
  MASC_TRY(auto records, agents->list());
  std::vector<AgentView> views;
  for (store::AgentRecord& record : records) {
    AgentView view;
    view.live = record.last_seen && context.now() - *record.last_seen < policy->agents.live;
    view.record = std::move(record);
    for (const model::Task& task : tasks) {
      if (task.claim && task.claim->agent == view.record.name) view.claims.push_back(task.id.str());
    }
    views.push_back(std::move(view));
  }
  return views;
}

std::string agent_line(const AgentView& view, Instant now) {
  const store::AgentRecord& record = view.record;
  std::string line = fmt::format("{}  {}  {}", record.name, record.human ? "human" : "agent",
                                 view.live ? "live" : "away");
  if (!view.live && record.last_seen) line += " since " + format_time_short(*record.last_seen, now);
  for (const std::string& id : view.claims) line += "  " + id;
  for (const std::string& label : record.can) line += fmt::format(" [{}]", printable(label));
  return line + "\n";
}

void put_agent(JsonWriter& json, const AgentView& view) {
  const store::AgentRecord& record = view.record;
  json.begin_object().field("name", record.name).field("kind", record.human ? "human" : "agent");
  json.key("can").strings(record.can).key("claims").strings(view.claims);
  json.field("live", view.live);
  json.field_or_null("last_seen_at", record.last_seen ? format_time(*record.last_seen) : "");
  json.field_or_null("host", record.host).field_or_null("client", record.client).end_object();
}

Result<AgentsReply> agents_reply(Context& context, std::string verdict) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const auto all, tasks->unfolded());
  AgentsReply reply;
  reply.verdict = std::move(verdict);
  MASC_TRY(reply.views, view_agents(context, all));
  return reply;
}

Rendered render_agents(Context& context, const AgentsReply& reply) {
  Rendered out;
  out.text = reply.verdict;
  out.bare = reply.verdict.empty() && !reply.views.empty();
  for (const AgentView& view : reply.views) out.text += agent_line(view, context.now());
  if (out.text.empty()) out.text = "no agents\n";
  JsonWriter json(context.globals().json);
  json.key("agents").begin_array();
  for (const AgentView& view : reply.views) put_agent(json, view);
  json.end_array();
  out.json = json.take();
  return out;
}

}  // namespace masc::cmd
