// doctor: worktrees that were moved, copied, deleted, half made or left without a claim.
#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "git/advance.h"
#include "git/clean.h"
#include "git/refs.h"
#include "git/slot.h"
#include "git/trash.h"
#include "store/doctor.h"

namespace masc::store {
namespace {

using git::Worktree;

// Where a folder's `.git` file leads, "" if it has none.
std::string target_of(const std::string& folder) {
  const auto text = read_file_if_any(folder + "/.git");
  constexpr std::string_view kPrefix = "gitdir: ";
  if (!text || !*text || !(*text)->starts_with(kPrefix)) return "";
  std::string_view target = std::string_view(**text).substr(kPrefix.size());
  while (target.ends_with('\n') || target.ends_with('\r')) target.remove_suffix(1);
  return join_path(folder, target);
}

// Whether the folder is the worktree of this git directory, whatever has been moved since: its
// `.git` names it, or one of the same name that is gone.
bool belongs(const std::string& folder, const Worktree& worktree) {
  const std::string target = target_of(folder);
  if (target.empty()) return false;
  const auto real = real_path(target);
  if (real) return *real == worktree.git_dir;
  return base_name(target) == worktree.name && base_name(dir_name(target)) == "worktrees";
}

class Looker {
 public:
  explicit Looker(const DoctorScene& scene)
      : scene_(scene), repository_(scene.claims->repository()) {}

  Result<Findings> look() {
    MASC_TRY(const auto worktrees, git::list_worktrees(repository_));
    for (const Worktree& worktree : worktrees) MASC_CHECK(look_at(worktree));
    return std::move(found_);
  }

 private:
  Result<void> look_at(const Worktree& worktree) {
    if (worktree.half_made()) {
      half_made(worktree);
      return {};
    }
    if (worktree.missing) return missing(worktree);
    const std::string target = target_of(worktree.path);
    const auto real = target.empty() ? Result<std::string>(std::string()) : real_path(target);
    if (real && *real == worktree.git_dir) return standing(worktree);
    if (real && !real->empty()) return copied(worktree, *real);
    unlinked(worktree);
    return {};
  }

  bool is_being_made(const Worktree& worktree) const {
    return git::is_slot_locked(repository_.common_dir, git::slot_number(worktree.path));
  }

  void half_made(const Worktree& worktree) {
    if (is_being_made(worktree)) return;
    add("worktree_half_made", Severity::kWarning, worktree, "its making was killed",
        [scene = scene_, worktree]() {
          return git::discard_half_made(scene.claims->repository(), worktree, scene.now);
        });
  }

  // Gone from its place: found elsewhere, or deleted.
  Result<void> missing(const Worktree& worktree) {
    if (worktree.locked) return {};
    if (const std::string place = new_place(worktree); !place.empty()) {
      add("worktree_moved", Severity::kError, worktree, fmt::format("it is in '{}' now", place),
          [scene = scene_, place]() { return repair(scene, place); });
      return {};
    }
    add("worktree_deleted", Severity::kWarning, worktree, "its folder is gone",
        [scene = scene_, worktree]() { return forget(scene, worktree); });
    return {};
  }

  // Beside where it stood, below the folder of slots, or beside the repository.
  std::string new_place(const Worktree& worktree) const {
    const std::string main = git::main_root(repository_);
    for (const std::string& folder :
         {scene_.claims->slot_root(), std::string(dir_name(worktree.path)),
          std::string(dir_name(main)), std::string(dir_name(dir_name(worktree.path)))}) {
      const auto real = real_path(folder);
      if (!real) continue;
      const auto names = list_directory(*real);
      if (!names) continue;
      for (const std::string& name : *names) {
        std::string place = join_path(*real, name);
        if (is_directory(place) && belongs(place, worktree)) return place;
      }
    }
    return "";
  }

  void unlinked(const Worktree& worktree) {
    add("worktree_unlinked", Severity::kError, worktree,
        "its .git does not lead to this repository, which was moved",
        [scene = scene_, worktree]() { return repair(scene, worktree.path); });
  }

