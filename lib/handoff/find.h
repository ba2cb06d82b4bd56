// Where the clients keep the transcript of a session that works in a folder.
#pragma once

#include <optional>
#include <string>

#include "handoff/client.h"

namespace masc::handoff {

struct FoundTranscript {
  std::string path;
  Client client;
};

// The newest transcript of a session in `directory` (absolute), below `home` or in the folder
// itself; of `client` only, if given. nullopt: there is none. opencode and SWE-agent keep no file
// of that kind: theirs must be named.
std::optional<FoundTranscript> find_transcript(const std::string& home,
                                               const std::string& directory,
                                               std::optional<Client> client);

}  // namespace masc::handoff
