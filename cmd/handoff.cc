#include "base/text.h"
#include "cmd/handing.h"
#include "cmd/input.h"
#include "cmd/records.h"
#include "store/agents.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> id, to, transcript, client, goal, note;
  std::vector<std::string> next, decisions, facts;
};
struct Reply {
  store::Ended ended;
  Captured captured;
  std::string to;
  std::string json;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task; the own claim if left out",
           .completes = Completes::kTask},
          {.names = "--to",
           .target = &o.to,
           .value = "AGENT",
           .help = "reserve it for this one, for a lease",
           .completes = Completes::kAgent},
          {.names = "--transcript",
           .target = &o.transcript,
           .value = "FILE",
           .help = "the client's transcript; looked for if left out",
           .completes = Completes::kFile},
          {.names = "--client",
           .target = &o.client,
           .value = "C",
           .help = "who wrote it; found out if left out",
           .completes = Completes::kWords,
           .words = client_words()},
          {"--goal", &o.goal, "T", "what the work is to reach"},
          {"--next", &o.next, "T", "what to do next"},
          {"--decision", &o.decisions, "T", "what was decided"},
          {"--fact", &o.facts, "K=V", "what the next one must know"},
          {"--note", &o.note, "T", "anything else"}};
}

Result<void> add(Context& context, std::vector<handoff::Note>& notes, std::string_view kind,
                 const std::string& text, const handoff::Note& by) {
  MASC_TRY(const std::string checked, check_note(context, text, kind));
  notes.push_back({std::string(kind), checked, by.agent, by.at});
  return {};
}

Result<std::vector<handoff::Note>> notes_of(Context& context, const Options& o,
                                            const handoff::Note& by) {
  std::vector<handoff::Note> notes;
  if (o.goal) MASC_CHECK(add(context, notes, "goal", *o.goal, by));
  for (const std::string& text : o.next) MASC_CHECK(add(context, notes, "next", text, by));
  for (const std::string& text : o.decisions) MASC_CHECK(add(context, notes, "decision", text, by));
  for (const std::string& text : o.facts) {
    if (text.find('=') == text.npos || text.starts_with('=')) {
      return fail(error(ErrorCode::kUsage, "a fact is KEY=VALUE, not {}", shell_quote(text)));
    }
    MASC_CHECK(add(context, notes, "fact", text, by));
  }
  return notes;
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(const model::TaskId id, context.task_or_own(o.id));
  MASC_TRY(const model::Actor actor, context.actor());
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(store::Claims * claims, context.claims());
  MASC_TRY(const model::Task task, tasks->load(id));
  MASC_CHECK(
      model::require_claim(task, actor, store::liveness_of(*workspace, task), context.now()));
  store::HandOff how;
  if (o.to) {
    MASC_TRY(how.to, model::parse_agent_name(*o.to));
  }
  if (o.note) {
    MASC_TRY(how.note, check_note(context, *o.note, "note"));
  }
  CaptureOptions capture;
  capture.transcript = o.transcript;
  capture.client = o.client;
  MASC_TRY(capture.notes, notes_of(context, o, {"", "", actor.agent, format_time(context.now())}));
  if (!how.note.empty()) {
    capture.notes.push_back({"note", how.note, actor.agent, format_time(context.now())});
  }
  Reply reply;
  reply.to = how.to;
  // What was captured is of use even if the claim can't be given up.
  MASC_TRY(reply.captured, capture_dna(context, task, capture));
  MASC_TRY(reply.ended, claims->hand_off(id, actor, how, context.now()));
  MASC_TRY(reply.json, task_field(context, reply.ended.task));
  JsonWriter json;
  json.key("dna");
  put_dna(json, reply.captured.generation, reply.captured.dna);
  reply.json += "," + json.take();
  return reply;
}

Rendered render(Context&, const Reply& reply) {
  const model::Task& task = reply.ended.task;
  Rendered out;
  out.text = fmt::format("handed off {} {} (DNA generation {}{})\n", task.id.str(),
                         printable(task.title), reply.captured.generation.generation,
                         reply.to.empty() ? "" : ", for " + reply.to);
  for (const std::string& remark : reply.ended.remarks) out.text += remark + "\n";
  if (reply.captured.dna.segments.empty()) {
    out.text += "without a transcript: none was named with --transcript, none was found\n";
  }
  out.text += fmt::format("masc inherit {}   (the next one goes on with it)\n", task.id.str());
  out.json = reply.json;
  return out;
}

}  // namespace

const Verb& verb_handoff() {
  static const Verb verb = define<Options>(
      {.name = "handoff",
       .summary = "hand the work on: keep all that the next agent needs, give the claim up",
       .usage = "handoff [ID] [--to AGENT] [--transcript FILE] [--client C] [--goal T] [--next T]… "
                "[--decision T]… [--fact K=V]… [--note T]",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc handoff --next 'write the migration test'",
                    "masc handoff m-7k3q9fxa --to codex-2 --transcript session.jsonl"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
