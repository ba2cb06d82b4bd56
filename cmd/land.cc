#include "base/text.h"
#include "cmd/landing.h"
#include "cmd/records.h"
#include "cmd/verb.h"
#include "store/landing.h"

namespace masc::cmd {
namespace {

using How = store::Landed::How;

struct Options {
  std::optional<std::string> id, check, strategy;
  bool keep = false;
  bool leave_changes = false;
  bool allow_takeback = false;
  bool dry_run = false;
};
struct Reply {
  store::Landed landed;
  std::string json;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task; the own claim if left out",
           .completes = Completes::kTask},
          {"--check", &o.check, "CMD", "run CMD on the result first; it must succeed",
           Completes::kCommand},
          {"--strategy",
           &o.strategy,
           "S",
           "ff, rebase, merge or squash; the policy's if unsaid",
           Completes::kWords,
           {"ff", "rebase", "merge", "squash"}},
          {"--keep", &o.keep, "", "the claim stays, and the work goes on"},
          {"--leave-changes", &o.leave_changes, "", "keep what is not committed as a snapshot"},
          {"--allow-takeback", &o.allow_takeback, "", "land although lines of others are undone"},
          {"--dry-run", &o.dry_run, "", "say what would happen, and move nothing"}};
}

Result<store::LandOptions> land_options(Context& context, const Options& o) {
  store::LandOptions options;
  if (o.strategy) {
    MASC_TRY(options.strategy, git::parse_strategy(*o.strategy));
  }
  MASC_TRY(const git::UserConfig* config, context.config());
  options.check = o.check.value_or("");
  options.commands = config->get_bool("masc.commands", false);
  options.keep = o.keep;
  options.leave_changes = o.leave_changes;
  options.allow_takeback = o.allow_takeback;
  options.dry_run = o.dry_run;
  options.environment = context.outside().environment;
  return options;
}

Result<store::Landed> land(Context& context, const model::TaskId& id, const Options& o) {
  MASC_TRY(const store::LandOptions options, land_options(context, o));
  MASC_TRY(const model::Actor actor, context.actor());
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(store::Claims * claims, context.claims());
  return store::Landings(*workspace, *tasks, *claims)
      .land(id, actor, options, *context.outside().clock);
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(const model::TaskId id, context.task_or_own(o.id));
  Reply reply;
  MASC_TRY(reply.landed, land(context, id, o));
  if (context.globals().json) {
    MASC_TRY(reply.json, task_field(context, reply.landed.task));
  }
  return reply;
}

std::string_view verdict_of(How how) {
  switch (how) {
    case How::kLanded:
    case How::kAlready: return "landed";
    case How::kWould: return "would land";
  }
  return "landed";
}

// "3 commits onto main as 1a2b3c4"
std::string describe(const store::Landed& landed) {
  const std::string commit = landed.commit.substr(0, 7);
  if (landed.how == How::kAlready) return "already, as " + commit;
  if (landed.commits == 0) return fmt::format("{} has its changes already", landed.base);
  return fmt::format("{} commit{} onto {} as {}", landed.commits, landed.commits == 1 ? "" : "s",
                     landed.base, commit);
}

std::string land_text(const store::Landed& landed) {
  std::string text = fmt::format("{} {} {} ({})\n", verdict_of(landed.how), landed.task.id.str(),
                                 printable(landed.task.title), describe(landed));
  for (const std::string& remark : landed.remarks) text += remark + "\n";
  return text;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = land_text(reply.landed);
  JsonWriter json(context.globals().json);
  json.raw(reply.json).field("commit", reply.landed.commit).field("base", reply.landed.base);
  json.field("commits", static_cast<std::uint64_t>(reply.landed.commits));
  json.field("dry_run", reply.landed.how == How::kWould);
  json.key("remarks").strings(reply.landed.remarks);
  out.json = json.take();
  return out;
}

}  // namespace

Result<std::string> land_for_run(Context& context, const model::TaskId& id) {
  MASC_TRY(const store::Landed landed, land(context, id, {}));
  return land_text(landed);
}

const Verb& verb_land() {
  static const Verb verb = define<Options>(
      {.name = "land",
       .summary = "bring a claim's branch into its base",
       .usage = "land [ID] [--check CMD] [--strategy ff|rebase|merge|squash] [--keep] "
                "[--leave-changes] [--allow-takeback] [--dry-run]",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc land", "masc land m-7k3q9fxa --strategy squash --dry-run"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
