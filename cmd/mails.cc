#include "cmd/mails.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/text.h"
#include "store/announce.h"

namespace masc::cmd {
namespace {

void put_body(JsonWriter& json, std::string_view body) {
  if (is_utf8(body) && body.find('\0') == std::string_view::npos) {
    json.field("body", body);
  } else {
    json.field("body_base64", base64(body));
  }
}

std::string indented(std::string_view text) {
  std::string out;
  for (const char c : printable_text(text)) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

}  // namespace

void put_mail(JsonWriter& json, const store::Mail& mail) {
  json.begin_object()
      .field("id", mail.id)
      .field("from", mail.from)
      .field("to", mail.to)
      .field("at", format_time(mail.at));
  put_body(json, mail.body);
  json.field_or_null("task", mail.task).field_or_null("portal", mail.portal);
  json.key("mentions").strings(store::mentions_in(mail.body)).end_object();
}

std::string mail_text(const store::Mail& mail, Instant now) {
  std::string head = fmt::format("{} {} {}", mail.id, mail.from, format_time_short(mail.at, now));
  if (mail.to.starts_with('@')) head += " to " + printable(mail.to);
  if (!mail.portal.empty()) head += " " + mail.portal;
  if (!mail.task.empty()) head += " " + mail.task;
  std::string_view body = mail.body;
  if (body.ends_with('\n')) body.remove_suffix(1);
  return head + ": " + indented(body) + "\n";
}

void put_portal(JsonWriter& json, const store::PortalView& view, Instant now) {
  const model::Portal& portal = view.portal;
  json.begin_object()
      .field("id", portal.id)
      .field("from", portal.from)
      .field("to", portal.to)
      .field_or_null("task", portal.task);
  json.field("state", model::portal_state_name(model::portal_state_at(portal, now)))
      .key("messages")
      .begin_array();
  for (const store::Mail& mail : view.messages) put_mail(json, mail);
  json.end_array().field("expires_at", format_time(portal.expires)).end_object();
}

std::string portal_line(const model::Portal& portal, Instant now) {
  const model::PortalState state = model::portal_state_at(portal, now);
  std::string line = fmt::format("{}  {} -> {}  {}", portal.id, portal.from, portal.to,
                                 model::portal_state_name(state));
  if (state == model::PortalState::kOpen)
    line += ", until " + format_time_short(portal.expires, now);
  if (!portal.task.empty()) line += "  " + portal.task;
  return line + "\n";
}

std::string event_json(const wire::Event& event) {
  JsonWriter json;
  json.begin_object()
      .field("schema", 1)
      .field("event", event.name)
      .field("at", format_time(event.at));
  json.field("agent", event.agent).field_or_null("task", event.task);
  if (event.name == "message" || event.name == "broadcast" || event.name == "portal") {
    json.field("id", event.id).field("from", event.agent).field("to", event.to);
    if (event.name == "portal") json.field("state", event.state);
    put_body(json, event.text);
    if (event.name != "portal") json.field_or_null("portal", event.portal);
  } else {
    json.field("generation", event.generation).field("text", event.text);
  }
  return json.end_object().take();
}

Result<void> warn_of_stranger(Context& context, const std::string& agent) {
  MASC_TRY(store::AgentStore * agents, context.agents());
  MASC_TRY(const auto known, agents->find(agent));
  MASC_TRY(store::Workspace * workspace, context.workspace());
  const std::string& place = workspace->masc_dir();
  if (!known && !store::MailStore::has_read(place, agent) && !store::is_listening(place, agent))
    context.warn(fmt::format("{} has not been seen here; the message waits", agent));
  return {};
}

Error advised(Error error, std::string hint) {
  return error.hints.empty() ? std::move(error).hint(std::move(hint)) : error;
}

Result<std::string> message_body(Context& context, const std::optional<std::string>& body,
                                 const std::optional<std::string>& file, bool needed) {
  if (body && file)
    return fail(error(ErrorCode::kUsage, "BODY and -F exclude each other")
                    .hint("give the text, or a file with -F (-: standard input)"));
  if (!body && !file && needed)
    return fail(error(ErrorCode::kUsage, "there is nothing to send")
                    .hint("give the text, or a file with -F (-: standard input)"));
  std::string text = body.value_or("");
  if (file && *file == "-") {
    MASC_TRY(text, read_at_most(context.outside().input, store::kMostBody, "standard input"));
  } else if (file) {
    auto read = read_file_at_most(join_path(context.directory(), *file), store::kMostBody);
    if (!read)
      return fail(advised(std::move(read).error(),
                          "-F takes a file that can be read, or - for standard input"));
    text = std::move(*read);
  }
  if (text.size() > store::kMostBody)
    return fail(error(ErrorCode::kInvalid, "a message may have 1 MiB, not {} bytes", text.size())
                    .hint("commit what is long to a branch, and send its name"));
  if (text.empty() && needed)
    return fail(error(ErrorCode::kInvalid, "the message is empty")
                    .hint("give the text, or a file with -F (-: standard input)"));
  return text;
}

}  // namespace masc::cmd
