#include "wire/frame.h"

#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>
#include <zstd.h>

#include "base/text.h"

namespace masc::wire {
namespace {

constexpr int kLevel = 9;
constexpr std::uint8_t kHasEpoch = 4;
constexpr unsigned kChecksumBit = 32;
constexpr std::size_t kChecksumBytes = 4;

tl::unexpected<Error> damaged(const char* what) {
  return fail(ErrorCode::kFormat, "this frame is damaged: {}", what);
}

}  // namespace

void put_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}

bool take_varint(std::string_view& in, std::uint64_t& number) {
  number = 0;
  for (std::size_t i = 0; i < in.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(in[i]);
    if (i == 9 && byte > 1) return false;
    number |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte >= 0x80) continue;
    in.remove_prefix(i + 1);
    return i == 0 || byte != 0;
  }
  return false;
}

std::uint32_t checksum_of(std::string_view bytes, std::uint32_t seed) {
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed));
}

// --- zstd ---

struct LongText::Impl {
  std::string_view dictionary;
  ZSTD_CCtx* out = nullptr;
  ZSTD_DCtx* in = nullptr;
  ~Impl() {
    ZSTD_freeCCtx(out);
    ZSTD_freeDCtx(in);
  }
};

LongText::LongText(const Model& model) : impl_(std::make_unique<Impl>()) {
  impl_->dictionary = model.vocabulary();
}
LongText::~LongText() = default;
LongText::LongText(LongText&&) noexcept = default;
LongText& LongText::operator=(LongText&&) noexcept = default;

void LongText::compress(std::string_view text, std::string& out) {
  put_varint(out, text.size());
  if (impl_->out == nullptr) {
    impl_->out = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(impl_->out, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(impl_->out, ZSTD_c_contentSizeFlag, 0);
  }
  ZSTD_CCtx_refPrefix(impl_->out, impl_->dictionary.data(), impl_->dictionary.size());
  const std::size_t begin = out.size();
  out.resize(begin + ZSTD_compressBound(text.size()));
  const std::size_t size =
      ZSTD_compress2(impl_->out, out.data() + begin, out.size() - begin, text.data(), text.size());
  out.resize(ZSTD_isError(size) != 0 ? out.size() : begin + size);
}

Result<void> LongText::expand(std::string_view data, std::size_t most, std::string& out) {
  std::uint64_t size = 0;
  if (!take_varint(data, size) || size > most) return damaged("a text is too long");
  if (impl_->in == nullptr) impl_->in = ZSTD_createDCtx();
  ZSTD_DCtx_refPrefix(impl_->in, impl_->dictionary.data(), impl_->dictionary.size());
  const std::size_t frame = ZSTD_findFrameCompressedSize(data.data(), data.size());
  constexpr std::string_view kMagic = "\x28\xb5\x2f\xfd";  // not that of a frame to be skipped
  if (ZSTD_isError(frame) != 0 || frame != data.size() || !data.starts_with(kMagic))
    return damaged("something stands behind it");
  const std::size_t begin = out.size();
  out.resize(begin + size);
  const std::size_t made =
      ZSTD_decompressDCtx(impl_->in, out.data() + begin, size, data.data(), data.size());
  if (ZSTD_isError(made) == 0 && made == size) return {};
  out.resize(begin);
  return damaged("its text can't be expanded");
}

// --- frames ---

void close_frame(const Model& model, Kind kind, Coding coding, bool checksum, std::size_t begin,
                 std::string& out) {
  out[begin] = static_cast<char>(static_cast<unsigned>(kind) | (checksum ? kChecksumBit : 0) |
                                 static_cast<unsigned>(coding) << 6);
  out[begin + 1] = static_cast<char>(model.profile());
  if (!checksum) return;
  std::uint32_t sum = checksum_of(std::string_view(out).substr(begin));
  for (std::size_t i = 0; i < kChecksumBytes; ++i, sum >>= 8) out.push_back(static_cast<char>(sum));
}

Result<FrameHead> open_frame(const Model& model, std::string_view frame, bool needs_checksum) {
  if (frame.size() < 2) return damaged("it is cut");
  const auto first = static_cast<unsigned char>(frame[0]);
  FrameHead head{static_cast<Kind>(first & (kChecksumBit - 1)), static_cast<Coding>(first >> 6),
                 (first & kChecksumBit) != 0, frame.substr(2)};
  if (static_cast<std::uint8_t>(frame[1]) != model.profile())
    return fail(error(ErrorCode::kFormat,
                      "this is no frame of model {:02x}, the one at hand: it names {:02x}",
                      model.profile(), static_cast<std::uint8_t>(frame[1]))
                    .hint("take the masc, or the --model, that it was made with, if it is one"));
  if (!head.checksum) {
    if (needs_checksum) return damaged("it has no checksum");
    return head;
  }
  if (head.payload.size() < kChecksumBytes) return damaged("it is cut");
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kChecksumBytes; ++i)
    sum |= std::uint32_t{static_cast<unsigned char>(frame[frame.size() - kChecksumBytes + i])}
           << (8 * i);
  if (checksum_of(frame.substr(0, frame.size() - kChecksumBytes)) != sum)
    return damaged("its checksum is wrong");
  head.payload.remove_suffix(kChecksumBytes);
  return head;
}

