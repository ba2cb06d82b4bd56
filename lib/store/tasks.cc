#include "store/tasks.h"

#include <algorithm>
#include <set>

#include "base/system.h"
#include "base/text.h"
#include "git/packed_refs.h"
#include "store/announce.h"

namespace masc::store {
namespace {

using git::ObjectId;
using model::Step;
using model::Task;
using model::TaskId;

constexpr int kAttempts = 20;
constexpr const char* kBodyName = "body.md";
constexpr const char* kCheckName = "check.log";

Error not_found(std::string_view id) {
  return error(ErrorCode::kNotFound, "there is no task {}", printable(id))
      .hint("masc list --all   (shows every task)");
}

TaskId random_id() {
  const std::uint64_t bits = random_bits();
  unsigned char bytes[9] = {};
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(bits >> (8 * i));
  return TaskId::from_bytes(bytes, model::kRandomIdDigits);
}

Result<Task> task_of(const std::string& version, const git::Commit& commit) {
  MASC_TRY(Step step, model::parse_step(commit.message));
  step.task.version = version;
  step.task.tree = commit.tree.hex();
  return std::move(step.task);
}

std::string_view message_of(std::string_view raw) {
  const std::size_t at = raw.find("\n\n");
  return at == raw.npos ? std::string_view() : raw.substr(at + 2);
}

Result<Task> task_of(const Archived& entry) {
  const std::string& raw = entry.commits.back();
  MASC_TRY(Step step, model::parse_step(message_of(raw)));
  step.task.tree = raw.substr(5, 40);
  return std::move(step.task);
}

}  // namespace

TaskId id_of_key(std::string_view key) {
  return TaskId::from_bytes(git::StateRepo::blob_id(key).bytes(), model::kKeyIdDigits);
}

Result<Task> TaskStore::read(const ObjectId& version) const {
  MASC_TRY(const git::Commit commit, state_.commit(version));
  return task_of(version.hex(), commit);
}

Result<std::optional<Task>> TaskStore::find(const TaskId& id) const {
  for (int look = 0; look < 2; ++look) {
    MASC_TRY(const auto version, state_.ref(id.ref()));
    if (version) {
      MASC_TRY(Task task, read(*version));
      return task;
    }
    if (look == 1) break;
    MASC_TRY(const auto entry, archive_.find(id));
    if (entry) {
      MASC_TRY(Task task, task_of(*entry));
      return task;
    }
  }
  return std::nullopt;
}

Result<Task> TaskStore::load(const TaskId& id) const {
  MASC_TRY(auto task, find(id));
  if (!task) return fail(not_found(id.str()));
  return std::move(*task);
}

Result<std::vector<Task>> TaskStore::unfolded() const {
  MASC_TRY(const auto refs, state_.refs(std::string(model::kTaskRefs)));
  std::vector<Task> tasks;
  tasks.reserve(refs.size());
  for (const git::Ref& ref : refs) {
    MASC_TRY(Task task, read(ref.id));
    tasks.push_back(std::move(task));
  }
  return tasks;
}

Result<std::vector<Task>> TaskStore::all() const {
  MASC_TRY(const auto archived, archive_.ids("m-"));
  MASC_TRY(auto tasks, unfolded());
  std::set<TaskId> seen;
  for (const Task& task : tasks) seen.insert(task.id);
  for (const TaskId& id : archived) {
    if (seen.contains(id)) continue;
    MASC_TRY(Task task, load(id));
    tasks.push_back(std::move(task));
  }
  return tasks;
}

Result<std::string> TaskStore::part(const Task& task, std::string_view name) const {
  MASC_TRY(const ObjectId tree, ObjectId::parse(task.tree));
  if (tree == git::StateRepo::empty_tree()) return "";
  MASC_TRY(const auto entries, state_.tree(tree));
  for (const git::TreeEntry& entry : entries) {
    if (entry.name == name) return state_.blob(entry.id);
  }
  return "";
}

Result<std::string> TaskStore::body(const Task& task) const { return part(task, kBodyName); }

Result<std::string> TaskStore::check_log(const Task& task) const { return part(task, kCheckName); }

Result<std::vector<Step>> TaskStore::history(const Task& task) const {
  std::vector<Step> steps;
  if (task.version.empty()) {
    MASC_TRY(const auto entry, archive_.find(task.id));
    if (!entry) return fail(not_found(task.id.str()));
    for (const std::string& raw : entry->commits) {
      MASC_TRY(Step step, model::parse_step(message_of(raw)));
      step.task.version = "";
      steps.insert(steps.begin(), std::move(step));
    }
    return steps;
  }
  MASC_TRY(const ObjectId start, ObjectId::parse(task.version));
  std::vector<ObjectId> next = {start};
  std::set<ObjectId> seen;
  while (!next.empty()) {
    const ObjectId id = next.back();
    next.pop_back();
    if (!seen.insert(id).second) continue;
    MASC_TRY(const git::Commit commit, state_.commit(id));
    MASC_TRY(Step step, model::parse_step(commit.message));
    step.task.version = id.hex();
    steps.push_back(std::move(step));
    next.insert(next.end(), commit.parents.begin(), commit.parents.end());
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step& a, const Step& b) { return a.task.lamport > b.task.lamport; });
  return steps;
}

