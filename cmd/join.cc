#include "base/system.h"
#include "cmd/input.h"
#include "cmd/presence.h"

namespace masc::cmd {
namespace {

struct Options {
  std::vector<std::string> can;
};

std::vector<Param> params(Options& o) {
  return {{"--can", &o.can, "LABEL", "something this agent can do"}};
}

Result<AgentsReply> execute(Context& context, const Options& o) {
  MASC_TRY(const Identity* identity, context.identity());
  MASC_TRY(store::AgentStore * agents, context.agents());
  store::AgentRecord record;
  record.name = identity->agent;
  record.human = identity->human;
  record.client = identity->client;
  record.host = host_name();
  MASC_TRY(record.can, check_labels(o.can));
  MASC_CHECK(agents->join(record, context.now()));
  context.mark_alive();
  return agents_reply(context, fmt::format("joined {}\n", record.name));
}

}  // namespace

const Verb& verb_join() {
  static const Verb verb =
      define<Options>({.name = "join",
                       .summary = "announce this agent and what it can do",
                       .usage = "join [--can LABEL]…",
                       .exits = "0 1 2 4 6 7",
                       .examples = {"masc join", "masc join --can rust --can review"},
                       .with = {}},
                      params, execute, render_agents);
  return verb;
}

}  // namespace masc::cmd
