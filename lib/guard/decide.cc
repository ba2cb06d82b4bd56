#include "guard/decide.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "model/id.h"

namespace masc::guard {
namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr const char* kUntouched = "your files are untouched and nothing moved";
// `reset --hard`, `merge` and the like have written the files when the ref is refused.
constexpr const char* kWayBack =
    "nothing moved; files may have: git status, then git restore --source=HEAD --staged "
    "--worktree -- PATH";

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// What became of a claim whose token is no longer current.
Refusal over(const Ground& ground, std::string_view what, const char* files) {
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
      files, fmt::format("masc log {}   (what happened); masc claim   (takes another task)", id)};
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
void check_ground(const Scene& scene, std::string_view what, Decision& decision,
                  const char* files = kUntouched) {
  if (!scene.ground) return;
  if (!scene.ground->current()) {
    decision.push_back(over(*scene.ground, what, files));
  } else if (!scene.agent.empty() && scene.agent != scene.ground->agent) {
    decision.push_back(foreign(scene, what));
  }
}

std::string_view branch_of(std::string_view ref) {
  return ref.starts_with(kHeads) ? ref.substr(kHeads.size()) : std::string_view();
}

void check_branch(const Scene& scene, std::string_view branch, Decision& decision) {
  const Ground& ground = *scene.ground;
  if (branch == "masc/" + ground.task) return;
  const std::vector<std::string> way_back = {
      kWayBack, fmt::format("land the work instead: masc land {}", ground.task)};
  if (contains(scene.protected_branches, branch)) {
    decision.push_back(
        {Rule::kProtected,
         fmt::format("'{}' is protected: a claim's worktree may not move it", printable(branch)),
         way_back});
  }
  const model::TaskId other = model::task_of_branch(branch);
  if (other.empty()) return;
  decision.push_back({Rule::kIsolation,
                      fmt::format("the branch of {} is not this worktree's to move", other.str()),
                      way_back});
}

Refusal away_from_home(const Scene& scene, std::string_view what) {
  std::vector<std::string> hints;
  if (!scene.worktree.empty()) hints.push_back("cd " + shell_quote(scene.worktree));
  hints.push_back("masc claim   (gives you a worktree of your own)");
  return Refusal{Rule::kIsolation,
                 fmt::format("{} refused: {} is an agent and works in its claim's worktree", what,
                             scene.agent),
                 std::move(hints)};
}

// "src/a.cc is held by al (m-7k3q9fxa, until 14:05Z) and 2 more paths by others"
std::string describe_locks(const std::vector<HeldPath>& held) {
  const HeldPath& first = held.front();
  const std::string under = first.task.empty() ? "" : first.task + ", ";
  const std::string more =
      held.size() > 1 ? fmt::format(" and {} more in the way", held.size() - 1) : "";
  return fmt::format("{} is held by {} ({}until {}){}", printable(first.path), first.holder, under,
                     first.until, more);
}

void check_locks(const Scene& scene, Decision& decision) {
  if (scene.held_paths.empty()) return;
  const std::string path = shell_quote(scene.held_paths.front().path);
  decision.push_back({Rule::kLocks,
                      "commit refused: " + describe_locks(scene.held_paths),
                      {"masc locks   (who holds what)",
                       fmt::format("masc lock {} --wait 10m   (then commit again)", path)}});
}

}  // namespace

model::Strictness strictness_of(const model::Policy& policy, Rule rule) noexcept {
  switch (rule) {
    case Rule::kFencing: return policy.guard.fencing;
    case Rule::kIsolation: return policy.guard.isolation;
    case Rule::kLocks: return policy.guard.locks;
    case Rule::kProtected: return policy.guard.protected_;
  }
  return model::Strictness::kEnforce;
}

bool Ground::current() const {
  return state && state->claim && state->claim->generation == generation;
}

Decision warn_of_locks(const Scene& scene) {
  if (scene.held_paths.empty()) return {};
  return {{Rule::kLocks, describe_locks(scene.held_paths), {"masc locks   (who holds what)"}}};
}

Decision decide_commit(const Scene& scene, std::string_view branch) {
  Decision decision;
  if (scene.ground) {
    check_ground(scene, "commit", decision);
    if (!branch.empty()) check_branch(scene, branch, decision);
  } else if (scene.known_agent) {
    const model::TaskId own = model::task_of_branch(branch);
    const bool at_home = !own.empty() && contains(scene.held, own.str());
    if (!at_home) decision.push_back(away_from_home(scene, "commit"));
  }
  check_locks(scene, decision);
  return decision;
}

Decision decide_refs(const Scene& scene, const std::vector<RefUpdate>& updates) {
  Decision decision;
  if (!scene.ground) return decision;
  for (const RefUpdate& update : updates) {
    const std::string_view branch = branch_of(update.name);
    const bool head = update.name == "HEAD";
    const bool moves = update.old_id != update.new_id;
    if (branch.empty() && !(head && moves)) continue;
    // `checkout -B` names the branch even where it stays: HEAD would be attached to it.
    check_ground(scene, head ? "moving HEAD" : "moving the branch", decision, kWayBack);
    // A branch that does not exist yet is anybody's to make.
    const bool fresh = update.old_id.empty() && model::task_of_branch(branch).empty();
    if (!head && moves && !fresh) check_branch(scene, branch, decision);
  }
  return decision;
}

Decision decide_push(const Scene& scene, const std::vector<Push>& pushes) {
  Decision decision;
  if (!scene.ground && !scene.known_agent) return decision;
  check_ground(scene, "push", decision);
  for (const Push& push : pushes) {
    const std::string_view remote = branch_of(push.remote_ref);
    if (contains(scene.protected_branches, remote)) {
      decision.push_back({Rule::kProtected,
                          fmt::format("push refused: '{}' is protected, and agents land into it",
                                      printable(remote)),
                          {"masc land   (brings the work in; a person pushes the base)"}});
    }
    // What goes out counts as well as what it is called there.
    for (const std::string_view branch : {branch_of(push.local_ref), remote}) {
      const model::TaskId other = model::task_of_branch(branch);
      const bool own =
          scene.ground ? other.str() == scene.ground->task : contains(scene.held, other.str());
      if (other.empty() || own) continue;
      decision.push_back({Rule::kIsolation,
                          fmt::format("push refused: {} is not yours", other.str()),
                          {fmt::format("masc show {}   (who holds it)", other.str())}});
    }
  }
  return decision;
}

Decision decide_rebase(const Scene& scene, std::string_view branch) {
  Decision decision;
  if (!scene.ground) return decision;
  check_ground(scene, "rebase", decision);
  if (!branch.empty()) check_branch(scene, branch, decision);
  return decision;
}

}  // namespace masc::guard
