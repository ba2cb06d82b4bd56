#include "model/proposal.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace masc::model {
namespace {

constexpr std::size_t kMost = 1000;
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view kPrefix = "q-";
constexpr std::size_t kIdDigits = 8;

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (number < 1 || number > kMost) return std::nullopt;
  return number;
}

Error bad_threshold(std::string_view text) {
  return error(ErrorCode::kInvalid, "'{}' is no quorum", printable(text.substr(0, 80)))
      .hint("a share such as 2/3 (at least that much of the electorate) or a count such as 3");
}

Error refused(const Proposal& proposal, std::string_view why) {
  return error(ErrorCode::kRefused, "{}", why)
      .hint(fmt::format("masc tally {}", proposal.id))
      .fact("proposal", proposal.id);
}

}  // namespace

Result<Threshold> Threshold::parse(std::string_view text) {
  std::string_view rest = text;
  const auto part = number_of(take_until(rest, '/'));
  if (!part) return fail(bad_threshold(text));
  Threshold made;
  made.part_ = *part;
  made.whole_ = 0;
  if (text.find('/') == text.npos) return made;
  const auto whole = number_of(rest);
  if (!whole || *part > *whole) return fail(bad_threshold(text));
  made.whole_ = *whole;
  return made;
}

std::string Threshold::str() const {
  return whole_ == 0 ? std::to_string(part_) : fmt::format("{}/{}", part_, whole_);
}

std::size_t Threshold::needed(std::size_t electors) const noexcept {
  return whole_ == 0 ? part_ : (part_ * electors + whole_ - 1) / whole_;
}

std::string_view choice_name(Choice choice) noexcept {
  switch (choice) {
    case Choice::kYes: return "yes";
    case Choice::kNo: return "no";
    case Choice::kAbstain: return "abstain";
  }
  return "abstain";
}

Result<Choice> parse_choice(std::string_view text) {
  for (const Choice choice : {Choice::kYes, Choice::kNo, Choice::kAbstain}) {
    if (text == choice_name(choice)) return choice;
  }
  return fail(error(ErrorCode::kInvalid, "'{}' is no vote", printable(text.substr(0, 80)))
                  .hint("use yes, no or abstain"));
}

std::string_view state_name(ProposalState state) noexcept {
  switch (state) {
    case ProposalState::kOpen: return "open";
    case ProposalState::kPassed: return "passed";
    case ProposalState::kRejected: return "rejected";
    case ProposalState::kExpired: return "expired";
  }
  return "open";
}

bool Proposal::is_elector(std::string_view agent) const {
  return std::find(electorate.begin(), electorate.end(), agent) != electorate.end();
}

const Vote* Proposal::vote_of(std::string_view agent) const {
  const auto found = std::find_if(votes.begin(), votes.end(),
                                  [&](const Vote& vote) { return vote.agent == agent; });
  return found == votes.end() ? nullptr : &*found;
}

ProposalState state_of(const Proposal& proposal, Instant now) noexcept {
  if (proposal.decision) {
    return proposal.decision->verdict == Verdict::kPassed ? ProposalState::kPassed
                                                          : ProposalState::kRejected;
  }
  return now >= proposal.closes ? ProposalState::kExpired : ProposalState::kOpen;
}

bool waits_to_lift(const Proposal& proposal) noexcept {
  return !proposal.lifts.empty() && !proposal.lifted && proposal.decision &&
         proposal.decision->verdict == Verdict::kPassed;
}

Tally count_votes(const Proposal& proposal, const Counts& counts) {
  Tally tally;
  tally.needed = proposal.threshold.needed(proposal.electorate.size());
  for (const std::string& agent : proposal.electorate) {
    const Vote* vote = proposal.vote_of(agent);
    if (vote == nullptr || !counts(agent)) {
      ++tally.missing;
    } else if (vote->choice == Choice::kYes) {
      ++tally.yes;
    } else if (vote->choice == Choice::kNo) {
      ++tally.no;
    } else {
      ++tally.abstained;
    }
  }
  return tally;
}

std::optional<Verdict> outcome_of(const Tally& tally) noexcept {
  if (tally.yes >= tally.needed) return Verdict::kPassed;
  if (tally.yes + tally.missing < tally.needed) return Verdict::kRejected;
  return std::nullopt;
}

