// doctor: claims whose branch or worktree is not what they say.
#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "git/refs.h"
#include "git/slot.h"
#include "git/worktree.h"
#include "store/doctor.h"
#include "store/landing.h"

namespace masc::store {
namespace {

using git::Worktree;
using model::Task;

class Looker {
 public:
  explicit Looker(const DoctorScene& scene)
      : scene_(scene), repository_(scene.claims->repository()) {}

  Result<Findings> look() {
    MASC_TRY(clone_, scene_.workspace->clone());
    MASC_TRY(worktrees_, git::list_worktrees(repository_));
    MASC_TRY(const auto tasks, scene_.tasks->unfolded());
    for (const Task& task : tasks) {
      if (!task.landing.empty()) look_at_landing(task);
      const auto& claim = task.claim;
      // Another machine's worktrees are none of ours; one from before the clone had an id is.
      const bool ours = claim && (claim->clone.empty() || claim->clone == clone_);
      if (ours && !claim->branch.empty()) MASC_CHECK(look_at(task));
    }
    return std::move(found_);
  }

 private:
  void look_at_landing(const Task& task) {
    const std::string& base = task.claim ? task.claim->base : "";
    if (is_landing(repository_, base)) return;
    add("landing_unfinished", Severity::kError, task, "a landing was killed half-way",
        [scene = scene_, id = task.id]() -> Result<void> {
          auto done = Landings(*scene.workspace, *scene.tasks, *scene.claims)
                          .finish(id, scene.actor, scene.now);
          if (!done) return fail(std::move(done).error());
          return {};
        });
  }

  Result<void> look_at(const Task& task) {
    // Between its swap and its token a claim holds the lock of its slot.
    if (git::is_slot_locked(repository_.common_dir, git::slot_number(task.claim->worktree)))
      return {};
    const Worktree* worktree = worktree_of(task);
    MASC_TRY(const auto tip, git::branch_tip(repository_, scene_.git, task.claim->branch));
    if (!tip) {
      add("claim_without_branch", Severity::kError, task,
          fmt::format("the branch {} is gone", task.claim->branch),
          [scene = scene_, task]() { return scene.claims->restore_branch(task); });
    }
    if (worktree == nullptr) {
      add("claim_without_worktree", Severity::kError, task,
          fmt::format("there is no worktree of it in '{}'", task.claim->worktree),
          [scene = scene_, id = task.id]() -> Result<void> {
            auto done = scene.claims->complete(id, scene.actor, scene.fitting, scene.now);
            if (!done) return fail(std::move(done).error());
            return {};
          });
    } else if (worktree->path != task.claim->worktree) {
      add("claim_misplaced", Severity::kError, task,
          fmt::format("its worktree is in '{}'", worktree->path),
          [scene = scene_, id = task.id, path = worktree->path]() {
            return set_place(scene, id, path);
          });
    }
    return {};
  }

  const Worktree* worktree_of(const Task& task) const {
    const auto found =
        std::find_if(worktrees_.begin(), worktrees_.end(), [&](const Worktree& worktree) {
          const auto& token = worktree.token;
          return token && token->task == task.id.str() &&
                 token->generation == task.claim->generation && !worktree.missing;
        });
    return found == worktrees_.end() ? nullptr : &*found;
  }

  static Result<void> set_place(const DoctorScene& scene, const model::TaskId& id,
                                const std::string& path) {
    auto changed = scene.tasks->change(id, [&](const Task& now) -> Result<std::optional<Draft>> {
      if (!now.claim || now.claim->worktree == path) return std::nullopt;
      Draft draft{now, {}, std::nullopt};
      draft.change.event = "task_renewed";
      draft.change.agent = scene.actor.agent;
      draft.change.session = scene.actor.session;
      draft.change.at = scene.now;
      draft.change.text = fmt::format("renew {}: its worktree was moved", id.str());
      draft.task.claim->worktree = path;
      return draft;
    });
    if (!changed) return fail(std::move(changed).error());
    return {};
  }

  void add(const char* code, Severity severity, const Task& task, std::string text,
           std::function<Result<void>()> mend) {
    found_.push_back(mendable(code, severity, task.id.str(), std::move(text), std::move(mend)));
  }

  const DoctorScene& scene_;
  const git::Repository& repository_;
  std::string clone_;
  std::vector<Worktree> worktrees_;
  Findings found_;
};

}  // namespace

Result<Findings> check_claims(const DoctorScene& scene) { return Looker(scene).look(); }

}  // namespace masc::store
