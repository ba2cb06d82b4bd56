#include "cmd/presence.h"

namespace masc::cmd {
namespace {

struct Options {};

Result<AgentsReply> execute(Context& context, const Options&) {
  MASC_TRY(const Identity* identity, context.identity());
  MASC_TRY(store::AgentStore * agents, context.agents());
  MASC_CHECK(agents->leave(identity->agent, context.now()));
  MASC_TRY(AgentsReply reply, agents_reply(context, fmt::format("left {}\n", identity->agent)));
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const auto all, tasks->unfolded());
  for (const model::Task& task : all) {
    if (!task.claim || task.claim->agent != identity->agent) continue;
    context.warn(fmt::format("{} still holds {}: masc release {}", identity->agent, task.id.str(),
                             task.id.str()));
  }
  return reply;
}

}  // namespace

const Verb& verb_leave() {
  static const Verb verb = define<Options>(
      {.name = "leave",
       .summary = "take this agent off the list; its claims stay",
       .usage = "leave",
       .exits = "0 1 2 4 6 7",
       .examples = {"masc leave", "masc --agent codex leave"},
       .acts = false,
       .with = {}},
      [](Options&) { return std::vector<Param>{}; }, execute, render_agents);
  return verb;
}

}  // namespace masc::cmd
