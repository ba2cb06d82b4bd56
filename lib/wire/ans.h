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

// `yes` or `no` without a branch, where nobody can foresee which. The compiler is kept from knowing
// `yes`, else it would put what that takes behind a branch.
inline std::uint64_t choose(bool condition, std::uint64_t yes, std::uint64_t no) {
  asm("" : "+r"(yes));
  return __builtin_expect_with_probability(condition, 1, 0.5) ? yes : no;
}

inline constexpr unsigned kMostRawBits = 31;  // of one symbol
inline constexpr std::uint8_t kPairBits = 15;

// As an encoder keeps it: a symbol, and one that is coded with it in one step, both out of 2^15. A
// symbol of other sizes is alone: its second one is sure, and takes nothing. Frequencies are at
// most 2^15.
struct AnsPair {
  std::uint32_t cumulative;
  std::uint16_t frequency, cumulative_2, frequency_2;
  std::uint8_t bits, all_bits;
};
static_assert(sizeof(AnsPair) == 12);
inline AnsPair alone(std::uint32_t cumulative, std::uint32_t frequency, unsigned bits) {
  const auto narrow = static_cast<std::uint8_t>(bits);
  return {cumulative, static_cast<std::uint16_t>(frequency), 0, 1, narrow, narrow};
}
inline AnsPair pair_of(std::uint32_t cumulative, std::uint32_t frequency,
                       std::uint32_t cumulative_2, std::uint32_t frequency_2) {
  return {cumulative,
          static_cast<std::uint16_t>(frequency),
          static_cast<std::uint16_t>(cumulative_2),
          static_cast<std::uint16_t>(frequency_2),
          kPairBits,
          2 * kPairBits};
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
    words_.resize(used_ + 2);  // a pair passes on one at most, so does the end, and one is scrap
    std::uint32_t* const behind = words_.data() + words_.size();
    std::uint32_t* word = behind;
    std::uint64_t state = 0;
    for (const AnsPair* at = pairs_.data() + used_; at != pairs_.data();) {
      const AnsPair& pair = *--at;
      const std::uint64_t share = std::uint64_t{pair.frequency} * pair.frequency_2;
      const bool full = state >= share << (63 - pair.all_bits);
      word[-1] = static_cast<std::uint32_t>(state);
      word -= static_cast<std::ptrdiff_t>(full);
      state = with(choose(full, state >> 32, state), pair, share);
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
  // The state, below share * 2^(63 - all_bits), once a pair was added. Nothing divides by it or by
  // what comes of it: such a division would have to wait for the pair before.
  static std::uint64_t with(std::uint64_t state, const AnsPair& pair, std::uint64_t share) {
    // state / share and, below, rest / frequency_2. The former is one too small at times, since the
    // state is below 2^63; then `first` shows it.
    std::uint64_t quotient = high_product(state, ~std::uint64_t{0} / share);
    const std::uint64_t rest = state - quotient * share;
    // Exact: the rest is below 2^31, and the factor's product with frequency_2 (at most 2^15) is
    // at most 2^15 above 2^46.
    constexpr unsigned kScale = 46;
    const std::uint64_t factor = ((std::uint64_t{1} << kScale) - 1) / pair.frequency_2 + 1;
    std::uint64_t first = rest * factor >> kScale;
    const std::uint64_t second = rest - first * pair.frequency_2 + pair.cumulative_2;
    if (first >= pair.frequency) {
      ++quotient;
      first -= pair.frequency;
    }
    if (quotient != 0) [[likely]]
      return (quotient << pair.all_bits) + (second << pair.bits) + first + pair.cumulative;
    // Near the end of the coding: one after the other, which takes fewer bits.
    const std::uint64_t both = (first << (pair.all_bits - pair.bits)) + second;
    return (both / pair.frequency << pair.bits) + both % pair.frequency + pair.cumulative;
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
    state_ = (state_ >> bits) * frequency + slot(bits) - cumulative;
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

  // Two symbols that are coded together: unless reads_singly(), the second one lies there, whatever
  // the first one is. Else each is taken as if it were alone.
  bool reads_singly() const { return state_ >> 2 * kPairBits == 0; }
  std::uint32_t second_slot() const {
    return static_cast<std::uint32_t>(state_ >> kPairBits) & ((std::uint32_t{1} << kPairBits) - 1);
  }
  void take_pair(std::uint32_t cumulative, std::uint32_t frequency, std::uint32_t cumulative_2,
                 std::uint32_t frequency_2) {
    const std::uint64_t first =
        (state_ >> 2 * kPairBits) * frequency + slot(kPairBits) - cumulative;
    state_ = first * frequency_2 + second_slot() - cumulative_2;
    refill();
  }

  // Of the same symbols out of the same states comes the same again.
  std::uint64_t state() const { return state_; }

  void fail() { failed_ = true; }
  bool failed() const { return failed_; }
  // Whether the input is what an encoder writes for the symbols taken.
  bool clean() const { return !failed_ && state_ == 0 && at_ == end_; }

 private:
  void refill() {
    if (at_ == end_) [[unlikely]]
      return;
    std::uint32_t word = 0;
    std::memcpy(&word, at_, sizeof word);
    const bool low = state_ >> 31 == 0;
    at_ += sizeof word * std::size_t{low};
    state_ = choose(low, state_ << 32 | word, state_);
  }

  const char* at_;
  const char* end_;
  std::uint64_t state_ = 0;
  bool failed_ = false;
};

}  // namespace masc::wire
