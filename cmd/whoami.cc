#include "cmd/context.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

struct Options {};
struct Reply {
  Identity identity;
  std::string task;
};

std::vector<Param> params(Options&) { return {}; }

Result<Reply> execute(Context& context, const Options&) {
  Reply reply;
  MASC_CHECK(context.workspace());
  MASC_TRY(const Identity* identity, context.identity());
  reply.identity = *identity;
  MASC_TRY(const std::optional<git::Token>* token, context.token());
  if (*token && !(*token)->ended) reply.task = (*token)->task;
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  const Identity& who = reply.identity;
  const std::string_view kind = who.human ? "human" : "agent";
  out.text = fmt::format("{} ({}, by {})\n", who.agent, kind, who.source);
  if (!reply.task.empty()) out.text += fmt::format("this worktree belongs to {}\n", reply.task);
  out.quiet = who.agent + "\n";
  JsonWriter json(context.globals().json);
  json.field("agent", who.agent).field("kind", kind).field("source", who.source);
  json.field_or_null("session", who.session).field_or_null("claim", reply.task);
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_whoami() {
  static const Verb verb =
      define<Options>({.name = "whoami",
                       .summary = "say who acts here, and why masc thinks so",
                       .usage = "whoami",
                       .exits = "0 1 2 4",
                       .examples = {"masc whoami", "masc --agent codex whoami --json"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
