#include "base/text.h"
#include "cmd/list.h"

namespace masc::cmd {

std::vector<Param> filter_params(ListFilter& filter) {
  return {{"-l,--label", &filter.labels, "L", "only tasks with this label"},
          {"--mine", &filter.mine, "", "only tasks that you hold or made"},
          {"--limit", &filter.limit, "N", "at most N tasks"},
          {"--start", &filter.start, "ID", "begin with this task", Completes::kTask}};
}

namespace {

Result<bool> passes(Context& context, const ListFilter& filter, const model::Task& task) {
  for (const std::string& label : filter.labels) {
    if (std::find(task.labels.begin(), task.labels.end(), label) == task.labels.end()) return false;
  }
  if (!filter.mine) return true;
  MASC_TRY(const Identity* identity, context.identity());
  return task.claim ? task.claim->agent == identity->agent : task.created_by == identity->agent;
}

// Lists of open tasks never look at finished ones, so those are not judged at all.
Result<std::vector<model::Task>> load(Context& context, const ListFilter& filter, bool finished) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(auto all, finished ? tasks->all() : tasks->unfolded());
  std::vector<model::Task> kept;
  for (model::Task& task : all) {
    if (!finished && model::is_finished(task.status)) continue;
    MASC_TRY(const bool pass, passes(context, filter, task));
    if (pass) kept.push_back(std::move(task));
  }
  return kept;
}

std::string filter_words(const ListFilter& filter) {
  std::string words;
  for (const std::string& label : filter.labels) words += " --label " + shell_quote(label);
  if (filter.mine) words += " --mine";
  if (filter.limit) words += fmt::format(" --limit {}", *filter.limit);
  return words;
}

}  // namespace

Result<ListReply> list_tasks(Context& context, const ListFilter& filter, std::string command,
                             bool finished, const std::function<bool(const TaskView&)>& wanted) {
  if (filter.limit && *filter.limit < 1)
    return fail(ErrorCode::kInvalid, "--limit must be at least 1");
  MASC_TRY(auto tasks, load(context, filter, finished));
  MASC_TRY(auto views, view_tasks(context, std::move(tasks)));
  std::erase_if(views, [&](const TaskView& view) { return !wanted(view); });
  const Instant now = context.now();
  std::sort(views.begin(), views.end(), [now](const TaskView& a, const TaskView& b) {
    return model::before(a.task, b.task, now);
  });
  ListReply reply;
  reply.count = views.size();
  if (filter.start) {
    MASC_TRY(store::TaskStore * store, context.tasks());
    MASC_TRY(const model::TaskId start, store->resolve(*filter.start, 2));
    const auto at = std::find_if(views.begin(), views.end(),
                                 [&](const TaskView& view) { return view.task.id == start; });
    if (at == views.end()) return fail(ErrorCode::kNotFound, "{} is not in this list", start.str());
    views.erase(views.begin(), at);
  }
  // People get one screen; programs get everything.
  const std::size_t screen = context.globals().json ? views.size() : kMostRows;
  const std::size_t most = filter.limit ? static_cast<std::size_t>(*filter.limit) : screen;
  if (views.size() > most) {
    reply.next = fmt::format("masc {}{} --start {}", command, filter_words(filter),
                             views[most].task.id.str());
    reply.remaining = views.size() - most;
    views.resize(most);
  }
  reply.views = std::move(views);
  return reply;
}

Rendered render_list(Context& context, const ListReply& reply) {
  Rendered out;
  for (const TaskView& view : reply.views) out.text += task_line(view, context.now());
  if (reply.count == 0) out.text = "no tasks\n";
  out.whole = true;
  out.bare = !reply.views.empty();
  if (!reply.next.empty()) {
    out.text += fmt::format("… {} more: {}\n", reply.remaining, reply.next);
  }
  out.json = tasks_field(context, reply.views, reply.count);
  return out;
}

}  // namespace masc::cmd
