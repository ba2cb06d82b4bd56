#include "handoff/dna.h"

#include <zstd.h>

#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "base/text.h"
#include "handoff/fact_log.h"

namespace masc::handoff {
namespace {

constexpr std::string_view kMagic = "masc-dna 1\n";
// 2: segments are packed against what stands before them, a repository keeps logs of the facts.
constexpr int kFormat = 2;
constexpr std::string_view kMeta = "meta.json";
// What a segment may need to be unpacked, 4 MiB, whatever it says itself.
constexpr int kWindowLog = 22;
constexpr std::string_view kNotes = "notes.ndjson";
constexpr std::string_view kGit = "git.json";

std::string segment_name(std::size_t index) { return fmt::format("transcript-{:04}.zst", index); }

std::string_view framing_name(Framing framing) {
  switch (framing) {
    case Framing::kLines: return "lines";
    case Framing::kDocument: return "document";
    case Framing::kText: return "text";
  }
  return "";
}

std::optional<Framing> parse_framing(std::string_view name) {
  for (const Framing framing : {Framing::kLines, Framing::kDocument, Framing::kText}) {
    if (framing_name(framing) == name) return framing;
  }
  return std::nullopt;
}

void put_segment(JsonWriter& json, const Segment& s) {
  json.begin_object().field("generation", std::uint64_t{s.generation});
  json.field("client", client_name(s.client)).field("framing", framing_name(s.framing));
  json.field("continues", s.continues).field("after", std::uint64_t{s.after});
  json.field("superseded", s.superseded).field("directory", s.directory);
  json.field("identity", s.identity).field("source_bytes", s.source_bytes);
  json.field("source_hash", s.source_hash).field("bytes", s.bytes).field("prefix", s.prefix);
  json.field("records", s.counts.records).field("unknown", s.counts.unknown);
  json.field("malformed", s.counts.malformed).field("oversize", s.counts.oversize);
  json.end_object();
}

std::string meta_text(const Dna& dna) {
  JsonWriter json;
  json.begin_object().field("format", kFormat).field("generation", std::uint64_t{dna.generation});
  json.field("task", dna.task).field("agent", dna.agent).field("at", dna.at);
  json.field("previous", dna.previous).key("redacted").begin_object();
  for (const auto& [kind, count] : dna.redacted) json.field(kind, count);
  json.end_object().key("segments").begin_array();
  for (const Segment& segment : dna.segments) put_segment(json, segment);
  json.end_array().end_object();
  return json.take() + "\n";
}

std::string notes_text(const Dna& dna) {
  std::string text;
  for (const Note& note : dna.notes) {
    JsonWriter json;
    json.begin_object().field("kind", note.kind).field("text", note.text);
    json.field("agent", note.agent).field("at", note.at).end_object();
    text += json.take() + "\n";
  }
  return text;
}

std::string git_text(const GitState& git) {
  JsonWriter json;
  json.begin_object().field("branch", git.branch).field("head", git.head);
  json.field("base", git.base).field("base_commit", git.base_commit).field("keep", git.keep);
  json.field("worktree", git.worktree).field("tip", git.tip);
  json.key("standing").strings(git.standing);
  json.key("commits").strings(git.commits).key("changes").strings(git.changes).end_object();
  return json.take() + "\n";
}

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::kFormat, "this DNA is damaged: {}", what);
}

std::uint64_t number(JsonView value) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value.integer().value_or(0)));
}

Result<Segment> read_segment(JsonView value, std::size_t place) {
  Segment s;
  const auto client = parse_client(value["client"].str());
  const auto framing = parse_framing(value["framing"].str());
  if (!client || !framing) return damaged("a transcript of an unknown client");
  s.client = *client;
  s.framing = *framing;
  s.generation = static_cast<std::uint32_t>(number(value["generation"]));
  s.continues = value["continues"].boolean().value_or(false);
  // Where it is not said, of the one before.
  const auto after = value["after"].integer();
  s.after = after ? number(value["after"]) : std::max<std::size_t>(place, 1) - 1;
  if (s.continues && s.after >= place) return damaged("a transcript that goes on with none");
  s.superseded = value["superseded"].boolean().value_or(false);
  s.directory = value["directory"].str();
  s.identity = value["identity"].str();
  s.source_bytes = number(value["source_bytes"]);
  s.source_hash = value["source_hash"].str();
  s.bytes = number(value["bytes"]);
  s.prefix = number(value["prefix"]);
  s.counts.records = number(value["records"]);
  s.counts.unknown = number(value["unknown"]);
  s.counts.malformed = number(value["malformed"]);
  s.counts.oversize = number(value["oversize"]);
  return s;
}

