// Who acts: the contract's order of sources, as a pure decision.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "git/process.h"

namespace masc::cmd {

struct Identity {
  std::string agent;
  std::string session;  // "" = none
  std::string client;   // "claude-code", "codex", "gemini-cli"; "" = unknown
  std::string
      source;  // "--agent", "MASC_AGENT", "worktree", "session", "masc.agent", "user.name", "USER"
  bool human = false;
};

struct IdentityFacts {
  std::optional<std::string> flag;         // --agent
  std::optional<std::string> token_agent;  // of the worktree one stands in
  // Whether an agent of that name has been seen here.
  std::function<bool(const std::string& name)> known;
  // git config, asked last since it costs several files.
  std::function<std::string(const std::string& name)> config;
};

// kInvalid for a bad name; kUsage where a known client without session gives none.
Result<Identity> identify(const git::Environment& environment, const IdentityFacts& facts);

}  // namespace masc::cmd
