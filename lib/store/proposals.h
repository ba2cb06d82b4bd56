// Proposals: opening them, voting, and waiting for their decision. One chain a proposal, at
// refs/masc/proposals/<id>; the newest commit holds the whole state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/policy.h"
#include "model/proposal.h"
#include "model/rules.h"
#include "store/tasks.h"
#include "store/workspace.h"

namespace masc::store {

class Proposals {
 public:
  explicit Proposals(Workspace& workspace, const TaskStore& tasks)
      : workspace_(workspace), tasks_(tasks) {}

  // A unique prefix with at least `least` digits. kInvalid, kNotFound, kAmbiguous.
  Result<std::string> resolve(std::string_view text, std::size_t least) const;
  Result<model::Proposal> load(const std::string& id) const;  // kNotFound
  // All, the oldest first.
  Result<std::vector<model::Proposal>> all() const;
  // Those that are about `task`.
  Result<std::vector<model::Proposal>> about(const model::TaskId& task) const;

  // Gives it an id and writes it. kInvalid where it could never pass;
  // kRefused where it lifts a hazard by less than `lift_quorum`, the policy's.
  Result<model::Proposal> open(model::Proposal proposal, const model::Actor& actor,
                               const std::string& lift_quorum = "");
  struct Cast {
    model::Proposal proposal;
    bool changed = false;  // false: the same vote stood already
  };
  // kRefused, kClosed.
  Result<Cast> vote(const std::string& id, const model::Actor& actor, model::Choice choice,
                    const std::string& because, Instant now);
  // Lifts the hazards that `id` was to lift, once it has passed, in a note on `commit`; nothing to
  // do if that is done. Whoever meets a proposal that passed and says no `lifted` repeats it: only
  // what lay there at the decision goes.
  Result<model::Proposal> carry_out(const std::string& id, const model::Actor& actor,
                                    const model::Policy& policy, const std::string& commit,
                                    Instant now);
  // The votes as they count now.
  Result<model::Tally> count(const model::Proposal& proposal) const;

  // Sleeps until `id` is decided or has expired, at most `patience`; what it is then.
  Result<model::Proposal> await(const std::string& id, Duration patience, const Clock& clock) const;

 private:
  Result<model::Proposal> read(const git::ObjectId& id) const;
  Result<model::Counts> counts_for(const model::Proposal& proposal) const;
  Result<void> write(model::Proposal& proposal, const model::ProposalChange& change,
                     const std::optional<git::ObjectId>& parent);

  Workspace& workspace_;
  const TaskStore& tasks_;
};

// kRefused unless a proposal on `task` has passed that is_quorum() for the policy's `quorum`, ""
// asking for none. `holder`: whose work it is, under which generation.
Result<void> require_quorum(const Proposals& proposals, const model::TaskId& task,
                            const std::string& quorum, std::string_view holder,
                            std::int64_t generation, Instant now);

}  // namespace masc::store
