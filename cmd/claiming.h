// What the verbs around claims share.
#pragma once

#include <optional>
#include <string>

#include "cmd/context.h"
#include "cmd/verb.h"
#include "swarm/next.h"

namespace masc::cmd {

// All tasks that the actor could take, the one that it should take first.
Result<std::vector<swarm::Ranked>> rank_tasks(Context& context);
// Takes a task (an id or prefix; nullopt: the best ready one, by the policy's
// `choose`) for the actor.
Result<store::Taken> claim_task(Context& context, const std::optional<std::string>& id,
                                const store::ClaimOptions& options);
// The options with which this command may run the policy's set-up.
Result<void> allow_setup(Context& context, store::ClaimOptions& options);
// "claimed m-… Title (generation 1, until 14:05Z)", the cd line, remarks.
std::string claim_text(const store::Taken& taken, Instant now);

// Writes into the parent that it has this child.
Result<void> name_child(Context& context, const model::TaskId& parent, const model::TaskId& child);

// release, done and cancel: ends a task's claim, and says what was kept.
struct EndFlags {
  std::optional<std::string> id;
  std::optional<std::string> note;
  std::optional<std::string> because;
  bool force = false;
};
struct EndReply {
  store::Ended ended;
  std::string json;
};
std::vector<Param> end_params(EndFlags& flags, bool with_note);
Result<EndReply> end_claim(Context& context, const EndFlags& flags, store::End how);
Rendered render_end(const EndReply& reply, std::string_view verdict);

}  // namespace masc::cmd
