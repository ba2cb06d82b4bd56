// Group decisions: who may vote, what a vote counts, when it is decided. Pure.
//
// The electorate is fixed when a proposal is opened. It passes as soon as the yes votes reach the
// threshold, a share of the whole electorate or a count, and is rejected as soon as those who have
// not voted yet can't bring it there any more. An abstention is a vote: it takes part and is no
// yes. A vote can be changed until the decision, which stands once it is made: later votes, claims
// and clocks don't touch it. Without a decision by its closing time a proposal has expired.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/id.h"
#include "model/trailers.h"

namespace masc::model {

// "2/3": at least this share of the electorate. "3": this many of it.
class Threshold {
 public:
  // A fraction above 0 and at most 1 of numbers up to 1000, or a count from 1 to 1000. kInvalid.
  static Result<Threshold> parse(std::string_view text);
  std::string str() const;
  // How many yes votes it takes among `electors`; more than there are if the count is too high.
  std::size_t needed(std::size_t electors) const noexcept;
  bool operator==(const Threshold&) const = default;

 private:
  std::size_t part_ = 2;
  std::size_t whole_ = 3;  // 0: part_ is a count
};

enum class Choice { kYes, kNo, kAbstain };
std::string_view choice_name(Choice choice) noexcept;  // "yes", "no", "abstain"
Result<Choice> parse_choice(std::string_view text);    // kInvalid

struct Vote {
  std::string agent;
  Choice choice = Choice::kYes;
  std::string because;
  Instant at{};
};

enum class Verdict { kPassed, kRejected };
enum class ProposalState { kOpen, kPassed, kRejected, kExpired };
std::string_view state_name(ProposalState state) noexcept;  // "open", "passed", …

struct Decision {
  Verdict verdict = Verdict::kPassed;
  Instant at{};
};

struct Proposal {
  std::string id;  // "q-" and 8 digits
  std::string question;
  Threshold threshold;
  std::vector<std::string> electorate;  // sorted, each once
  std::string opened_by;
  Instant opened{};
  Instant closes{};
  TaskId on;                       // the task that it is about; empty: none
  std::int64_t on_generation = 0;  // that task's generation when it was opened
  std::vector<std::string> lifts;  // paths whose hazards go if it passes
  std::optional<Instant> lifted;   // when that was done
  std::vector<Vote> votes;         // at most one an agent, in the order of their casting
  std::optional<Decision> decision;
  std::vector<Trailer> unknown;  // Masc-* trailers of a later program, kept verbatim

  // Not part of the state: where it was read from.
  std::string version;
  std::int64_t lamport = 0;

  bool is_elector(std::string_view agent) const;
  const Vote* vote_of(std::string_view agent) const;
};

ProposalState state_of(const Proposal& proposal, Instant now) noexcept;

// Passed, and what it was to lift is not lifted yet.
bool waits_to_lift(const Proposal& proposal) noexcept;

// What the votes of those whom `counts` accepts come to; the others' are as if they were not cast.
struct Tally {
  std::size_t yes = 0;
  std::size_t no = 0;
  std::size_t abstained = 0;
  std::size_t missing = 0;  // electors without a vote that counts
  std::size_t needed = 0;   // yes votes to pass
};
using Counts = std::function<bool(std::string_view agent)>;
Tally count_votes(const Proposal& proposal, const Counts& counts);
// nullopt while the votes that are missing could still turn it.
std::optional<Verdict> outcome_of(const Tally& tally) noexcept;

// The proposal with this vote in it, decided if it is certain now; nullopt: the same vote stands
// already. kRefused: no member, or the vote would not count; kClosed: decided or expired. An
// elector's vote that would not count is one whom `counts` rejects: it lost its claim on the task.
Result<std::optional<Proposal>> cast_vote(const Proposal& proposal, const Vote& vote,
                                          const Counts& counts);

// Whether `proposal` allows what needs `required` of its electorate: it passed, its yes votes
// reach the threshold, it was opened under the task's present claim, and not by a vote of the
// holder alone. `holder`: who wants it.
bool is_quorum(const Proposal& proposal, const Threshold& required, std::string_view holder,
               std::int64_t generation) noexcept;

// kInvalid, kRefused unless it may lift hazards: with a voter besides who opened it, and a
// threshold no lower than the policy's `least` ("": any).
Result<void> check_lift(const Proposal& proposal, const std::string& least);

constexpr std::string_view kProposalRefs = "refs/masc/proposals/";
// "q-" and 8 digits of Crockford's base 32. A prefix with at least `least` digits. kInvalid.
Result<void> check_proposal_prefix(std::string_view text, std::size_t least);
std::string proposal_id(std::uint64_t random);

// What one commit says about itself besides the state.
struct ProposalChange {
  std::string event;  // vote_created, vote_cast, vote_closed (a vote that decided), "" (lifted)
  std::string agent;
  std::string session;
  std::string clone;
  Instant at{};
  std::string text;
};

struct ProposalStep {
  Proposal proposal;
  ProposalChange change;
};

std::string format_proposal(const Proposal& proposal, const ProposalChange& change);
Result<ProposalStep> parse_proposal(std::string_view message);  // kFormat

}  // namespace masc::model
