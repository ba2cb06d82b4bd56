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
  bool continues = false;          // the transcript of an earlier segment goes on:
  std::size_t after = 0;           // of this one, by its place in the DNA
  bool superseded = false;         // a later segment holds all of its document
  std::string directory;           // that the session worked in, "" if unknown
  std::string identity;            // hash of the transcript's beginning
  std::uint64_t source_bytes = 0;  // of the original file, up to the end of this segment
  std::string source_hash;         // of those bytes (XXH3, 64 bits, hex)
  std::uint64_t bytes = 0;         // redacted, uncompressed
  std::uint64_t prefix = 0;        // bytes of text before it that it was packed against
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
  std::string tip;                    // of the branch, where HEAD is not on it
  std::vector<std::string> standing;  // git::unusual(): HEAD elsewhere, an operation under way
  std::string worktree;               // absolute
  std::vector<std::string> commits;   // "1a2b3c4 subject", newest first, since base_commit
  std::vector<std::string> changes;   // "M path" of what is not committed
  std::string keep;                   // the kept snapshot's commit, "" if all was clean
};

// Facts by part, as NDJSON with an "id" first: "files.ndjson" → lines.
using Parts = std::map<std::string, std::string>;

// An entry of a DNA: the file name in its tree, and its bytes.
using Entry = std::pair<std::string, std::string>;

struct Dna {
  std::uint32_t generation = 1;
  std::string task, agent, at;  // "" on plain files
  std::string previous;         // id of the DNA before this one
  std::vector<Segment> segments;
  std::vector<Note> notes;
  std::optional<GitState> git;
  std::map<std::string, std::uint64_t> redacted;  // by kind, over all generations
  Parts parts;
  std::vector<Entry> facts;  // the same as a repository keeps them: see fact_log.h
};

// Every entry but the facts: these are stored whole in a file, in logs in a repository.
void each_entry(const Dna& dna,
                const std::function<void(std::string_view name, std::string_view bytes)>& out);
Result<Dna> dna_from_entries(std::vector<Entry> entries);  // kFormat

// All entries in one file: "masc-dna 1\n", then "<size> <name>\n<bytes>\n" for each.
std::string pack_dna(const Dna& dna);
Result<Dna> unpack_dna(std::string_view data);  // kFormat

// The last bytes of the text of segments: what repeats them in the next one costs nothing there.
class Tail {
 public:
  void add(std::string_view piece);
  // That many, or all there are.
  std::string_view last(std::uint64_t bytes) const noexcept;
  static constexpr std::size_t kMost = std::size_t{2} << 20;

 private:
  std::string text_;
};

// How what is added is compressed: for a file of the moment, or for good.
enum class Packing { kQuick, kTight };

// Feeds one transcript after the other, from segments and from files, into one Work.
class Replay {
 public:
  explicit Replay(Keeps keeps = Keeps::kAll, Packing packing = Packing::kQuick)
      : work_(keeps), packing_(packing) {}
  // All of a DNA's segments. kFormat where one is damaged.
  Result<void> run(const Dna& dna);
  Work& work() noexcept { return work_; }
  const Work& work() const noexcept { return work_; }
  Packing packing() const noexcept { return packing_; }
  Tail& tail() noexcept { return tail_; }  // of all that was fed, if that is packed tightly

  // Starts or goes on with a transcript, for the segment at `place` in the DNA; what is fed to the
  // reader then is kept by `keep`.
  TranscriptReader& reader(const Segment& segment, std::size_t place, Redactor* redactor,
                           TranscriptReader::Keep keep);

 private:
  Work work_;
  Packing packing_;
  Tail tail_;
  std::vector<std::shared_ptr<TranscriptReader>> readers_;  // of each segment
  std::shared_ptr<TranscriptReader> current_;
};

// Hands the uncompressed bytes of a segment to `out`, in pieces. `before`: the text of those before
// it, or its end. kFormat.
Result<void> unpack_segment(const Segment& segment, std::string_view before,
                            const std::function<void(std::string_view)>& out);
// The stored transcripts, one after the other, byte for byte.
Result<std::string> stored_transcript(const Dna& dna);

}  // namespace masc::handoff
