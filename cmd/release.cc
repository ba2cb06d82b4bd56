#include "cmd/claiming.h"

namespace masc::cmd {

const Verb& verb_release() {
  static const Verb verb = define<EndFlags>(
      {.name = "release",
       .summary = "give a claim back; its work is kept",
       .usage = "release [ID] [--note T] [--force --because T]",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc release", "masc release m-7k3q9fxa --note 'stuck on the schema'"},
       .with = {}},
      [](EndFlags& flags) { return end_params(flags, true); },
      [](Context& context, const EndFlags& flags) {
        return end_claim(context, flags, store::End::kRelease);
      },
      [](Context&, const EndReply& reply) { return render_end(reply, "released"); });
  return verb;
}

}  // namespace masc::cmd
