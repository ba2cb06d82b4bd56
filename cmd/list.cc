#include "cmd/list.h"

#include "cmd/verb.h"

namespace masc::cmd {
namespace {

struct Options {
  std::vector<std::string> status;
  bool all = false;
  ListFilter filter;
};

std::vector<Param> params(Options& o) {
  std::vector<Param> list = {{"--status",
                              &o.status,
                              "S",
                              "only tasks of this status",
                              Completes::kWords,
                              {"open", "claimed", "done", "cancelled"}},
                             {"--all", &o.all, "", "finished ones too"}};
  for (Param& param : filter_params(o.filter)) list.push_back(std::move(param));
  return list;
}

Result<ListReply> execute(Context& context, const Options& o) {
  std::vector<model::Status> wanted;
  for (const std::string& name : o.status) {
    MASC_TRY(const model::Status status, model::parse_status(name));
    wanted.push_back(status);
  }
  if (wanted.empty()) wanted = {model::Status::kOpen, model::Status::kClaimed};
  const bool all = o.all && o.status.empty();
  const bool finished = all || std::any_of(wanted.begin(), wanted.end(), model::is_finished);
  std::string command = all ? "list --all" : "list";
  for (const std::string& name : o.status) command += " --status " + name;
  return list_tasks(context, o.filter, std::move(command), finished, [&](const TaskView& view) {
    return all || std::find(wanted.begin(), wanted.end(), view.task.status) != wanted.end();
  });
}

}  // namespace

const Verb& verb_list() {
  static const Verb verb = define<Options>(
      {.name = "list",
       .summary = "list tasks, the next to be taken first",
       .usage = "list [--status S]… [--label L]… [--mine] [--all] [--limit N] [--start ID]",
       .exits = "0 1 2 4",
       .examples = {"masc list", "masc list --status done --label ui --limit 10"},
       .with = {}},
      params, execute, render_list);
  return verb;
}

}  // namespace masc::cmd
