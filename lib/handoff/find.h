// Where the clients keep the transcript of a session that works in a folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "handoff/client.h"

namespace masc::handoff {

struct FoundTranscript {
  std::string path;
  Client client;
};

struct WantedTranscript {
  std::string directory;  // that the session works in, absolute
  std::string checkout;   // where it may have begun, before it went there; "" = nowhere else
  // As its client names it, "" if unknown: taken where no session says that it worked there.
  std::string session;
  std::int64_t since = 0;        // what was last written before that, in seconds, is of other work
  std::optional<Client> client;  // any, if unsaid
  std::string home;              // of the user
  std::string claude_home, codex_home;  // "" = at their usual places below it
};

// The newest transcript of a session that worked in that folder, by what its records say of it;
// the folder that holds it can be that of another one as well. nullopt: there is none. opencode and
// SWE-agent keep no file of that kind: theirs must be named.
std::optional<FoundTranscript> find_transcript(const WantedTranscript& wanted);

}  // namespace masc::handoff
