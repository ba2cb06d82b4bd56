#include <algorithm>

#include "cmd/mails.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "store/feed.h"

namespace masc::cmd {
namespace {

struct Options {
  std::vector<std::string> events;
  std::optional<Duration> length;
  std::optional<int> count;
  std::optional<std::string> format;
};
struct Reply {
  int status = 0;
};

const std::vector<std::string>& event_names() {
  static const std::vector<std::string> names = {
      "task_created",  "task_edited",     "task_claimed", "task_renewed",
      "task_released", "task_handed_off", "task_done",    "task_cancelled",
      "task_reopened", "task_landed",     "note",         "lock",
      "unlock",        "agent_join",      "agent_leave",  "heartbeat",
      "broadcast",     "message",         "portal",       "vote_created",
      "vote_cast",     "vote_closed",     "pheromone"};
  return names;
}

std::vector<Param> params(Options& o) {
  return {{"--event", &o.events, "E", "only events of this name", Completes::kWords, event_names()},
          {"--for", &o.length, "D", "end after D"},
          {"--count", &o.count, "N", "end after N events; without them exit 6"},
          {"--format",
           &o.format,
           "F",
           "jsonl, or jsonrpc as an MCP server would push them",
           Completes::kWords,
           {"jsonl", "jsonrpc"}}};
}

Result<Reply> ended(const Options& o, int printed) {
  if (!o.count) return Reply{};
  return fail(error(ErrorCode::kTimedOut, "{} of {} events came in {}", printed, *o.count,
                    format_duration(*o.length))
                  .hint("masc log   (what happened before)"));
}

Result<Reply> execute(Context& context, const Options& o) {
  if (o.count && *o.count < 1) return fail(ErrorCode::kInvalid, "--count must be at least 1");
  const std::string format = o.format.value_or("jsonl");
  if (format != "jsonl" && format != "jsonrpc")
    return fail(ErrorCode::kUsage, "--format is jsonl or jsonrpc");
  const auto& known = event_names();
  for (const std::string& event : o.events) {
    if (std::find(known.begin(), known.end(), event) == known.end())
      return fail(error(ErrorCode::kUsage, "there is no event '{}'", event)
                      .hint("masc help listen   (lists them)"));
  }
  MASC_TRY(store::Workspace * workspace, context.workspace());
  const auto identity = context.identity();
  context.mark_alive();  // not only at the end, which may be a kill
  MASC_TRY(store::Feed feed,
           store::Feed::open(*workspace, identity ? (*identity)->agent : "listener"));
  const auto deadline = std::chrono::steady_clock::now() + o.length.value_or(Duration(0));
  int printed = 0;
  for (;;) {
    MASC_TRY(const auto events, feed.look());
    for (const wire::Event& event : events) {
      if (!o.events.empty() &&
          std::find(o.events.begin(), o.events.end(), event.name) == o.events.end())
        continue;
      const std::string line = format == "jsonrpc" ? wire::event_text(event) : event_json(event);
      MASC_TRY(const bool taken, print_line(context.outside().output, line,
                                            o.length ? std::optional(deadline) : std::nullopt));
      if (!taken) return ended(o, printed);
      if (o.count && ++printed == *o.count) return Reply{};
    }
    Duration nap = std::chrono::minutes(10);
    if (o.length) {
      nap = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
      if (nap.count() <= 0) return ended(o, printed);
    }
    feed.wait(nap);
  }
}

Rendered render(Context&, const Reply& reply) {
  Rendered out;
  out.whole = true;
  out.streamed = true;
  out.status = reply.status;
  return out;
}

}  // namespace

const Verb& verb_listen() {
  static const Verb verb = define<Options>(
      {.name = "listen",
       .summary = "print what happens, as it happens",
       .usage = "listen [--event E]… [--for D] [--count N] [--format jsonl|jsonrpc]",
       .exits = "0 1 2 4 6",
       .examples = {"masc listen --event task_landed --count 1",
                    "masc listen --for 1h --format jsonrpc"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
