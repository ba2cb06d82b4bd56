#include <algorithm>

#include "base/text.h"
#include "cmd/history.h"
#include "cmd/output.h"
#include "cmd/records.h"
#include "cmd/verb.h"
#include "model/id.h"
#include "model/proposal.h"
#include "store/chain.h"
#include "store/feed.h"
#include "store/journal.h"
#include "store/trails.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> id, agent;
  std::optional<Duration> since;
  std::optional<int> limit;
  bool follow = false;
};
struct Reply {
  std::vector<model::Step> steps;  // newest first
  std::string more;
  bool streamed = false;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "only this task",
           .completes = Completes::kTask},
          {"--agent", &o.agent, "A", "only what this agent did", Completes::kAgent},
          {"--since", &o.since, "D", "only the last D"},
          {"--limit", &o.limit, "N", "at most N entries; with --follow end after them"},
          {.names = "--follow",
           .target = &o.follow,
           .value = "",
           .help = "print what happens from now on, as it happens"}};
}

Result<std::vector<model::Step>> gather(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  std::vector<model::Task> chosen;
  if (o.id) {
    MASC_TRY(const model::TaskId id, tasks->resolve(*o.id, 2));
    MASC_TRY(model::Task task, tasks->load(id));
    chosen.push_back(std::move(task));
  } else {
    MASC_TRY(chosen, tasks->all());
  }
  std::vector<model::Step> steps;
  for (const model::Task& task : chosen) {
    MASC_TRY(auto history, tasks->history(task));
    std::move(history.begin(), history.end(), std::back_inserter(steps));
  }
  return steps;
}

bool newer(const model::Step& a, const model::Step& b) { return a.change.at > b.change.at; }

// What is told elsewhere: votes, trails, and locks by the local log.
Result<std::vector<model::Step>> with_others(Context& context, std::vector<model::Step> steps,
                                             const std::optional<model::TaskId>& only,
                                             Instant since) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(auto others, store::read_journal(workspace->masc_dir()));
  for (const std::string_view chains : {model::kProposalRefs, store::kTrailRefs}) {
    MASC_TRY(auto past, store::past_of(workspace->state(), chains, since));
    std::move(past.begin(), past.end(), std::back_inserter(others));
  }
  if (only) std::erase_if(others, [&](const model::Step& step) { return step.task.id != *only; });
  std::stable_sort(others.begin(), others.end(), newer);
  std::vector<model::Step> all;
  std::merge(std::move_iterator(steps.begin()), std::move_iterator(steps.end()),
             std::move_iterator(others.begin()), std::move_iterator(others.end()),
             std::back_inserter(all), newer);
  return all;
}

// Of what happens to no task, `log` tells of locks, votes and trails.
bool is_told(const wire::Event& event) {
  const std::string_view name = event.name;
  return !event.task.empty() || name == "lock" || name == "unlock" || name == "pheromone" ||
         name.starts_with("vote_");
}

std::string follow_line(const wire::Event& event, bool as_json) {
  if (!as_json) {
    return fmt::format("{} {}: {}", format_time(event.at), event.agent,
                       printable(first_line(event.text)));
  }
  JsonWriter json;
  json.begin_object().field("schema", 1).field("at", format_time(event.at));
  json.field("agent", event.agent).field("event", event.name).field_or_null("task", event.task);
  json.field("generation", event.generation).field("text", event.text);
  return json.end_object().take();
}

// Prints entries as they come, until there were enough of them or somebody ends it.
Result<Reply> follow(Context& context, const Options& o) {
  if (o.since) return fail(ErrorCode::kUsage, "--follow begins now: it takes no --since");
  std::string only;
  if (o.id) {
    MASC_TRY(store::TaskStore * tasks, context.tasks());
    MASC_TRY(const model::TaskId id, tasks->resolve(*o.id, 2));
    only = id.str();
  }
  MASC_TRY(store::Workspace * workspace, context.workspace());
  context.mark_alive();  // not only at the end, which may be a kill
  MASC_TRY(store::Feed feed, store::Feed::open(*workspace, "log"));
  for (int printed = 0;;) {
    MASC_TRY(const auto events, feed.look());
    for (const wire::Event& event : events) {
      if (!is_told(event)) continue;
      if ((o.id && event.task != only) || (o.agent && event.agent != *o.agent)) continue;
      MASC_CHECK(print_line(context.outside().output, follow_line(event, context.globals().json)));
      if (o.limit && ++printed == *o.limit) return Reply{{}, "", true};
    }
    feed.wait(std::chrono::minutes(10));
  }
}

Result<Reply> execute(Context& context, const Options& o) {
  if (o.limit && *o.limit < 1) return fail(ErrorCode::kInvalid, "--limit must be at least 1");
  if (o.agent) {
    MASC_CHECK(model::parse_agent_name(*o.agent));
  }
  if (o.follow) return follow(context, o);
  Reply reply;
  MASC_TRY(reply.steps, gather(context, o));
  // Steps of one task never change places, whatever its writers' clocks said.
  std::stable_sort(reply.steps.begin(), reply.steps.end(),
                   [](const model::Step& a, const model::Step& b) {
                     if (a.task.id == b.task.id) return a.task.lamport > b.task.lamport;
                     return newer(a, b);
                   });
  std::optional<model::TaskId> only;
  if (o.id && !reply.steps.empty()) only = reply.steps.front().task.id;
  const Instant start = o.since ? context.now() - *o.since : Instant{};
  MASC_TRY(reply.steps, with_others(context, std::move(reply.steps), only, start));
  std::erase_if(reply.steps, [&](const model::Step& step) {
    return step.change.at < start || (o.agent && step.change.agent != *o.agent);
  });
  const std::size_t screen = context.globals().json ? reply.steps.size() : std::size_t{19};
  const std::size_t most = o.limit ? static_cast<std::size_t>(*o.limit) : screen;
  if (reply.steps.size() > most) {
    reply.more =
        fmt::format("… {} more: masc log{}{}{} --limit {}\n", reply.steps.size() - most,
                    o.id ? " " + *o.id : "", o.agent ? " --agent " + *o.agent : "",
                    o.since ? " --since " + format_duration(*o.since) : "", reply.steps.size());
    reply.steps.resize(most);
  }
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.whole = true;
  out.streamed = reply.streamed;
  if (reply.streamed) return out;
  for (const model::Step& step : reply.steps) out.text += entry_line(step);
  out.text += reply.more;
  out.bare = !reply.steps.empty();
  if (reply.steps.empty()) out.text = "nothing happened yet\n";
  JsonWriter json(context.globals().json);
  json.key("entries");
  put_entries(json, reply.steps);
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_log() {
  static const Verb verb =
      define<Options>({.name = "log",
                       .summary = "what happened, newest first",
                       .usage = "log [ID] [--agent A] [--since D] [--limit N] [--follow]",
                       .exits = "0 1 2 4",
                       .examples = {"masc log --since 2h", "masc log m-7k3q9fxa --limit 5"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
