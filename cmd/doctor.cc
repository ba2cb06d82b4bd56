#include "store/doctor.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "cmd/claiming.h"
#include "cmd/context.h"
#include "cmd/verb.h"
#include "guard/doctor_hooks.h"

namespace masc::cmd {
namespace {

struct Options {
  bool fix = false;
};
struct Reply {
  bool fix = false;
  std::vector<store::Problem> problems;
};

std::vector<Param> params(Options& o) { return {{"--fix", &o.fix, "", "mend what can be mended"}}; }

Result<store::StateScene> state_scene(Context& context) {
  store::StateScene scene;
  MASC_TRY(scene.repository, context.repository());
  if (!exists(scene.repository->masc_dir() + "/clone") && !exists(scene.repository->state_dir())) {
    return fail(error(ErrorCode::kNoWorkspace, "this repository is no masc workspace")
                    .hint("masc init   (once per repository)"));
  }
  MASC_TRY(const git::UserConfig* config, context.config());
  scene.shared = config->get("core.sharedrepository").value_or("");
  MASC_TRY(const Identity* identity, context.identity());
  scene.agent = identity->agent;
  scene.now = context.now();
  return scene;
}

Result<store::DoctorScene> doctor_scene(Context& context) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(store::Claims * claims, context.claims());
  MASC_TRY(git::Git git, context.git());
  MASC_TRY(model::Actor actor, context.actor());
  store::ClaimOptions fitting;
  MASC_CHECK(allow_setup(context, fitting));
  return store::DoctorScene{workspace,        tasks,   claims,       std::move(git),
                            std::move(actor), fitting, context.now()};
}

bool all_fixed(const std::vector<store::Problem>& problems) {
  return std::all_of(problems.begin(), problems.end(),
                     [](const store::Problem& problem) { return problem.fixed; });
}

// What lies deeper is looked at only if the ground is whole.
Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(const store::StateScene state, state_scene(context));
  Reply reply{o.fix, {}};
  MASC_TRY(reply.problems, store::examine({[&] { return store::check_state(state); }}, o.fix));
  const bool whole = std::all_of(
      reply.problems.begin(), reply.problems.end(),
      [](const store::Problem& one) { return one.fixed || one.code == "state_foreign"; });
  if (!whole) return reply;
  MASC_TRY(const store::DoctorScene scene, doctor_scene(context));
  const std::string program = context.outside().program;
  MASC_TRY(
      auto more,
      store::examine(
          {[&] { return store::check_locks(state); }, [&] { return store::check_sockets(state); },
           [&] { return guard::check_hooks(*state.repository, scene.git, program); },
           [&] { return store::check_worktrees(scene); },
           [&] { return store::check_claims(scene); }, [&] { return store::check_tasks(scene); },
           [&] { return store::check_inboxes(scene); }},
          o.fix));
  reply.problems.insert(reply.problems.end(), more.begin(), more.end());
  return reply;
}

std::string verdict(const Reply& reply) {
  const std::size_t all = reply.problems.size();
  if (all == 0) return "no problems\n";
  const auto count = [&](auto what) {
    return std::count_if(reply.problems.begin(), reply.problems.end(), what);
  };
  const char* s = all == 1 ? "" : "s";
  if (reply.fix) {
    const auto fixed = count([](const store::Problem& one) { return one.fixed; });
    return fmt::format("mended {} of {} problem{}\n", fixed, all, s);
  }
  const auto fixable = count([](const store::Problem& one) { return one.fixable; });
  std::string text = fmt::format("{} problem{}, {} can be mended\n", all, s, fixable);
  return fixable == 0 ? text : text + "masc doctor --fix\n";
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = verdict(reply);
  for (const store::Problem& problem : reply.problems) {
    out.text += fmt::format("{}: {} {}: {}\n",
                            problem.fixed ? "mended" : store::severity_name(problem.severity),
                            problem.code, printable(problem.subject), printable(problem.text));
    if (!problem.hint.empty()) out.text += fmt::format("  {}\n", printable(problem.hint));
  }
  JsonWriter json(context.globals().json);
  json.key("problems").begin_array();
  for (const store::Problem& problem : reply.problems) store::put_problem(json, problem);
  json.end_array();
  out.json = json.take();
  out.status = all_fixed(reply.problems) ? 0 : 1;
  return out;
}

}  // namespace

const Verb& verb_doctor() {
  static const Verb verb = define<Options>({.name = "doctor",
                                            .summary = "find and mend what drifted",
                                            .usage = "doctor [--fix]",
                                            .exits = "0 1 2 4 6 7",
                                            .examples = {"masc doctor", "masc doctor --fix"},
                                            .with = {}},
                                           params, execute, render);
  return verb;
}

}  // namespace masc::cmd
