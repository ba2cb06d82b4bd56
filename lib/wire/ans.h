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

// As an encoder keeps it; frequency <= 2^15.
struct AnsSymbol {
  enum Role : std::uint8_t { kAlone, kFirst, kSecond };  // of a pair

  std::uint32_t cumulative;
  std::uint16_t frequency;
  std::uint8_t bits;
  Role role;
};
static_assert(sizeof(AnsSymbol) == 8);

// Appends symbols where `to` points; there must be room.
inline AnsSymbol* add_symbol(AnsSymbol* to, std::uint32_t cumulative, std::uint32_t frequency,
                             unsigned bits) {
  *to = {cumulative, static_cast<std::uint16_t>(frequency), static_cast<std::uint8_t>(bits),
         AnsSymbol::kAlone};
  return to + 1;
}

// Two symbols out of 2^15 each, the second of which is read without a look at how much of the state
// is used up. One that is sure (frequency 2^15) takes nothing and is left out.
inline AnsSymbol* add_pair(AnsSymbol* to, std::uint32_t cumulative, std::uint32_t frequency,
                           std::uint32_t cumulative_2, std::uint32_t frequency_2) {
  const bool sure = frequency_2 == std::uint32_t{1} << kPairBits;
  to[0] = {cumulative, static_cast<std::uint16_t>(frequency), kPairBits,
           sure ? AnsSymbol::kAlone : AnsSymbol::kFirst};
  to[1] = {cumulative_2, static_cast<std::uint16_t>(frequency_2), kPairBits, AnsSymbol::kSecond};
  return to + (sure ? 1 : 2);
}

class AnsEncoder {
 public:
  // Room for `count` symbols more; what was put there counts from put_up_to() on.
  AnsSymbol* room(std::size_t count) {
    if (symbols_.size() - used_ < count) symbols_.resize(2 * used_ + count + 128);
    return symbols_.data() + used_;
  }
  void put_up_to(const AnsSymbol* end) { used_ = static_cast<std::size_t>(end - symbols_.data()); }

  void put(std::uint32_t cumulative, std::uint32_t frequency, unsigned bits) {
    put_up_to(add_symbol(room(1), cumulative, frequency, bits));
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
    words_.resize(used_ + 1);  // a symbol passes on one at most, and so does the end
    std::uint32_t* const behind = words_.data() + words_.size();
    std::uint32_t* word = behind;
    std::uint64_t state = 0;
    for (; used_ > 1; --used_) {
      const AnsSymbol& symbol = symbols_[used_ - 1];
      if (state >= limit_of(symbol, symbols_[used_ - 2])) {
        *--word = static_cast<std::uint32_t>(state);
        state >>= 32;
      }
      // state / frequency, by a division that doesn't wait for the symbol before: at most one too
      // small, since the state is below 2^63.
      const std::uint64_t frequency = symbol.frequency;
      std::uint64_t quotient = high_product(state, ~std::uint64_t{0} / frequency);
      std::uint64_t rest = state - quotient * frequency;
      const bool one_more = rest >= frequency;
      quotient += one_more ? 1 : 0;
      rest -= one_more ? frequency : 0;
      state = (quotient << symbol.bits) + rest + symbol.cumulative;
    }
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
  // A state from here on passes 32 bits on before the symbol. Without a branch: pairs come and go.
  static std::uint64_t limit_of(const AnsSymbol& symbol, const AnsSymbol& before) {
    const std::uint64_t second = symbol.role == AnsSymbol::kSecond ? 1 : 0;
    const std::uint64_t never = symbol.role == AnsSymbol::kFirst ? 1 : 0;
    const std::uint64_t frequency =
        std::uint64_t{symbol.frequency} * (second * before.frequency + (1 - second));
    return frequency << (63 - symbol.bits - second * kPairBits) | (0 - never);
  }
  static std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<Wide>(a) * b >> 64);
  }

  std::vector<AnsSymbol> symbols_ = std::vector<AnsSymbol>(128);  // of which used_ count
  std::size_t used_ = 1;  // the one in front of all is no symbol
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
