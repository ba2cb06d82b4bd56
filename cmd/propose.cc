#include <algorithm>

#include "base/text.h"
#include "cmd/presence.h"
#include "cmd/tree_path.h"
#include "cmd/voting.h"
#include "store/trail_index.h"

namespace masc::cmd {
namespace {

constexpr Duration kOpenFor = std::chrono::hours(24);

struct Options {
  std::optional<std::string> question, quorum, on;
  std::vector<std::string> voters, lifts;
  std::optional<Duration> closes;
};
struct Reply {
  ProposalView view;
};

std::vector<Param> params(Options& o) {
  return {{.names = "QUESTION",
           .target = &o.question,
           .value = "",
           .help = "what is to be decided, in one line",
           .required = true},
          {"--quorum", &o.quorum, "Q", "yes votes to pass: a share or a count; 2/3 if unsaid"},
          {"--voter", &o.voters, "A", "who may vote; all live agents if unsaid", Completes::kAgent},
          {"--closes", &o.closes, "D", "how long votes are taken; 1d if unsaid"},
          {"--on", &o.on, "ID", "the task that it is about", Completes::kTask},
          {"--lift", &o.lifts, "PATH", "if it passes, the hazards at PATH and below are lifted",
           Completes::kFile}};
}

// The named ones, else everybody who is live, the asker among them.
Result<std::vector<std::string>> electorate(Context& context, const Options& o,
                                            const std::string& asker) {
  std::vector<std::string> electors;
  for (const std::string& voter : o.voters) {
    MASC_TRY(std::string name, model::parse_agent_name(voter));
    electors.push_back(std::move(name));
  }
  if (!electors.empty()) return electors;
  MASC_TRY(const auto views, view_agents(context, {}));
  for (const AgentView& view : views) {
    if (view.live) electors.push_back(view.record.name);
  }
  electors.push_back(asker);
  return electors;
}

// The paths whose hazards are to be lifted; there must be some.
Result<std::vector<std::string>> lifted_paths(Context& context,
                                              const std::vector<std::string>& given) {
  std::vector<std::string> paths;
  if (given.empty()) return paths;
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(const model::Policy* policy, context.policy());
  MASC_TRY(const auto index, store::TrailIndex::open(*workspace, *policy, context.now()));
  for (const std::string& one : given) {
    MASC_TRY(std::string path, tree_path(context, one));
    const auto trails = index.at(path);
    const bool hazard = std::any_of(trails.begin(), trails.end(), [](const model::Trail& trail) {
      return trail.kind == model::TrailKind::kHazard;
    });
    if (!hazard) {
      return fail(error(ErrorCode::kNotFound, "there is no hazard at {}", printable(path))
                      .hint("masc trails " + shell_quote(one)));
    }
    if (std::find(paths.begin(), paths.end(), path) == paths.end())
      paths.push_back(std::move(path));
  }
  return paths;
}

Result<Reply> execute(Context& context, const Options& o) {
  model::Proposal proposal;
  MASC_CHECK(check_line(*o.question, "question"));
  proposal.question = *o.question;
  if (o.quorum) {
    MASC_TRY(proposal.threshold, model::Threshold::parse(*o.quorum));
  }
  MASC_TRY(const model::Actor actor, context.actor());
  if (o.on) {
    MASC_TRY(store::TaskStore * tasks, context.tasks());
    MASC_TRY(proposal.on, tasks->resolve(*o.on, 4));
    MASC_TRY(const model::Task task, tasks->load(proposal.on));
    proposal.on_generation = task.generation;
  }
  MASC_TRY(proposal.electorate, electorate(context, o, actor.agent));
  MASC_TRY(proposal.lifts, lifted_paths(context, o.lifts));
  proposal.opened_by = actor.agent;
  proposal.opened = context.now();
  proposal.closes = proposal.opened + o.closes.value_or(kOpenFor);
  MASC_TRY(const model::Policy* policy, context.policy());
  MASC_TRY(store::Proposals store, proposals(context));
  MASC_TRY(model::Proposal opened, store.open(std::move(proposal), actor, policy->trails.lift));
  Reply reply;
  MASC_TRY(reply.view, view_proposal(context, std::move(opened)));
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  const model::Proposal& proposal = reply.view.proposal;
  out.text =
      fmt::format("proposed {} {} ({} of {} must say yes, until {})\n", proposal.id,
                  printable(proposal.question), reply.view.tally.needed, proposal.electorate.size(),
                  format_time_short(proposal.closes, context.now()));
  for (const std::string& path : proposal.lifts)
    out.text += fmt::format("if it passes, the hazard on {} is lifted\n", printable(path));
  out.text += fmt::format("masc vote {} yes|no|abstain   ({})\n", proposal.id,
                          join_words(proposal.electorate, ", "));
  out.quiet = proposal.id + "\n";
  out.json = proposal_field(reply.view);
  return out;
}

}  // namespace

const Verb& verb_propose() {
  static const Verb verb = define<Options>(
      {.name = "propose",
       .summary = "ask a group of agents to decide something",
       .usage =
           "propose QUESTION [--quorum 2/3] [--voter A]… [--closes D] [--on ID] [--lift PATH]…",
       .exits = "0 1 2 4 5 6 7",
       .examples = {"masc propose 'Land m-7k3q9fxa?' --on m-7k3q9fxa",
                    "masc propose 'Freeze the API?' --quorum 2 --voter codex --voter claude"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
