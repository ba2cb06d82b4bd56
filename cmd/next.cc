#include <cmath>

#include "base/text.h"
#include "cmd/claiming.h"
#include "cmd/records.h"

namespace masc::cmd {
namespace {

struct Options {
  bool explain = false;
};
struct Reply {
  swarm::Ranked best;
  TaskView view;
  bool explain = false;
};

std::vector<Param> params(Options& o) {
  return {{"--explain", &o.explain, "", "name each term with its weight and value"}};
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(auto ranked, rank_tasks(context));
  if (ranked.empty()) {
    return fail(error(ErrorCode::kNothingReady, "no task is ready")
                    .hint("masc list   (what is claimed or waits for something)"));
  }
  Reply reply{std::move(ranked.front()), {}, o.explain};
  MASC_TRY(reply.view, view_task(context, reply.best.task));
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  const swarm::Score& score = reply.best.score;
  out.text = "next " + task_line(reply.view, context.now());
  out.text += fmt::format("masc claim {}\n", reply.best.task.id.str());
  out.quiet = reply.best.task.id.str() + "\n";
  JsonWriter json(context.globals().json);
  json.key("task");
  put_task(json, reply.view, nullptr);
  json.field("score", score.total).key("why").begin_array();
  if (reply.explain) out.text += fmt::format("score {:.2f}\n", score.total);
  for (const swarm::Term& term : score.terms) {
    json.begin_object().field("term", swarm::term_name(term.kind));
    json.field("weight", term.weight).field("value", term.value).end_object();
    if (!reply.explain) continue;
    out.text += fmt::format("{:>12}  {:6.2f} = {:5.2f} × {:.3f}\n", swarm::term_name(term.kind),
                            term.weight * term.value, term.weight, term.value);
  }
  json.end_array();
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_next() {
  static const Verb verb = define<Options>({.name = "next",
                                            .summary = "which task this agent should take, and why",
                                            .usage = "next [--explain]",
                                            .exits = "0 1 2 4",
                                            .examples = {"masc next", "masc next --explain"},
                                            .with = {}},
                                           params, execute, render);
  return verb;
}

}  // namespace masc::cmd
