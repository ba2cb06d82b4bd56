// doctor: what tasks say of each other and of time, snapshots that nobody needs, and what was read.
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "git/snapshot.h"
#include "model/id.h"
#include "store/agents.h"
#include "store/doctor.h"
#include "store/mail.h"
#include "store/portals.h"

namespace masc::store {
namespace {

using model::Task;
using model::TaskId;

// Clocks of two machines may differ by less.
constexpr std::chrono::minutes kSkew{5};
constexpr std::string_view kKeepRefs = "refs/masc/keep/";

bool from_future(const Task& task, Instant now) {
  return task.claim && (task.claim->renewed > now + kSkew || task.claim->granted > now + kSkew);
}

// A task that waits for what will never be done. Only a person can say whether it may go ahead.
Finding dependency(const Task& task, const TaskId& on, bool there) {
  const std::string id = task.id.str();
  return hopeless(there ? "dependency_cancelled" : "dependency_missing", Severity::kWarning, id,
                  there ? fmt::format("it waits for {}, which is cancelled", on.str())
                        : fmt::format("it waits for {}, which does not exist", on.str()),
                  fmt::format("masc edit {} --after -{}{}", id, on.str(),
                              there ? fmt::format("   (or masc reopen {})", on.str()) : ""));
}

using Index = std::map<TaskId, const Task*>;
Index index_of(const std::vector<Task>& tasks) {
  Index index;
  for (const Task& task : tasks) index[task.id] = &task;
  return index;
}

Result<void> find_dependencies(const TaskStore& tasks, const std::vector<Task>& all,
                               Findings& found) {
  const Index index = index_of(all);
  for (const Task& task : all) {
    if (model::is_finished(task.status)) continue;
    for (const TaskId& on : task.after) {
      const auto known = index.find(on);
      std::optional<Task> archived;
      if (known == index.end()) {
        MASC_TRY(archived, tasks.find(on));
      }
      const Task* other = known != index.end() ? known->second : archived ? &*archived : nullptr;
      if (other == nullptr || other->status == model::Status::kCancelled)
        found.push_back(dependency(task, on, other != nullptr));
    }
  }
  return {};
}

Result<void> rewrite(const DoctorScene& scene, const TaskId& id, const std::string& why,
                     const std::function<bool(Task&)>& edit) {
  auto changed = scene.tasks->change(id, [&](const Task& now) -> Result<std::optional<Draft>> {
    Draft draft{now, {}, std::nullopt};
    if (!edit(draft.task)) return std::nullopt;
    draft.change.event = "task_edited";
    draft.change.agent = scene.actor.agent;
    draft.change.session = scene.actor.session;
    draft.change.at = scene.now;
    draft.change.text = fmt::format("edit {}: {}", id.str(), why);
    return draft;
  });
  if (!changed) return fail(std::move(changed).error());
  return {};
}

// The lease is counted from now: how long it still is cannot be known.
Result<void> reset_lease(const DoctorScene& scene, const TaskId& id) {
  return rewrite(scene, id, "its lease was from the future", [&](Task& task) {
    if (!from_future(task, scene.now)) return false;
    task.claim->granted = std::min(task.claim->granted, scene.now);
    task.claim->renewed = scene.now;
    return true;
  });
}

Result<void> find_leases(const DoctorScene& scene, const std::vector<Task>& all, Findings& found) {
  for (const Task& task : all) {
    if (!from_future(task, scene.now)) continue;
    found.push_back(mendable("lease_from_future", Severity::kError, task.id.str(),
                             fmt::format("its claim by {} was renewed at {}", task.claim->agent,
                                         format_time(task.claim->renewed)),
                             [scene, id = task.id]() { return reset_lease(scene, id); }));
  }
  const std::string folder = scene.workspace->masc_dir() + "/live";
  MASC_TRY(const auto names, list_directory(folder));
  for (const std::string& name : names) {
    const std::string path = join_path(folder, name);
    const auto info = stat_of(path);
    if (!info || !name.starts_with("agent.")) continue;
    if (Instant(std::chrono::seconds(info->st_mtim.tv_sec)) <= scene.now + kSkew) continue;
    found.push_back(mendable("lease_from_future", Severity::kError, path,
                             "its last sign of life is from the future",
                             [path]() { return touch_file(path); }));
  }
  return {};
}

// A child names its parent; what a killed `add` or `import` left out is the parent's side.
void find_children(const DoctorScene& scene, const std::vector<Task>& all, Findings& found) {
  const Index index = index_of(all);
  for (const Task& task : all) {
    const auto parent = index.find(task.parent);
    if (task.parent.empty() || parent == index.end()) continue;
    const auto& known = parent->second->children;
    if (std::find(known.begin(), known.end(), task.id) != known.end()) continue;
    found.push_back(mendable("child_unlisted", Severity::kWarning, task.id.str(),
                             fmt::format("its parent {} does not know it", task.parent.str()),
                             [scene, parent_id = task.parent, child = task.id]() {
                               return rewrite(scene, parent_id, "has the part " + child.str(),
                                              [&](Task& now) {
                                                now.children.push_back(child);
                                                return true;
                                              });
                             }));
  }
}

// Landed or cancelled so long ago that the trash would have been emptied too.
Result<bool> is_unneeded(const DoctorScene& scene, const TaskId& id, Instant taken) {
  MASC_TRY(const auto task, scene.tasks->find(id));
  const Duration age = scene.claims->policy().pool.age;
  if (!task) return scene.now - taken > age;
  const bool landed = task->result && task->result->landed;
  const bool over =
      task->status == model::Status::kCancelled || (task->status == model::Status::kDone && landed);
  return over && scene.now - std::max(task->updated, taken) > age;
}

Result<void> drop_snapshot(const DoctorScene& scene, const git::Ref& ref) {
  git::StateRepo& state = scene.workspace->state();
  MASC_TRY(const FileLock lock, state.lock(ref.name));
  return state.swap(ref.name, ref.id, std::nullopt);
}

Result<void> find_snapshots(const DoctorScene& scene, Findings& found) {
  MASC_TRY(const auto refs, scene.workspace->state().refs(std::string(kKeepRefs)));
  for (const git::Ref& ref : refs) {
    const auto id = TaskId::parse(base_name(ref.name));
    if (!id) continue;
    MASC_TRY(const git::Commit commit, scene.workspace->state().commit(ref.id));
    MASC_TRY(const bool unneeded,
             is_unneeded(scene, *id, Instant(std::chrono::seconds(commit.seconds))));
    if (!unneeded) continue;
    found.push_back(mendable("snapshot_unneeded", Severity::kWarning, ref.name,
                             "its task is over, and nobody came for it",
                             [scene, ref]() { return drop_snapshot(scene, ref); }));
  }
  return {};
}

}  // namespace

// A ref whose commit is missing is among what check_state() finds.
Result<Findings> check_inboxes(const DoctorScene& scene) {
  Findings found;
  const git::StateRepo& state = scene.workspace->state();
  MailStore mail(*scene.workspace);
  MASC_TRY(const auto boxes, state.refs(MailStore::ref_of("")));
  std::set<std::string> unreadable;
  for (const git::Ref& ref : boxes) {
    const std::string box(base_name(ref.name));
    const auto read = mail.check(box);
    if (read) continue;
    unreadable.insert(box);
    if (state.has(ref.id))
      found.push_back(hopeless("inbox_unreadable", Severity::kError, box,
                               "its messages can't be read: " + read.error().message,
                               "masc git log " + ref.name));
  }
  MASC_TRY(const auto portals, state.refs(std::string(kPortalRefs)));
  for (const git::Ref& ref : portals) {
    if (!state.has(ref.id)) continue;
    const std::string id(base_name(ref.name));
    if (const auto read = PortalStore(*scene.workspace, mail).load(id); !read)
      found.push_back(hopeless("portal_unreadable", Severity::kError, id, read.error().message,
                               "masc git log " + ref.name));
  }
  if (unreadable.contains(std::string(kEverybody))) return found;
  const std::string folder = scene.workspace->masc_dir() + "/inbox";
  MASC_TRY(const auto agents, list_directory(folder));
  for (const std::string& agent : agents) {
    if (!model::parse_agent_name(agent) || unreadable.contains(agent)) continue;
    const std::string path = join_path(folder, agent);
    const Result<bool> adrift =
        is_directory(path) ? fail(ErrorCode::kIo, "'{}' is a folder", path) : mail.is_adrift(agent);
    if (!adrift)
      found.push_back(hopeless("cursor_unreadable", Severity::kError, agent,
                               "how far it has read can't be told: " + adrift.error().message,
                               "see what is in place of the file, and move it away"));
    else if (*adrift)
      found.push_back(
          mendable("cursor_adrift", Severity::kWarning, agent,
                   "the last message that it has read is none of its messages",
                   [mail, agent, now = scene.now] { return mail.mark_anew(agent, now); }));
  }
  return found;
}

Result<Findings> check_tasks(const DoctorScene& scene) {
  Findings found;
  MASC_TRY(const auto all, scene.tasks->unfolded());
  MASC_CHECK(find_leases(scene, all, found));
  find_children(scene, all, found);
  MASC_CHECK(find_dependencies(*scene.tasks, all, found));
  MASC_CHECK(find_snapshots(scene, found));
  return found;
}

Result<std::vector<Problem>> quick_problems(TaskStore& tasks, const std::vector<Task>& all,
                                            Instant now) {
  std::vector<Problem> problems;
  for (const Task& task : all) {
    if (!from_future(task, now)) continue;
    problems.push_back({"lease_from_future", Severity::kError, task.id.str(),
                        fmt::format("its claim by {} was renewed at {}", task.claim->agent,
                                    format_time(task.claim->renewed)),
                        "masc doctor --fix", true, false});
  }
  for (const Task& task : all) {
    const bool here = task.claim && !task.claim->worktree.empty();
    if (!here || exists(task.claim->worktree)) continue;
    problems.push_back({"claim_without_worktree", Severity::kError, task.id.str(),
                        fmt::format("there is no '{}'", task.claim->worktree), "masc doctor --fix",
                        true, false});
  }
  Findings found;
  MASC_CHECK(find_dependencies(tasks, all, found));
  for (Finding& finding : found) problems.push_back(std::move(finding.problem));
  return problems;
}

}  // namespace masc::store
