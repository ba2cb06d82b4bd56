#include "base/text.h"
#include "cmd/voting.h"

namespace masc::cmd {
namespace {

constexpr int kRefused = 5;
constexpr int kTimedOut = 6;

struct Options {
  std::optional<std::string> id;
  std::optional<Duration> wait;
};
struct Reply {
  std::vector<ProposalView> views;
  bool one = false;
  int status = 0;
};

std::vector<Param> params(Options& o) {
  return {{.names = "PID", .target = &o.id, .value = "", .help = "the proposal; all if left out"},
          {"--wait", &o.wait, "D", "sleep until it is decided, at most D"}};
}

int status_of(model::ProposalState state, bool waited) {
  switch (state) {
    case model::ProposalState::kPassed: return 0;
    case model::ProposalState::kOpen: return waited ? kTimedOut : kRefused;
    case model::ProposalState::kRejected:
    case model::ProposalState::kExpired: return kRefused;
  }
  return kRefused;
}

Result<Reply> one(Context& context, const store::Proposals& store, const Options& o) {
  MASC_TRY(const std::string id, store.resolve(*o.id, 2));
  MASC_TRY(auto proposal,
           o.wait ? store.await(id, *o.wait, *context.outside().clock) : store.load(id));
  Reply reply;
  reply.one = true;
  MASC_TRY(proposal, carry_out(context, std::move(proposal)));
  MASC_TRY(ProposalView view, view_proposal(context, std::move(proposal)));
  reply.status = status_of(view.state, o.wait.has_value());
  reply.views.push_back(std::move(view));
  return reply;
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(const store::Proposals store, proposals(context));
  if (o.id) return one(context, store, o);
  if (o.wait) {
    return fail(
        error(ErrorCode::kUsage, "--wait needs a proposal").hint("masc tally   (shows them)"));
  }
  MASC_TRY(auto all, store.all());
  Reply reply;
  for (model::Proposal& proposal : all) {
    MASC_TRY(ProposalView view, view_proposal(context, std::move(proposal)));
    reply.views.push_back(std::move(view));
  }
  return reply;
}

// The open ones first, of the others the newest.
std::string list_text(const Reply& reply) {
  if (reply.views.empty()) return "no proposals\n";
  std::string open;
  std::string closed;
  for (auto view = reply.views.rbegin(); view != reply.views.rend(); ++view) {
    std::string& text = view->state == model::ProposalState::kOpen ? open : closed;
    text += fmt::format("{} {}  {} ({})\n", model::state_name(view->state), view->proposal.id,
                        printable(view->proposal.question), tally_words(view->tally));
  }
  return open + closed;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.status = reply.status;
  if (reply.one) {
    const ProposalView& view = reply.views.front();
    out.text = proposal_text(view, model::state_name(view.state), context.now());
    out.json = proposal_field(view);
    return out;
  }
  out.text = list_text(reply);
  out.bare = !reply.views.empty();
  JsonWriter json(context.globals().json);
  json.key("proposals").begin_array();
  for (const ProposalView& view : reply.views) put_proposal(json, view);
  json.end_array().field("count", static_cast<std::uint64_t>(reply.views.size()));
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_tally() {
  static const Verb verb =
      define<Options>({.name = "tally",
                       .summary = "how a vote stands; its exit status is the decision",
                       .usage = "tally [PID] [--wait D]",
                       .exits = "0 1 2 4 5 6 7",
                       .examples = {"masc tally", "masc tally q-3m8x1c0d --wait 10m && ./release"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
