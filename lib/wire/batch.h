// Batches: many messages as one piece, column by column. One message alone is its frame.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/frame.h"

namespace masc::wire {

// When whoever gathers messages seals a batch.
inline constexpr std::size_t kBatchMessages = 100;
inline constexpr std::size_t kBatchBytes = std::size_t{64} << 10;
// What a reader takes at most.
inline constexpr std::size_t kMostInBatch = 65536;
inline constexpr std::size_t kMostBatchBytes = kMostMessage;

class BatchEncoder {
 public:
  explicit BatchEncoder(const Model& model = Model::compiled_in())
      : model_(model), text_(model), single_(model) {}

  // Appends one batch of `messages` to `out`. kInvalid where they are too many or too long.
  Result<void> encode(std::span<const std::string_view> messages, std::string& out,
                      bool checksum = true);

 private:
  const Model& model_;
  AnsEncoder coding_;
  TextEncoder text_;
  std::vector<Record> records_;
  Encoder single_;
};

class BatchDecoder {
 public:
  explicit BatchDecoder(const Model& model = Model::compiled_in())
      : model_(model), single_(model) {}

  // The messages of one batch, in their order. kFormat as in Decoder.
  Result<std::vector<std::string>> decode(std::string_view batch, bool needs_checksum = false);

 private:
  const Model& model_;
  Decoder single_;
};

}  // namespace masc::wire