Result<void> read_meta(std::string text, Dna& dna) {
  JsonText json;
  if (!json.parse(std::move(text))) return damaged("meta.json");
  const JsonView meta = json.root();
  const auto format = meta["format"].integer();
  if (!format || *format < 1 || *format > kFormat) {
    return fail(error(ErrorCode::kFormat, "this DNA is of a format that this masc does not know")
                    .hint("use the masc that wrote it, or a newer one"));
  }
  dna.generation = static_cast<std::uint32_t>(number(meta["generation"]));
  dna.task = meta["task"].str();
  dna.agent = meta["agent"].str();
  dna.at = meta["at"].str();
  dna.previous = meta["previous"].str();
  const JsonView redacted = meta["redacted"];
  for (std::size_t i = 0; i < redacted.size(); ++i) {
    dna.redacted[std::string(redacted.key(i))] = number(redacted.at(i));
  }
  const JsonView segments = meta["segments"];
  for (std::size_t i = 0; i < segments.size(); ++i) {
    MASC_TRY(Segment segment, read_segment(segments.at(i), i));
    dna.segments.push_back(std::move(segment));
  }
  return {};
}

Result<void> read_notes(std::string_view text, Dna& dna) {
  JsonText json;
  for (const std::string_view line : split_lines(text)) {
    if (!json.parse(std::string(line))) return damaged(kNotes);
    const JsonView note = json.root();
    dna.notes.push_back({std::string(note["kind"].str()), std::string(note["text"].str()),
                         std::string(note["agent"].str()), std::string(note["at"].str())});
  }
  return {};
}

std::vector<std::string> strings_of(JsonView list) {
  std::vector<std::string> strings;
  for (std::size_t i = 0; i < list.size(); ++i) strings.emplace_back(list.at(i).str());
  return strings;
}

Result<void> read_git(std::string text, Dna& dna) {
  JsonText json;
  if (!json.parse(std::move(text))) return damaged(kGit);
  const JsonView value = json.root();
  GitState git;
  git.branch = value["branch"].str();
  git.head = value["head"].str();
  git.base = value["base"].str();
  git.base_commit = value["base_commit"].str();
  git.keep = value["keep"].str();
  git.worktree = value["worktree"].str();
  git.tip = value["tip"].str();
  git.standing = strings_of(value["standing"]);
  git.commits = strings_of(value["commits"]);
  git.changes = strings_of(value["changes"]);
  dna.git = std::move(git);
  return {};
}

