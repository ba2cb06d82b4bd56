#include "cmd/locking.h"

#include "base/file.h"
#include "base/text.h"
#include "cmd/input.h"
#include "git/repo_path.h"

namespace masc::cmd {
namespace {

constexpr std::size_t kMostNames = 5;

// The claim that locks are taken under: that of the worktree one stands in, else the one that `masc
// run` named to its command; nullopt: none.
Result<std::optional<model::Task>> ground_of(Context& context, const model::Actor& actor) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  if (actor.standing) {
    MASC_TRY(model::Task task, tasks->load(actor.standing->task));
    MASC_TRY(store::Workspace * workspace, context.workspace());
    MASC_CHECK(
        model::require_claim(task, actor, store::liveness_of(*workspace, task), context.now()));
    return task;
  }
  const auto named = model::TaskId::parse(context.outside().environment.get("MASC_TASK"));
  if (!named) return std::nullopt;
  MASC_TRY(auto task, tasks->find(*named));
  if (task && model::holds(*task, actor)) return task;
  return std::nullopt;
}

}  // namespace

Result<store::LockStore> lock_store(Context& context) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  return store::LockStore(*workspace, *tasks);
}

Result<std::vector<model::PathSet>> path_sets(Context& context,
                                              const std::vector<std::string>& texts) {
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const store::LockStore locks, lock_store(context));
  const bool fold = locks.folds_case();
  std::vector<model::PathSet> sets;
  for (const std::string& text : texts) {
    if (!is_utf8(text))
      return fail(error(ErrorCode::kInvalid, "'{}' is not UTF-8", printable(text))
                      .hint("lock the folder that it is in"));
    const std::string& here = context.directory();
    if (model::looks_like_glob(text) && !exists(join_path(here, text))) {
      MASC_TRY(const std::string pattern, git::pattern_in_tree(*repository, here, text));
      MASC_TRY(model::PathSet set, model::PathSet::glob(pattern, fold));
      sets.push_back(std::move(set));
    } else {
      MASC_TRY(const std::string path, git::path_in_tree(*repository, here, text));
      sets.push_back(model::PathSet::path(path, fold));
    }
  }
  return sets;
}

Result<model::LockWish> lock_wish(Context& context, const std::vector<std::string>& texts,
                                  model::LockMode mode, const std::optional<Duration>& lease) {
  model::LockWish wish;
  MASC_TRY(const model::Actor actor, context.actor());
  MASC_TRY(const auto ground, ground_of(context, actor));
  MASC_TRY(wish.paths, path_sets(context, texts));
  wish.mode = mode;
  wish.agent = actor.agent;
  wish.granted = context.now();
  if (ground && !lease) {
    wish.task = ground->id;
    wish.generation = ground->claim->generation;
    return wish;
  }
  MASC_TRY(const model::Policy* policy, context.policy());
  MASC_TRY(const Duration length, check_lease(lease.value_or(policy->claim.lease)));
  wish.expires = wish.granted + length;
  return wish;
}

std::string names_of(const std::vector<store::HeldLock>& locks) {
  std::string names;
  for (std::size_t i = 0; i < std::min(locks.size(), kMostNames); ++i)
    names += (i == 0 ? "" : " ") + printable(locks[i].lock.paths.text());
  if (locks.size() > kMostNames) names += fmt::format(" and {} more", locks.size() - kMostNames);
  return names;
}

std::string lock_line(const store::HeldLock& held, Instant now) {
  const model::Lock& lock = held.lock;
  return fmt::format("{}  {}  {}{}  until {}\n", printable(lock.paths.text()),
                     model::mode_name(lock.mode), lock.agent,
                     lock.task.empty() ? "" : "  " + lock.task.str(),
                     format_time_short(held.ends, now));
}

std::string locks_field(const std::vector<store::HeldLock>& locks) {
  return "\"locks\":" + store::locks_json(locks);
}

}  // namespace masc::cmd
