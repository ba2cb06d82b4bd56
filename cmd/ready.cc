#include "cmd/list.h"

namespace masc::cmd {
namespace {

struct Options {
  ListFilter filter;
};

std::vector<Param> params(Options& o) { return filter_params(o.filter); }

Result<ListReply> execute(Context& context, const Options& o) {
  return list_tasks(context, o.filter, "ready", false,
                    [](const TaskView& view) { return view.ready; });
}

}  // namespace

const Verb& verb_ready() {
  static const Verb verb =
      define<Options>({.name = "ready",
                       .summary = "list the tasks that can be taken now",
                       .usage = "ready [--label L]… [--mine] [--limit N] [--start ID]",
                       .exits = "0 1 2 4",
                       .examples = {"masc ready", "masc ready --label ui --json"},
                       .with = {}},
                      params, execute, render_list);
  return verb;
}

}  // namespace masc::cmd
