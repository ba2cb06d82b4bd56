#include "cmd/voting.h"

#include "base/text.h"
#include "cmd/tree_path.h"

namespace masc::cmd {

Result<store::Proposals> proposals(Context& context) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  return store::Proposals(*workspace, *tasks);
}

Result<ProposalView> view_proposal(Context& context, model::Proposal proposal) {
  ProposalView view;
  MASC_TRY(const store::Proposals store, proposals(context));
  MASC_TRY(view.tally, store.count(proposal));
  view.state = model::state_of(proposal, context.now());
  view.proposal = std::move(proposal);
  return view;
}

Result<model::Proposal> carry_out(Context& context, model::Proposal proposal) {
  if (!model::waits_to_lift(proposal)) return proposal;
  auto lifted = [&]() -> Result<model::Proposal> {
    MASC_TRY(store::Proposals store, proposals(context));
    MASC_TRY(const model::Policy* policy, context.policy());
    MASC_TRY(const model::Actor actor, context.actor());
    MASC_TRY(const std::string commit, head_commit(context));
    return store.carry_out(proposal.id, actor, *policy, commit, context.now());
  }();
  if (lifted) return std::move(*lifted);
  context.warn(fmt::format("the hazards are not lifted yet: {}; masc tally {} tries again",
                           lifted.error().message, proposal.id));
  return proposal;
}

std::string tally_words(const model::Tally& tally) {
  return fmt::format("{} yes, {} no, {} abstained, {} missing; {} needed", tally.yes, tally.no,
                     tally.abstained, tally.missing, tally.needed);
}

std::string proposal_text(const ProposalView& view, std::string_view verdict, Instant now) {
  const model::Proposal& proposal = view.proposal;
  std::string text = fmt::format("{} {} {} ({}{})\n", verdict, proposal.id,
                                 printable(proposal.question), tally_words(view.tally),
                                 view.state == model::ProposalState::kOpen
                                     ? ", until " + format_time_short(proposal.closes, now)
                                     : "");
  for (const std::string& path : proposal.lifts) {
    text += fmt::format("{} hazard on {}\n",
                        proposal.lifted                             ? "lifted"
                        : view.state == model::ProposalState::kOpen ? "lifts"
                                                                    : "does not lift",
                        printable(path));
  }
  for (const model::Vote& vote : proposal.votes) {
    text += fmt::format("{}  {}", vote.agent, model::choice_name(vote.choice));
    if (!vote.because.empty()) text += ": " + printable(first_line(vote.because));
    text += '\n';
  }
  return text;
}

void put_proposal(JsonWriter& json, const ProposalView& view) {
  const model::Proposal& proposal = view.proposal;
  json.begin_object().field("id", proposal.id).field("question", proposal.question);
  json.field("threshold", proposal.threshold.str());
  json.key("electorate").strings(proposal.electorate).key("votes").begin_array();
  for (const model::Vote& vote : proposal.votes) {
    json.begin_object().field("agent", vote.agent);
    json.field("choice", model::choice_name(vote.choice)).field_or_null("because", vote.because);
    json.field("at", format_time(vote.at)).end_object();
  }
  json.end_array().field("state", model::state_name(view.state));
  json.field("closes_at", format_time(proposal.closes)).field_or_null("on", proposal.on.str());
  json.key("lifts").strings(proposal.lifts);
  json.field_or_null("lifted_at", proposal.lifted ? format_time(*proposal.lifted) : std::string());
  json.field("opened_at", format_time(proposal.opened)).field("opened_by", proposal.opened_by);
  json.field_or_null("decided_at",
                     proposal.decision ? format_time(proposal.decision->at) : std::string());
  const auto number = [&](std::string_view name, std::size_t value) {
    json.field(name, static_cast<std::uint64_t>(value));
  };
  number("yes", view.tally.yes);
  number("no", view.tally.no);
  number("abstained", view.tally.abstained);
  number("missing", view.tally.missing);
  number("needed", view.tally.needed);
  json.end_object();
}

std::string proposal_field(const ProposalView& view) {
  JsonWriter json;
  json.key("proposal");
  put_proposal(json, view);
  return json.take();
}

}  // namespace masc::cmd
