#include "cmd/identity.h"

#include "git/state_repo.h"
#include "model/id.h"

namespace masc::cmd {
namespace {

struct Client {
  const char* variable;
  const char* client;
  const char* prefix;
};
constexpr Client kClients[] = {{"CLAUDE_CODE_SESSION_ID", "claude-code", "claude-"},
                               {"CODEX_SESSION_ID", "codex", "codex-"}};

// "claude-" and six characters of the session's hash, so that the name says nothing of the session.
std::string session_agent(const Client& client, const std::string& session) {
  const auto hash = git::StateRepo::blob_id(session);
  return client.prefix + std::string(model::TaskId::from_bytes(hash.bytes(), 6).digits());
}

Result<Identity> named(std::string_view name, std::string source, Identity identity) {
  MASC_TRY(identity.agent, model::parse_agent_name(name));
  identity.source = std::move(source);
  return identity;
}

Result<Identity> human(const git::Environment& environment, const IdentityFacts& facts,
                       Identity identity) {
  identity.human = true;
  if (const std::string name = facts.config("masc.agent"); !name.empty()) {
    return named(name, "masc.agent", std::move(identity));
  }
  for (const auto& [source, text] : {std::pair{"user.name", facts.config("user.name")},
                                     std::pair{"USER", environment.get("USER")}}) {
    const std::string name = model::agent_slug(text);
    if (!name.empty()) return named(name, source, std::move(identity));
  }
  return fail(
      error(ErrorCode::kUsage, "nobody is named: no --agent, MASC_AGENT, git user.name or USER")
          .hint("git config masc.agent NAME, or masc --agent NAME …"));
}

}  // namespace

Result<Identity> identify(const git::Environment& environment, const IdentityFacts& facts) {
  Identity identity;
  std::string from_session;
  for (const Client& client : kClients) {
    const std::string session = environment.get(client.variable);
    if (session.empty()) continue;
    identity.session = session;
    identity.client = client.client;
    from_session = session_agent(client, session);
    break;
  }
  if (identity.client.empty() && environment.has("GEMINI_CLI")) identity.client = "gemini-cli";
  if (const std::string session = environment.get("MASC_SESSION"); !session.empty()) {
    identity.session = session;
  }
  if (facts.flag) return named(*facts.flag, "--agent", std::move(identity));
  if (const std::string name = environment.get("MASC_AGENT"); !name.empty()) {
    return named(name, "MASC_AGENT", std::move(identity));
  }
  const bool other = !from_session.empty() && facts.token_agent != from_session &&
                     facts.token_agent && facts.known(from_session);
  if (facts.token_agent && !other)
    return named(*facts.token_agent, "worktree", std::move(identity));
  if (!from_session.empty()) return named(from_session, "session", std::move(identity));
  if (!identity.client.empty()) {
    return fail(error(ErrorCode::kUsage,
                      "{} gives its commands no session id, so masc can't tell its agents apart",
                      identity.client)
                    .hint("start each one with its own name: MASC_AGENT=gemini-1 gemini"));
  }
  return human(environment, facts, std::move(identity));
}

}  // namespace masc::cmd
