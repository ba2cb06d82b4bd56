#include "cmd/presence.h"

namespace masc::cmd {
namespace {
struct Options {};
}  // namespace

const Verb& verb_agents() {
  static const Verb verb = define<Options>(
      {.name = "agents",
       .summary = "who is here, what they can do and hold",
       .usage = "agents",
       .exits = "0 1 2 4",
       .examples = {"masc agents", "masc agents --json"},
       .with = {}},
      [](Options&) { return std::vector<Param>{}; },
      [](Context& context, const Options&) { return agents_reply(context, ""); }, render_agents);
  return verb;
}

}  // namespace masc::cmd
