// bench/wire FILE…: frames beside what else one could do, on the same messages in the same run.
//
// FILE: JSON Lines as `masc wire` takes them. Bytes: each message alone. Times: one message after
// another, each once (caches as they are then) and into memory that is there already, best of
// twenty rounds; "hot" is the same message, of mean size, again and again.
#include <brotli/decode.h>
#include <brotli/encode.h>
#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cmd/wire_text.h"
#include "wire/batch.h"
#include "wire/train.h"

namespace {

using Clock = std::chrono::steady_clock;
using Codes = std::vector<std::string>;

// Both write over what is there.
struct Way {
  std::string name;
  std::function<void(const std::string&, std::string&)> encode;
  std::function<void(const std::string&, std::string&)> decode;  // empty: not timed
};

double micros(Clock::duration time, std::size_t count) {
  return std::chrono::duration<double, std::micro>(time).count() / static_cast<double>(count);
}

void gzip(const std::string& text, std::string& out) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  out.resize(deflateBound(&stream, text.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
}

void brotli(const std::string& text, std::string& out) {
  std::size_t size = BrotliEncoderMaxCompressedSize(text.size());
  out.resize(size);
  BrotliEncoderCompress(11, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                        reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                        reinterpret_cast<std::uint8_t*>(out.data()));
  out.resize(size);
}

void unbrotli(const std::string& code, std::string& out) {
  static std::string room(std::size_t{8} << 20, '\0');  // the message's size is not in its code
  std::size_t size = room.size();
  BrotliDecoderDecompress(code.size(), reinterpret_cast<const std::uint8_t*>(code.data()), &size,
                          reinterpret_cast<std::uint8_t*>(room.data()));
  out.assign(room, 0, size);
}

class Zstd {
 public:
  Zstd(int level, std::string_view dictionary) {
    ZSTD_CCtx_setParameter(out_, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_loadDictionary(out_, dictionary.data(), dictionary.size());
    ZSTD_DCtx_loadDictionary(in_, dictionary.data(), dictionary.size());
  }
  void encode(const std::string& text, std::string& code) {
    code.resize(ZSTD_compressBound(text.size()));
    code.resize(ZSTD_compress2(out_, code.data(), code.size(), text.data(), text.size()));
  }
  void decode(const std::string& code, std::string& text) {
    text.resize(ZSTD_getFrameContentSize(code.data(), code.size()));
    text.resize(ZSTD_decompressDCtx(in_, text.data(), text.size(), code.data(), code.size()));
  }

 private:
  ZSTD_CCtx* out_ = ZSTD_createCCtx();
  ZSTD_DCtx* in_ = ZSTD_createDCtx();
};

std::size_t sum(const Codes& list) {
  std::size_t total = 0;
  for (const std::string& one : list) total += one.size();
  return total;
}

void compare(const Way& way, const Codes& messages) {
  Codes codes(messages.size());
  std::string text;
  double encode = 1e9, decode = 1e9;
  const int rounds = way.name == "brotli -11" ? 1 : 20;
  for (int round = 0; round < rounds; ++round) {
    auto begin = Clock::now();
    for (std::size_t i = 0; i < messages.size(); ++i) way.encode(messages[i], codes[i]);
    encode = std::min(encode, micros(Clock::now() - begin, messages.size()));
    if (!way.decode) continue;
    begin = Clock::now();
    std::size_t back = 0;
    for (const std::string& code : codes) {
      way.decode(code, text);
      back += text.size();
    }
    decode = std::min(decode, micros(Clock::now() - begin, messages.size()));
    if (back != sum(messages)) fmt::print("{}: WRONG, {} bytes came back\n", way.name, back);
  }
  const std::size_t size = sum(messages) / messages.size();
  const auto off = [size](const std::string& message) {
    return message.size() > size ? message.size() - size : size - message.size();
  };
  const std::string& one =
      *std::min_element(messages.begin(), messages.end(),
                        [&](const auto& a, const auto& b) { return off(a) < off(b); });
  const auto repeats = std::size_t{way.name == "brotli -11" ? 20U : 2000U};
  auto begin = Clock::now();
  std::string code;
  for (std::size_t i = 0; i < repeats; ++i) way.encode(one, code);
  const double hot = micros(Clock::now() - begin, repeats);
  double hot_decode = 0;
  if (way.decode) {
    begin = Clock::now();
    for (std::size_t i = 0; i < repeats; ++i) way.decode(code, text);
    hot_decode = micros(Clock::now() - begin, repeats);
  }
  double mean = 0;
  for (std::size_t i = 0; i < messages.size(); ++i)
    mean += messages[i].empty() ? 0
                                : 1 - static_cast<double>(codes[i].size()) /
                                          static_cast<double>(messages[i].size());
  const double saved = 1 - static_cast<double>(sum(codes)) / static_cast<double>(sum(messages));
  fmt::print(
      "{:<28} {:>9} bytes  saved {:>6.2f} %  mean {:>6.2f} %  encode {:>8.2f} us (hot {:>8.2f})  "
      "decode {}\n",
      way.name, sum(codes), 100 * saved, 100 * mean / static_cast<double>(messages.size()), encode,
      hot, way.decode ? fmt::format("{:.2f} us (hot {:>8.2f})", decode, hot_decode) : "-");
}

Way frames(const std::string& name, const masc::wire::Model& model) {
  const auto encoder = std::make_shared<masc::wire::Encoder>(model);
  const auto decoder = std::make_shared<masc::wire::Decoder>(model);
  return {name,
          [encoder](const std::string& text, std::string& frame) {
            frame.clear();
            static_cast<void>(encoder->encode(text, frame));
          },
          [decoder](const std::string& frame, std::string& text) {
            text.clear();
            static_cast<void>(decoder->decode(frame, text));
          }};
}

Way zstd(const std::string& name, int level, std::string_view dictionary) {
  const auto coder = std::make_shared<Zstd>(level, dictionary);
  return {name, [coder](const std::string& text, std::string& code) { coder->encode(text, code); },
          [coder](const std::string& code, std::string& text) { coder->decode(code, text); }};
}

void batches(const Codes& messages) {
  for (const std::size_t size : {1, 10, 50, 100}) {
    masc::wire::BatchEncoder encoder;
    std::size_t total = 0;
    for (std::size_t i = 0; i < messages.size(); i += size) {
      const std::vector<std::string_view> part(
          messages.begin() + static_cast<std::ptrdiff_t>(i),
          messages.begin() + static_cast<std::ptrdiff_t>(std::min(i + size, messages.size())));
      std::string batch;
      static_cast<void>(encoder.encode(part, batch));
      total += batch.size();
    }
    fmt::print("batches of {:<3}, checksums included: saved {:.2f} %\n", size,
               100 * (1 - static_cast<double>(total) / static_cast<double>(sum(messages))));
  }
}

void trained_on_test(const Codes& messages) {
  masc::wire::Trainer trainer;
  for (const std::string& message : messages) trainer.add(message);
  const auto bytes = trainer.train({});
  if (!bytes) return;
  std::vector<std::uint64_t> memory(bytes->size() / 8 + 1);
  std::copy(bytes->begin(), bytes->end(), reinterpret_cast<char*>(memory.data()));
  const auto model =
      masc::wire::Model::open({reinterpret_cast<const char*>(memory.data()), bytes->size()});
  if (model) compare(frames("frames, TRAINED ON THESE", *model), messages);
}

}  // namespace

int main(int argc, char** argv) {
  const auto start = Clock::now();
  std::string first;
  static_cast<void>(masc::wire::Encoder().encode(
      R"({"jsonrpc":"2.0","method":"notifications/masc/agent_leave","params":{"seq":5,"ts":"2026-03-01T14:05:00Z","agent":"codex-calm-otter"}})",
      first));
  fmt::print("first frame of this process: {:.1f} us\n", micros(Clock::now() - start, 1));
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    const Codes messages = masc::cmd::messages_of_lines(text.str());
    fmt::print("\n{}: {} messages, {} bytes\n", argv[i], messages.size(), sum(messages));
    if (messages.empty()) continue;
    const masc::wire::Model& model = masc::wire::Model::compiled_in();
    const std::string_view vocabulary = model.vocabulary();
    compare(frames("frames (unseen text)", model), messages);
    compare({"gzip -9", gzip, {}}, messages);
    compare(zstd("zstd -3", 3, ""), messages);
    compare(zstd("zstd -19", 19, ""), messages);
    compare(zstd("zstd -3, our vocabulary", 3, vocabulary), messages);
    compare(zstd("zstd -19, our vocabulary", 19, vocabulary), messages);
    compare({"brotli -11", brotli, unbrotli}, messages);
    const auto binary = [](const std::string& message, std::string& out, bool cbor) {
      const auto json = nlohmann::ordered_json::parse(message, nullptr, false);
      out.clear();
      if (json.is_discarded())
        out = message;
      else if (cbor)
        nlohmann::ordered_json::to_cbor(json, out);
      else
        nlohmann::ordered_json::to_msgpack(json, out);
    };
    compare({"MessagePack", [&](const auto& in, auto& out) { binary(in, out, false); }, {}},
            messages);
    compare({"CBOR", [&](const auto& in, auto& out) { binary(in, out, true); }, {}}, messages);
    batches(messages);
    trained_on_test(messages);
  }
}
