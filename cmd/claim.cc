#include "cmd/claiming.h"
#include "cmd/input.h"
#include "cmd/locking.h"
#include "cmd/records.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> id, base, onto;
  std::optional<Duration> lease;
  bool no_worktree = false;
  bool resume = false;
  std::vector<std::string> paths;
};
struct Reply {
  store::Taken taken;
  std::string json;
};

std::vector<Param> params(Options& o) {
  return {
      {.names = "ID",
       .target = &o.id,
       .value = "",
       .help = "the task; the best ready one if left out",
       .completes = Completes::kTask},
      {"--lease", &o.lease, "D", "how long it is yours without a sign of life; 45m if unsaid"},
      {"--base", &o.base, "REV", "begin the work here"},
      {"--onto", &o.onto, "BRANCH", "the branch to land into"},
      {"--path", &o.paths, "GLOB", "lock it under the claim, or take nothing", Completes::kFile},
      {"--no-worktree", &o.no_worktree, "", "make neither branch nor worktree"},
      {"--resume", &o.resume, "", "take over a claim of your own from another session"}};
}

Result<Reply> execute(Context& context, const Options& o) {
  store::ClaimOptions options;
  if (o.lease) {
    MASC_TRY(options.lease, check_lease(*o.lease));
  }
  options.base = o.base;
  options.onto = o.onto;
  options.worktree = !o.no_worktree;
  options.resume = o.resume;
  if (!o.paths.empty()) {
    MASC_TRY(options.lock_paths, path_sets(context, o.paths));
  }
  Reply reply;
  MASC_TRY(reply.taken, claim_task(context, o.id, options));
  if (context.globals().json) {
    MASC_TRY(reply.json, task_field(context, reply.taken.task));
  }
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = claim_text(reply.taken, context.now());
  out.quiet = reply.taken.task.id.str() + "\n";
  JsonWriter json(context.globals().json);
  json.raw(reply.json).field("outcome", model::outcome_name(reply.taken.outcome));
  json.key("locked").strings(reply.taken.locked);
  json.key("remarks").strings(reply.taken.remarks);
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_claim() {
  static const Verb verb = define<Options>(
      {.name = "claim",
       .summary = "take a task: lease, branch and worktree",
       .usage = "claim [ID] [--lease 45m] [--base REV] [--onto BRANCH] [--path GLOB]… "
                "[--no-worktree] [--resume]",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc claim", "masc claim m-7k3q9fxa --lease 2h --path src/login"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
