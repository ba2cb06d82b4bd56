// DNA: what an agent hands to the next one. Lossless: the transcripts themselves (redacted, as zstd
// segments) and what git and the agent said beside them; every fact is made from those again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "handoff/transcript.h"
#include "handoff/work.h"

namespace masc::handoff {

// The bytes that one generation added to a transcript.
struct Segment {
  std::uint32_t generation = 1;
  Client client = Client::kClaude;
  Framing framing = Framing::kLines;
  bool continues = false;          // the transcript of the segment before goes on
  std::string directory;           // that the session worked in, "" if unknown
  std::string identity;            // hash of the transcript's beginning
  std::uint64_t source_bytes = 0;  // of the original file, up to the end of this segment
  std::string source_hash;         // of those bytes (XXH3, 64 bits, hex)
  std::uint64_t bytes = 0;         // redacted, uncompressed
  ReadingCounts counts;
  std::string data;  // zstd
};

struct Note {
  std::string kind;  // goal, next, decision, constraint, deadend, blocked, fact, note
  std::string text;
  std::string agent;
  std::string at;  // RFC 3339
};

// The work tree as git sees it, at the handoff.
struct GitState {
  std::string branch, head, base, base_commit;
  std::string worktree;              // absolute
  std::vector<std::string> commits;  // "1a2b3c4 subject", newest first, since base_commit
  std::vector<std::string> changes;  // "M path" of what is not committed
  std::string keep;                  // the kept snapshot's commit, "" if all was clean
};

struct Dna {
  std::uint32_t generation = 1;
  std::string task, agent, at;  // "" on plain files
  std::string previous;         // id of the DNA before this one
  std::vector<Segment> segments;
  std::vector<Note> notes;
  std::optional<GitState> git;
  std::map<std::string, std::uint64_t> redacted;  // by kind, over all generations
  std::map<std::string, std::string> parts;       // views of the facts: name → NDJSON
};

// An entry of a DNA: the file name in its tree, and its bytes.
using Entry = std::pair<std::string, std::string>;
std::vector<Entry> dna_entries(const Dna& dna);
Result<Dna> dna_from_entries(std::vector<Entry> entries);  // kFormat

// All entries in one file: "masc-dna 1\n", then "<size> <name>\n<bytes>\n" for each.
std::string pack_dna(const Dna& dna);
Result<Dna> unpack_dna(std::string_view data);  // kFormat

// Feeds one transcript after the other, from segments and from files, into one Work.
class Replay {
 public:
  explicit Replay(Keeps keeps = Keeps::kAll) : work_(keeps) {}
  // All of a DNA's segments. kFormat where one is damaged.
  Result<void> run(const Dna& dna);
  Work& work() noexcept { return work_; }
  const Work& work() const noexcept { return work_; }

  // Starts or goes on with a transcript; what is fed to the reader then is kept by `keep`.
  TranscriptReader& reader(const Segment& segment, Redactor* redactor, TranscriptReader::Keep keep);

 private:
  Work work_;
  std::unique_ptr<TranscriptReader> reader_;
};

// Hands the uncompressed bytes of a segment to `out`, in pieces. kFormat.
Result<void> unpack_segment(const Segment& segment,
                            const std::function<void(std::string_view)>& out);
// The stored transcripts, one after the other, byte for byte.
Result<std::string> stored_transcript(const Dna& dna);

}  // namespace masc::handoff
