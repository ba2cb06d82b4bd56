// Asymmetric numeral systems (the range variant of J. Duda, arXiv:1311.2540) with a state of 64
// bits, of which 32 at a time go to the coding and come back from it.
//
// A symbol is an interval [cumulative, cumulative + frequency) out of 2^bits. What was put last is
// coded first, so that it can be read last: an encoder gathers all symbols before it writes. It
// begins with a state of 0 and a decoder ends there; if it does, its input is what an encoder
// writes for the symbols taken, and nothing else. Symbols near the end may cost nothing, so that a
// reader has to bound what it makes of a coding by other means than the coding's length.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace masc::wire {

static_assert(std::endian::native == std::endian::little);

inline constexpr unsigned kMostRawBits = 31;  // of one symbol
inline constexpr std::uint8_t kPairBits = 15;

// As an encoder keeps it: a symbol, and one out of 2^15 that is read next, without a look at how
// much of the state is used up. Frequencies are at most 2^15; such a second one is sure, and takes
// nothing.
struct AnsPair {
  std::uint32_t cumulative;
  std::uint16_t frequency, cumulative_2, frequency_2;
  std::uint8_t bits;
};
static_assert(sizeof(AnsPair) == 12);
inline AnsPair alone(std::uint32_t cumulative, std::uint32_t frequency, unsigned bits) {
  return {cumulative, static_cast<std::uint16_t>(frequency), 0, std::uint16_t{1} << kPairBits,
          static_cast<std::uint8_t>(bits)};
}
inline AnsPair pair_of(std::uint32_t cumulative, std::uint32_t frequency,
                       std::uint32_t cumulative_2, std::uint32_t frequency_2) {
  return {cumulative, static_cast<std::uint16_t>(frequency),
          static_cast<std::uint16_t>(cumulative_2), static_cast<std::uint16_t>(frequency_2),
          kPairBits};
}

class AnsEncoder {
 public:
  // Room for `count` more; what was put there counts from put_up_to() on.
  AnsPair* room(std::size_t count) {
    if (pairs_.size() - used_ < count) pairs_.resize(2 * used_ + count + 128);
    return pairs_.data() + used_;
  }
  void put_up_to(const AnsPair* end) { used_ = static_cast<std::size_t>(end - pairs_.data()); }

  void put(std::uint32_t cumulative, std::uint32_t frequency, unsigned bits) {
    *room(1) = alone(cumulative, frequency, bits);
    ++used_;
  }
  // The lowest `count` bits of `value`, all values as likely as each other; count <= 64.
  void put_bits(std::uint64_t value, unsigned count) {
    while (count > 0) {
      const unsigned some = count < kMostRawBits ? count : kMostRawBits;
      count -= some;
      put(static_cast<std::uint32_t>(value >> count) & ((std::uint32_t{1} << some) - 1), 1, some);
    }
  }

  // Appends the coding of all that was put, and forgets it.
  void finish(std::string& out) {
    words_.resize(used_ + 1);  // a pair passes on one at most, and so does the end
    std::uint32_t* const behind = words_.data() + words_.size();
    std::uint32_t* word = behind;
    std::uint64_t state = 0;
    const AnsPair* const first = pairs_.data();
    for (const AnsPair* at = first + used_; at != first;) {
      const AnsPair& pair = *--at;
      const std::uint64_t share = std::uint64_t{pair.frequency} * pair.frequency_2;
      if (state >= share << (63 - kPairBits - pair.bits)) {
        *--word = static_cast<std::uint32_t>(state);
        state >>= 32;
      }
      state = with(state, pair.cumulative_2, pair.frequency_2, kPairBits);
      state = with(state, pair.cumulative, pair.frequency, pair.bits);
    }
    used_ = 0;
    if (state >> 56 != 0) {
      *--word = static_cast<std::uint32_t>(state);
      state >>= 32;
    }
    const auto head = static_cast<std::size_t>(std::bit_width(state) + 7) / 8;
    const auto tail = static_cast<std::size_t>(behind - word) * sizeof *word;
    const std::size_t begin = out.size();
    out.resize(begin + head + tail);
    if (head > 0) std::memcpy(out.data() + begin, &state, head);
    if (tail > 0) std::memcpy(out.data() + begin + head, word, tail);
  }

 private:
  // The state once a symbol was added.
  static std::uint64_t with(std::uint64_t state, std::uint32_t cumulative, std::uint64_t frequency,
                            unsigned bits) {
    // state / frequency, by a division that doesn't wait for the symbol before: at most one too
    // small, since the state is below 2^63.
    std::uint64_t quotient = high_product(state, ~std::uint64_t{0} / frequency);
    std::uint64_t rest = state - quotient * frequency;
    const bool one_more = rest >= frequency;
    quotient += one_more ? 1 : 0;
    rest -= one_more ? frequency : 0;
    return (quotient << bits) + rest + cumulative;
  }
  static std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<Wide>(a) * b >> 64);
  }

  std::vector<AnsPair> pairs_ = std::vector<AnsPair>(128);  // of which used_ count
  std::size_t used_ = 0;
  std::vector<std::uint32_t> words_;
};

class AnsDecoder {
 public:
  explicit AnsDecoder(std::string_view in) : at_(in.data()), end_(in.data() + in.size()) {
    const std::size_t head = in.size() < 4 ? in.size() : 4 + in.size() % 4;
    for (std::size_t i = head; i > 0; --i)
      state_ = state_ << 8 | static_cast<unsigned char>(in[i - 1]);
    failed_ = head > 0 && in[head - 1] == '\0';
    at_ += head;
    refill();
  }

  // Where in 2^bits the next symbol lies; take() then names its interval.
  std::uint32_t slot(unsigned bits) const {
    return static_cast<std::uint32_t>(state_) & ((std::uint32_t{1} << bits) - 1);
  }
  void take(std::uint32_t cumulative, std::uint32_t frequency, unsigned bits) {
    advance(cumulative, frequency, bits);
    refill();
  }
  std::uint64_t bits(unsigned count) {
    std::uint64_t value = 0;
    while (count > 0) {
      const unsigned some = count < kMostRawBits ? count : kMostRawBits;
      count -= some;
      const std::uint32_t part = slot(some);
      take(part, 1, some);
      value = value << some | part;
    }
    return value;
  }

  // The halves of take(), for symbols that are coded together.
  void advance(std::uint32_t cumulative, std::uint32_t frequency, unsigned bits) {
    state_ = (state_ >> bits) * frequency + slot(bits) - cumulative;
  }
  void refill() {
    if (state_ >> 31 != 0 || at_ == end_) return;
    std::uint32_t word = 0;
    std::memcpy(&word, at_, sizeof word);
    at_ += sizeof word;
    state_ = state_ << 32 | word;
  }

  // Of the same symbols out of the same states comes the same again.
  std::uint64_t state() const { return state_; }

  void fail() { failed_ = true; }
  bool failed() const { return failed_; }
  // Whether the input is what an encoder writes for the symbols taken.
  bool clean() const { return !failed_ && state_ == 0 && at_ == end_; }

 private:
  const char* at_;
  const char* end_;
  std::uint64_t state_ = 0;
  bool failed_ = false;
};

}  // namespace masc::wire
