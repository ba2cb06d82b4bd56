// Worktrees of claims: where they are, making them, and what killed ones have left.
#include <algorithm>

#include "base/text.h"
#include "git/advance.h"
#include "git/clean.h"
#include "git/left_locks.h"
#include "git/refs.h"
#include "git/slot.h"
#include "git/snapshot.h"
#include "git/submodules.h"
#include "git/trash.h"
#include "store/claim_plan.h"
#include "store/claims.h"
#include "store/fitting.h"

namespace masc::store {
namespace {

using model::Claim;
using model::Task;
using model::TaskId;

// Who has lost the race for a claim takes its own slot away meanwhile, file by file; without one of
// these git takes the rest for no repository.
bool is_whole(const std::string& git_dir) {
  return exists(git_dir + "/HEAD") && exists(git_dir + "/commondir") && exists(git_dir + "/gitdir");
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

git::Token token_of(const Task& task) {
  git::Token token;
  token.task = task.id.str();
  token.agent = task.claim->agent;
  token.generation = task.claim->generation;
  token.session = task.claim->session;
  token.version = task.version;
  return token;
}

}  // namespace

std::string Claims::slot_root() const {
  const std::string main = git::main_root(repository_);
  std::string name(base_name(main));
  if (name.ends_with(".git")) name.resize(name.size() - 4);
  return join_path(main, replace_all(policy_.claim.worktrees, "{repo}", name));
}

Result<git::SlotReservation> Claims::reserve_slot(Instant now) const {
  MASC_CHECK(git::sweep_half_made(repository_, slot_root(), now));
  return git::reserve_slot(repository_, slot_root());
}

Result<void> Claims::restore_branch(const Task& task) {
  MASC_CHECK(bring_back(task));
  MASC_TRY(const auto tip, git::branch_tip(repository_, git_, task.id.branch()));
  if (tip) return {};
  MASC_TRY(const std::string commit, git::resolve_commit(git_, task.claim->base_commit));
  return make_lost_branch(task.id, commit);
}

Result<std::string> Claims::bring_back(const Task& task) {
  if (task.generation == 0) return "";
  MASC_TRY(const auto tip, git::branch_tip(repository_, git_, task.id.branch()));
  if (tip) return "";
  MASC_TRY(const auto slots, git::list_worktrees(repository_));
  std::string commit;
  std::int64_t newest = 0;
  for (const git::Worktree& slot : slots) {
    if (!slot.token || slot.token->task != task.id.str()) continue;
    // Where an ended claim's HEAD has left the branch, the branch was deleted since on purpose.
    const std::int64_t generation = slot.token->generation;
    const bool current = task.claim && task.claim->generation == generation;
    if (generation <= newest || (!current && slot.branch != task.id.branch())) continue;
    const std::string last = slot.head.empty() ? git::last_head(slot) : slot.head;
    // It may have been collected.
    if (last.empty() || !git::resolve_commit(git_, last)) continue;
    commit = last;
    newest = generation;
  }
  if (!commit.empty()) MASC_CHECK(make_lost_branch(task.id, commit));
  return commit;
}

Result<void> Claims::make_lost_branch(const TaskId& id, const std::string& commit) {
  MASC_CHECK(break_locks(id, ""));
  MASC_CHECK(git_.output({"update-ref", "-m", "masc: lost branch of a claim",
                          "refs/heads/" + id.branch(), commit, std::string(commit.size(), '0')}));
  return {};
}

// Best effort: whatever is in the way of the branch is in the way of nothing else.
std::vector<std::string> Claims::bring_back_remarks(const Task& task) {
  const auto commit = bring_back(task);
  if (!commit) return {commit.error().message};
  if (commit->empty()) return {};
  return {fmt::format("the branch {} was gone; it is back at {}", task.id.branch(),
                      commit->substr(0, 12))};
}

// The claim's own worktree, if it is there.
std::optional<git::Worktree> Claims::standing_worktree(const Task& task) const {
  auto found = git::worktree_at(repository_, task.claim->worktree);
  if (!found || !*found || (*found)->missing) return std::nullopt;
  const auto& token = (*found)->token;
  if (!token || token->task != task.id.str() || token->generation != task.claim->generation)
    return std::nullopt;
  return std::move(*found);
}

// What a killed claim left at its place: half a worktree, or a whole one without its token.
Result<void> Claims::clear_remains(const Task& task, Instant now) {
  const int number = git::slot_number(task.claim->worktree);
  if (number > 0) MASC_CHECK(git::await_slot(repository_.common_dir, number));
  MASC_TRY(const auto tip, git::branch_tip(repository_, git_, task.id.branch()));
  MASC_CHECK(break_locks(task.id, tip.value_or("")));
  MASC_TRY(const auto found, git::worktree_at(repository_, task.claim->worktree));
  if (!found) return {};
  if (found->half_made()) return git::discard_half_made(repository_, *found, now);
  // A whole one is left alone: whatever is in it may be somebody's work, and the place may have
  // gone to another claim meanwhile. Only this task's branch is freed.
  const bool another = found->token && found->token->task != task.id.str();
  if (!found->missing && !another && found->branch == task.id.branch() && !found->unborn())
    return git::detach_head(git::with_user_hooks(repository_, git_, found->git_dir),
                            found->git_dir);
  return {};
}

// Lock files that a git which was killed with its caller has left on the task's branch, and on HEAD
// where it is checked out. `tip`: "" where there is no such branch.
Result<void> Claims::break_locks(const TaskId& id, const std::string& tip) const {
  MASC_CHECK(git::break_left_lock(repository_, git::branch_lock(repository_, id.branch())));
  if (tip.empty()) return {};
  MASC_TRY(const auto slots, git::list_worktrees(repository_));
  for (const git::Worktree& slot : slots) {
    if (slot.branch == id.branch())
      MASC_CHECK(git::break_left_lock(repository_, slot.git_dir + "/HEAD.lock"));
  }
  return {};
}

Result<git::AddedWorktree> Claims::make_worktree(const TaskId& id, const Plan& plan, Instant now) {
  git::NewWorktree wanted;
  wanted.branch = id.branch();
  wanted.start = plan.tip.empty() ? plan.base_commit : plan.tip;
  wanted.branch_exists = !plan.tip.empty();
  // A worktree of an earlier claim may be on it, even where it does not exist.
  wanted.share_branch = true;
  // masc's own would be started four times by git's reset, to decide about what masc does itself.
  wanted.hooks_path = git::user_hooks_path(repository_, git_);
  MASC_TRY(git::AddedWorktree added, git::add_worktree(git_, *plan.slot, wanted, now));
  if (!wanted.branch_exists) return added;
  if (auto brought = bring_submodules(id, added.worktree); !brought) {
    // Nobody was told of it yet.
    static_cast<void>(git::move_to_trash(repository_.common_dir,
                                         {added.worktree.path, added.worktree.git_dir}, now));
    return fail(std::move(brought).error());
  }
  return added;
}

// From the last worktree of the task that is still there.
Result<void> Claims::bring_submodules(const TaskId& id, const git::Worktree& to) const {
  MASC_TRY(const auto slots, git::list_worktrees(repository_));
  const git::Worktree* last = nullptr;
  for (const git::Worktree& slot : slots) {
    if (slot.missing || !slot.token || slot.token->task != id.str()) continue;
    if (slot.git_dir == to.git_dir) continue;
    if (last == nullptr || last->token->generation < slot.token->generation) last = &slot;
  }
  if (last == nullptr) return {};
  return git::bring_submodules(git_, *last, to);
}

// A person who looks at the branch in a worktree of their own must not have it moved under them.
Result<void> Claims::refuse_foreign_checkout(const TaskId& id) const {
  MASC_TRY(const auto checkouts, git::checkouts_of(repository_, git_, id.branch()));
  MASC_TRY(const auto slots, git::list_worktrees(repository_));
  for (const git::Checkout& checkout : checkouts) {
    const bool slot = std::any_of(slots.begin(), slots.end(), [&](const git::Worktree& one) {
      return one.git_dir == checkout.git_dir;
    });
    if (slot || !exists(checkout.git_dir)) continue;
    return fail(
        error(ErrorCode::kRefused, "the branch {} is checked out in {}", id.branch(), checkout.path)
            .hint(fmt::format("git -C {} switch -   (so that a claim can work on it)",
                              shell_quote(checkout.path)))
            .fact("path", checkout.path));
  }
  return {};
}

// A worktree that nobody was told of: whatever is in it, masc put it there, and it is in the trash.
void Claims::discard_fresh(const git::Worktree& worktree, const Plan& plan, const TaskId& id,
                           Instant now) {
  const auto token = git::read_token(worktree.git_dir);
  if (!token || *token) return;
  if (!git::move_to_trash(repository_.common_dir, {worktree.path, worktree.git_dir}, now)) return;
  // The branch goes only if it was made for this claim and nothing was committed to it.
  if (plan.tip.empty()) static_cast<void>(git::delete_branch(git_, id.branch(), plan.base_commit));
}

Result<git::Cleanliness> Claims::prove_spare(const git::Worktree& worktree, Instant now) {
  MASC_TRY(git::Cleanliness proof, git::prove_clean(git_, worktree.path));
  if (proof.clean || !proof.only_changes || !worktree.token) return proof;
  // The token was written last when the claim ended.
  const auto token = stat_of(git::token_path(worktree.git_dir));
  if (!token || now - Instant(std::chrono::seconds(token->st_mtim.tv_sec)) < policy_.pool.rest)
    return proof;
  MASC_TRY(const TaskId id, TaskId::parse(worktree.token->task));
  git::StateRepo& state = workspace_.state();
  MASC_TRY(auto at, state.ref(id.keep_ref()));
  while (at) {
    MASC_TRY(const git::Commit commit, state.commit(*at));
    const auto kept = git::load(state, *at);
    if (kept && kept->generation == worktree.token->generation) {
      MASC_TRY(git::Cleanliness again, git::prove_kept(state, git_, worktree.path, *kept));
      if (again.clean) return again;
    }
    at = commit.parents.empty() ? std::nullopt : std::optional(commit.parents.front());
  }
  return proof;
}

Result<void> Claims::drop_worktree(const git::AddedWorktree& added, Instant now) {
  // Who has won the race for the claim takes the branch off its HEAD meanwhile.
  constexpr int kAttempts = 3;
  Result<void> dropped;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MASC_TRY(const git::Cleanliness proof, git::prove_clean(git_, added.worktree.path));
    const auto removed = git::remove_to_trash(repository_, added.worktree, proof, now);
    if (removed) return {};
    dropped = fail(removed.error());
    if (removed.error().code != ErrorCode::kRefused) break;
  }
  return dropped;
}

// The worktree stands: frees the branch elsewhere, brings the kept work in, fits it out, writes the
// token last,
// so that a worktree with a token is a whole one.
Result<Taken> Claims::settle(Taken taken, const git::AddedWorktree& added, const Plan& plan,
                             const ClaimOptions& options) {
  if (!added.warning.empty()) taken.remarks.push_back(added.warning);
  if (!plan.tip.empty() || taken.task.claim->generation > 1) {
    MASC_CHECK(free_branch(taken.task, added.worktree));
  }
  MASC_TRY(auto restored, restore_work(taken.task, added.worktree));
  taken.remarks.insert(taken.remarks.end(), restored.begin(), restored.end());
  const std::string log = fmt::format("{}/cache/setup/{}.{}.log", workspace_.masc_dir(),
                                      taken.task.id.str(), taken.task.claim->generation);
  MASC_TRY(auto fitted, fit_out(repository_, git_, policy_, taken.task, added.worktree,
                                {options.environment, options.commands, log}));
  taken.remarks.insert(taken.remarks.end(), fitted.remarks.begin(), fitted.remarks.end());
  taken.warnings.insert(taken.warnings.end(), fitted.warnings.begin(), fitted.warnings.end());
  MASC_CHECK(git::write_token(added.worktree.git_dir, token_of(taken.task)));
  return taken;
}

// Detaches every other slot that still has the task's branch, and follows commits that were made
// there between the plan and the swap.
Result<void> Claims::free_branch(const Task& task, const git::Worktree& own) {
  MASC_TRY(const auto slots, git::list_worktrees(repository_));
  for (const git::Worktree& slot : slots) {
    if (slot.git_dir == own.git_dir || slot.branch != task.id.branch()) continue;
    const auto freed =
        git::detach_head(git::with_user_hooks(repository_, git_, slot.git_dir), slot.git_dir);
    if (!freed && is_whole(slot.git_dir)) return fail(freed.error());
  }
  MASC_TRY(const auto tip, git::branch_tip(repository_, git_, task.id.branch()));
  if (!tip || *tip == own.head) return {};
  const git::Git there = git::with_user_hooks(repository_, git_, own.git_dir).in(own.path);
  MASC_CHECK(there.output({"reset", "--quiet", "--hard", *tip}));
  return {};
}

}  // namespace masc::store
