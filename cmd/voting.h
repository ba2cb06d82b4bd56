// What propose, vote and tally share: a proposal as text and as the contract's record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "cmd/context.h"
#include "cmd/verb.h"
#include "store/proposals.h"

namespace masc::cmd {

struct ProposalView {
  model::Proposal proposal;
  model::Tally tally;
  model::ProposalState state = model::ProposalState::kOpen;
};

Result<store::Proposals> proposals(Context& context);
Result<ProposalView> view_proposal(Context& context, model::Proposal proposal);
// Lifts what a passed proposal was to lift, if that is still to be done. Where that fails it warns:
// the decision stands, and the next `tally` of it tries again.
Result<model::Proposal> carry_out(Context& context, model::Proposal proposal);
// "2 yes, 1 no, 0 abstained, 1 missing; 3 needed"
std::string tally_words(const model::Tally& tally);
// Verdict line, then a line a vote.
std::string proposal_text(const ProposalView& view, std::string_view verdict, Instant now);
void put_proposal(JsonWriter& json, const ProposalView& view);
std::string proposal_field(const ProposalView& view);

}  // namespace masc::cmd