  // The worktree is another repository's: this one is a copy of it.
  Result<void> copied(const Worktree& worktree, const std::string& target) {
    add("repository_copied", Severity::kError, worktree,
        fmt::format("it belongs to '{}', of which this repository is a copy",
                    dir_name(dir_name(target))),
        [scene = scene_, worktree]() { return part_from_original(scene, worktree); });
    return {};
  }

  Result<void> standing(const Worktree& worktree) {
    MASC_TRY(const bool claimed, is_claimed(worktree));
    if (claimed) return {};
    if (is_being_made(worktree)) return {};
    if (!worktree.token && !is_slot(worktree)) return {};
    MASC_CHECK(holds_branch(worktree));
    MASC_TRY(const bool spare, is_spare(worktree));
    if (!spare) return {};
    add("worktree_without_claim", Severity::kWarning, worktree, "nobody works there any more",
        [scene = scene_, worktree]() { return retire(scene, worktree); });
    return {};
  }

  // HEAD leaves the branch when a claim ends, unless the work is handed on or waits to be landed.
  Result<void> holds_branch(const Worktree& worktree) {
    if (!worktree.token) return {};
    MASC_TRY(const model::TaskId id, model::TaskId::parse(worktree.token->task));
    if (worktree.branch != id.branch()) return {};
    MASC_TRY(const auto task, scene_.tasks->find(id));
    if (!task) return {};
    MASC_TRY(const bool handed_on, scene_.claims->is_handed_on(*task));
    MASC_TRY(const bool landed, has_landed(worktree));
    const bool stays = handed_on || !landed;
    if (stays && !worktree.unborn()) return {};
    add("worktree_holds_branch", Severity::kWarning, worktree,
        fmt::format("the claim has ended, and HEAD is still on {}{}", worktree.branch,
                    worktree.unborn() ? ", which is gone" : ""),
        [scene = scene_, worktree, task = *task, stays]() {
          return free_branch(scene, worktree, task, stays);
        });
    return {};
  }

  // A person's worktree may be called masc-2 as well.
  bool is_slot(const Worktree& worktree) const {
    const auto root = real_path(scene_.claims->slot_root());
    return root && dir_name(worktree.path) == *root && git::slot_number(worktree.path) > 0;
  }

  Result<bool> is_claimed(const Worktree& worktree) {
    if (worktree.token) {
      MASC_TRY(const model::TaskId id, model::TaskId::parse(worktree.token->task));
      MASC_TRY(const auto task, scene_.tasks->find(id));
      return task && task->claim && task->claim->generation == worktree.token->generation;
    }
    return false;
  }

  // Whether nothing would be missed. One without a token was never shown to anybody: masc was
  // killed while it filled it, and everything in it came from somewhere else.
  Result<bool> is_spare(const Worktree& worktree) {
    if (!git::standing_in(worktree.path).empty() || worktree.locked) return false;
    if (!worktree.token) return worktree.token_damage.empty();
    // A session that comes back may still know the place. The token was written when it ended.
    const auto token = stat_of(git::token_path(worktree.git_dir));
    const Instant ended{std::chrono::seconds(token ? token->st_mtim.tv_sec : 0)};
    if (scene_.now - ended < scene_.claims->policy().pool.rest) return false;
    MASC_TRY(const bool landed, has_landed(worktree));
    if (!landed) return false;
    const auto proof = scene_.claims->prove_spare(worktree, scene_.now);
    if (!proof || !proof->clean) return false;
    return git::is_reachable(scene_.git, proof->head);
  }

  // A done task whose branch waits to be landed keeps its worktree.
  Result<bool> has_landed(const Worktree& worktree) {
    MASC_TRY(const model::TaskId id, model::TaskId::parse(worktree.token->task));
    MASC_TRY(const auto task, scene_.tasks->find(id));
    const bool waits = task && task->status == model::Status::kDone && task->result &&
                       !task->result->landed && !task->result->branch.empty() &&
                       worktree.branch == id.branch();
    return !waits;
  }

