#include "handoff/extract.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <future>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/file.h"
#include "base/text.h"

namespace masc::handoff {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;
constexpr std::size_t kSniff = std::size_t{64} << 10;
constexpr std::size_t kSniffLine = std::size_t{1} << 20;

// XXH3 over what has been seen so far.
class Hash {
 public:
  Hash() : state_(XXH3_createState()) { XXH3_64bits_reset(state_); }
  ~Hash() { XXH3_freeState(state_); }
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  void add(std::string_view bytes) { XXH3_64bits_update(state_, bytes.data(), bytes.size()); }
  std::string hex() const { return fmt::format("{:016x}", XXH3_64bits_digest(state_)); }

 private:
  XXH3_state_t* state_;
};

// Beside the reading, a chunk at a time: packing well takes about as long.
class Compressor {
 public:
  Compressor(Packing packing, std::string_view prefix)
      : stream_(ZSTD_createCStream()), prefix_(prefix) {
    ZSTD_CCtx_setParameter(stream_, ZSTD_c_checksumFlag, 1);
    if (packing == Packing::kQuick) {
      ZSTD_CCtx_setParameter(stream_, ZSTD_c_compressionLevel, 1);
      return;
    }
    // Transcripts repeat whole names and lines: searched for deeply, short matches left aside.
    for (const auto& [parameter, value] : {std::pair{ZSTD_c_windowLog, 22},
                                           {ZSTD_c_hashLog, 20},
                                           {ZSTD_c_chainLog, 20},
                                           {ZSTD_c_searchLog, 6},
                                           {ZSTD_c_minMatch, 6},
                                           {ZSTD_c_strategy, int{ZSTD_lazy2}}}) {
      ZSTD_CCtx_setParameter(stream_, parameter, value);
    }
    ZSTD_CCtx_refPrefix(stream_, prefix_.data(), prefix_.size());
  }
  ~Compressor() {
    if (packing_.valid()) packing_.wait();
    ZSTD_freeCStream(stream_);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  void add(std::string_view bytes) {
    next_ += bytes;
    if (next_.size() >= kChunk) pack();
  }
  std::string finish() {
    pack();
    packing_.get();
    run({}, ZSTD_e_end);
    return std::move(out_);
  }

 private:
  void pack() {
    if (packing_.valid()) packing_.get();
    now_.swap(next_);
    next_.clear();
    packing_ = std::async([this] { run(now_, ZSTD_e_continue); });
  }

  void run(std::string_view bytes, ZSTD_EndDirective end) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t left = 1;
    while (end == ZSTD_e_end ? left != 0 : in.pos < in.size) {
      char buffer[32768];
      ZSTD_outBuffer piece{buffer, sizeof buffer, 0};
      left = ZSTD_compressStream2(stream_, &piece, &in, end);
      if (ZSTD_isError(left) != 0U) return;
      out_.append(buffer, piece.pos);
    }
  }

  ZSTD_CStream* stream_;
  std::string prefix_;
  std::string next_, now_, out_;
  std::future<void> packing_;
};

Result<std::size_t> read_some(int fd, std::string& buffer, std::string_view path) {
  while (true) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) return fail(os_error(errno, path));
  }
}

// Reads up to `bytes` from the file's start into `hash`; how many there were.
Result<std::uint64_t> hash_start(int fd, std::uint64_t bytes, std::string_view path, Hash& hash) {
  std::string buffer(kChunk, '\0');
  std::uint64_t done = 0;
  while (done < bytes) {
    if (bytes - done < buffer.size()) buffer.resize(bytes - done);
    MASC_TRY(const std::size_t n, read_some(fd, buffer, path));
    if (n == 0) break;
    hash.add(std::string_view(buffer).substr(0, n));
    done += n;
  }
  return done;
}