// Of "transcript-0012.zst", "facts-0012.ndjson".
std::size_t number_of(std::string_view name) {
  std::size_t number = 0;
  const std::string_view digits = name.substr(name.find('-') + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

constexpr std::string_view kFactLog = "facts-";

// Parts as they were kept before there were logs, then the logs in order.
Result<void> read_facts(Dna& dna) {
  std::stable_sort(dna.facts.begin(), dna.facts.end(), [](const Entry& a, const Entry& b) {
    const auto place = [](const Entry& entry) {
      return entry.first.starts_with(kFactLog) ? number_of(entry.first) : 0;
    };
    return place(a) < place(b);
  });
  FactBook book;
  for (const auto& [name, bytes] : dna.facts) {
    MASC_CHECK(name.starts_with(kFactLog) ? book.apply(bytes) : book.add_part(name, bytes));
  }
  dna.parts = book.parts();
  return {};
}

struct StreamFree {
  void operator()(ZSTD_DStream* stream) const noexcept { ZSTD_freeDStream(stream); }
};

}  // namespace

void each_entry(const Dna& dna,
                const std::function<void(std::string_view name, std::string_view bytes)>& out) {
  out(kMeta, meta_text(dna));
  if (!dna.notes.empty()) out(kNotes, notes_text(dna));
  if (dna.git) out(kGit, git_text(*dna.git));
  for (std::size_t i = 0; i < dna.segments.size(); ++i) out(segment_name(i), dna.segments[i].data);
}

Result<Dna> dna_from_entries(std::vector<Entry> entries) {
  Dna dna;
  const auto meta = std::find_if(entries.begin(), entries.end(),
                                 [](const Entry& entry) { return entry.first == kMeta; });
  if (meta == entries.end()) return damaged("it has no meta.json");
  MASC_CHECK(read_meta(meta->second, dna));
  std::size_t found = 0;
  for (auto& [name, bytes] : entries) {
    if (name == kMeta) continue;
    if (name == kNotes) {
      MASC_CHECK(read_notes(bytes, dna));
    } else if (name == kGit) {
      MASC_CHECK(read_git(std::move(bytes), dna));
    } else if (name.starts_with("transcript-")) {
      const std::size_t index = number_of(name);
      if (index >= dna.segments.size()) return damaged("a transcript that meta.json doesn't name");
      dna.segments[index].data = std::move(bytes);
      ++found;
    } else {
      dna.facts.emplace_back(std::move(name), std::move(bytes));
    }
  }
  if (found != dna.segments.size()) return damaged("a part of the transcript is missing");
  MASC_CHECK(read_facts(dna));
  return dna;
}

std::string pack_dna(const Dna& dna) {
  std::size_t bytes = 4096;
  for (const Segment& segment : dna.segments) bytes += segment.data.size() + 64;
  for (const auto& [name, text] : dna.parts) bytes += text.size() + 64;
  std::string out(kMagic);
  out.reserve(bytes);
  const auto put = [&](std::string_view name, std::string_view entry) {
    out += fmt::format("{} {}\n", entry.size(), name);
    out.append(entry).push_back('\n');
  };
  each_entry(dna, put);
  for (const auto& [name, text] : dna.parts) put(name, text);
  return out;
}

Result<Dna> unpack_dna(std::string_view data) {
  if (!data.starts_with(kMagic)) {
    return fail(error(ErrorCode::kFormat, "this is no DNA file")
                    .hint("masc dna extract --transcript FILE -o DNA"));
  }
  data.remove_prefix(kMagic.size());
  std::vector<Entry> entries;
  while (!data.empty()) {
    const std::size_t end = data.find('\n');
    std::size_t size = 0;
    const std::string_view head = data.substr(0, end);
    const std::size_t space = head.find(' ');
    if (end == data.npos || space == head.npos || head.size() > 200)
      return damaged("an entry's head");
    const auto [stop, bad] = std::from_chars(head.data(), head.data() + space, size);
    if (bad != std::errc{} || stop != head.data() + space) return damaged("an entry's size");
    data.remove_prefix(end + 1);
    if (size >= data.size() || data[size] != '\n') return damaged("it is cut short");
    entries.emplace_back(head.substr(space + 1), data.substr(0, size));
    data.remove_prefix(size + 1);
  }
  return dna_from_entries(std::move(entries));
}

void Tail::add(std::string_view piece) {
  if (piece.size() > kMost) piece = piece.substr(piece.size() - kMost);
  if (text_.size() + piece.size() > 2 * kMost) text_.erase(0, text_.size() + piece.size() - kMost);
  text_ += piece;
}

std::string_view Tail::last(std::uint64_t bytes) const noexcept {
  const std::string_view text = text_;
  return bytes < text.size() ? text.substr(text.size() - bytes) : text;
}

Result<void> unpack_segment(const Segment& segment, std::string_view before,
                            const std::function<void(std::string_view)>& out) {
  const std::unique_ptr<ZSTD_DStream, StreamFree> stream(ZSTD_createDStream());
  if (!stream) return fail(ErrorCode::kIo, "no memory");
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kWindowLog);
  if (segment.prefix > before.size()) return damaged("what a transcript was packed against");
  // A copy: `before` may change while pieces are handed out.
  const std::string prefix(before.substr(before.size() - segment.prefix));
  ZSTD_DCtx_refPrefix(stream.get(), prefix.data(), prefix.size());
  std::string buffer(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{segment.data.data(), segment.data.size(), 0};
  std::uint64_t total = 0;
  std::size_t left = segment.data.empty() ? 0 : 1;
  while (left != 0) {
    ZSTD_outBuffer piece{buffer.data(), buffer.size(), 0};
    const std::size_t was = in.pos;
    left = ZSTD_decompressStream(stream.get(), &piece, &in);
    if (ZSTD_isError(left) != 0U) return damaged(ZSTD_getErrorName(left));
    if (piece.pos == 0 && in.pos == was && left != 0) return damaged("a transcript is cut short");
    total += piece.pos;
    if (total > segment.bytes) return damaged("a transcript is longer than it says");
    if (piece.pos > 0) out({buffer.data(), piece.pos});
  }
  if (total != segment.bytes) return damaged("a transcript is shorter than it says");
  return {};
}

Result<std::string> stored_transcript(const Dna& dna) {
  std::string text;
  for (const Segment& segment : dna.segments) {
    MASC_CHECK(unpack_segment(segment, text, [&](std::string_view piece) { text += piece; }));
  }
  return text;
}

TranscriptReader& Replay::reader(const Segment& segment, std::size_t place, Redactor* redactor,
                                 TranscriptReader::Keep keep) {
  readers_.resize(place);
  std::shared_ptr<TranscriptReader> reader;
  if (segment.continues && segment.after < place) reader = readers_[segment.after];
  if (current_ != nullptr && current_ != reader) current_->finish();
  if (reader) {
    reader->go_on(redactor, std::move(keep));
  } else {
    reader = std::make_shared<TranscriptReader>(segment.client, segment.framing, redactor,
                                                std::move(keep), [this](Event&& event) {
                                                  work_.set_directory(current_->directory());
                                                  work_.add(std::move(event));
                                                });
  }
  current_ = reader;
  readers_.push_back(std::move(reader));
  work_.begin(segment.generation, segment.directory);
  return *current_;
}

Result<void> Replay::run(const Dna& dna) {
  const bool needs_tail =
      packing_ == Packing::kTight || std::any_of(dna.segments.begin(), dna.segments.end(),
                                                 [](const Segment& s) { return s.prefix > 0; });
  for (std::size_t i = 0; i < dna.segments.size(); ++i) {
    const Segment& segment = dna.segments[i];
    TranscriptReader* out = segment.superseded ? nullptr : &reader(segment, i, nullptr, {});
    MASC_CHECK(unpack_segment(segment, tail_.last(Tail::kMost), [&](std::string_view piece) {
      if (needs_tail) tail_.add(piece);
      if (out != nullptr) out->feed(piece);
    }));
  }
  if (current_ != nullptr) current_->finish();
  return {};
}

}  // namespace masc::handoff
