#include "cmd/context.h"
#include "cmd/verb.h"
#include "guard/hooks.h"

namespace masc::cmd {
namespace {

struct Options {
  bool no_hooks = false;
  bool commands = false;
};
struct Reply {
  bool fresh = false;
  std::string workspace;
  std::string place;
  std::string agent;
  std::vector<guard::HookState> hooks;
  std::vector<std::string> commands;  // what the policy would run
};

std::vector<Param> params(Options& o) {
  return {{"--no-hooks", &o.no_hooks, "", "leave the git hooks alone"},
          {"--commands", &o.commands, "",
           "show the policy's commands and allow them (git config masc.commands)"}};
}

Result<void> allow_commands(Context& context, Reply& reply) {
  MASC_TRY(const model::Policy* policy, context.policy());
  for (const std::string& command : {policy->claim.setup, policy->land.check}) {
    if (!command.empty()) reply.commands.push_back(command);
  }
  MASC_TRY(const git::Git git, context.git());
  MASC_CHECK(git.output({"config", "--local", "masc.commands", "true"}));
  return {};
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const Identity* identity, context.identity());
  MASC_TRY(const git::UserConfig* config, context.config());
  Reply reply;
  reply.place = repository->masc_dir();
  reply.agent = identity->agent;
  const std::string shared = config->get("core.sharedrepository").value_or("");
  MASC_TRY(reply.fresh,
           store::Workspace::init(*repository, shared, identity->agent, context.now()));
  MASC_CHECK(git::record_main_tree(*repository));
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(reply.workspace, workspace->id());
  if (!o.no_hooks) {
    MASC_TRY(const git::Git git, context.git());
    MASC_TRY(reply.hooks, guard::install_hooks(*repository, git, context.outside().program));
  }
  if (o.commands) {
    MASC_CHECK(allow_commands(context, reply));
  }
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = fmt::format("{} {}\n", reply.fresh ? "initialised" : "ready", reply.place);
  out.text += fmt::format("you act as {}; nothing in the work tree or its history was touched\n",
                          reply.agent);
  for (const guard::HookState& hook : reply.hooks) {
    if (!hook.remark.empty()) out.text += fmt::format("hook {}: {}\n", hook.name, hook.remark);
  }
  for (const std::string& command : reply.commands)
    out.text += fmt::format("allowed: {}\n", command);
  if (reply.fresh)
    out.text += "masc add 'what is to be done'\nmasc run --land -- claude   (in each window)\n";
  JsonWriter json(context.globals().json);
  json.field("workspace", reply.workspace).key("hooks").begin_array();
  for (const guard::HookState& hook : reply.hooks) guard::put_hook(json, hook);
  json.end_array().field("agent", reply.agent);
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_init() {
  static const Verb verb = define<Options>({.name = "init",
                                            .summary = "make this repository a masc workspace",
                                            .usage = "init [--no-hooks] [--commands]",
                                            .exits = "0 1 2 6 7",
                                            .examples = {"masc init", "masc init --commands"},
                                            .with = {}},
                                           params, execute, render);
  return verb;
}

}  // namespace masc::cmd