Result<std::optional<Proposal>> cast_vote(const Proposal& proposal, const Vote& vote,
                                          const Counts& counts) {
  if (!proposal.is_elector(vote.agent)) {
    return fail(refused(proposal, fmt::format("{} has no vote on {}: its electorate is fixed",
                                              vote.agent, proposal.id)));
  }
  const Vote* old = proposal.vote_of(vote.agent);
  const bool same = old != nullptr && old->choice == vote.choice && old->because == vote.because;
  const ProposalState state = state_of(proposal, vote.at);
  if (state != ProposalState::kOpen) {
    if (same) return std::nullopt;
    return fail(error(ErrorCode::kClosed, "{} is {} already", proposal.id, state_name(state))
                    .hint(fmt::format("masc tally {}", proposal.id))
                    .fact("state", state_name(state)));
  }
  if (!counts(vote.agent)) {
    return fail(refused(proposal, fmt::format("{} lost its claim on {}, so its vote does not count",
                                              vote.agent, proposal.on.str())));
  }
  // A vote that did not count for a while may count now, so even the same one can decide.
  Proposal next = proposal;
  if (!same) {
    std::erase_if(next.votes, [&](const Vote& one) { return one.agent == vote.agent; });
    next.votes.push_back(vote);
  }
  if (const auto verdict = outcome_of(count_votes(next, counts)))
    next.decision = Decision{*verdict, vote.at};
  if (same && !next.decision) return std::nullopt;
  return next;
}

bool is_quorum(const Proposal& proposal, const Threshold& required, std::string_view holder,
               std::int64_t generation) noexcept {
  if (!proposal.decision || proposal.decision->verdict != Verdict::kPassed) return false;
  if (proposal.on_generation != generation) return false;
  const auto yes = std::count_if(proposal.votes.begin(), proposal.votes.end(),
                                 [](const Vote& vote) { return vote.choice == Choice::kYes; });
  const bool alone = std::all_of(proposal.electorate.begin(), proposal.electorate.end(),
                                 [&](const std::string& agent) { return agent == holder; });
  return !alone && static_cast<std::size_t>(yes) >= required.needed(proposal.electorate.size());
}

Result<void> check_lift(const Proposal& proposal, const std::string& least) {
  if (proposal.lifts.empty()) return {};
  const bool alone = std::all_of(proposal.electorate.begin(), proposal.electorate.end(),
                                 [&](const auto& agent) { return agent == proposal.opened_by; });
  if (alone) {
    return fail(error(ErrorCode::kInvalid, "a group lifts a hazard, and nobody but {} could vote",
                      proposal.opened_by)
                    .hint("name more voters: --voter A"));
  }
  if (least.empty()) return {};
  MASC_TRY(const Threshold required, Threshold::parse(least));
  const std::size_t electors = proposal.electorate.size();
  if (proposal.threshold.needed(electors) >= required.needed(electors)) return {};
  return fail(
      error(ErrorCode::kRefused, "the policy lets a hazard be lifted by {} only, not by {}",
            required.str(), proposal.threshold.str())
          .hint(fmt::format("masc propose {} --lift {} --quorum {}", shell_quote(proposal.question),
                            shell_quote(proposal.lifts.front()), required.str()))
          .fact("quorum", required.str()));
}

Result<void> check_proposal_prefix(std::string_view text, std::size_t least) {
  const bool fits = text.starts_with(kPrefix) && text.size() >= kPrefix.size() + least &&
                    text.size() <= kPrefix.size() + kIdDigits &&
                    text.find_first_not_of(kDigits, kPrefix.size()) == text.npos;
  if (fits) return {};
  return fail(error(ErrorCode::kInvalid, "'{}' is no proposal's id", printable(text.substr(0, 80)))
                  .hint("masc tally   (shows the ids)"));
}

std::string proposal_id(std::uint64_t random) {
  std::string id(kPrefix);
  for (std::size_t i = 0; i < kIdDigits; ++i, random >>= 5) id += kDigits[random & 31];
  return id;
}

}  // namespace masc::model
