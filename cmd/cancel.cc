#include "cmd/claiming.h"

namespace masc::cmd {

const Verb& verb_cancel() {
  static const Verb verb = define<EndFlags>(
      {.name = "cancel",
       .summary = "cancel a task",
       .usage = "cancel ID [--force --because T]",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc cancel m-7k3q9fxa",
                    "masc cancel m-7k3q9fxa --force --because 'out of scope'"},
       .with = {}},
      [](EndFlags& flags) { return end_params(flags, false); },
      [](Context& context, const EndFlags& flags) {
        return end_claim(context, flags, store::End::kCancel);
      },
      [](Context&, const EndReply& reply) { return render_end(reply, "cancelled"); });
  return verb;
}

}  // namespace masc::cmd
