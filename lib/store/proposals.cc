#include "store/proposals.h"

#include <algorithm>
#include <set>

#include "base/system.h"
#include "base/text.h"
#include "base/watch.h"
#include "store/announce.h"
#include "store/trails.h"

namespace masc::store {
namespace {

using model::Proposal;
using model::ProposalChange;
using model::ProposalState;

constexpr int kAttempts = 10;

std::string ref_of(std::string_view id) { return std::string(model::kProposalRefs).append(id); }

ProposalChange make_change(std::string event, const model::Actor& actor, Instant now,
                           std::string text) {
  return {std::move(event), actor.agent, actor.session, "", now, std::move(text)};
}

// Agents that held a task and lost it to a takeover, and have not got it back.
std::set<std::string> losers(std::vector<model::Step> newest_first) {
  std::set<std::string> lost;
  std::string holder;
  for (auto step = newest_first.rbegin(); step != newest_first.rend(); ++step) {
    const std::string next = step->task.claim ? step->task.claim->agent : "";
    if (!holder.empty() && !next.empty() && next != holder) lost.insert(holder);
    const bool taken = step->change.event == "task_released" && step->change.agent != holder;
    if (!holder.empty() && next.empty() && taken) lost.insert(holder);
    lost.erase(next);
    holder = next;
  }
  return lost;
}

}  // namespace

Result<Proposal> Proposals::read(const git::ObjectId& id) const {
  MASC_TRY(const git::Commit commit, workspace_.state().commit(id));
  MASC_TRY(model::ProposalStep step, model::parse_proposal(commit.message));
  step.proposal.version = id.hex();
  return std::move(step.proposal);
}

Result<Proposal> Proposals::load(const std::string& id) const {
  MASC_TRY(const auto ref, workspace_.state().ref(ref_of(id)));
  if (ref) return read(*ref);
  return fail(error(ErrorCode::kNotFound, "there is no proposal {}", printable(id))
                  .hint("masc tally   (shows them)"));
}

Result<std::vector<Proposal>> Proposals::all() const {
  MASC_TRY(const auto refs, workspace_.state().refs(std::string(model::kProposalRefs)));
  std::vector<Proposal> found;
  for (const git::Ref& ref : refs) {
    MASC_TRY(Proposal proposal, read(ref.id));
    found.push_back(std::move(proposal));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Proposal& a, const Proposal& b) { return a.opened < b.opened; });
  return found;
}

Result<std::vector<Proposal>> Proposals::about(const model::TaskId& task) const {
  MASC_TRY(auto found, all());
  std::erase_if(found, [&](const Proposal& proposal) { return proposal.on != task; });
  return found;
}

Result<std::string> Proposals::resolve(std::string_view text, std::size_t least) const {
  MASC_CHECK(model::check_proposal_prefix(text, least));
  MASC_TRY(const auto refs, workspace_.state().refs(std::string(model::kProposalRefs)));
  std::vector<std::string> found;
  for (const git::Ref& ref : refs) {
    const std::string_view id = base_name(ref.name);
    if (id.starts_with(text)) found.emplace_back(id);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return fail(error(ErrorCode::kNotFound, "there is no proposal {}", text)
                    .hint("masc tally   (shows them)"));
  }
  return fail(
      error(ErrorCode::kAmbiguous, "'{}' begins the ids of {} proposals", text, found.size())
          .hint("write more of it: " + join_words(found, ", "))
          .fact("candidates", found));
}

// The caller holds the ref's flock.
Result<void> Proposals::write(Proposal& proposal, const ProposalChange& change,
                              const std::optional<git::ObjectId>& parent) {
  ProposalChange whole = change;
  MASC_TRY(whole.clone, workspace_.clone());
  ++proposal.lamport;
  git::Commit commit;
  commit.tree = git::StateRepo::empty_tree();
  if (parent) commit.parents = {*parent};
  commit.author = change.agent;
  commit.seconds =
      std::chrono::duration_cast<std::chrono::seconds>(change.at.time_since_epoch()).count();
  commit.message = model::format_proposal(proposal, whole);
  git::StateRepo& state = workspace_.state();
  MASC_TRY(const git::ObjectId next, state.write_commit(commit));
  proposal.version = next.hex();
  MASC_CHECK(state.swap(ref_of(proposal.id), parent, next));
  if (change.event.empty()) return {};
  model::Change told;
  told.event = change.event;
  told.agent = change.agent;
  told.at = change.at;
  told.text = change.text;
  announce(workspace_.masc_dir(), told, proposal.on, 0);
  return {};
}

Result<Proposal> Proposals::open(Proposal proposal, const model::Actor& actor,
                                 const std::string& lift_quorum) {
  MASC_CHECK(workspace_.id());
  std::sort(proposal.electorate.begin(), proposal.electorate.end());
  const auto twice = std::unique(proposal.electorate.begin(), proposal.electorate.end());
  proposal.electorate.erase(twice, proposal.electorate.end());
  const std::size_t electors = proposal.electorate.size();
  if (proposal.threshold.needed(electors) > electors) {
    return fail(error(ErrorCode::kInvalid, "{} yes votes are wanted, but only {} may vote",
                      proposal.threshold.str(), electors)
                    .hint("name more voters (--voter A), or ask for a share: --quorum 2/3"));
  }
  MASC_CHECK(model::check_lift(proposal, lift_quorum));
  const ProposalChange change =
      make_change("vote_created", actor, proposal.opened,
                  "propose " + std::string(first_line(proposal.question)));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Proposal made = proposal;
    made.id = model::proposal_id(random_bits());
    MASC_TRY(const FileLock lock, workspace_.state().lock(ref_of(made.id)));
    auto written = write(made, change, std::nullopt);
    if (written) return made;
    if (written.error().code != ErrorCode::kConflict) return fail(std::move(written).error());
  }
  return fail(ErrorCode::kBug, "no free id was found");
}

