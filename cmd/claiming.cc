#include "cmd/claiming.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cmd/input.h"
#include "cmd/records.h"
#include "guard/hooks.h"
#include "store/ports.h"
#include "store/seen_commits.h"

namespace masc::cmd {

Result<std::vector<swarm::Ranked>> rank_tasks(Context& context) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(store::Claims * claims, context.claims());
  MASC_TRY(const model::Actor actor, context.actor());
  static_cast<void>(
      store::settle_commits(*workspace, claims->policy(), claims->git(), context.now()));
  return swarm::rank(*workspace, *tasks, *claims, actor, context.now());
}

namespace {

Result<store::Taken> take(Context& context, const std::optional<std::string>& id,
                          const store::ClaimOptions& options) {
  MASC_TRY(const model::Actor actor, context.actor());
  if (!id) {
    MASC_TRY(store::Claims * claims, context.claims());
    if (claims->policy().claim.choose != "flock")
      return claims->take_best(actor, options, context.now());
    MASC_TRY(const auto ranked, rank_tasks(context));
    std::vector<model::Task> order;
    for (const swarm::Ranked& one : ranked) order.push_back(one.task);
    return claims->take_first(order, actor, options, context.now());
  }
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::TaskId task, tasks->resolve(*id, 4));
  MASC_TRY(store::Claims * claims, context.claims());
  return claims->take(task, actor, options, context.now());
}

}  // namespace

Result<void> allow_setup(Context& context, store::ClaimOptions& options) {
  options.environment = context.outside().environment;
  MASC_TRY(const model::Policy* policy, context.policy());
  if (policy->claim.setup.empty()) return {};
  MASC_TRY(const git::UserConfig* config, context.config());
  options.commands = config->get_bool("masc.commands", false);
  return {};
}

Result<store::Taken> claim_task(Context& context, const std::optional<std::string>& id,
                                const store::ClaimOptions& options) {
  MASC_TRY(const git::Repository* repository, context.repository());
  if (guard::is_overwritten(*repository)) {
    MASC_TRY(const git::Git git, context.git());
    MASC_CHECK(guard::install_hooks(*repository, git, context.outside().program));
    context.warn(
        "somebody wrote a hook over masc's program: it is in the repository's "
        "hooks/written-over-masc, and masc's hooks fire again");
  }
  store::ClaimOptions with_setup = options;
  MASC_CHECK(allow_setup(context, with_setup));
  MASC_TRY(store::Taken taken, take(context, id, with_setup));
  for (const std::string& warning : taken.warnings) context.warn(warning);
  return taken;
}

std::string claim_text(const store::Taken& taken, Instant now) {
  const model::Task& task = taken.task;
  const model::Claim& claim = *task.claim;
  const std::string verdict = taken.outcome == model::ClaimOutcome::kTakenOver
                                  ? "took over"
                                  : std::string(model::outcome_name(taken.outcome));
  std::string text = fmt::format("{} {} {} (generation {}, until {})\n", verdict, task.id.str(),
                                 printable(task.title), claim.generation,
                                 format_time_short(claim.renewed + claim.lease, now));
  if (!claim.worktree.empty()) text += fmt::format("cd {}\n", shell_quote(claim.worktree));
  if (!taken.locked.empty())
    text += fmt::format("locked {}\n", printable(fmt::format("{}", fmt::join(taken.locked, " "))));
  if (!claim.ports.empty()) text += fmt::format("ports {}\n", store::format_ports(claim.ports));
  for (const std::string& remark : taken.remarks) text += remark + "\n";
  return text;
}

Result<void> name_child(Context& context, const model::TaskId& parent, const model::TaskId& child) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::Change change,
           context.change("task_edited",
                          fmt::format("edit {}: has the part {}", parent.str(), child.str())));
  MASC_CHECK(
      tasks->change(parent, [&](const model::Task& now) -> Result<std::optional<store::Draft>> {
        if (std::find(now.children.begin(), now.children.end(), child) != now.children.end())
          return std::nullopt;
        store::Draft draft{now, change, std::nullopt};
        draft.task.children.push_back(child);
        return draft;
      }));
  return {};
}

std::vector<Param> end_params(EndFlags& flags, bool with_note) {
  std::vector<Param> list = {{.names = "ID",
                              .target = &flags.id,
                              .value = "",
                              .help = "the task; the own claim if left out",
                              .completes = Completes::kTask},
                             {"--force", &flags.force, "", "override another's claim"},
                             {"--because", &flags.because, "T", "the reason, with --force"}};
  if (with_note) list.push_back({"--note", &flags.note, "T", "what the next one should know"});
  return list;
}

Result<EndReply> end_claim(Context& context, const EndFlags& flags, store::End how) {
  MASC_TRY(const model::TaskId id, context.task_or_own(flags.id));
  MASC_TRY(const model::Actor actor, context.actor());
  MASC_TRY(store::Claims * claims, context.claims());
  store::EndOptions options;
  options.force = flags.force;
  if (flags.note) {
    MASC_TRY(options.note, check_note(context, *flags.note, "note"));
  }
  if (flags.because) {
    MASC_TRY(options.because, check_note(context, *flags.because, "reason"));
  }
  EndReply reply;
  MASC_TRY(reply.ended, claims->end(id, actor, how, options, context.now()));
  if (context.globals().json) {
    MASC_TRY(reply.json, task_field(context, reply.ended.task));
  }
  return reply;
}

Rendered render_end(const EndReply& reply, std::string_view verdict) {
  Rendered out;
  const model::Task& task = reply.ended.task;
  const std::string already = reply.ended.changed ? "" : " (nothing to do)";
  out.text = fmt::format("{} {} {}{}\n", verdict, task.id.str(), printable(task.title), already);
  for (const std::string& remark : reply.ended.remarks) out.text += remark + "\n";
  out.json = reply.json;
  return out;
}

}  // namespace masc::cmd
