// A text model: a vocabulary and how likely each entry is after which other, as one flat, immutable
// piece of memory.
//
// The layout is in FORMAT.md. A model that comes from outside is checked once by open(); after that
// no index in it can leave it. The compiled-in one lies in .rodata: nothing is built or read before
// it is used.
#pragma once

#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include "base/result.h"

namespace masc::wire {

inline constexpr unsigned kModelBits = 15;  // frequencies of a model sum up to 2^15
inline constexpr std::uint32_t kModelTotal = std::uint32_t{1} << kModelBits;
inline constexpr std::size_t kLongestToken = 24;
inline constexpr std::size_t kRowBuckets = 256;
inline constexpr std::size_t kRowWidth = 256;  // a row has so many places, whatever the classes
inline constexpr std::uint32_t kMostTokens = std::uint32_t{1} << 15;
inline constexpr std::uint32_t kMostRows = std::uint32_t{1} << 9;
inline constexpr std::uint32_t kMostText = std::uint32_t{1} << 18;  // bytes of all entries

// What a text is, which tells how it may begin.
enum class Start : std::uint8_t {
  kAgent,
  kTask,
  kTitle,
  kProse,
  kNote,
  kPath,
  kWord,
  kResult,
  kId,
  kKey,
  kValue,
  kOther,
};
inline constexpr std::size_t kStarts = 16;  // four are free

struct ModelHeader {
  char magic[4];  // "MWM6"
  std::uint32_t size;
  std::uint32_t tokens;   // the last two are the end of a text, and a copy
  std::uint32_t rows;     // the first kStarts belong to the starts
  std::uint32_t classes;  // at most 255
  std::uint32_t cells;
  std::uint32_t text_bytes;
  std::uint32_t buckets;
  std::uint32_t profile;  // the lowest byte of the XXH3-64 of what stands behind the header
  std::uint32_t zero[7];
};
static_assert(sizeof(ModelHeader) == 64);  // so that rows begin with a cache line

// A node of the trie, with all that a parse asks about the entry that ends there, in one word, from
// the lowest bits: label (8), the entry's class (8), the entry (16), its cost in the class in 1/16
// bit (14), base of the nodes behind it (18). Where no entry ends, class, entry and cost have all
// bits set: so much costs no text that the parse could take instead. Cells that are no node have a
// label by which no base leads to them.
using ModelCell = std::uint64_t;
inline constexpr std::uint16_t kNoEntry = 0xffff;
inline constexpr std::uint32_t kNoEntryCost = 0x3fff;
inline constexpr std::uint32_t kMostCells = std::uint32_t{1} << 18;
// An entry's class costs at most this, and so does the entry in the class.
inline constexpr std::uint32_t kMostCost = 255;

// What writing asks about an entry.
struct ModelEntry {
  std::uint16_t cumulative, frequency;  // in its class
  std::uint16_t row;                    // of what comes behind it; also in row_of_, for parsing
  std::uint16_t cls;
};
// What comes of an entry that is read, from the lowest bits: the row behind it (9), the length of
// its text (5) and where that begins (18). The end of a text and a copy have none, and begin at 0
// and 1.
using ModelOutcome = std::uint32_t;
// A part of a class's 2^15: the entry that its first number belongs to, with all that reading asks.
struct ModelBucket {
  std::uint16_t cumulative, frequency;
  ModelOutcome outcome;
};
static_assert(sizeof(ModelEntry) == 8 && sizeof(ModelBucket) == 8);

class Model {
 public:
  // Refers to `bytes`, which must be aligned to 8 and outlive it. kFormat.
  static Result<Model> open(std::string_view bytes);
  static const Model& compiled_in();

  std::uint32_t end_token() const { return header_->tokens - 2; }
  std::uint32_t copy_token() const { return header_->tokens - 1; }
  std::uint32_t tokens() const { return header_->tokens; }
  static std::uint32_t start_row(Start start) { return static_cast<std::uint32_t>(start); }
  std::string_view text(std::uint32_t token) const {
    return {text_of(outcome_[token]), length_of(outcome_[token])};
  }
  static std::uint32_t row_behind(ModelOutcome outcome) { return outcome & (kMostRows - 1); }
  static std::size_t length_of(ModelOutcome outcome) { return outcome >> 9 & 0x1f; }
  static bool ends(ModelOutcome outcome) { return outcome >> 9 == 0; }
  // kLongestToken bytes may be read there, whatever the length.
  const char* text_of(ModelOutcome outcome) const { return text_ + (outcome >> 14); }
  const ModelEntry& entry(std::uint32_t token) const { return entry_[token]; }
  std::uint32_t row_of(std::uint32_t token) const { return row_of_[token]; }
  std::uint32_t class_of(std::uint32_t token) const { return entry_[token].cls; }

