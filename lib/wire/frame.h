// Frames: one message as few bytes, and back. The format is in FORMAT.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/fields.h"
#include "wire/model.h"

namespace masc::wire {

// A longer message is refused, whichever way it goes.
inline constexpr std::size_t kMostMessage = std::size_t{8} << 20;
// From here on zstd is tried beside the model, and the shorter of both taken.
inline constexpr std::size_t kLongText = 16384;
// And from here on zstd alone is asked.
inline constexpr std::size_t kVeryLongText = std::size_t{256} << 10;

enum class Coding : std::uint8_t { kPlain = 0, kModel = 1, kZstd = 2, kExtended = 3 };

struct FrameOptions {
  bool checksum = false;    // XXH3-32 over the frame: for whatever is stored or relayed
  std::uint64_t epoch = 0;  // 0: none
};

struct FrameInfo {
  Kind kind = Kind::kOpaque;
  Coding coding = Coding::kPlain;
  bool checksum = false;
  std::uint64_t epoch = 0;
};

// zstd with a model's vocabulary as its dictionary. Made when first needed, kept for the next.
class LongText {
 public:
  explicit LongText(const Model& model);
  ~LongText();
  LongText(LongText&&) noexcept;
  LongText& operator=(LongText&&) noexcept;

  // Appends size and content.
  void compress(std::string_view text, std::string& out);
  // kFormat; at most `most` bytes.
  Result<void> expand(std::string_view data, std::size_t most, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Keep one for many messages: it keeps its memory. Not thread-safe.
class Encoder {
 public:
  explicit Encoder(const Model& model = Model::compiled_in())
      : model_(model), text_(model), long_(model) {}

  // Appends the frame of `message` to `out`. kInvalid if it is longer than kMostMessage.
  Result<FrameInfo> encode(std::string_view message, std::string& out,
                           const FrameOptions& options = {});

 private:
  const Model& model_;
  AnsEncoder coding_;
  TextEncoder text_;
  LongText long_;
  Record record_;
  std::string scratch_;
};

// Keeps its memory too.
class Decoder {
 public:
  explicit Decoder(const Model& model = Model::compiled_in())
      : model_(model), text_(model, kMostMessage), long_(model) {}

  // Appends the message that `frame` stands for to `out`. Takes the whole frame, nothing may be
  // behind it. kFormat where it is damaged, cut, too long, or of another model; `out` is as it was
  // then. A reader of what was stored or relayed asks for the checksum, so that nobody can take it
  // away.
  Result<FrameInfo> decode(std::string_view frame, std::string& out, bool needs_checksum = false);

 private:
  const Model& model_;
  TextDecoder text_;
  LongText long_;
  Record record_;
};

// Seven bits a byte, the lowest first, no longer than needed.
void put_varint(std::string& out, std::uint64_t number);
// Takes one off the front of `in`. False where it is cut, too long or not minimal.
bool take_varint(std::string_view& in, std::uint64_t& number);
std::uint32_t checksum_of(std::string_view bytes, std::uint32_t seed = 0);

// --- for frames and batches alike ---

struct FrameHead {
  Kind kind;
  Coding coding;
  bool checksum;
  std::string_view payload;  // without the checksum
};
// Sets the first two bytes of what lies from `begin` on, and appends the checksum.
void close_frame(const Model& model, Kind kind, Coding coding, bool checksum, std::size_t begin,
                 std::string& out);
// Takes these apart. kFormat where they are not right.
Result<FrameHead> open_frame(const Model& model, std::string_view frame, bool needs_checksum);

}  // namespace masc::wire
