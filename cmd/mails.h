// Messages and portals as send, inbox, listen and portal show them.
#pragma once

#include <string>

#include "base/json.h"
#include "cmd/context.h"
#include "store/portals.h"

namespace masc::cmd {

// The contract's message record; a body that is no text becomes `body_base64`.
void put_mail(JsonWriter& json, const store::Mail& mail);
// "msg-… codex 14:05Z: text"; further lines are indented.
std::string mail_text(const store::Mail& mail, Instant now);
void put_portal(JsonWriter& json, const store::PortalView& view, Instant now);
std::string portal_line(const model::Portal& portal, Instant now);
// An event as `listen` prints it, in one line without its end.
std::string event_json(const wire::Event& event);

// BODY or -F FILE ("-": standard input), any bytes up to 1 MiB. kUsage for both or neither if it is
// `needed`.
Result<std::string> message_body(Context& context, const std::optional<std::string>& body,
                                 const std::optional<std::string>& file, bool needed);

// Warns where nobody of this name has joined or given a command, or reads or waits for messages.
Result<void> warn_of_stranger(Context& context, const std::string& agent);

// With this hint, if it has none: what lies below knows no verbs.
Error advised(Error error, std::string hint);

}  // namespace masc::cmd
