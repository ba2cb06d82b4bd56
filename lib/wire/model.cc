#include "wire/model.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>
#include <vector>

// base.bin, put into .rodata by base_model.s.
extern "C" const char masc_wire_base_model[];
extern "C" const char masc_wire_base_model_end[];

namespace masc::wire {
namespace {

constexpr std::size_t kSpecials = 2;  // end and copy
constexpr std::uint32_t kMostBuckets = std::uint32_t{1} << 22;

bool sound_counts(const ModelHeader& h) {
  return std::memcmp(h.magic, "MWM6", 4) == 0 && h.tokens >= 258 && h.tokens <= kMostTokens &&
         h.rows > kStarts && h.rows <= kMostRows && h.classes >= 3 && h.classes <= 255 &&
         h.cells >= 256 && h.cells <= kMostCells && h.text_bytes <= kMostText &&
         h.buckets <= kMostBuckets && h.profile <= 255 &&
         std::ranges::all_of(h.zero, [](std::uint32_t n) { return n == 0; });
}

}  // namespace

std::string content_name(std::string_view bytes) {
  return fmt::format("{:016x}", XXH3_64bits(bytes.data(), bytes.size()));
}

unsigned bucket_shift(std::size_t tokens) {
  return kModelBits -
         std::min<unsigned>(kModelBits, static_cast<unsigned>(std::bit_width(tokens - 1)));
}

std::uint64_t model_size(const ModelHeader& h) {
  const std::uint64_t rows = std::uint64_t{h.rows} * (4 * kRowWidth);
  return sizeof(ModelHeader) + rows + sizeof(ModelCell) * h.cells +
         (sizeof(ModelBucket) + sizeof(std::uint16_t)) * h.buckets +
         (sizeof(ModelEntry) + sizeof(ModelOutcome) + sizeof(std::uint16_t)) * h.tokens +
         sizeof(std::uint32_t) * h.classes + kSpecials + h.text_bytes + kLongestToken;
}

Model::Model(std::string_view bytes) : bytes_(bytes) {
  const char* at = bytes.data();
  const auto take = [&at](auto*& pointer, std::size_t count) {
    pointer = reinterpret_cast<std::remove_reference_t<decltype(pointer)>>(at);
    at += count * sizeof(*pointer);
  };
  take(header_, 1);
  const ModelHeader& h = *header_;
  take(class_cumulative_, h.rows * kRowWidth);
  take(class_cost_, h.rows * kRowWidth);
  take(row_bucket_, h.rows * kRowBuckets);
  take(cell_, h.cells);
  take(bucket_, h.buckets);
  take(entry_, h.tokens);
  take(outcome_, h.tokens);
  take(bucket_place_, h.classes);
  take(bucket_token_, h.buckets);
  take(row_of_, h.tokens);
  take(special_cost_, kSpecials);
  take(text_, h.text_bytes);
}

bool Model::sound_symbols() const {
  const ModelHeader& h = *header_;
  std::uint32_t token = 0;
  for (std::uint32_t cls = 0; cls < h.classes; ++cls) {
    const std::uint32_t first_bucket = bucket_place_[cls] >> 4;
    const std::uint32_t shift = bucket_place_[cls] & 0xf;
    const std::uint32_t buckets = kModelTotal >> shift;
    const std::uint32_t first_token = token;
    if (first_bucket > h.buckets || buckets > h.buckets - first_bucket) return false;
    std::uint32_t before = 0;
    std::uint32_t bucket = 0;
    for (; token < h.tokens && entry_[token].cls == cls; ++token) {
      const ModelEntry& entry = entry_[token];
      if (entry.cumulative != before || entry.frequency == 0) return false;
      before += entry.frequency;
      if (before > kModelTotal) return false;
      for (; bucket < buckets && bucket << shift < before; ++bucket) {
        const ModelBucket& found = bucket_[first_bucket + bucket];
        if (bucket_token_[first_bucket + bucket] != token || found.cumulative != entry.cumulative ||
            found.frequency != entry.frequency || found.outcome != outcome_[token])
          return false;
      }
    }
    if (before != kModelTotal) return false;
    if (shift != bucket_shift(token - first_token)) return false;
  }
  if (token != h.tokens) return false;
  for (std::uint32_t row = 0; row < h.rows; ++row) {
    const std::uint16_t* cumulative = class_cumulative_ + std::size_t{row} * kRowWidth;
    if (cumulative[0] != 0 || cumulative[h.classes] != kModelTotal) return false;
    for (std::uint32_t cls = 0; cls < h.classes; ++cls)
      if (cumulative[cls + 1] <= cumulative[cls]) return false;
    std::uint32_t cls = 0;
    for (std::uint32_t b = 0; b < kRowBuckets; ++b) {
      while (cumulative[cls + 1] <= b * (kModelTotal / kRowBuckets)) ++cls;
      if (row_bucket_[row * kRowBuckets + b] != cls) return false;
    }
  }
  return true;
}

bool Model::sound_trie() const {
  const ModelHeader& h = *header_;
  // No two share a base, and nobody comes to a cell by base 0: so there is one way to each.
  constexpr std::uint32_t kNobody = ~std::uint32_t{0};
  std::vector<std::uint32_t> owner(h.cells, kNobody);  // of a base
  if (base_of(root()) == 0) return false;
  for (std::uint32_t byte = 0; byte < 256; ++byte)
    if (follows(cell_[byte], static_cast<unsigned char>(byte))) return false;
  for (std::uint32_t i = 0; i < h.cells; ++i) {
    const ModelCell cell = cell_[i];
    const std::uint32_t base = base_of(cell);
    if (base + 255 >= h.cells || (base != 0 && owner[base] != kNobody)) return false;
    if (base != 0) owner[base] = i;
    if (entry_at(cell) == kNoEntry) {
      if (cost_at(cell) != kNoEntryCost) return false;
    } else if (entry_at(cell) >= end_token() || class_at(cell) != entry_[entry_at(cell)].cls ||
               cost_at(cell) > kMostCost) {
      return false;
    }
  }
  // And it isn't longer than an entry.
  for (std::uint32_t i = 0; i < h.cells; ++i) {
    std::uint32_t depth = 0;
    for (std::uint32_t at = i; at != 0; ++depth) {
      const std::uint32_t label = cell_[at] & 0xff;
      at = label < at ? owner[at - label] : kNobody;
      if (at == kNobody) break;  // no node
      if (depth == kLongestToken) return false;
    }
  }
  // Each entry is found by its own text, and each byte is an entry.
  const auto found_as = [this](std::string_view text, std::uint32_t& token) {
    ModelCell node = root();
    for (const char c : text) {
      node = step(node, static_cast<unsigned char>(c));
      if (!follows(node, static_cast<unsigned char>(c))) return false;
    }
    token = entry_at(node);
    return token != kNoEntry;
  };
  std::uint32_t found_token = 0;
  for (std::uint32_t token = 0; token < end_token(); ++token)
    if (!found_as(text(token), found_token) || found_token != token) return false;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (!found_as({&c, 1}, found_token)) return false;
  }
  // And nothing else is found.
  std::size_t found = 0;
  for (std::uint32_t i = 0; i < h.cells; ++i) found += entry_at(cell_[i]) != kNoEntry;
  return found == end_token();
}