Result<TaskId> TaskStore::resolve(std::string_view text, std::size_t least) const {
  MASC_CHECK(model::check_id_prefix(text, least));
  if (auto id = TaskId::parse(text)) {
    MASC_TRY(const auto unfolded, state_.ref(id->ref()));
    if (unfolded) return *id;
    MASC_TRY(const auto folded, archive_.find(*id));
    if (folded) return *id;
  }
  std::set<TaskId> found;
  MASC_TRY(const auto refs, state_.refs(std::string(model::kTaskRefs)));
  for (const git::Ref& ref : refs) {
    const std::string_view name = base_name(ref.name);
    if (!name.starts_with(text)) continue;
    MASC_TRY(TaskId id, TaskId::parse(name));
    found.insert(std::move(id));
  }
  MASC_TRY(const auto archived, archive_.ids(text));
  found.insert(archived.begin(), archived.end());
  if (found.empty()) return fail(not_found(text));
  if (found.size() == 1) return *found.begin();
  std::vector<std::string> list;
  list.reserve(found.size());
  for (const TaskId& id : found) list.push_back(id.str());
  return fail(error(ErrorCode::kAmbiguous, "'{}' begins the ids of {} tasks", text, found.size())
                  .hint("write more of it: " + join_words(list, ", "))
                  .fact("candidates", list));
}

Result<std::vector<TaskId>> TaskStore::blocked_by(const Task& task, const Known* known) const {
  const auto look_up = [&](const TaskId& id) -> Result<std::optional<Task>> {
    if (known != nullptr) {
      if (const auto found = known->find(id); found != known->end()) return *found->second;
    }
    return find(id);
  };
  std::vector<TaskId> blockers;
  for (const TaskId& id : task.after) {
    MASC_TRY(const auto other, look_up(id));
    if (!other || other->status != model::Status::kDone) blockers.push_back(id);
  }
  for (const TaskId& id : task.children) {
    MASC_TRY(const auto child, look_up(id));
    if (child && child->parent == task.id && !model::is_finished(child->status)) {
      blockers.push_back(id);
    }
  }
  return blockers;
}

// The task's tree with what the draft replaces.
Result<ObjectId> TaskStore::write_tree(const Draft& draft) {
  ObjectId tree = git::StateRepo::empty_tree();
  if (!draft.task.tree.empty()) {
    MASC_TRY(tree, ObjectId::parse(draft.task.tree));
  }
  if (!draft.body && !draft.check_log) return tree;
  std::vector<git::TreeEntry> entries;
  if (tree != git::StateRepo::empty_tree()) {
    MASC_TRY(entries, state_.tree(tree));
  }
  for (const auto& part :
       {std::pair(kBodyName, &draft.body), std::pair(kCheckName, &draft.check_log)}) {
    const char* const name = part.first;
    const auto* const text = part.second;
    if (!*text) continue;
    std::erase_if(entries, [&](const git::TreeEntry& entry) { return entry.name == name; });
    if ((*text)->empty()) continue;
    MASC_TRY(const ObjectId blob, state_.write_blob(**text));
    entries.push_back({0100644, name, blob});
  }
  return state_.write_tree(std::move(entries));
}

Result<ObjectId> TaskStore::write(Draft& draft, const std::optional<ObjectId>& parent,
                                  std::int64_t parent_lamport) {
  Task& task = draft.task;
  MASC_TRY(const ObjectId tree, write_tree(draft));
  task.lamport = parent_lamport + 1;
  task.updated = draft.change.at;
  MASC_TRY(draft.change.clone, workspace_.clone());
  git::Commit commit;
  commit.tree = tree;
  if (parent) commit.parents = {*parent};
  commit.author = draft.change.agent;
  commit.seconds =
      std::chrono::duration_cast<std::chrono::seconds>(draft.change.at.time_since_epoch()).count();
  commit.message = model::format_step(task, draft.change);
  MASC_TRY(const ObjectId id, state_.write_commit(commit));
  task.version = id.hex();
  task.tree = tree.hex();
  return id;
}

void TaskStore::tell(const Draft& draft) const {
  announce(workspace_.masc_dir(), draft.change, draft.task.id, draft.task.generation);
}

Result<void> TaskStore::check_writable() const {
  MASC_CHECK(workspace_.id());
  return {};
}

Result<TaskId> TaskStore::fresh_id() const {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    TaskId id = random_id();
    MASC_TRY(const auto taken, find(id));
    if (!taken) return id;
  }
  return fail(ErrorCode::kBug, "no free id was found");
}

