#include "store/importing.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace masc::store {
namespace {

using model::error_at;
using model::Record;
using model::Reference;
using model::Task;
using model::TaskId;

// The file's tasks under their ids, with what they refer to found out.
class Plan {
 public:
  Plan(TaskStore& tasks, const std::vector<Record>& records) : tasks_(tasks), records_(records) {}

  Result<void> make() {
    MASC_CHECK(name_all());
    for (std::size_t i = 0; i < records_.size(); ++i) MASC_CHECK(link(i));
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const TaskId& parent = linked_[i].parent;
      if (parent.empty()) continue;
      if (const auto own = by_id_.find(parent); own != by_id_.end()) {
        linked_[own->second].children.push_back(linked_[i].id);
      } else {
        adopted_[parent].push_back(linked_[i].id);
      }
    }
    return refuse_circles();
  }

  std::size_t size() const { return linked_.size(); }
  const Task& task(std::size_t i) const { return linked_[i]; }
  const Record& record(std::size_t i) const { return records_[i]; }
  // Tasks of the workspace that get children from the file.
  const std::map<TaskId, std::vector<TaskId>>& adopted() const { return adopted_; }

 private:
  Result<TaskId> id_of(const Record& record) {
    const std::string& key = record.task.key;
    if (key.empty() && record.task.id.empty()) return tasks_.fresh_id();
    if (key.empty()) return record.task.id;
    TaskId of_key = id_of_key(key);
    if (!record.task.id.empty() && record.task.id != of_key) {
      return fail(
          error_at(record.mark, fmt::format("the id of the key '{}' is {}, not {}", printable(key),
                                            of_key.str(), record.task.id.str())));
    }
    return of_key;
  }

  Result<void> name_all() {
    for (const Record& record : records_) {
      Task task = record.task;
      MASC_TRY(task.id, id_of(record));
      const auto [there, fresh] = by_id_.emplace(task.id, linked_.size());
      if (!fresh) {
        return fail(
            error_at(record.mark, fmt::format("{} is there twice: first in line {}", task.id.str(),
                                              records_[there->second].mark.line)));
      }
      if (!task.key.empty()) by_key_.emplace(task.key, task.id);
      linked_.push_back(std::move(task));
    }
    return {};
  }

  Result<bool> exists(const TaskId& id) {
    if (by_id_.contains(id)) return true;
    MASC_TRY(const auto found, tasks_.find(id));
    return found.has_value();
  }

  Result<TaskId> resolve(const Reference& reference) {
    if (auto id = TaskId::parse(reference.text)) {
      MASC_TRY(const bool there, exists(*id));
      if (there) return *id;
    }
    if (const auto own = by_key_.find(reference.text); own != by_key_.end()) return own->second;
    TaskId of_key = id_of_key(reference.text);
    MASC_TRY(const bool there, exists(of_key));
    if (there) return of_key;
    return fail(error_at(reference.mark, fmt::format("there is no task with the id or key '{}'",
                                                     printable(reference.text))));
  }

  Result<void> link(std::size_t i) {
    for (const Reference& reference : records_[i].after) {
      MASC_TRY(TaskId id, resolve(reference));
      linked_[i].after.push_back(std::move(id));
    }
    if (records_[i].parent) {
      MASC_TRY(linked_[i].parent, resolve(*records_[i].parent));
    }
    return {};
  }

  // What a task waits for: what must be done first, and its children.
  Result<std::vector<TaskId>> waits_for(const TaskId& id) {
    std::vector<TaskId> next;
    const auto add = [&](const std::vector<TaskId>& more) {
      next.insert(next.end(), more.begin(), more.end());
    };
    if (const auto own = by_id_.find(id); own != by_id_.end()) {
      add(linked_[own->second].after);
      add(linked_[own->second].children);
      return next;
    }
    MASC_TRY(const auto task, tasks_.find(id));
    if (task) {
      add(task->after);
      add(task->children);
    }
    if (const auto more = adopted_.find(id); more != adopted_.end()) add(more->second);
    return next;
  }

