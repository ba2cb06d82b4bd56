#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/system.h"
#include "base/text.h"
#include "cmd/claiming.h"
#include "cmd/input.h"
#include "cmd/landing.h"
#include "cmd/output.h"
#include "cmd/prompt.h"
#include "cmd/verb.h"
#include "git/foreground.h"
#include "store/fitting.h"

namespace masc::cmd {
namespace {

constexpr std::string_view kPromptWord = "{prompt}";
constexpr Duration kLongestTick = std::chrono::seconds(60);
constexpr Duration kShortestTick = std::chrono::milliseconds(250);

struct Options {
  std::optional<std::string> id;
  std::optional<Duration> lease;
  bool done = false;
  bool land = false;
  std::vector<std::string> command;
};
struct Reply {
  int status = 0;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task; the best ready one if left out",
           .completes = Completes::kTask},
          {"--done", &o.done, "", "mark it done if CMD succeeds"},
          {"--land", &o.land, "", "land it if CMD succeeds"},
          {"--lease", &o.lease, "D", "the lease; renewed while CMD lives"},
          {.names = "CMD",
           .target = &o.command,
           .value = "",
           .help = "the command; an argument {prompt} becomes the task's text",
           .completes = Completes::kCommand,
           .rest = true}};
}

// An agent of its own for this run: "<CMD>-<4 characters>".
Result<void> name_actor(Context& context, const Options& o) {
  if (context.globals().agent || context.outside().environment.has("MASC_AGENT")) return {};
  std::string name = model::agent_slug(base_name(o.command.front())).substr(0, 50);
  if (name.empty()) name = "agent";
  const std::uint64_t bits = random_bits();
  const auto* bytes = reinterpret_cast<const unsigned char*>(&bits);
  Identity identity;
  identity.agent = fmt::format("{}-{}", name, model::TaskId::from_bytes(bytes, 4).digits());
  identity.source = "run";
  context.act_as(std::move(identity));
  return {};
}

// Words for people go to stderr: stdout is the command's.
void say(const Context& context, std::string_view text) {
  if (!context.globals().quiet) static_cast<void>(write_all(STDERR_FILENO, text, "standard error"));
}

Result<git::ForegroundOptions> make_command(Context& context, const Options& o,
                                            const model::Task& task) {
  git::ForegroundOptions options;
  options.argv = o.command;
  if (std::find(o.command.begin(), o.command.end(), kPromptWord) != o.command.end()) {
    MASC_TRY(const std::string prompt, prompt_text(context, task));
    std::replace(options.argv.begin(), options.argv.end(), std::string(kPromptWord), prompt);
  }
  options.directory = task.claim->worktree;
  options.environment = store::claim_environment(context.outside().environment, task);
  options.tick = std::clamp<Duration>(task.claim->lease / 4, kShortestTick, kLongestTick);
  return options;
}

// Called while the command lives: touches the agent's file, and writes a renewal to the ref past
// half of the lease.
class Renewal {
 public:
  Renewal(Context& context, const model::Task& task) : context_(context), task_(task) {}
  void operator()() {
    context_.mark_alive();
    const Instant now = context_.now();
    if (now - task_.claim->renewed < task_.claim->lease / 2) return;
    const auto actor = context_.actor();
    const auto claims = context_.claims();
    if (!actor || !claims) return;
    // A failure shows at the end, when the claim is looked at again.
    auto renewed = (*claims)->renew(task_.id, *actor, std::nullopt, now);
    if (renewed) task_ = std::move(*renewed);
  }

 private:
  Context& context_;
  model::Task task_;
};

// Gives the claim back with a note; its work is kept.
Result<void> give_back(Context& context, const model::Task& task, std::string note) {
  EndFlags flags;
  flags.id = task.id.str();
  flags.note = std::move(note);
  MASC_TRY(const EndReply reply, end_claim(context, flags, store::End::kRelease));
  say(context, render_end(reply, "released").text);
  return {};
}