  // Costs in 1/16 bit.
  const std::uint8_t* class_costs(std::uint32_t row) const {
    return class_cost_ + std::size_t{row} * kRowWidth;
  }
  std::uint32_t special_cost(std::uint32_t token) const {
    return special_cost_[token - end_token()];
  }

  struct Interval {
    std::uint32_t cumulative, frequency;
  };
  Interval class_interval(std::uint32_t row, std::uint32_t cls) const {
    const std::uint16_t* at = class_cumulative_ + std::size_t{row} * kRowWidth + cls;
    return {at[0], static_cast<std::uint32_t>(at[1] - at[0])};
  }
  struct FoundClass {
    std::uint32_t cls;
    Interval interval;
  };
  FoundClass find_class(std::uint32_t row, std::uint32_t slot) const {
    const std::uint16_t* const cumulative = class_cumulative_ + std::size_t{row} * kRowWidth;
    std::uint32_t cls = row_bucket_[row * kRowBuckets + slot / (kModelTotal / kRowBuckets)];
    std::uint32_t begin = cumulative[cls];
    std::uint32_t end = cumulative[cls + 1];
    while (end <= slot) {
      begin = end;
      end = cumulative[++cls + 1];
    }
    return {cls, {begin, end - begin}};
  }
  ModelBucket find_token(std::uint32_t cls, std::uint32_t slot) const {
    const std::uint32_t place = bucket_place_[cls];
    const std::uint32_t at = (place >> 4) + (slot >> (place & 0xf));
    ModelBucket found = bucket_[at];
    if (slot - found.cumulative >= found.frequency) [[unlikely]] {
      std::uint32_t token = bucket_token_[at];
      do {
        const ModelEntry& next = entry_[++token];
        found = {next.cumulative, next.frequency, outcome_[token]};
      } while (slot - found.cumulative >= found.frequency);
    }
    return found;
  }

  // The trie of all entries: its root, and the node behind `node` by `byte`, if follows() says so.
  ModelCell root() const { return cell_[0]; }
  ModelCell step(ModelCell node, unsigned char byte) const {
    // Laundered, so that the sum that is known first is made first: all waits for the other.
    return std::launder(cell_ + byte)[base_of(node)];
  }
  static std::uint32_t base_of(ModelCell node) { return static_cast<std::uint32_t>(node >> 46); }
  static bool follows(ModelCell next, unsigned char byte) {
    return static_cast<unsigned char>(next) == byte;
  }
  static std::uint32_t class_at(ModelCell node) { return node >> 8 & 0xff; }
  static std::uint32_t entry_at(ModelCell node) { return node >> 16 & 0xffff; }
  static std::uint32_t cost_at(ModelCell node) { return node >> 32 & kNoEntryCost; }
  // The entry and its cost, in their places.
  static std::uint64_t entry_and_cost_at(ModelCell node) { return node & 0x3fffffff0000; }

  std::string_view bytes() const { return bytes_; }
  // What all entries are, one behind the other: the dictionary for long texts.
  std::string_view vocabulary() const { return {text_, header_->text_bytes}; }
  // One byte of the hash of its content: the profile in a frame.
  std::uint8_t profile() const { return static_cast<std::uint8_t>(header_->profile); }

 private:
  explicit Model(std::string_view bytes);
  bool sound() const;
  bool sound_symbols() const;
  bool sound_trie() const;

  std::string_view bytes_;
  const ModelHeader* header_ = nullptr;
  const std::uint16_t* class_cumulative_ = nullptr;
  const std::uint8_t* class_cost_ = nullptr;
  const std::uint8_t* row_bucket_ = nullptr;
  const ModelCell* cell_ = nullptr;
  const ModelBucket* bucket_ = nullptr;
  const ModelEntry* entry_ = nullptr;
  const ModelOutcome* outcome_ = nullptr;
  const std::uint32_t* bucket_place_ = nullptr;
  const std::uint16_t* bucket_token_ = nullptr;
  const std::uint16_t* row_of_ = nullptr;
  const std::uint8_t* special_cost_ = nullptr;
  const char* text_ = nullptr;
};

// 16 hex digits: XXH3-64 of the whole.
std::string content_name(std::string_view bytes);
// How wide the buckets of a class of so many entries are, at least one: 2^this.
unsigned bucket_shift(std::size_t tokens);
// Bytes that a model of these counts takes, from its header's start to its end.
std::uint64_t model_size(const ModelHeader& header);

}  // namespace masc::wire