// Whose votes count: all of them, but on a task not theirs who lost their claim on it.
Result<model::Counts> Proposals::counts_for(const Proposal& proposal) const {
  if (proposal.on.empty()) return [](std::string_view) { return true; };
  MASC_TRY(const auto task, tasks_.find(proposal.on));
  if (!task) return [](std::string_view) { return true; };
  MASC_TRY(auto steps, tasks_.history(*task));
  return [lost = losers(std::move(steps))](std::string_view agent) {
    return !lost.contains(std::string(agent));
  };
}

Result<model::Tally> Proposals::count(const Proposal& proposal) const {
  MASC_TRY(const model::Counts counts, counts_for(proposal));
  return model::count_votes(proposal, counts);
}

Result<Proposals::Cast> Proposals::vote(const std::string& id, const model::Actor& actor,
                                        model::Choice choice, const std::string& because,
                                        Instant now) {
  MASC_CHECK(workspace_.id());
  git::StateRepo& state = workspace_.state();
  MASC_TRY(const FileLock lock, state.lock(ref_of(id)));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MASC_TRY(const Proposal old, load(id));
    MASC_TRY(const model::Counts counts, counts_for(old));
    MASC_TRY(auto next, model::cast_vote(old, {actor.agent, choice, because, now}, counts));
    if (!next) return Cast{old, false};
    std::string text =
        fmt::format("vote {} on {} by {}", model::choice_name(choice), id, actor.agent);
    if (next->decision) text += fmt::format(": {}", state_name(model::state_of(*next, now)));
    const ProposalChange change =
        make_change(next->decision ? "vote_closed" : "vote_cast", actor, now, std::move(text));
    MASC_TRY(const git::ObjectId parent, git::ObjectId::parse(old.version));
    auto written = write(*next, change, parent);
    if (written) return Cast{std::move(*next), true};
    if (written.error().code != ErrorCode::kConflict) return fail(std::move(written).error());
  }
  return fail(ErrorCode::kBusy, "{} changes all the time", id);
}

Result<Proposal> Proposals::carry_out(const std::string& id, const model::Actor& actor,
                                      const model::Policy& policy, const std::string& commit,
                                      Instant now) {
  MASC_TRY(Proposal proposal, load(id));
  if (!model::waits_to_lift(proposal)) return proposal;
  Trails trails(workspace_, policy);
  for (const std::string& path : proposal.lifts)
    MASC_CHECK(trails.lift(commit, path, proposal.decision->at, id, actor.agent, now));
  MASC_TRY(const FileLock lock, workspace_.state().lock(ref_of(id)));
  MASC_TRY(proposal, load(id));
  if (!model::waits_to_lift(proposal)) return proposal;
  MASC_TRY(const git::ObjectId parent, git::ObjectId::parse(proposal.version));
  proposal.lifted = now;
  MASC_CHECK(write(proposal, make_change("", actor, now, fmt::format("lifted by {}", id)), parent));
  return proposal;
}

Result<Proposal> Proposals::await(const std::string& id, Duration patience,
                                  const Clock& clock) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // git removes folders that pack-refs has emptied; a watch needs one to stand.
  const std::string ref = ref_of(id);
  const std::string folder = fmt::format("{}/{}", workspace_.state().directory(), dir_name(ref));
  for (;;) {
    if (!is_directory(folder)) MASC_CHECK(make_directories(folder));
    Watch watch;
    watch.add_folder(folder);
    MASC_TRY(Proposal now, load(id));
    const Instant time = clock.now();
    if (model::state_of(now, time) != ProposalState::kOpen) return now;
    const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return now;
    watch.wait(std::min<Duration>(left, now.closes - time));
  }
}

Result<void> require_quorum(const Proposals& proposals, const model::TaskId& task,
                            const std::string& quorum, std::string_view holder,
                            std::int64_t generation, Instant now) {
  if (quorum.empty()) return {};
  MASC_TRY(const model::Threshold required, model::Threshold::parse(quorum));
  MASC_TRY(const auto found, proposals.about(task));
  const Proposal* open = nullptr;
  for (const Proposal& proposal : found) {
    if (model::is_quorum(proposal, required, holder, generation)) return {};
    if (model::state_of(proposal, now) == ProposalState::kOpen) open = &proposal;
  }
  Error made = error(ErrorCode::kRefused, "the policy lets {} land only with a quorum of {}",
                     task.str(), required.str())
                   .fact("quorum", required.str());
  if (open != nullptr) {
    return fail(
        std::move(made)
            .hint(fmt::format("masc tally {} --wait 10m   (it is being voted on)", open->id))
            .fact("proposal", open->id));
  }
  return fail(std::move(made).hint(
      fmt::format("masc propose 'Land {0}?' --on {0} --quorum {1}", task.str(), required.str())));
}

}  // namespace masc::store
