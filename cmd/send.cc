#include <algorithm>

#include "base/text.h"
#include "cmd/mails.h"
#include "cmd/verb.h"
#include "model/id.h"

namespace masc::cmd {
namespace {

struct Options {
  std::vector<std::string> words;
  std::optional<std::string> file, task;
};
struct Reply {
  std::vector<store::Mail> sent;
};

std::vector<Param> params(Options& o) {
  return {{.names = "TO",
           .target = &o.words,
           .value = "",
           .help = "agents, @all, or @LABEL for those that can do it; last the text",
           .completes = Completes::kAgent,
           .required = true},
          {"-F", &o.file, "FILE", "the text, any bytes (-: standard input)", Completes::kFile},
          {"--task", &o.task, "ID", "the task it is about", Completes::kTask}};
}

struct Recipient {
  std::string box, to;
};

// An agent, everybody, or all others that can do something.
Result<std::vector<Recipient>> recipients_of(Context& context, const std::string& to,
                                             const std::string& self) {
  if (to == store::kEverybody) return std::vector<Recipient>{{to, to}};
  if (!to.starts_with('@')) {
    MASC_CHECK(model::parse_agent_name(to));
    if (to != self) MASC_CHECK(warn_of_stranger(context, to));
    return std::vector<Recipient>{{to, to}};
  }
  const std::string label = to.substr(1);
  MASC_CHECK(check_line(label, "label", 128));
  MASC_TRY(store::AgentStore * agents, context.agents());
  MASC_TRY(const auto all, agents->list());
  std::vector<Recipient> found;
  for (const store::AgentRecord& agent : all) {
    const bool can = std::find(agent.can.begin(), agent.can.end(), label) != agent.can.end();
    if (can && agent.name != self) found.push_back({agent.name, to});
  }
  if (!found.empty()) return found;
  return fail(error(ErrorCode::kNotFound, "nobody else here can do '{}'", printable(label))
                  .hint("masc agents   (shows who can do what)"));
}

Result<Reply> execute(Context& context, const Options& o) {
  std::vector<std::string> to = o.words;
  std::optional<std::string> body;
  if (!o.file) {
    if (to.size() < 2)
      return fail(error(ErrorCode::kUsage, "there is nothing to send")
                      .hint("masc send TO 'TEXT'   (or -F FILE)"));
    body = to.back();
    to.pop_back();
  }
  MASC_TRY(const std::string text, message_body(context, body, o.file, true));
  MASC_TRY(store::MailStore * mail, context.mail());
  MASC_TRY(const Identity* identity, context.identity());
  store::Mail draft;
  draft.from = identity->agent;
  draft.body = text;
  if (o.task) {
    MASC_TRY(store::TaskStore * tasks, context.tasks());
    MASC_TRY(const model::TaskId id, tasks->resolve(*o.task, 4));
    MASC_CHECK(tasks->load(id));
    draft.task = id.str();
  }
  std::vector<Recipient> all;
  for (const std::string& word : to) {
    MASC_TRY(const auto found, recipients_of(context, word, identity->agent));
    for (const Recipient& one : found) {
      const bool twice =
          std::any_of(all.begin(), all.end(), [&](const Recipient& r) { return r.box == one.box; });
      if (!twice) all.push_back(one);
    }
  }
  // Who is named beside @all reads it there.
  const auto everybody = std::find_if(
      all.begin(), all.end(), [](const Recipient& r) { return r.box == store::kEverybody; });
  if (everybody != all.end()) all = {*everybody};
  draft.id = store::MailStore::fresh_id();
  std::vector<store::MailStore::Letter> letters;
  for (const Recipient& one : all) {
    draft.to = one.to;
    letters.push_back({draft, one.box});
  }
  Reply reply;
  MASC_TRY(reply.sent, mail->send(std::move(letters), context.outside().clock));
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  std::vector<std::string> names;
  for (const store::Mail& mail : reply.sent)
    if (std::find(names.begin(), names.end(), mail.to) == names.end())
      names.push_back(printable(mail.to));
  out.text = fmt::format("sent {} to {}\n", reply.sent.front().id, join_words(names, ", "));
  JsonWriter json(context.globals().json);
  json.key("messages").begin_array();
  for (const store::Mail& mail : reply.sent) put_mail(json, mail);
  json.end_array();
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_send() {
  static const Verb verb =
      define<Options>({.name = "send",
                       .summary = "send a message to agents",
                       .usage = "send TO… [BODY | -F FILE] [--task ID]",
                       .exits = "0 1 2 4 6 7",
                       .examples = {"masc send codex-calm-otter 'the API is landed'",
                                    "masc send @review -F notes.md"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
