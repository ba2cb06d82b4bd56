// Makes DNA of a transcript file, or adds what was appended to it since.
#pragma once

#include <optional>
#include <string>

#include "handoff/dna.h"

namespace masc::handoff {

struct Extraction {
  std::uint64_t new_bytes = 0;  // of the transcript, uncompressed
  std::uint64_t redacted = 0;   // secrets taken out of them
  ReadingCounts counts;
  Client client = Client::kClaude;
};

// Adds the transcript at `path` to `dna` as generation dna.generation. `replay` has run over what
// dna holds and goes on with the new events. kInvalid where the client can't be told; kIo.
// Bytes that dna holds already are not added again.
Result<Extraction> add_transcript(const std::string& path, std::optional<Client> client, Dna& dna,
                                  Replay& replay);

}  // namespace masc::handoff
