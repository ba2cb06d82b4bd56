// A proposal as the message of a commit; the trailers are listed in lib/git/REFS.md.
#include <charconv>

#include "base/text.h"
#include "model/proposal.h"
#include "model/task.h"

namespace masc::model {
namespace {

// "<agent> <choice> <time>[ <because>]"
std::string format_vote(const Vote& vote) {
  std::string text =
      fmt::format("{} {} {}", vote.agent, choice_name(vote.choice), format_time_exact(vote.at));
  if (!vote.because.empty()) text += " " + vote.because;
  return text;
}

Result<Vote> parse_vote(std::string_view text) {
  Vote vote;
  vote.agent = std::string(take_until(text, ' '));
  MASC_TRY(vote.choice, parse_choice(take_until(text, ' ')));
  MASC_TRY(vote.at, parse_time(take_until(text, ' ')));
  vote.because = std::string(text);
  return vote;
}

std::string format_decision(const Decision& decision) {
  return fmt::format("{} {}", decision.verdict == Verdict::kPassed ? "passed" : "rejected",
                     format_time_exact(decision.at));
}

Result<Decision> parse_decision(std::string_view text) {
  Decision decision;
  const std::string_view word = take_until(text, ' ');
  if (word != "passed" && word != "rejected")
    return fail(ErrorCode::kFormat, "'{}' is no decision (Masc-Decided)", printable(word));
  decision.verdict = word == "passed" ? Verdict::kPassed : Verdict::kRejected;
  MASC_TRY(decision.at, parse_time(text));
  return decision;
}

Result<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed == std::errc{} && end == text.data() + text.size()) return number;
  return fail(ErrorCode::kFormat, "'{}' is no number in a proposal", printable(text));
}

Result<bool> read_text(ProposalStep& step, std::string_view key, const std::string& value) {
  Proposal& proposal = step.proposal;
  ProposalChange& change = step.change;
  const std::pair<std::string_view, std::string*> fields[] = {
      {"Masc-Proposal", &proposal.id},
      {"Masc-Question", &proposal.question},
      {"Masc-Opened-By", &proposal.opened_by},
      {"Masc-Event", &change.event},
      {"Masc-Agent", &change.agent},
      {"Masc-Session", &change.session},
      {"Masc-Clone", &change.clone}};
  for (const auto& [name, target] : fields) {
    if (name == key) return *target = value, true;
  }
  return false;
}

Result<bool> read_value(ProposalStep& step, std::string_view key, const std::string& value) {
  Proposal& proposal = step.proposal;
  if (key == "Masc-Threshold") {
    MASC_TRY(proposal.threshold, Threshold::parse(value));
  } else if (key == "Masc-Elector") {
    proposal.electorate.push_back(value);
  } else if (key == "Masc-Opened") {
    MASC_TRY(proposal.opened, parse_time(value));
  } else if (key == "Masc-Closes") {
    MASC_TRY(proposal.closes, parse_time(value));
  } else if (key == "Masc-At") {
    MASC_TRY(step.change.at, parse_time(value));
  } else if (key == "Masc-On") {
    MASC_TRY(proposal.on, TaskId::parse(value));
  } else if (key == "Masc-On-Generation") {
    MASC_TRY(proposal.on_generation, number_of(value));
  } else if (key == "Masc-Lamport") {
    MASC_TRY(proposal.lamport, number_of(value));
  } else if (key == "Masc-Lift") {
    proposal.lifts.push_back(value);
  } else if (key == "Masc-Lifted") {
    MASC_TRY(proposal.lifted, parse_time(value));
  } else if (key == "Masc-Vote") {
    MASC_TRY(Vote vote, parse_vote(value));
    proposal.votes.push_back(std::move(vote));
  } else if (key == "Masc-Decided") {
    MASC_TRY(proposal.decision, parse_decision(value));
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string format_proposal(const Proposal& proposal, const ProposalChange& change) {
  Message message;
  message.subject = change.text;
  const auto put = [&](std::string_view name, std::string value) {
    if (!value.empty())
      message.trailers.push_back({fmt::format("Masc-{}", name), std::move(value)});
  };
  put("Format", std::to_string(kFormatVersion));
  put("Lamport", std::to_string(proposal.lamport));
  put("Event", change.event);
  put("Clone", change.clone);
  put("Agent", change.agent);
  put("Session", change.session);
  put("At", format_time_exact(change.at));
  put("Proposal", proposal.id);
  put("Question", proposal.question);
  put("Threshold", proposal.threshold.str());
  for (const std::string& agent : proposal.electorate) put("Elector", agent);
  put("Opened-By", proposal.opened_by);
  put("Opened", format_time_exact(proposal.opened));
  put("Closes", format_time_exact(proposal.closes));
  put("On", proposal.on.str());
  if (!proposal.on.empty()) put("On-Generation", std::to_string(proposal.on_generation));
  for (const std::string& path : proposal.lifts) put("Lift", path);
  for (const Vote& vote : proposal.votes) put("Vote", format_vote(vote));
  if (proposal.decision) put("Decided", format_decision(*proposal.decision));
  if (proposal.lifted) put("Lifted", format_time_exact(*proposal.lifted));
  message.trailers.insert(message.trailers.end(), proposal.unknown.begin(), proposal.unknown.end());
  return format_message(message);
}

Result<ProposalStep> parse_proposal(std::string_view text) {
  MASC_TRY(const Message message, parse_message(text));
  ProposalStep step;
  step.change.text = message.subject;
  for (const Trailer& trailer : message.trailers) {
    if (trailer.key == "Masc-Format") {
      MASC_TRY(const std::int64_t format, number_of(trailer.value));
      if (format <= kFormatVersion) continue;
      return fail(ErrorCode::kFormat, "a proposal of format {}: a newer masc wrote it", format);
    }
    MASC_TRY(const bool as_text, read_text(step, trailer.key, trailer.value));
    if (as_text) continue;
    MASC_TRY(const bool as_value, read_value(step, trailer.key, trailer.value));
    if (!as_value && trailer.key.starts_with("Masc-")) step.proposal.unknown.push_back(trailer);
  }
  if (step.proposal.id.empty())
    return fail(ErrorCode::kFormat, "a commit of a proposal without its id");
  return step;
}

}  // namespace masc::model