  // Depth first, without recursion: a chain may be as long as the file.
  Result<void> refuse_circles() {
    std::set<TaskId> done;
    for (std::size_t i = 0; i < linked_.size(); ++i) {
      struct Step {
        TaskId id;
        std::vector<TaskId> next;
      };
      std::set<TaskId> open;
      std::vector<Step> path;
      const auto enter = [&](const TaskId& id) -> Result<void> {
        MASC_TRY(auto next, waits_for(id));
        open.insert(id);
        path.push_back({id, std::move(next)});
        return {};
      };
      if (!done.contains(linked_[i].id)) MASC_CHECK(enter(linked_[i].id));
      while (!path.empty()) {
        if (path.back().next.empty()) {
          open.erase(path.back().id);
          done.insert(path.back().id);
          path.pop_back();
          continue;
        }
        const TaskId id = path.back().next.back();
        path.back().next.pop_back();
        if (open.contains(id)) return fail(circle(id, linked_[i].id));
        if (!done.contains(id)) MASC_CHECK(enter(id));
      }
    }
    return {};
  }

  Error circle(const TaskId& id, const TaskId& otherwise) const {
    auto at = by_id_.find(id);
    if (at == by_id_.end()) at = by_id_.find(otherwise);
    return error_at(records_[at->second].mark,
                    fmt::format("{} waits for itself: a circle of `after` and `parent`", id.str()));
  }

  TaskStore& tasks_;
  const std::vector<Record>& records_;
  std::vector<Task> linked_;
  std::map<TaskId, std::size_t> by_id_;
  std::map<std::string, TaskId, std::less<>> by_key_;
  std::map<TaskId, std::vector<TaskId>> adopted_;
};

Draft draft_of(const Plan& plan, std::size_t i, const ImportOptions& options) {
  const Record& record = plan.record(i);
  Draft draft{plan.task(i), {}, record.body};
  Task& task = draft.task;
  if (!record.has_created) task.created = record.has_updated ? task.updated : options.now;
  if (task.created_by.empty()) task.created_by = options.agent;
  draft.change.event = "task_created";
  draft.change.agent = options.agent;
  draft.change.session = options.session;
  draft.change.at = record.has_updated ? std::max(task.updated, task.created) : task.created;
  draft.change.text = fmt::format("import {}: {}", task.id.str(), task.title);
  return draft;
}

// The parent's own record says who its children are; it may be repeated.
Result<void> adopt(TaskStore& tasks, const Plan& plan, const ImportOptions& options) {
  for (const auto& adopted : plan.adopted()) {
    const TaskId& parent = adopted.first;
    const std::vector<TaskId>& children = adopted.second;
    MASC_CHECK(tasks.change(parent, [&](const Task& now) -> Result<std::optional<Draft>> {
      Draft draft{now, {}, std::nullopt};
      for (const TaskId& child : children) {
        auto& known = draft.task.children;
        if (std::find(known.begin(), known.end(), child) == known.end()) known.push_back(child);
      }
      if (draft.task.children == now.children) return std::nullopt;
      draft.change.event = "task_edited";
      draft.change.agent = options.agent;
      draft.change.session = options.session;
      draft.change.at = options.now;
      draft.change.text = fmt::format("edit {}: has new parts", parent.str());
      return draft;
    }));
  }
  return {};
}

}  // namespace

Result<Imported> import_records(TaskStore& tasks, const std::vector<Record>& records,
                                const ImportOptions& options) {
  Plan plan(tasks, records);
  MASC_CHECK(plan.make());
  Imported imported;
  std::vector<Draft> drafts;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    MASC_TRY(const auto there, tasks.find(plan.task(i).id));
    if (there) {
      ++imported.existed;
    } else {
      drafts.push_back(draft_of(plan, i, options));
    }
  }
  imported.created = drafts.size();
  if (!drafts.empty()) {
    const std::size_t all = drafts.size();
    MASC_CHECK(tasks.create_all(std::move(drafts), [&](std::size_t done) {
      if (options.progress) options.progress(done, all);
    }));
  }
  MASC_CHECK(adopt(tasks, plan, options));
  return imported;
}

}  // namespace masc::store
