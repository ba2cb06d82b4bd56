#include "base/text.h"
#include "cmd/claiming.h"
#include "cmd/handing.h"
#include "cmd/input.h"
#include "cmd/records.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> id;
  std::optional<int> budget;
  std::optional<std::string> because;
  bool force = false;
};
struct Reply {
  store::Taken taken;
  NamedDna dna;
  handoff::Brief brief;
  std::string json;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task; the one that is reserved for you if left out",
           .completes = Completes::kTask},
          {"--budget", &o.budget, "TOKENS", "how long the brief may be (default 4000)"},
          {"--force", &o.force, "", "take a live claim of another agent"},
          {"--because", &o.because, "T", "the reason, with --force"}};
}

// Without ID: the open task that was handed to this agent.
Result<model::TaskId> task_to_inherit(Context& context, const Options& o,
                                      const model::Actor& actor) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  if (o.id) return tasks->resolve(*o.id, 4);
  MASC_TRY(const auto all, tasks->unfolded());
  std::vector<model::TaskId> found;
  for (const model::Task& task : all) {
    if (task.reserved && task.reserved->agent == actor.agent &&
        task.status == model::Status::kOpen && context.now() < task.reserved->until) {
      found.push_back(task.id);
    }
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return fail(error(ErrorCode::kNothingReady, "nothing was handed to {}", actor.agent)
                    .hint("masc inherit ID   (masc ready lists what can be taken)"));
  }
  Error made =
      error(ErrorCode::kAmbiguous, "{} tasks were handed to {}", found.size(), actor.agent);
  for (const model::TaskId& id : found) made = std::move(made).hint("masc inherit " + id.str());
  return fail(std::move(made));
}

Result<std::optional<handoff::Dna>> newest(Context& context, const model::TaskId& id) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  const handoff::Lineage lineage(workspace->state());
  MASC_TRY(const auto latest, lineage.latest(id));
  if (!latest) return std::nullopt;
  MASC_TRY(handoff::Dna dna, lineage.load(*latest));
  return dna;
}

// In the worktree that was handed over, if it stands; else as any claim is taken.
Result<store::Taken> take(Context& context, const model::TaskId& id, const model::Actor& actor,
                          const Options& o, const std::optional<handoff::Dna>& dna) {
  MASC_TRY(store::Claims * claims, context.claims());
  store::ClaimOptions options;
  MASC_CHECK(allow_setup(context, options));
  options.force = o.force;
  if (o.because) {
    MASC_TRY(options.because, check_note(context, *o.because, "reason"));
  }
  MASC_CHECK(model::check_force(actor, o.force, options.because, claims->policy().override_));
  if (dna && dna->git) {
    MASC_TRY(auto taken,
             claims->take_in_place(id, actor, options, dna->git->worktree, context.now()));
    if (taken) return std::move(*taken);
  }
  return claims->take(id, actor, options, context.now());
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(const model::Actor actor, context.actor());
  MASC_TRY(const model::TaskId id, task_to_inherit(context, o, actor));
  const int budget = o.budget.value_or(kBriefTokens);
  if (budget < handoff::kLeastBudget) {
    return fail(ErrorCode::kInvalid, "a brief needs a budget of at least {} tokens",
                handoff::kLeastBudget);
  }
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::Task before, tasks->load(id));
  MASC_TRY(const auto dna, newest(context, id));
  Reply reply;
  MASC_TRY(reply.taken, take(context, id, actor, o, dna));
  for (const std::string& warning : reply.taken.warnings) context.warn(warning);
  const bool lapsed = reply.taken.outcome == model::ClaimOutcome::kTakenOver;
  // Notes and worktree may be newer than the DNA. A holder that said nothing has left what its
  // client wrote as well.
  CaptureOptions capture;
  capture.former = lapsed ? before.claim.value_or(model::Claim()) : model::Claim();
  capture.agent = lapsed && before.claim ? before.claim->agent : dna ? dna->agent : actor.agent;
  MASC_CHECK(capture_dna(context, reply.taken.task, capture));
  MASC_TRY(reply.dna, load_task_dna(context, id, std::nullopt));
  handoff::Replay replay;
  MASC_CHECK(replay.run(reply.dna.dna));
  MASC_TRY(reply.brief, handoff::make_brief(reply.dna.dna, replay.work(), budget, id.str()));
  MASC_TRY(reply.json, task_field(context, reply.taken.task));
  JsonWriter json;
  json.key("dna");
  put_dna(json, *reply.dna.generation, reply.dna.dna);
  json.field("brief", reply.brief.text);
  reply.json += "," + json.take();
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = claim_text(reply.taken, context.now()) + "\n" + reply.brief.text;
  out.whole = true;
  out.json = reply.json;
  out.quiet = reply.taken.task.id.str() + "\n";
  return out;
}

}  // namespace

const Verb& verb_inherit() {
  static const Verb verb =
      define<Options>({.name = "inherit",
                       .summary = "go on with what another agent handed over, or left",
                       .usage = "inherit [ID] [--budget TOKENS] [--force --because T]",
                       .exits = "0 1 2 3 4 5 6 7",
                       .examples = {"masc inherit", "masc inherit m-7k3q9fxa --budget 8000"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
