#include "base/text.h"
#include "cmd/input.h"
#include "cmd/records.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

constexpr int kFullContext = 80;

struct Options {
  std::optional<std::string> id;
  std::optional<Duration> lease;
  std::optional<int> context;
};
struct Reply {
  model::Task task;
  bool full = false;
  std::string json;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task; the own claim if left out",
           .completes = Completes::kTask},
          {"--lease", &o.lease, "D", "a new length"},
          {"--context", &o.context, "PCT", "how full your context is, 0 to 100"}};
}

std::string advice(const model::Task& task) {
  return fmt::format(
      "your context is nearly full: commit, and hand over: masc handoff {} --next 'what comes "
      "next'",
      task.id.str());
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(const model::TaskId id, context.task_or_own(o.id));
  std::optional<Duration> lease;
  if (o.lease) {
    MASC_TRY(lease, check_lease(*o.lease));
  }
  if (o.context && (*o.context < 0 || *o.context > 100)) {
    return fail(ErrorCode::kInvalid, "--context is a percentage, 0 to 100");
  }
  MASC_TRY(const model::Actor actor, context.actor());
  MASC_TRY(store::Claims * claims, context.claims());
  Reply reply;
  reply.full = o.context.value_or(0) >= kFullContext;
  MASC_TRY(reply.task, claims->renew(id, actor, lease, context.now()));
  if (context.globals().json) {
    if (reply.full) context.warn(advice(reply.task));
    MASC_TRY(reply.json, task_field(context, reply.task));
  }
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  const model::Claim& claim = *reply.task.claim;
  out.text = fmt::format("renewed {} {} (generation {}, until {})\n", reply.task.id.str(),
                         printable(reply.task.title), claim.generation,
                         format_time_short(claim.renewed + claim.lease, context.now()));
  if (reply.full) out.text += advice(reply.task) + "\n";
  out.json = reply.json;
  return out;
}

}  // namespace

const Verb& verb_renew() {
  static const Verb verb =
      define<Options>({.name = "renew",
                       .summary = "extend the lease of a claim",
                       .usage = "renew [ID] [--lease D] [--context PCT]",
                       .exits = "0 1 2 3 4 5 6 7",
                       .examples = {"masc renew", "masc renew --lease 2h --context 60"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
