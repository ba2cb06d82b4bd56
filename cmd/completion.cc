#include "cmd/help.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> shell;
};
struct Reply {
  std::string shim;
};

std::vector<Param> params(Options& o) {
  return {{.names = "SHELL",
           .target = &o.shell,
           .value = "",
           .help = "bash, zsh or fish",
           .completes = Completes::kWords,
           .words = {"bash", "zsh", "fish"},
           .required = true}};
}

Result<Reply> execute(Context&, const Options& o) {
  const char* const shim = completion_shim(*o.shell);
  if (shim != nullptr) return Reply{shim};
  return fail(
      error(ErrorCode::kUsage, "no completion for '{}'", *o.shell).hint("use bash, zsh or fish"));
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = reply.shim;
  out.whole = out.bare = true;
  JsonWriter json(context.globals().json);
  json.field("completion", reply.shim);
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_completion() {
  static const Verb verb = define<Options>(
      {.name = "completion",
       .summary = "print the completion script of a shell",
       .usage = "completion bash|zsh|fish",
       .exits = "0 2",
       .examples = {"masc completion bash > ~/.local/share/bash-completion/completions/masc",
                    "masc completion fish > ~/.config/fish/completions/masc.fish"},
       .acts = false,
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
