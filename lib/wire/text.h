// Free text under a model: the cheapest way to cut it into vocabulary entries and copies, and its
// coding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/ans.h"
#include "wire/model.h"

namespace masc::wire {

inline constexpr std::size_t kLeastCopy = 6;
// A copy this long is taken without looking for anything better.
inline constexpr std::size_t kLongCopy = 128;
inline constexpr std::size_t kParseBlock = std::size_t{1} << 15;

// One entry of a parse. A copy takes `length` bytes from `distance` bytes before.
struct Piece {
  std::uint32_t token;
  std::uint32_t length;
  std::uint32_t distance;
};

// Codes the texts of one message after another, or of a batch. Copies reach back to all texts since
// restart(). Keeps its memory from one message to the next; not thread-safe.
class TextEncoder {
 public:
  explicit TextEncoder(const Model& model) : model_(model) {}

  // Forgets the texts seen so far.
  void restart();
  void put(AnsEncoder& out, std::string_view text, Start start);
  // The parse alone, which lasts until the next call.
  const std::vector<Piece>& parse(std::string_view text, Start start);
  // What the last parse would take, in 1/16 bit.
  std::uint64_t cost() const { return cost_; }

 private:
  void append(std::string_view text);
  void find_units(const char* text, std::size_t size);
  void parse_block(std::size_t from, std::size_t size, std::uint32_t row);
  std::size_t try_copy(std::size_t from, std::size_t index, std::size_t size, std::size_t distance,
                       const std::uint8_t* class_costs);

  const Model& model_;
  std::string pool_;  // texts since restart(): size_ bytes, and at least kLongestToken more
  std::size_t size_ = 0;
  std::uint32_t base_ = 1;  // what positions in recent_ begin at; older ones are smaller
  std::vector<std::uint32_t> recent_ = std::vector<std::uint32_t>(4096, 0);
  std::vector<std::uint64_t> nodes_;      // the way to each position of a block
  std::vector<std::uint32_t> distances_;  // of copies, by where they end
  std::vector<std::uint16_t> unit_end_;
  std::vector<Piece> pieces_;
  std::uint64_t cost_ = 0;
};

// Decodes what TextEncoder wrote, in the same order.
class TextDecoder {
 public:
  // At most `most` bytes of text in all.
  TextDecoder(const Model& model, std::size_t most) : model_(model), most_(most) {}

  // Forgets the texts so far.
  void restart() { size_ = 0; }
  // Appends one text to pool() and returns where it begins there; fails `in` on damage.
  std::size_t take(AnsDecoder& in, Start start);
  std::string_view pool() const { return {pool_.data(), size_}; }

 private:
  bool take_copy(AnsDecoder& in);
  void make_room(std::size_t more);

  const Model& model_;
  std::size_t most_;
  std::string pool_;  // of which size_ bytes count
  std::size_t size_ = 0;
};

}  // namespace masc::wire