  static Result<void> free_branch(const DoctorScene& scene, const Worktree& worktree,
                                  const model::Task& task, bool stays) {
    const git::Repository& repository = scene.claims->repository();
    MASC_CHECK(scene.claims->bring_back(task));
    if (stays) return {};
    const git::Git git = git::with_user_hooks(repository, scene.git, worktree.git_dir);
    MASC_TRY(const auto tip, git::branch_tip(repository, git, worktree.branch));
    if (tip) return git::detach_head(git, worktree.git_dir);
    // Without a reflog nobody knows where it was. No file changes, wherever HEAD goes.
    MASC_TRY(const std::string base, git::resolve_commit(scene.git, "HEAD"));
    MASC_CHECK(git.output({"--git-dir=" + worktree.git_dir, "update-ref", "--no-deref", "-m",
                           "masc: detached", "HEAD", base}));
    return {};
  }

  static Result<void> repair(const DoctorScene& scene, const std::string& place) {
    MASC_CHECK(scene.git.output({"worktree", "repair", place}));
    return {};
  }

  static Result<void> forget(const DoctorScene& scene, const Worktree& worktree) {
    const auto moved = git::move_to_trash(scene.claims->repository().common_dir,
                                          {"", worktree.git_dir}, scene.now);
    if (!moved) return fail(moved.error());
    return {};
  }

  // Another clone from now on; the claims whose worktrees are the original's end here.
  static Result<void> part_from_original(const DoctorScene& scene, const Worktree& worktree) {
    MASC_CHECK(forget(scene, worktree));
    MASC_CHECK(scene.workspace->renew_clone());
    if (!worktree.token) return {};
    MASC_TRY(const model::TaskId id, model::TaskId::parse(worktree.token->task));
    MASC_TRY(const auto there, scene.tasks->find(id));
    if (!there) return {};
    auto ended = scene.tasks->change(id, [&](const model::Task& now) {
      return ended_by_copy(now, worktree.token->generation, scene);
    });
    if (!ended) return fail(std::move(ended).error());
    return {};
  }

  static Result<std::optional<Draft>> ended_by_copy(const model::Task& now, std::int64_t generation,
                                                    const DoctorScene& scene) {
    if (!now.claim || now.claim->generation != generation) return std::nullopt;
    Draft draft{now, {}, std::nullopt};
    draft.change.event = "task_released";
    draft.change.agent = scene.actor.agent;
    draft.change.session = scene.actor.session;
    draft.change.at = scene.now;
    draft.change.text =
        fmt::format("release {}: its worktree is the original's of this copy", now.id.str());
    model::end_claim(draft.task, model::Status::kOpen);
    return draft;
  }

  static Result<void> retire(const DoctorScene& scene, const Worktree& worktree) {
    const git::Repository& repository = scene.claims->repository();
    MASC_TRY(const auto lock,
             git::lock_slot(repository.common_dir, git::slot_number(worktree.path)));
    if (!lock) return fail(ErrorCode::kBusy, "'{}' is in use", printable(worktree.path));
    if (!worktree.token) {
      auto moved =
          git::move_to_trash(repository.common_dir, {worktree.path, worktree.git_dir}, scene.now);
      if (!moved) return fail(std::move(moved).error());
      return {};
    }
    MASC_TRY(const git::Cleanliness proof, scene.claims->prove_spare(worktree, scene.now));
    auto removed = git::remove_to_trash(repository, worktree, proof, scene.now);
    if (!removed) return fail(std::move(removed).error());
    return {};
  }

  void add(const char* code, Severity severity, const Worktree& worktree, std::string text,
           std::function<Result<void>()> mend) {
    found_.push_back(mendable(code, severity, worktree.path, std::move(text), std::move(mend)));
  }

  const DoctorScene& scene_;
  const git::Repository& repository_;
  Findings found_;
};

}  // namespace

Result<Findings> check_worktrees(const DoctorScene& scene) { return Looker(scene).look(); }

}  // namespace masc::store
