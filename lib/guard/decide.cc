#include "guard/decide.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "model/id.h"

namespace masc::guard {
namespace {

constexpr std::string_view kHeads = "refs/heads/";

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// What became of a claim whose token is no longer current.
Refusal over(const Ground& ground, std::string_view what) {
  Refusal refusal;
  const std::string& id = ground.task;
  if (ground.state && ground.state->generation > ground.generation) {
    const std::string holder = ground.state->claim ? ground.state->claim->agent : "another agent";
    refusal.reason = fmt::format("{} refused: the claim on {} was superseded (generation {}, {})",
                                 what, id, ground.state->generation, holder);
  } else {
    refusal.reason = fmt::format("{} refused: the claim on {} has ended", what, id);
  }
  refusal.hints = {
      "your files are untouched and nothing moved",
      fmt::format("masc log {}   (what happened); masc claim   (takes another task)", id)};
  return refusal;
}

Refusal foreign(const Scene& scene, std::string_view what) {
  const Ground& ground = *scene.ground;
  return {Rule::kFencing,
          fmt::format("{} refused: this worktree belongs to {} ({}), not to {}", what, ground.agent,
                      ground.task, scene.agent),
          {"work in your own: masc claim"}};
}

// In a claim's worktree: is the claim alive, and is it the actor's?
Decision check_ground(const Scene& scene, std::string_view what) {
  if (!scene.ground) return std::nullopt;
  if (!scene.ground->current()) return over(*scene.ground, what);
  if (!scene.agent.empty() && scene.agent != scene.ground->agent) return foreign(scene, what);
  return std::nullopt;
}

std::string_view branch_of(std::string_view ref) {
  return ref.starts_with(kHeads) ? ref.substr(kHeads.size()) : std::string_view();
}

Decision decide_branch(const Scene& scene, std::string_view branch) {
  const Ground& ground = *scene.ground;
  if (branch == "masc/" + ground.task) return std::nullopt;
  const std::vector<std::string> way_back = {
      "nothing moved; files may have: git status, then git restore --source=HEAD --staged "
      "--worktree -- PATH",
      fmt::format("land the work instead: masc land {}", ground.task)};
  if (contains(scene.protected_branches, branch)) {
    return Refusal{
        Rule::kProtected,
        fmt::format("'{}' is protected: a claim's worktree may not move it", printable(branch)),
        way_back};
  }
  const model::TaskId other = model::task_of_branch(branch);
  if (other.empty()) return std::nullopt;
  return Refusal{Rule::kIsolation,
                 fmt::format("the branch of {} is not this worktree's to move", other.str()),
                 way_back};
}

Decision away_from_home(const Scene& scene, std::string_view what) {
  std::vector<std::string> hints;
  if (!scene.worktree.empty()) hints.push_back("cd " + shell_quote(scene.worktree));
  hints.push_back("masc claim   (gives you a worktree of your own)");
  return Refusal{Rule::kIsolation,
                 fmt::format("{} refused: {} is an agent and works in its claim's worktree", what,
                             scene.agent),
                 std::move(hints)};
}

}  // namespace

model::Strictness strictness_of(const model::Policy& policy, Rule rule) noexcept {
  switch (rule) {
    case Rule::kFencing: return policy.guard.fencing;
    case Rule::kIsolation: return policy.guard.isolation;
    case Rule::kProtected: return policy.guard.protected_;
  }
  return model::Strictness::kEnforce;
}

bool Ground::current() const {
  return state && state->claim && state->claim->generation == generation;
}

Decision decide_commit(const Scene& scene, std::string_view branch) {
  if (scene.ground) {
    if (auto refused = check_ground(scene, "commit")) return refused;
    return branch.empty() ? std::nullopt : decide_branch(scene, branch);
  }
  if (!scene.known_agent) return std::nullopt;
  const model::TaskId own = model::task_of_branch(branch);
  if (!own.empty() && contains(scene.held, own.str())) return std::nullopt;
  return away_from_home(scene, "commit");
}

Decision decide_refs(const Scene& scene, const std::vector<RefUpdate>& updates) {
  if (!scene.ground) return std::nullopt;
  for (const RefUpdate& update : updates) {
    const std::string_view branch = branch_of(update.name);
    const bool head = update.name == "HEAD";
    const bool moves = update.old_id != update.new_id;
    if (branch.empty() && !(head && moves)) continue;
    // `checkout -B` names the branch even where it stays: HEAD would be attached to it.
    if (auto refused = check_ground(scene, head ? "moving HEAD" : "moving the branch"))
      return refused;
    if (head || !moves) continue;
    // A branch that does not exist yet is anybody's to make.
    const bool fresh = update.old_id.empty() && model::task_of_branch(branch).empty();
    if (fresh) continue;
    if (auto refused = decide_branch(scene, branch)) return refused;
  }
  return std::nullopt;
}

Decision decide_push(const Scene& scene, const std::vector<Push>& pushes) {
  if (!scene.ground && !scene.known_agent) return std::nullopt;
  if (auto refused = check_ground(scene, "push")) return refused;
  for (const Push& push : pushes) {
    const std::string_view remote = branch_of(push.remote_ref);
    if (contains(scene.protected_branches, remote)) {
      return Refusal{Rule::kProtected,
                     fmt::format("push refused: '{}' is protected, and agents land into it",
                                 printable(remote)),
                     {"masc land   (brings the work in; a person pushes the base)"}};
    }
    const model::TaskId other = model::task_of_branch(remote);
    const bool own =
        scene.ground ? other.str() == scene.ground->task : contains(scene.held, other.str());
    if (other.empty() || own) continue;
    return Refusal{Rule::kIsolation,
                   fmt::format("push refused: {} is not yours", other.str()),
                   {fmt::format("masc show {}   (who holds it)", other.str())}};
  }
  return std::nullopt;
}

Decision decide_rebase(const Scene& scene, std::string_view branch) {
  if (!scene.ground) return std::nullopt;
  if (auto refused = check_ground(scene, "rebase")) return refused;
  return branch.empty() ? std::nullopt : decide_branch(scene, branch);
}

}  // namespace masc::guard
