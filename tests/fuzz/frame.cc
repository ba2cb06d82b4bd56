// Frames and batches of any bytes: no crash, and what is accepted is within its bounds and comes
// back when written again.
#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "wire/batch.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static masc::wire::Decoder decoder;
  static masc::wire::BatchDecoder batches;
  static masc::wire::Encoder encoder;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // The profile is put right, else nearly nothing would get past it.
  std::string frame(input);
  if (frame.size() > 1) frame[1] = static_cast<char>(masc::wire::Model::compiled_in().profile());
  std::string message;
  if (decoder.decode(frame, message)) {
    if (message.size() > masc::wire::kMostMessage) std::abort();
    std::string again, back;
    if (!encoder.encode(message, again) || !decoder.decode(again, back) || back != message)
      std::abort();
  }
  static_cast<void>(batches.decode(frame));
  // The same bytes as a message.
  std::string own, back;
  if (!encoder.encode(input, own) || !decoder.decode(own, back) || back != input) std::abort();
  // And its lines as the messages of a batch.
  static masc::wire::BatchEncoder batch_encoder;
  const std::vector<std::string_view> lines = masc::split(input, '\n');
  if (lines.size() > masc::wire::kMostInBatch) return 0;
  std::string batch;
  if (!batch_encoder.encode(lines, batch, true)) std::abort();
  const auto messages = batches.decode(batch);
  if (!messages || !std::equal(lines.begin(), lines.end(), messages->begin(), messages->end()))
    std::abort();
  return 0;
}
