#include "guard/fire.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "git/refs.h"
#include "git/staged.h"
#include "git/token.h"
#include "guard/decide.h"
#include "guard/hooks.h"
#include "guard/message.h"
#include "store/agents.h"
#include "store/locks.h"
#include "store/policy.h"
#include "store/seen_commits.h"
#include "store/tasks.h"
#include "store/trails.h"

namespace masc::guard {
namespace {

using model::TaskId;

bool is_zero(std::string_view id) { return id.find_first_not_of('0') == id.npos; }

git::Git git_of(const HookCall& call) { return git::main_git(call.repository, call.environment); }

// What HEAD is on here: "main"; "" if detached.
std::string head_branch(const git::Repository& repository) {
  const auto head = read_file(repository.git_dir + "/HEAD");
  constexpr std::string_view kPrefix = "ref: refs/heads/";
  if (!head || !head->starts_with(kPrefix)) return "";
  return std::string(trim(std::string_view(*head).substr(kPrefix.size())));
}

// A ref's value now: "" if it does not exist. Only HEAD and branches are asked for.
Result<std::string> value_of(const HookCall& call, std::string_view name) {
  constexpr std::string_view kHeads = "refs/heads/";
  const git::Git git = git_of(call);
  if (name.starts_with(kHeads)) {
    MASC_TRY(const auto tip,
             git::branch_tip(call.repository, git, std::string(name.substr(kHeads.size()))));
    return tip.value_or("");
  }
  if (name != "HEAD") return "";
  const std::string branch = head_branch(call.repository);
  if (branch.empty()) {
    MASC_TRY(const std::string head, read_file(call.repository.git_dir + "/HEAD"));
    return std::string(trim(head));
  }
  MASC_TRY(const auto tip, git::branch_tip(call.repository, git, branch));
  return tip.value_or("");
}

// The task's ref as one small file; most hooks need no more than to see that it has not moved.
std::string loose_version(const HookCall& call, const TaskId& id) {
  const auto text = read_file_if_any(call.repository.state_dir() + "/" + id.ref());
  return text && *text ? std::string(trim(**text)) : "";
}

// The ground of a claim's worktree. Where the task has not changed since the token was confirmed
// last, no object is read.
Result<Ground> find_ground(const HookCall& call, git::Token token) {
  Ground ground{token.task, token.agent, token.generation, std::nullopt};
  MASC_TRY(const TaskId id, TaskId::parse(token.task));
  const std::string version = loose_version(call, id);
  if (!version.empty() && version == token.version && !token.ended) {
    ground.state.emplace();
    ground.state->id = id;
    ground.state->generation = token.generation;
    ground.state->claim.emplace();
    ground.state->claim->agent = token.agent;
    ground.state->claim->generation = token.generation;
    return ground;
  }
  MASC_TRY(store::Workspace workspace, store::Workspace::open(call.repository));
  store::TaskStore tasks(workspace);
  MASC_TRY(ground.state, tasks.find(id));
  if (ground.current() && !ground.state->version.empty()) {
    token.version = ground.state->version;
    // Only a short cut for the next hook: a read-only repository can do without.
    static_cast<void>(git::write_token(call.repository.git_dir, token));
  }
  return ground;
}

// Outside of claim worktrees only agents that masc knows are held to anything.
Result<void> find_agent(const HookCall& call, Scene& scene) {
  if (call.agent.empty()) return {};
  MASC_TRY(store::Workspace workspace, store::Workspace::open(call.repository));
  store::TaskStore tasks(workspace);
  MASC_TRY(const auto all, tasks.unfolded());
  for (const model::Task& task : all) {
    if (!task.claim || task.claim->agent != call.agent) continue;
    scene.held.push_back(task.id.str());
    if (!task.claim->worktree.empty()) scene.worktree = task.claim->worktree;
  }
  const store::AgentStore agents(workspace);
  MASC_TRY(const auto record, agents.find(call.agent));
  scene.known_agent = !scene.held.empty() || (record && record->joined);
  return {};
}

Result<model::Policy> policy_of(const HookCall& call, std::string& warnings) {
  auto policy = store::load_policy(call.repository, git_of(call));
  if (policy) return policy;
  warnings += "masc: warning: " + printable(policy.error().message) + "\n";
  return model::Policy{};
}

Result<void> protect(const HookCall& call, const model::Policy& policy, Scene& scene) {
  scene.protected_branches = policy.protected_branches;
  if (!scene.protected_branches.empty()) return {};
  std::string base = policy.base;
  if (base.empty()) {
    MASC_TRY(base, store::main_branch(call.repository));
  }
  if (!base.empty()) scene.protected_branches.push_back(base);
  return {};
}

Result<std::vector<RefUpdate>> read_updates(const HookCall& call, std::string_view input) {
  std::vector<RefUpdate> updates;
  for (std::string_view line : split_lines(input)) {
    RefUpdate update;
    update.old_id = std::string(take_until(line, ' '));
    update.new_id = std::string(take_until(line, ' '));
    update.name = std::string(line);
    if (is_zero(update.new_id) && !is_zero(update.old_id)) {
      MASC_TRY(const bool prune, git::is_prune(call.repository, update.name, update.old_id));
      if (prune) continue;
    }
    MASC_TRY(update.old_id, value_of(call, update.name));
    if (is_zero(update.new_id)) update.new_id.clear();
    updates.push_back(std::move(update));
  }
  return updates;
}

std::vector<Push> read_pushes(std::string_view input) {
  std::vector<Push> pushes;
  for (std::string_view line : split_lines(input)) {
    Push push;
    push.local_ref = std::string(take_until(line, ' '));
    take_until(line, ' ');
    push.remote_ref = std::string(take_until(line, ' '));
    pushes.push_back(std::move(push));
  }
  return pushes;
}

// Which staged paths another agent holds. Where no other agent holds anything, git is not asked.
Result<void> find_held_paths(const HookCall& call, Scene& scene) {
  MASC_TRY(store::Workspace workspace, store::Workspace::open(call.repository));
  store::TaskStore tasks(workspace);
  const store::LockStore locks(workspace, tasks);
  const std::string& own = scene.ground ? scene.ground->agent : scene.agent;
  MASC_TRY(const bool any, locks.others_hold(own));
  if (!any) return {};
  MASC_TRY(const auto staged, git::staged_paths(git_of(call), call.repository,
                                                call.environment.get("GIT_INDEX_FILE")));
  MASC_TRY(const auto touched, locks.touched(staged, own, call.now));
  for (const auto& [held, path] : touched) {
    scene.held_paths.push_back(
        {path, held.lock.agent, held.lock.task.str(), format_time_short(held.ends, call.now)});
  }
  return {};
}

// People, and agents that never spoke to masc, are bound by nothing outside of claim worktrees.
bool is_bound(const HookCall& call, const Scene& scene) {
  if (scene.ground || scene.known_agent) return true;
  return !call.agent.empty() &&
         exists(fmt::format("{}/live/agent.{}", call.repository.masc_dir(), call.agent));
}

bool may_have_locks(const git::Repository& repository) {
  const std::string state = repository.state_dir();
  return exists(state + "/" + store::kLocksRef) || exists(state + "/packed-refs");
}

Result<Decision> decide(const HookCall& call, const Scene& scene, const HookAnswer& answer) {
  if (call.name == "pre-commit") return decide_commit(scene, head_branch(call.repository));
  if (call.name == "pre-push") return decide_push(scene, read_pushes(answer.input));
  if (call.name == "pre-rebase")
    return decide_rebase(scene, call.args.size() > 1 ? call.args[1] : "");
  if (call.name == "reference-transaction") {
    MASC_TRY(const auto updates, read_updates(call, answer.input));
    return decide_refs(scene, updates);
  }
  return Decision{};
}

Result<void> write_trailers(const HookCall& call, const Ground& ground) {
  if (call.args.empty() || !ground.current()) return {};
  const std::string path = join_path(call.repository.work_tree, call.args[0]);
  MASC_TRY(const std::string message, read_file(path));
  const std::string with =
      add_trailers(message, {"Masc-Task: " + ground.task, "Masc-Agent: " + ground.agent});
  if (with == message) return {};
  return write_file(path, with);
}

// A commit on the claim's branch is noted; what it touched is found out by whoever reads trails
// next.
void note_commits(const HookCall& call, const git::Token& token, std::string_view input) {
  const auto task = TaskId::parse(token.task);
  if (!task || token.ended) return;
  const std::string ref = "refs/heads/" + task->branch();
  for (std::string_view line : split_lines(input)) {
    store::SeenCommit seen{call.now, token.agent, *task, "", ""};
    seen.from = std::string(take_until(line, ' '));
    seen.to = std::string(take_until(line, ' '));
    if (line != ref || is_zero(seen.from) || is_zero(seen.to) || seen.from == seen.to) continue;
    static_cast<void>(store::note_commit(call.repository.masc_dir(), seen));
  }
}

// "<old> <new>[ …]" a line (githooks(5), post-rewrite): trails follow their commits.
Result<void> follow_commits(const HookCall& call, const Ground& ground, std::string_view input) {
  std::vector<std::pair<std::string, std::string>> rewritten;
  for (std::string_view line : split_lines(input)) {
    const std::string_view from = take_until(line, ' ');
    rewritten.emplace_back(from, take_until(line, ' '));
  }
  MASC_TRY(store::Workspace workspace, store::Workspace::open(call.repository));
  const git::Git git = git_of(call);
  const model::Policy policy = store::load_policy(call.repository, git).value_or(model::Policy{});
  MASC_CHECK(store::settle_commits(workspace, policy, git, call.now));
  return store::Trails(workspace, policy).follow(rewritten, ground.agent, call.now);
}

void renew_lease(const HookCall& call, const Ground& ground) {
  const std::string path =
      fmt::format("{}/live/agent.{}", call.repository.masc_dir(), ground.agent);
  if (exists(path)) static_cast<void>(touch_file(path));
}

void put_refusal(HookAnswer& answer, const Refusal& refusal, model::Strictness strictness) {
  if (strictness == model::Strictness::kOff) return;
  if (strictness == model::Strictness::kEnforce) answer.refused = true;
  std::string reason = refusal.reason;
  constexpr std::string_view kRefused = " refused: ";
  const std::size_t at = reason.find(kRefused);
  if (strictness != model::Strictness::kEnforce && at != reason.npos)
    reason.replace(at, kRefused.size(), " goes on, though ");
  answer.words +=
      fmt::format("masc: {}{}\n",
                  strictness == model::Strictness::kEnforce ? "" : "warning: ", printable(reason));
  if (strictness != model::Strictness::kEnforce) return;  // the hints are for what was refused
  for (const std::string& hint : refusal.hints) answer.words += "hint: " + printable(hint) + "\n";
}

// Of a reference transaction: prepared, committed, aborted (githooks(5)).
std::string_view phase(const HookCall& call) {
  return call.args.empty() ? std::string_view() : std::string_view(call.args[0]);
}

}  // namespace

bool concerns(const HookCall& call) {
  const auto& own = own_hooks();
  if (std::find(own.begin(), own.end(), call.name) == own.end()) return false;
  const bool claim = call.repository.linked() && exists(git::token_path(call.repository.git_dir));
  if (call.name == "reference-transaction" && phase(call) != "prepared")
    return claim && phase(call) == "committed";
  if (claim || (!call.agent.empty() && exists(call.repository.state_dir()))) return true;
  return call.name == "pre-commit" && may_have_locks(call.repository);
}

Result<HookAnswer> answer(const HookCall& call) {
  HookAnswer result;
  Scene scene;
  scene.agent = call.agent;
  std::optional<git::Token> token;
  if (call.repository.linked()) {
    MASC_TRY(token, git::read_token(call.repository.git_dir));
  }
  if (call.name == "reference-transaction" && phase(call) == "committed") {
    if (!token) return result;
    MASC_TRY(result.input, read_all(call.input, "the hook's input"));
    result.input_taken = true;
    note_commits(call, *token, result.input);
    return result;
  }
  if (token) {
    MASC_TRY(scene.ground, find_ground(call, *token));
  } else {
    MASC_CHECK(find_agent(call, scene));
  }
  if (call.name == "reference-transaction" || call.name == "pre-push" ||
      call.name == "post-rewrite") {
    MASC_TRY(result.input, read_all(call.input, "the hook's input"));
    result.input_taken = true;
  }
  if (scene.ground && call.name == "prepare-commit-msg") {
    MASC_CHECK(write_trailers(call, *scene.ground));
    return result;
  }
  if (scene.ground && call.name == "post-rewrite") {
    MASC_CHECK(follow_commits(call, *scene.ground, result.input));
    return result;
  }
  MASC_TRY(const model::Policy policy, policy_of(call, result.words));
  MASC_CHECK(protect(call, policy, scene));
  const bool locks = call.name == "pre-commit" && may_have_locks(call.repository) &&
                     policy.guard.locks != model::Strictness::kOff;
  if (locks) MASC_CHECK(find_held_paths(call, scene));
  if (!is_bound(call, scene)) {
    for (const Refusal& refusal : warn_of_locks(scene))
      put_refusal(result, refusal, model::Strictness::kWarn);
    return result;
  }
  MASC_TRY(const Decision decision, decide(call, scene, result));
  for (const Refusal& refusal : decision) {
    put_refusal(result, refusal, strictness_of(policy, refusal.rule));
    if (result.refused) break;
  }
  if (scene.ground && call.name == "pre-commit" && !result.refused)
    renew_lease(call, *scene.ground);
  return result;
}

}  // namespace masc::guard