// Up to `bytes` of the file, from `at` on; where it is read next stays as it is.
Result<std::string> read_at(int fd, std::uint64_t at, std::size_t bytes, std::string_view path) {
  std::string text(bytes, '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t n =
        ::pread(fd, text.data() + have, text.size() - have, static_cast<off_t>(at + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(os_error(errno, path));
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  text.resize(have);
  return text;
}

// The end of what the DNA has of the file: a secret may have been cut there.
Result<std::string> end_of_known(int fd, std::uint64_t known, std::string_view path) {
  const std::uint64_t bytes = std::min<std::uint64_t>(known, Redactor::kMostBefore);
  return read_at(fd, known - bytes, static_cast<std::size_t>(bytes), path);
}

// The file's first lines without those that are too long to tell anything, such as one with an
// image; kSniff of them.
Result<std::string> sniff_lines(int fd, std::string_view path) {
  std::string kept, line, buffer(kChunk, '\0');
  bool too_long = false;
  for (off_t at = 0; kept.size() < kSniff;) {
    const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(os_error(errno, path));
    if (n == 0) break;
    at += n;
    std::string_view piece = std::string_view(buffer).substr(0, static_cast<std::size_t>(n));
    while (!piece.empty()) {
      const std::size_t end = piece.find('\n');
      const std::string_view part = piece.substr(0, end == piece.npos ? end : end + 1);
      piece.remove_prefix(part.size());
      too_long = too_long || line.size() + part.size() > kSniffLine;
      if (!too_long) line += part;
      if (!part.ends_with('\n')) continue;
      if (!too_long) kept += line;
      line.clear();
      too_long = false;
    }
  }
  return too_long ? kept : kept + line;
}

// What makes it the same transcript later: its first line, or its first kilobyte.
std::string identity_of(std::string_view beginning) {
  Hash hash;
  hash.add(beginning.substr(0, std::min<std::size_t>(beginning.find('\n'), 1024)));
  return hash.hex();
}

Result<Segment> describe(int fd, std::optional<Client> client, std::string_view path,
                         const Dna& dna) {
  MASC_TRY(const std::string beginning, read_at(fd, 0, kSniff, path));
  std::string lines;
  if (!client) client = detect_client(beginning);
  if (!client) {
    MASC_TRY(lines, sniff_lines(fd, path));
    client = detect_client(lines);
  }
  if (!client) {
    return fail(error(ErrorCode::kInvalid, "nobody knows which client wrote {}", shell_quote(path))
                    .hint("say it: --client claude|codex|gemini|opencode|copilot|pi|swe-agent|"
                          "specstory|aider"));
  }
  Segment segment;
  segment.generation = dna.generation;
  segment.client = *client;
  segment.framing = framing_of(*client, lines.empty() ? beginning : lines);
  segment.identity = identity_of(beginning);
  return segment;
}

// The newest segment whose transcript the file at `fd` goes on with, or is; the offset is behind it
// then, and `hash` covers what is before. A document is written anew each time: it goes on with
// none.
Result<std::optional<std::size_t>> segment_before(int fd, std::uint64_t bytes, const Segment& now,
                                                  const Dna& dna, std::string_view path,
                                                  std::unique_ptr<Hash>& hash) {
  for (std::size_t i = dna.segments.size(); i-- > 0;) {
    const Segment& one = dna.segments[i];
    if (one.client != now.client || one.source_bytes == 0 || one.source_bytes > bytes) continue;
    if (now.framing == Framing::kDocument && one.source_bytes != bytes) continue;
    hash = std::make_unique<Hash>();
    if (::lseek(fd, 0, SEEK_SET) < 0) return fail(os_error(errno, path));
    MASC_TRY(const std::uint64_t had, hash_start(fd, one.source_bytes, path, *hash));
    if (had == one.source_bytes && hash->hex() == one.source_hash) return i;
  }
  hash = std::make_unique<Hash>();
  if (::lseek(fd, 0, SEEK_SET) < 0) return fail(os_error(errno, path));
  return std::nullopt;
}

// The latest of a document holds all of it: an earlier one tells nothing any more.
Result<void> supersede(const Segment& now, Dna& dna, Replay& replay) {
  const auto old = std::find_if(dna.segments.begin(), dna.segments.end(), [&](const Segment& one) {
    return one.framing == Framing::kDocument && one.identity == now.identity && !one.superseded;
  });
  if (old == dna.segments.end()) return {};
  // What stands behind it was packed against it.
  if (old + 1 == dna.segments.end()) {
    dna.segments.pop_back();
  } else {
    old->superseded = true;
  }
  replay = Replay(replay.work().keeps(), replay.packing());
  return replay.run(dna);
}

}  // namespace

Result<Extraction> add_transcript(const std::string& path, std::optional<Client> client, Dna& dna,
                                  Replay& replay) {
  // A pipe would be waited for, and could not be read from its start again.
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    if (errno == ENOENT) return fail(ErrorCode::kNotFound, "there is no {}", shell_quote(path));
    return fail(os_error(errno, path));
  }
  struct stat file {};
  if (::fstat(fd.get(), &file) != 0) return fail(os_error(errno, path));
  if (!S_ISREG(file.st_mode)) {
    return fail(error(ErrorCode::kInvalid, "{} is no regular file", shell_quote(path))
                    .hint("save the transcript as a file, and name that"));
  }
  MASC_TRY(Segment segment, describe(fd.get(), client, path, dna));
  Extraction done;
  done.client = segment.client;
  std::unique_ptr<Hash> hash;
  MASC_TRY(const auto before_it, segment_before(fd.get(), static_cast<std::uint64_t>(file.st_size),
                                                segment, dna, path, hash));
  segment.continues = before_it.has_value();
  if (before_it) {
    const Segment& last = dna.segments[*before_it];
    if (segment.framing == Framing::kDocument) {
      done.counts = last.counts;
      return done;
    }
    segment.after = *before_it;
    segment.source_bytes = last.source_bytes;
  } else if (segment.framing == Framing::kDocument) {
    MASC_CHECK(supersede(segment, dna, replay));
  }
  Redactor redactor;
  if (segment.continues) {
    MASC_TRY(const std::string before, end_of_known(fd.get(), segment.source_bytes, path));
    redactor.resume(before);
  }
  // Agents read the same files and run the same commands again and again.
  const bool tight = replay.packing() == Packing::kTight;
  const std::string_view before = tight ? replay.tail().last(Tail::kMost) : std::string_view();
  segment.prefix = before.size();
  Compressor compressor(replay.packing(), before);
  TranscriptReader& reader =
      replay.reader(segment, dna.segments.size(), &redactor, [&](std::string_view piece) {
        compressor.add(piece);
        if (tight) replay.tail().add(piece);
        segment.bytes += piece.size();
      });
  std::string buffer(kChunk, '\0'), tail;
  std::uint64_t hashed = 0;
  while (true) {
    MASC_TRY(const std::size_t n, read_some(fd.get(), buffer, path));
    if (n == 0) break;
    const std::string_view piece = std::string_view(buffer).substr(0, n);
    reader.feed(piece);
    // The hash covers what was dealt with, no incomplete line.
    tail += piece;
    const std::size_t ready = static_cast<std::size_t>(reader.consumed() - hashed);
    hash->add(std::string_view(tail).substr(0, ready));
    tail.erase(0, ready);
    hashed += ready;
  }
  reader.finish();
  hash->add(std::string_view(tail).substr(0, static_cast<std::size_t>(reader.consumed() - hashed)));
  segment.source_bytes += reader.consumed();
  done.counts = reader.counts();
  reader.go_on(nullptr, {});  // what was borrowed from here ends here
  done.redacted = redactor.total();
  for (const auto& [kind, count] : redactor.counts()) dna.redacted[kind] += count;
  segment.directory = reader.directory();
  segment.counts = done.counts;
  segment.source_hash = hash->hex();
  segment.data = compressor.finish();
  done.new_bytes = segment.bytes;
  if (segment.bytes > 0) dna.segments.push_back(std::move(segment));
  return done;
}

}  // namespace masc::handoff
