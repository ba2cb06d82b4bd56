// A range coder (Martin 1979) over 32 bits with carries, whose end is cut to the fewest bytes.
//
// A symbol is an interval [cumulative, cumulative + frequency) out of 2^bits, bits <= 16. The last
// bytes are the shortest that name a number in the final interval, and up to four zeros at the very
// end are left out, since a decoder reads zeros behind the end; so one sequence of symbols has one
// coding, and clean() tells whether this is it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace masc::wire {

inline constexpr unsigned kMostDropped = 4;  // zeros at the end

// How many bytes of a range are used up: it has at least 2^8 behind any symbol.
inline unsigned used_up(std::uint32_t range) {
  return static_cast<unsigned>(std::countl_zero(range)) / 8;
}

class RangeEncoder {
 public:
  // Appends to `out`, which outlives this and is in disorder until finish().
  explicit RangeEncoder(std::string& out) : out_(&out), begin_(out.size()), at_(begin_) {}

  void put(std::uint32_t cumulative, std::uint32_t frequency, unsigned bits) {
    if (out_->size() - at_ < 4) grow();
    const std::uint32_t part = range_ >> bits;
    add(std::uint64_t{part} * cumulative);
    range_ = part * frequency;
    // Writes four bytes and keeps as many as are used up: no loop, whose length nobody can foresee.
    store(low_);
    const unsigned used = used_up(range_);
    at_ += used;
    low_ <<= 8 * used;
    range_ <<= 8 * used;
  }
  // The lowest `count` bits of `value`, all values as likely as each other; count <= 64.
  void put_bits(std::uint64_t value, unsigned count) {
    while (count > 16) {
      count -= 16;
      put(static_cast<std::uint32_t>(value >> count) & 0xffff, 1, 16);
    }
    put(static_cast<std::uint32_t>(value) & ((1U << count) - 1), 1, count);
  }
  // Nothing may be put afterwards.
  void finish() {
    out_->resize(at_ + 4);
    for (unsigned bytes = 0; bytes <= 4; ++bytes) {
      const std::uint64_t mask = (std::uint64_t{1} << (32 - 8 * bytes)) - 1;
      const std::uint64_t chosen = (std::uint64_t{low_} + mask) & ~mask;
      if (chosen - low_ >= range_) continue;
      add(chosen - low_);
      store(low_);
      at_ += bytes;
      break;
    }
    for (unsigned i = 0; i < kMostDropped && at_ > begin_ && (*out_)[at_ - 1] == '\0'; ++i) --at_;
    out_->resize(at_);
  }

 private:
  [[gnu::noinline]] void grow() { out_->resize(at_ + at_ / 2 + 256); }
  void store(std::uint32_t number) {
    if constexpr (std::endian::native == std::endian::little) number = __builtin_bswap32(number);
    std::memcpy(out_->data() + at_, &number, sizeof number);
  }
  void add(std::uint64_t amount) {
    const std::uint64_t sum = low_ + amount;
    low_ = static_cast<std::uint32_t>(sum);
    if (sum >> 32 == 0) return;
    for (std::size_t at = at_; at-- > begin_;) {
      (*out_)[at] = static_cast<char>((*out_)[at] + 1);
      if ((*out_)[at] != '\0') break;
    }
  }

  std::string* out_;
  std::size_t begin_;
  std::size_t at_;  // what is behind it in out_ doesn't count yet
  std::uint32_t low_ = 0;
  std::uint32_t range_ = 0xffffffff;
};

class RangeDecoder {
 public:
  explicit RangeDecoder(std::string_view in) : in_(in) {
    for (const char c : in.substr(in.size() - std::min<std::size_t>(in.size(), 4)))
      tail_ = tail_ << 8 | static_cast<unsigned char>(c);
    code_ = four_at(0);
    at_ = 4;
  }

  // Where in 2^bits the next symbol lies; take() then names its interval.
  std::uint32_t slot(unsigned bits) {
    part_ = range_ >> bits;
    const std::uint32_t slot = code_ / part_;
    if (slot >> bits == 0) return slot;
    failed_ = true;
    return (std::uint32_t{1} << bits) - 1;
  }
  void take(std::uint32_t cumulative, std::uint32_t frequency) {
    code_ -= part_ * cumulative;
    range_ = part_ * frequency;
    const unsigned used = used_up(range_);
    code_ = code_ << 8 * used |
            static_cast<std::uint32_t>(std::uint64_t{four_at(at_)} >> (32 - 8 * used));
    range_ <<= 8 * used;
    at_ += used;
  }
  std::uint64_t bits(unsigned count) {
    std::uint64_t value = 0;
    while (count > 16) {
      count -= 16;
      value = value << 16 | chunk(16);
    }
    return value << count | chunk(count);
  }

  void fail() { failed_ = true; }
  bool failed() const { return failed_; }
  // No valid input is read this far behind its end.
  bool exhausted() const { return failed_ || at_ > in_.size() + 4 + kMostDropped; }
  // Whether the input is what the encoder writes for the symbols taken, and nothing else.
  bool clean() const {
    if (exhausted()) return false;
    const std::uint32_t window = four_at(at_ - 4);
    const std::uint32_t low = window - code_;
    for (unsigned bytes = 0; bytes <= 4; ++bytes) {
      const std::uint64_t mask = (std::uint64_t{1} << (32 - 8 * bytes)) - 1;
      const std::uint64_t chosen = (std::uint64_t{low} + mask) & ~mask;
      if (chosen - low >= range_) continue;
      const std::size_t written = at_ - 4 + bytes;
      if (static_cast<std::uint32_t>(chosen) != window || written < in_.size()) return false;
      const std::size_t dropped = written - in_.size();
      return dropped == kMostDropped ||
             (dropped < kMostDropped && (in_.empty() || in_.back() != '\0'));
    }
    return false;
  }

 private:
  std::uint32_t chunk(unsigned count) {
    const std::uint32_t value = slot(count);
    take(value, 1);
    return value;
  }
  // The four bytes at `at`, with zeros behind the end.
  std::uint32_t four_at(std::size_t at) const {
    if (at + 4 > in_.size()) {
      const std::size_t missing = at + 4 - in_.size();
      return missing < 4 ? tail_ << 8 * missing : 0;
    }
    std::uint32_t number = 0;
    std::memcpy(&number, in_.data() + at, sizeof number);
    if constexpr (std::endian::native == std::endian::little) number = __builtin_bswap32(number);
    return number;
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::uint32_t tail_ = 0;  // the last four bytes
  std::uint32_t code_ = 0;  // the last 32 bits read, less the encoder's low
  std::uint32_t range_ = 0xffffffff;
  std::uint32_t part_ = 0;
  bool failed_ = false;
};

}  // namespace masc::wire
