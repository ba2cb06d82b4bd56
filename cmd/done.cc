#include "cmd/claiming.h"

namespace masc::cmd {

const Verb& verb_done() {
  static const Verb verb = define<EndFlags>(
      {.name = "done",
       .summary = "mark a task as done",
       .usage = "done [ID] [--note T] [--force --because T]",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc done", "masc done m-7k3q9fxa --note 'see the wiki'"},
       .with = {}},
      [](EndFlags& flags) { return end_params(flags, true); },
      [](Context& context, const EndFlags& flags) {
        return end_claim(context, flags, store::End::kDone);
      },
      [](Context&, const EndReply& reply) { return render_end(reply, "done"); });
  return verb;
}

}  // namespace masc::cmd