bool Model::sound() const {
  const ModelHeader& h = *header_;
  for (std::uint32_t token = 0; token < h.tokens; ++token) {
    const ModelEntry& entry = entry_[token];
    const bool special = token >= end_token();
    const std::size_t length = length_of(outcome_[token]);
    const std::uint32_t begin = outcome_[token] >> 14;
    if (special && (length != 0 || begin != token - end_token())) return false;
    if (!special && (length == 0 || length > kLongestToken)) return false;
    if (begin + length > h.text_bytes || row_behind(outcome_[token]) != entry.row) return false;
    if (entry.row < kStarts || entry.row >= h.rows || entry.row != row_of_[token]) return false;
    if (entry.cls >= h.classes) return false;
  }
  return sound_symbols() && sound_trie();
}

Result<Model> Model::open(std::string_view bytes) {
  const auto damaged = [] {
    return fail(ErrorCode::kFormat, "this is no text model, or a damaged one");
  };
  if (bytes.size() < sizeof(ModelHeader) ||
      reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(ModelCell) != 0)
    return damaged();
  ModelHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::string_view magic(header.magic, sizeof header.magic);
  if (magic.starts_with("MWM") && magic != "MWM6")
    return fail(error(ErrorCode::kFormat, "this text model is of another version of masc")
                    .hint("'masc wire train' makes a new one"));
  if (!sound_counts(header) || header.size != bytes.size() || model_size(header) != bytes.size())
    return damaged();
  const Model model(bytes);
  const std::string_view behind = bytes.substr(sizeof header);
  const bool named = (XXH3_64bits(behind.data(), behind.size()) & 0xff) == header.profile;
  if (!named || !model.sound()) return damaged();
  return model;
}

const Model& Model::compiled_in() {
  static const Model model(
      {masc_wire_base_model,
       static_cast<std::size_t>(masc_wire_base_model_end - masc_wire_base_model)});
  return model;
}

}  // namespace masc::wire
