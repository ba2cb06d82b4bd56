#include "cmd/context.h"
#include "cmd/verb.h"
#include "git/foreground.h"

namespace masc::cmd {
namespace {

struct Options {
  std::vector<std::string> args;
};
struct Reply {
  int status = 0;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ARGS",
           .target = &o.args,
           .value = "",
           .help = "what git is to do on masc's own repository",
           .rest = true}};
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  git::ForegroundOptions foreground;
  foreground.argv = {"git", "--git-dir=" + workspace->state().directory()};
  foreground.argv.insert(foreground.argv.end(), o.args.begin(), o.args.end());
  foreground.directory = context.directory();
  foreground.environment = context.outside().environment.without_git();
  MASC_TRY(git::SignalShield shield, git::SignalShield::raise());
  MASC_TRY(const git::Ended done, git::run_foreground(foreground, shield));
  if (!done.exec_error.empty()) return fail(ErrorCode::kGit, "{}", done.exec_error);
  return Reply{done.status};
}

Rendered render(Context&, const Reply& reply) {
  Rendered out;
  out.status = reply.status;
  return out;
}

}  // namespace

const Verb& verb_git() {
  static const Verb verb =
      define<Options>({.name = "git",
                       .summary = "run git on masc's own repository",
                       .usage = "git ARGS…",
                       .exits = "0 1 2 4",
                       .examples = {"masc git log --oneline refs/masc/tasks/a/m-7k3q9fxa",
                                    "masc git for-each-ref refs/masc/tasks"},
                       .form = Form::kPassThrough,
                       .raw = true,
                       .acts = false,
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