std::string describe(const Options& o, const git::Ended& ended) {
  const std::string name(base_name(o.command.front()));
  if (!ended.exec_error.empty()) return ended.exec_error;
  if (ended.signal != 0) return fmt::format("{} was ended by signal {}", name, ended.signal);
  return fmt::format("{} ended with status {}", name, ended.status);
}

// What becomes of a claim that is still held when the command has ended. The exit status of the
// run.
Result<int> finish(Context& context, const Options& o, const model::Task& task,
                   const git::Ended& ended) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::Task now, tasks->load(task.id));
  const bool held = now.claim && now.claim->generation == task.claim->generation;
  if (!held) {
    if (now.generation != task.generation)
      say(context, fmt::format("masc: {} was taken over\n", task.id.str()));
    return ended.status;
  }
  // A command that was told to stop has hardly finished, whatever it says.
  if (ended.status != 0 || ended.interrupted != 0 || (!o.land && !o.done)) {
    MASC_CHECK(give_back(context, task, describe(o, ended)));
    return ended.status;
  }
  if (o.land) {
    auto landed = land_for_run(context, task.id);
    if (landed) {
      say(context, *landed);
      return ended.status;
    }
    MASC_CHECK(give_back(context, task, "landing failed: " + landed.error().message));
    // The landing's own hints are for a claim that is still held.
    Error failed = std::move(landed).error();
    failed.hints = {
        fmt::format("masc claim {}   (its branch, and what was not committed, come back)",
                    task.id.str()),
        fmt::format("masc land {}   (once that is put right)", task.id.str())};
    say(context, print_error(failed, false, {}).err);
    return exit_status(failed.code);
  }
  EndFlags flags;
  flags.id = task.id.str();
  MASC_TRY(const EndReply reply, end_claim(context, flags, store::End::kDone));
  say(context, render_end(reply, "done").text);
  return ended.status;
}

Result<Reply> execute(Context& context, const Options& o) {
  if (o.command.empty()) {
    return fail(error(ErrorCode::kUsage, "no command was given").hint("masc run --land -- claude"));
  }
  if (o.done && o.land) return fail(ErrorCode::kUsage, "--done and --land exclude each other");
  MASC_CHECK(name_actor(context, o));
  store::ClaimOptions claim;
  claim.runner = true;
  if (o.lease) {
    MASC_TRY(claim.lease, check_lease(*o.lease));
  }
  // From here on a signal goes to the command, and never ends this process before its tidying up.
  MASC_TRY(git::SignalShield shield, git::SignalShield::raise());
  MASC_TRY(const store::Taken taken, claim_task(context, o.id, claim));
  say(context, claim_text(taken, context.now()));
  auto command = make_command(context, o, taken.task);
  if (!command) {
    MASC_CHECK(give_back(context, taken.task, command.error().message));
    return fail(std::move(command).error());
  }
  command->on_tick = Renewal(context, taken.task);
  auto ended = git::run_foreground(*command, shield);
  if (!ended) {
    MASC_CHECK(give_back(context, taken.task, ended.error().message));
    return fail(std::move(ended).error());
  }
  if (!ended->exec_error.empty()) say(context, "masc: " + ended->exec_error + "\n");
  MASC_TRY(const int status, finish(context, o, taken.task, *ended));
  return Reply{status};
}

Rendered render(Context&, const Reply& reply) {
  Rendered out;
  out.status = reply.status;
  return out;
}

}  // namespace

const Verb& verb_run() {
  static const Verb verb = define<Options>(
      {.name = "run",
       .summary = "claim a task, run a command in its worktree, land or release it",
       .usage = "run [ID] [--done | --land] [--lease D] -- CMD…",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc run --land -- claude -p '{prompt}'", "masc run m-7k3q9fxa -- bash"},
       .form = Form::kPassThrough,
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
