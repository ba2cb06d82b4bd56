// Reads a transcript of any size in bounded memory: cut into records, redacted, parsed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "handoff/client.h"
#include "handoff/document.h"
#include "handoff/redact.h"

namespace masc::handoff {

struct ReadingCounts {
  std::uint64_t records = 0;    // understood
  std::uint64_t unknown = 0;    // of a type that no parser knows
  std::uint64_t malformed = 0;  // no JSON
  std::uint64_t oversize = 0;   // too long to be looked into
  bool truncated = false;       // the last line is incomplete and was left for the next time
};

// One transcript. Feed it in pieces, then finish. Not thread-safe.
class TranscriptReader {
 public:
  using Keep = std::function<void(std::string_view redacted)>;

  // `redactor` may be nullptr for what was redacted before. `keep` gets the transcript as it is to
  // be stored; may be empty.
  TranscriptReader(Client client, Framing framing, Redactor* redactor, Keep keep, EventSink sink);

  void feed(std::string_view piece);
  // No more bytes for now; more may be fed later as what was appended to the file.
  void finish();

  // What is fed from here on is kept by `keep`, and counted anew.
  void go_on(Redactor* redactor, Keep keep);

  // Bytes fed that are dealt with: all but an incomplete last line.
  std::uint64_t consumed() const noexcept { return consumed_; }
  const ReadingCounts& counts() const noexcept { return counts_; }
  // The directory that the session worked in, if a record said so.
  const std::string& directory() const noexcept { return directory_; }

 private:
  enum class Part { kWhole, kCut };  // of a line: whether more of it may follow

  void take_line(std::string_view line, Part part = Part::kWhole);  // with its end
  void take_record(std::string text, std::string_view list);
  void keep(std::string_view piece, Part part);
  void pass(Part part);  // what the buffer holds

  Framing framing_;
  Redactor* redactor_;
  Keep keep_;
  EventSink sink_;
  std::unique_ptr<Parser> parser_;
  JsonText json_;
  DocumentSplitter splitter_;
  std::string buffer_, redacted_;
  bool oversize_ = false;  // inside a line that is too long
  std::uint64_t consumed_ = 0;
  ReadingCounts counts_;
  std::string directory_;
};

}  // namespace masc::handoff
