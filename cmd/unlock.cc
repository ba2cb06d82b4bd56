#include "base/text.h"
#include "cmd/input.h"
#include "cmd/locking.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

struct Options {
  std::vector<std::string> paths;
  bool all = false;
  bool force = false;
  std::optional<std::string> because;
};
struct Reply {
  std::vector<store::HeldLock> gone;
};

std::vector<Param> params(Options& o) {
  return {{.names = "PATH",
           .target = &o.paths,
           .value = "",
           .help = "what was locked, or a folder above it",
           .completes = Completes::kFile},
          {"--all", &o.all, "", "everything that you hold"},
          {"--force", &o.force, "", "another's lock as well"},
          {"--because", &o.because, "T", "the reason, with --force"}};
}

Result<Reply> execute(Context& context, const Options& o) {
  if (o.all != o.paths.empty()) {
    return fail(
        error(ErrorCode::kUsage, "name paths, or say --all").hint("masc locks   (who holds what)"));
  }
  MASC_TRY(const model::Actor actor, context.actor());
  std::string because;
  if (o.because) {
    MASC_TRY(because, check_note(context, *o.because, "reason"));
  }
  if (o.force) {
    MASC_TRY(const model::Policy* policy, context.policy());
    MASC_CHECK(model::check_force(actor, o.force, because, policy->override_));
  }
  MASC_TRY(const auto paths, path_sets(context, o.paths));
  MASC_TRY(store::LockStore locks, lock_store(context));
  MASC_TRY(const store::Unlocked unlocked,
           locks.release(paths, actor.agent, o.force, because, context.now()));
  Reply reply;
  for (const model::Lock& lock : unlocked.gone) {
    reply.gone.push_back({lock, lock.task.empty() ? lock.expires : context.now()});
  }
  for (const store::HeldLock& held : unlocked.covering) {
    context.warn(fmt::format("{} still holds {}, which covers it", actor.agent,
                             printable(held.lock.paths.text())));
  }
  for (const std::string& agent : unlocked.untold)
    context.warn(fmt::format("{} could not be told", agent));
  return reply;
}

Rendered render(Context&, const Reply& reply) {
  Rendered out;
  out.text = reply.gone.empty() ? "nothing was locked\n"
                                : fmt::format("unlocked {}\n", names_of(reply.gone));
  out.json = locks_field(reply.gone);
  return out;
}

}  // namespace

const Verb& verb_unlock() {
  static const Verb verb = define<Options>({.name = "unlock",
                                            .summary = "let locked paths go",
                                            .usage = "unlock [PATH…] [--all] [--force --because T]",
                                            .exits = "0 1 2 3 4 5 6 7",
                                            .examples = {"masc unlock src", "masc unlock --all"},
                                            .with = {}},
                                           params, execute, render);
  return verb;
}

}  // namespace masc::cmd
