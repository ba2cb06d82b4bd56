#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"
#include "cmd/context.h"
#include "cmd/verb.h"
#include "guard/fire.h"
#include "guard/hooks.h"

namespace masc::cmd {
namespace {

constexpr unsigned kPatienceSeconds = 2;
constexpr int kRefused = 5;

struct Options {
  std::vector<std::string> words;
};
struct Reply {
  std::string action;
  std::vector<guard::HookState> hooks;
  int status = 0;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ACTION",
           .target = &o.words,
           .value = "",
           .help = "install, remove, status, or run NAME with what git gives that hook",
           .completes = Completes::kWords,
           .words = {"install", "remove", "status", "run"},
           .required = true}};
}

void say(std::string_view words) {
  static_cast<void>(write_all(STDERR_FILENO, words, "standard error"));
}

// A hook that hangs must not hang git: after two seconds it lets git go on.
void watch() {
  struct sigaction action {};
  action.sa_handler = [](int) {
    constexpr std::string_view kWords =
        "masc: warning: the hook took too long and lets this pass\n";
    static_cast<void>(!write(STDERR_FILENO, kWords.data(), kWords.size()));
    std::_Exit(0);
  };
  sigaction(SIGALRM, &action, nullptr);
  alarm(kPatienceSeconds);
}

// Who acts, if anybody gave a name; a person gives none.
Result<std::string> named_agent(Context& context) {
  const git::Environment& environment = context.outside().environment;
  const bool named = context.globals().agent || environment.has("MASC_AGENT") ||
                     environment.has("CLAUDE_CODE_SESSION_ID") ||
                     environment.has("CODEX_SESSION_ID");
  if (!named) return "";
  MASC_TRY(const Identity* identity, context.identity());
  return identity->human ? "" : identity->agent;
}

// Answers git. What masc can't find out lets git go on, with a warning.
Result<guard::HookAnswer> ask(Context& context, guard::HookCall& call) {
  watch();
  auto answer = [&]() -> Result<guard::HookAnswer> {
    MASC_TRY(call.agent, named_agent(context));
    if (!guard::concerns(call)) return guard::HookAnswer{};
    return guard::answer(call);
  }();
  alarm(0);
  if (answer) return answer;
  guard::HookAnswer warned;
  if (answer.error().code == ErrorCode::kNoWorkspace) return warned;
  warned.words = "masc: warning: the hook could not decide and lets this pass: " +
                 printable(answer.error().message) + "\n";
  return warned;
}

// In a claim's worktree the links follow the user's hooks, which may have come since.
void follow_user_hooks(const guard::HookCall& call, const std::string& hooks_path) {
  if (call.name == "pre-commit" && call.repository.linked()) {
    static_cast<void>(guard::sync_links(call.repository, hooks_path));
  }
}

Result<Reply> fire(Context& context, const Options& o, bool chain) {
  if (o.words.size() < 2 || !guard::is_git_hook(o.words[1])) {
    return fail(error(ErrorCode::kUsage, "no git hook was named").hint("masc hook run pre-commit"));
  }
  const git::Environment& environment = context.outside().environment;
  guard::HookCall call;
  call.name = o.words[1];
  call.args.assign(o.words.begin() + 2, o.words.end());
  if (const std::string record = environment.get(guard::kProbeVariable); !record.empty()) {
    MASC_CHECK(append_file(record, call.name + "\n"));
    // `masc hook run NAME "$@" || exit` ends a user's own hook here: it is only asked, not run.
    return Reply{"run", {}, 1};
  }
  MASC_TRY(const git::Repository* repository, context.repository());
  call.repository = *repository;
  call.environment = environment;
  call.input = context.outside().input;
  call.now = context.now();
  MASC_TRY(const guard::HookAnswer answer, ask(context, call));
  say(answer.words);
  if (answer.refused) return Reply{"run", {}, kRefused};
  if (!chain) return Reply{"run", {}, 0};
  const std::string hooks_path = guard::user_hooks_path(*repository, environment);
  follow_user_hooks(call, hooks_path);
  const std::string next = guard::chained_hook(*repository, hooks_path, call.name);
  if (next.empty()) return Reply{"run", {}, 0};
  const std::optional<std::string> input =
      answer.input_taken ? std::optional(answer.input) : std::nullopt;
  return fail(git::become(next, call.args, environment, input));
}

Result<Reply> execute(Context& context, const Options& o) {
  const std::string& action = o.words.empty() ? std::string() : o.words[0];
  if (action == "fire" || action == "run") return fire(context, o, action == "fire");
  if (o.words.size() != 1)
    return fail(error(ErrorCode::kUsage, "one action is needed").hint("masc hook --help"));
  MASC_CHECK(context.workspace());
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const git::Git git, context.git());
  Reply reply{action, {}, 0};
  if (action == "install") {
    MASC_TRY(reply.hooks, guard::install_hooks(*repository, git, context.outside().program));
  } else if (action == "remove") {
    MASC_TRY(reply.hooks, guard::remove_hooks(*repository, git));
  } else if (action == "status") {
    MASC_TRY(reply.hooks, guard::hook_status(*repository, git));
    const bool mended = std::all_of(reply.hooks.begin(), reply.hooks.end(),
                                    [](const auto& hook) { return hook.fires; });
    reply.status = mended ? 0 : 1;
  } else {
    return fail(error(ErrorCode::kUsage, "there is no `hook {}`", printable(action))
                    .hint("use install, remove, status or run"));
  }
  return reply;
}

std::string hook_line(const Reply& reply, const guard::HookState& hook) {
  std::string line =
      fmt::format("{}  {}", hook.name, hook.installed ? "installed" : "not installed");
  if (reply.action == "status") line += hook.fires ? ", fires" : ", does not fire";
  if (hook.chained) line += ", then runs yours";
  if (!hook.remark.empty()) line += ": " + hook.remark;
  return line + "\n";
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.status = reply.status;
  if (reply.action == "run") return out;
  for (const guard::HookState& hook : reply.hooks) out.text += hook_line(reply, hook);
  JsonWriter json(context.globals().json);
  json.key("hooks").begin_array();
  for (const guard::HookState& hook : reply.hooks) guard::put_hook(json, hook);
  json.end_array();
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_hook() {
  static const Verb verb =
      define<Options>({.name = "hook",
                       .summary = "install, remove, prove and run masc's git hooks",
                       .usage = "hook install|remove|status|run NAME …",
                       .exits = "0 1 2 4 5 6 7",
                       .examples = {"masc hook status", "masc hook run pre-commit"},
                       .raw_after = {"run", "fire"},
                       .acts = false,
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