Result<Task> TaskStore::create(std::vector<Draft> drafts) {
  MASC_CHECK(check_writable());
  const TaskId id = drafts.front().task.id;
  MASC_TRY(const FileLock lock, state_.lock(id.ref()));
  MASC_TRY(const auto taken, find(id));
  if (taken) return fail(ErrorCode::kConflict, "{} exists already", id.str());
  std::optional<ObjectId> last;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (i > 0) drafts[i].task.tree = drafts[i - 1].task.tree;
    MASC_TRY(last, write(drafts[i], last, static_cast<std::int64_t>(i)));
  }
  MASC_CHECK(state_.swap(id.ref(), std::nullopt, last));
  for (const Draft& draft : drafts) tell(draft);
  return std::move(drafts.back().task);
}

Result<std::set<TaskId>> TaskStore::known_ids() const {
  MASC_TRY(const auto archived, archive_.ids("m-"));
  std::set<TaskId> ids(archived.begin(), archived.end());
  MASC_TRY(const auto refs, state_.refs(std::string(model::kTaskRefs)));
  for (const git::Ref& ref : refs) {
    MASC_TRY(TaskId id, TaskId::parse(base_name(ref.name)));
    ids.insert(std::move(id));
  }
  return ids;
}

Result<void> TaskStore::create_all(std::vector<Draft> drafts,
                                   const std::function<void(std::size_t)>& progress) {
  MASC_CHECK(check_writable());
  // The objects first, without a lock: until the refs are there they are nobody's.
  std::vector<git::Ref> refs;
  refs.reserve(drafts.size());
  for (Draft& draft : drafts) {
    MASC_TRY(const ObjectId id, write(draft, std::nullopt, 0));
    refs.push_back({draft.task.id.ref(), id});
    progress(refs.size());
  }
  MASC_TRY(const auto locks, state_.lock_all());
  MASC_TRY(const auto taken, known_ids());
  for (const Draft& draft : drafts) {
    if (taken.contains(draft.task.id))
      return fail(ErrorCode::kConflict, "{} exists already", draft.task.id.str());
  }
  return git::add_packed_refs(state_.directory(), refs);
}

Result<void> TaskStore::withdraw(const TaskId& id) {
  MASC_TRY(const FileLock lock, state_.lock(id.ref()));
  MASC_TRY(const std::optional<ObjectId> ref, state_.ref(id.ref()));
  if (!ref) return {};
  MASC_TRY(const Task now, read(*ref));
  const bool untouched = now.lamport == 2 || (now.lamport == 3 && !now.claim);
  if (!untouched || now.status == model::Status::kDone) return {};
  return state_.swap(id.ref(), ref, std::nullopt);
}

// Gives an archived task its ref back; the caller holds the flock.
Result<std::optional<ObjectId>> TaskStore::revive(const TaskId& id) {
  MASC_TRY(const auto entry, archive_.find(id));
  if (!entry) return std::nullopt;
  MASC_TRY(const ObjectId newest, archive_.unfold(*entry));
  return newest;
}

Result<Task> TaskStore::change(const TaskId& id, const Decide& decide) {
  MASC_CHECK(check_writable());
  MASC_TRY(const FileLock lock, state_.lock(id.ref()));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MASC_TRY(const std::optional<ObjectId> ref, state_.ref(id.ref()));
    std::optional<ObjectId> parent = ref;
    if (!ref) {
      MASC_TRY(parent, revive(id));
    }
    if (!parent) return fail(not_found(id.str()));
    MASC_TRY(const Task now, read(*parent));
    MASC_TRY(auto draft, decide(now));
    if (!draft) return now;
    MASC_TRY(const ObjectId next, write(*draft, parent, now.lamport));
    auto moved = state_.swap(id.ref(), ref, next);
    if (moved) {
      tell(*draft);
      return std::move(draft->task);
    }
    if (moved.error().code != ErrorCode::kConflict) return fail(std::move(moved).error());
  }
  return fail(ErrorCode::kBusy, "{} changes all the time", id.str());
}

Result<void> TaskStore::finished(const TaskId& id, std::string_view agent, Instant now) {
  const std::string path = workspace_.masc_dir() + "/cache/finished";
  MASC_CHECK(append_file(path, id.str() + "\n"));
  const auto info = stat_of(path);
  const auto enough = static_cast<off_t>(kMostFolded * (model::kRandomIdDigits + 3));
  if (!info || info->st_size < enough) return {};
  // Whoever renames the list away folds it; the others go on.
  const std::string mine = fmt::format("{}.{:016x}", path, random_bits());
  if (!rename_path(path, mine)) return {};
  MASC_TRY(const std::string list, read_file(mine));
  std::vector<TaskId> ids;
  for (const std::string_view line : split_lines(list)) {
    const auto finished_id = TaskId::parse(line);
    if (!finished_id) continue;
    const auto task = find(*finished_id);
    if (task && *task && model::is_finished((*task)->status)) ids.push_back(*finished_id);
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  MASC_CHECK(archive_.fold(ids, agent, seconds.count()));
  return remove_file(mine);
}

}  // namespace masc::store
