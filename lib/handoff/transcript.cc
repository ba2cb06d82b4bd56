#include "handoff/transcript.h"

#include <algorithm>

#include "base/text.h"

namespace masc::handoff {
namespace {

constexpr std::size_t kRecordBytes = std::size_t{8} << 20;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;  // of a line that is too long
// Of one record: each takes several times its text.
constexpr std::size_t kMostValues = std::size_t{1} << 20;

// Whether a record may have more values than that; what stands in strings is counted as well.
bool is_dense(std::string_view text) {
  if (text.size() <= kMostValues) return false;
  const auto begins = std::count_if(text.begin(), text.end(), [](char c) {
    return c == ',' || c == ':' || c == '[' || c == '{';
  });
  return static_cast<std::size_t>(begins) > kMostValues;
}

// Bytes of a part of a line that end with no escape begun: what takes the place of a secret behind
// it must not become a part of one.
std::size_t whole_escapes(std::string_view part) {
  constexpr std::size_t kLongest = 12;
  std::size_t at = part.rfind('\\');
  if (at == part.npos || part.size() - at > kLongest) return part.size();
  while (at > 0 && part[at - 1] == '\\') --at;
  return at == 0 ? part.size() : at;
}

}  // namespace

TranscriptReader::TranscriptReader(Client client, Framing framing, Redactor* redactor, Keep keep,
                                   EventSink sink)
    : framing_(framing),
      redactor_(redactor),
      keep_(std::move(keep)),
      sink_(std::move(sink)),
      parser_(make_parser(client)),
      splitter_(kRecordBytes, [this](std::string_view list, std::string element) {
        take_record(std::move(element), list);
      }) {}

void TranscriptReader::keep(std::string_view piece, Part part) {
  redacted_.clear();
  if (redactor_ == nullptr) {
    redacted_.assign(piece);
  } else if (part == Part::kCut) {
    redactor_->redact_part(piece, redacted_);
  } else {
    redactor_->redact(piece, redacted_);
  }
  if (keep_) keep_(redacted_);
}

// A piece of a line that is too long to be parsed: stored all the same.
void TranscriptReader::pass(Part part) {
  const std::string_view all = buffer_;
  const std::string_view piece =
      all.substr(0, part == Part::kWhole ? all.size() : whole_escapes(all));
  keep(piece, part);
  consumed_ += piece.size();
  if (framing_ == Framing::kDocument) splitter_.feed(redacted_);
  buffer_.erase(0, piece.size());
}

void TranscriptReader::take_record(std::string text, std::string_view list) {
  ++parser_->number;
  if (is_dense(text)) {
    ++counts_.oversize;
    return;
  }
  if (!json_.parse(std::move(text)) || !json_.root().is_object()) {
    ++counts_.malformed;
    return;
  }
  const JsonView root = json_.root();
  if (directory_.empty()) {
    for (const JsonView value :
         {root["cwd"], root["payload"]["cwd"], root["data"]["context"]["cwd"], root["directory"]}) {
      if (!value.str().empty() && directory_.empty()) directory_ = value.str();
    }
  }
  const bool known = parser_->record(root, list, [this](Event&& event) {
    event.record = parser_->number;
    sink_(std::move(event));
  });
  ++(known ? counts_.records : counts_.unknown);
}

void TranscriptReader::take_line(std::string_view line, Part part) {
  keep(line, part);
  consumed_ += line.size();
  switch (framing_) {
    case Framing::kDocument: splitter_.feed(redacted_); return;
    case Framing::kText: {
      ++parser_->number;
      std::string_view text = redacted_;
      while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
      parser_->line(text, [this](Event&& event) {
        event.record = parser_->number;
        sink_(std::move(event));
      });
      ++counts_.records;
      return;
    }
    case Framing::kLines:
      if (trim(redacted_).empty()) {
        ++parser_->number;
      } else {
        take_record(std::string(parser_->number == 0 ? without_bom(redacted_) : redacted_), {});
      }
  }
}

void TranscriptReader::feed(std::string_view piece) {
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end == piece.npos ? end : end + 1);
    piece.remove_prefix(part.size());
    const bool complete = part.ends_with('\n');
    if (buffer_.empty() && complete && !oversize_) {
      take_line(part);
      continue;
    }
    buffer_ += part;
    const std::size_t limit = framing_ == Framing::kDocument ? kPieceBytes : kRecordBytes;
    if (complete && !oversize_) {
      const std::string line = std::move(buffer_);
      buffer_.clear();
      take_line(line);
    } else if (oversize_ && (complete || buffer_.size() >= kPieceBytes)) {
      pass(complete ? Part::kWhole : Part::kCut);
      oversize_ = !complete;
    } else if (buffer_.size() >= limit) {
      if (framing_ != Framing::kDocument) {
        ++counts_.oversize;
        ++parser_->number;
        oversize_ = true;
      }
      pass(Part::kCut);
    }
  }
}

void TranscriptReader::go_on(Redactor* redactor, Keep keep) {
  redactor_ = redactor;
  keep_ = std::move(keep);
  consumed_ = 0;
  counts_ = {};
}

void TranscriptReader::finish() {
  if (!buffer_.empty()) {
    if (framing_ == Framing::kLines && !oversize_ && !is_dense(buffer_) && !json_.parse(buffer_)) {
      counts_.truncated = true;
    } else if (oversize_) {
      pass(Part::kCut);
    } else {
      // The rest of a line of text may be written later.
      take_line(buffer_, framing_ == Framing::kText ? Part::kCut : Part::kWhole);
    }
    buffer_.clear();
  }
  oversize_ = false;
  if (framing_ == Framing::kDocument && !splitter_.complete()) counts_.truncated = true;
  counts_.oversize += framing_ == Framing::kDocument ? splitter_.skipped() : 0;
  parser_->finish([this](Event&& event) {
    event.record = parser_->number;
    sink_(std::move(event));
  });
}

}  // namespace masc::handoff
