#include "base/text.h"
#include "cmd/mails.h"
#include "cmd/verb.h"
#include "model/id.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> action, subject, body, file, task;
};
struct Reply {
  std::string verdict;
  std::vector<store::PortalView> portals;
  bool list = false, opened = false;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ACTION",
           .target = &o.action,
           .value = "",
           .help = "open, accept, reply, complete, close or list",
           .completes = Completes::kWords,
           .words = {"open", "accept", "reply", "complete", "close", "list"},
           .required = true},
          {.names = "PORTAL",
           .target = &o.subject,
           .value = "",
           .help = "the portal; of open: the agent",
           .completes = Completes::kAgent},
          {.names = "BODY", .target = &o.body, .value = "", .help = "a text for the other one"},
          {"-F", &o.file, "FILE", "the text, any bytes (-: standard input)", Completes::kFile},
          {"--task", &o.task, "ID", "the task it is about (open)", Completes::kTask}};
}

std::optional<model::PortalAct> act_of(std::string_view word) {
  for (const auto act : {model::PortalAct::kAccept, model::PortalAct::kReply,
                         model::PortalAct::kComplete, model::PortalAct::kClose})
    if (model::portal_act_name(act) == word) return act;
  return std::nullopt;
}

Result<Reply> open_one(Context& context, store::PortalStore& portals, const Options& o) {
  MASC_TRY(const Identity* identity, context.identity());
  MASC_CHECK(model::parse_agent_name(*o.subject));
  if (*o.subject == identity->agent)
    return fail(error(ErrorCode::kUsage, "a portal needs another agent than {}", identity->agent)
                    .hint("masc agents   (who is here)"));
  MASC_TRY(const std::string body, message_body(context, o.body, o.file, false));
  std::string task;
  if (o.task) {
    MASC_TRY(store::TaskStore * tasks, context.tasks());
    MASC_TRY(const model::TaskId id, tasks->resolve(*o.task, 4));
    MASC_CHECK(tasks->load(id));
    task = id.str();
  }
  MASC_CHECK(warn_of_stranger(context, *o.subject));
  MASC_TRY(store::PortalView view,
           portals.open(identity->agent, *o.subject, task, body, context.now()));
  Reply reply;
  reply.opened = true;
  reply.verdict = fmt::format("opened {} to {}\n", view.portal.id, view.portal.to);
  reply.portals.push_back(std::move(view));
  return reply;
}

// A step that was taken already takes no text along.
void warn_unsent(Context& context, const model::Portal& portal, const std::string& self) {
  const std::string& other = self == portal.from ? portal.to : portal.from;
  const std::string next = model::portal_is_over(portal.state)
                               ? "masc send " + other + " 'TEXT'"
                               : "masc portal reply " + portal.id + " 'TEXT'";
  context.warn("the text was not sent; to send it: " + next);
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::MailStore * mail, context.mail());
  store::PortalStore portals(*workspace, *mail);
  if (*o.action == "list") {
    if (o.subject)
      return fail(
          error(ErrorCode::kUsage, "`portal list` takes nothing more").hint("masc portal list"));
    Reply reply;
    reply.list = true;
    MASC_TRY(reply.portals, portals.all([&context](const std::string&, const Error& error) {
      context.warn(error.message + " (masc doctor)");
    }));
    return reply;
  }
  const auto act = act_of(*o.action);
  if (!act && *o.action != "open") {
    return fail(error(ErrorCode::kUsage, "there is no `portal {}`", printable(*o.action))
                    .hint("use open, accept, reply, complete, close or list"));
  }
  if (!o.subject)
    return fail(
        error(ErrorCode::kUsage, "`portal {}` needs {}", *o.action, act ? "a portal" : "an agent")
            .hint(act ? "masc portal list" : "masc agents   (who is here)"));
  if (!act) return open_one(context, portals, o);
  if (o.task) return fail(ErrorCode::kUsage, "--task is for `portal open`");
  MASC_TRY(const Identity* identity, context.identity());
  MASC_TRY(const std::string body,
           message_body(context, o.body, o.file, *act == model::PortalAct::kReply));
  MASC_TRY(const std::string id, portals.resolve(*o.subject));
  MASC_TRY(store::PortalStore::Done done,
           portals.act(id, identity->agent, *act, body, context.now()));
  if (!done.changed && !body.empty() && *act != model::PortalAct::kReply)
    warn_unsent(context, done.view.portal, identity->agent);
  Reply reply;
  const auto state = model::portal_state_name(done.view.portal.state);
  reply.verdict = fmt::format("{} {}{}\n", *act == model::PortalAct::kReply ? "replied to" : state,
                              id, done.changed ? "" : " already");
  reply.portals.push_back(std::move(done.view));
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = reply.verdict;
  const Instant now = context.now();
  JsonWriter json(context.globals().json);
  if (reply.list) {
    out.more = "masc portal list --json";
    json.key("portals").begin_array();
    for (const store::PortalView& view : reply.portals) {
      out.text += portal_line(view.portal, now);
      put_portal(json, view, now);
    }
    json.end_array().field("count", static_cast<std::uint64_t>(reply.portals.size()));
    out.bare = !reply.portals.empty();
    if (reply.portals.empty()) out.text = "no portals\n";
  } else {
    if (reply.opened) out.quiet = reply.portals.front().portal.id + "\n";
    put_portal(json.key("portal"), reply.portals.front(), now);
  }
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_portal() {
  static const Verb verb =
      define<Options>({.name = "portal",
                       .summary = "exchange messages with one agent, with a state that all can see",
                       .usage = "portal open AGENT|accept PID|reply PID|complete PID|close "
                                "PID|list [BODY | -F FILE] [--task ID]",
                       .exits = "0 1 2 4 5 6 7",
                       .examples = {"masc portal open codex 'can you review src/login.cc?'",
                                    "masc portal reply p-3m8x1c0d 'done, two remarks'"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