Result<FrameInfo> Encoder::encode(std::string_view message, std::string& out,
                                  const FrameOptions& options) {
  if (message.size() > kMostMessage)
    return fail(ErrorCode::kInvalid, "a message of {} bytes is too long; at most {}",
                message.size(), kMostMessage);
  take_apart(message, record_);
  FrameInfo info{record_.kind, Coding::kModel, options.checksum, options.epoch};
  const std::size_t begin = out.size();
  out.append(2, '\0');
  if (options.epoch != 0) {
    out.push_back('\0');
    put_varint(out, options.epoch);
  }
  const std::size_t payload = out.size();
  const bool model_alone = message.size() < kLongText;
  const bool zstd_alone = message.size() >= kVeryLongText;
  if (!zstd_alone) {
    text_.restart();
    Memory memory;
    FieldWriter writer(coding_, text_, memory);
    writer.put_shape(record_);
    writer.put_all({&record_, 1});
    coding_.finish(out);
  }
  if (!model_alone) {
    scratch_.clear();
    long_.compress(message, scratch_);
    if (zstd_alone || scratch_.size() < out.size() - payload) {
      out.replace(payload, std::string::npos, scratch_);
      info.coding = Coding::kZstd;
    }
  }
  // Noise is kept as it is.
  if (info.kind == Kind::kOpaque && out.size() - payload >= message.size()) {
    out.replace(payload, std::string::npos, message);
    info.coding = Coding::kPlain;
  }
  if (options.epoch != 0)
    out[begin + 2] = static_cast<char>(static_cast<unsigned>(info.coding) | kHasEpoch);
  close_frame(model_, info.kind, options.epoch != 0 ? Coding::kExtended : info.coding,
              options.checksum, begin, out);
  return info;
}

namespace {

// What was made of a frame from `begin` on, if it may stand.
Result<FrameInfo> checked(const FrameInfo& info, bool whole, std::size_t begin, std::string& out) {
  if (whole && (info.kind == Kind::kOpaque || is_utf8(std::string_view(out).substr(begin))))
    return info;
  out.resize(begin);
  return damaged(whole ? "its text is no UTF-8" : "its text is too long");
}

}  // namespace

Result<FrameInfo> Decoder::decode(std::string_view frame, std::string& out, bool needs_checksum) {
  MASC_TRY(const FrameHead head, open_frame(model_, frame, needs_checksum));
  FrameInfo info{head.kind, head.coding, head.checksum, 0};
  if (static_cast<std::size_t>(info.kind) >= kKinds) return damaged("it is of no known kind");
  std::string_view payload = head.payload;
  if (info.coding == Coding::kExtended) {
    if (payload.empty()) return damaged("it is cut");
    const auto flags = static_cast<unsigned char>(payload[0]);
    payload.remove_prefix(1);
    info.coding = static_cast<Coding>(flags & 3);
    if (info.coding == Coding::kExtended || (flags & ~3U) != kHasEpoch ||
        !take_varint(payload, info.epoch) || info.epoch == 0)
      return damaged("its header is none");
  }
  if (info.coding == Coding::kPlain) {
    if (info.kind != Kind::kOpaque || payload.size() > kMostMessage)
      return damaged("it is too long");
    out += payload;
    return info;
  }
  const std::size_t begin = out.size();
  if (info.coding == Coding::kZstd) {
    MASC_CHECK(long_.expand(payload, kMostMessage, out));
    return checked(info, true, begin, out);
  }
  AnsDecoder in(payload);
  text_.restart();
  Memory memory;
  FieldReader reader(in, text_, memory, kMostMessage);
  record_.kind = info.kind;
  record_.shape = info.kind == Kind::kOpaque ? 0 : reader.take_shape(info.kind);
  if (!reader.take_all({&record_, 1}) || !in.clean())
    return damaged("its fields end too soon or too late");
  const bool whole = put_together(record_, kMostMessage, out);
  return checked(info, whole, begin, out);
}

}  // namespace masc::wire
