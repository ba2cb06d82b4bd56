#include "base/text.h"
#include "cmd/input.h"
#include "cmd/voting.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> id, choice, because;
};
struct Reply {
  ProposalView view;
  std::string choice;
  bool changed = false;
};

std::vector<Param> params(Options& o) {
  return {{.names = "PID", .target = &o.id, .value = "", .help = "the proposal", .required = true},
          {.names = "CHOICE",
           .target = &o.choice,
           .value = "",
           .help = "yes, no or abstain",
           .completes = Completes::kWords,
           .words = {"yes", "no", "abstain"},
           .required = true},
          {"--because", &o.because, "T", "the reason"}};
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(const model::Choice choice, model::parse_choice(*o.choice));
  std::string because;
  if (o.because) {
    MASC_TRY(because, check_note(context, *o.because, "reason"));
  }
  MASC_TRY(store::Proposals store, proposals(context));
  MASC_TRY(const std::string id, store.resolve(*o.id, 4));
  MASC_TRY(const model::Actor actor, context.actor());
  MASC_TRY(auto cast, store.vote(id, actor, choice, because, context.now()));
  Reply reply;
  reply.choice = model::choice_name(choice);
  reply.changed = cast.changed;
  MASC_TRY(auto proposal, carry_out(context, std::move(cast.proposal)));
  MASC_TRY(reply.view, view_proposal(context, std::move(proposal)));
  return reply;
}

Rendered render(Context&, const Reply& reply) {
  Rendered out;
  const bool open = reply.view.state == model::ProposalState::kOpen;
  out.text = fmt::format("voted {} {}{}: {} ({})\n", reply.view.proposal.id, reply.choice,
                         reply.changed ? "" : " already",
                         open ? "still open" : model::state_name(reply.view.state),
                         tally_words(reply.view.tally));
  if (reply.view.proposal.lifted) {
    for (const std::string& path : reply.view.proposal.lifts)
      out.text += fmt::format("lifted hazard on {}\n", printable(path));
  }
  out.json = proposal_field(reply.view);
  return out;
}

}  // namespace

const Verb& verb_vote() {
  static const Verb verb =
      define<Options>({.name = "vote",
                       .summary = "say yes, no or nothing to a proposal",
                       .usage = "vote PID yes|no|abstain [--because T]",
                       .exits = "0 1 2 4 5 6 7",
                       .examples = {"masc vote q-3m8x1c0d yes",
                                    "masc vote q-3m8x no --because 'the tests are thin'"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
