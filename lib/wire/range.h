// A range coder (Martin 1979) over 32 bits with carries, whose end is cut to the fewest bytes.
//
// A symbol is an interval [cumulative, cumulative + frequency) out of 2^bits, bits <= 16. The last
// bytes are the shortest that name a number in the final interval, and up to four zeros at the very
// end are left out, since a decoder reads zeros behind the end; so one sequence of symbols has one
// coding, and clean() tells whether this is it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace masc::wire {

inline constexpr unsigned kMostDropped = 4;  // zeros at the end
inline constexpr std::uint32_t kRangeLow = std::uint32_t{1} << 24;

class RangeEncoder {
 public:
  // Appends to `out`, which outlives this.
  explicit RangeEncoder(std::string& out) : out_(out), begin_(out.size()) {}

  void put(std::uint32_t cumulative, std::uint32_t frequency, unsigned bits) {
    const std::uint32_t part = range_ >> bits;
    add(std::uint64_t{part} * cumulative);
    range_ = part * frequency;
    while (range_ < kRangeLow) {
      out_.push_back(static_cast<char>(low_ >> 24));
      low_ <<= 8;
      range_ <<= 8;
    }
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
    for (unsigned bytes = 0; bytes <= 4; ++bytes) {
      const std::uint64_t mask = (std::uint64_t{1} << (32 - 8 * bytes)) - 1;
      const std::uint64_t chosen = (std::uint64_t{low_} + mask) & ~mask;
      if (chosen - low_ >= range_) continue;
      add(chosen - low_);
      for (unsigned i = 0; i < bytes; ++i) out_.push_back(static_cast<char>(low_ >> (24 - 8 * i)));
      break;
    }
    for (unsigned i = 0; i < kMostDropped && out_.size() > begin_ && out_.back() == '\0'; ++i)
      out_.pop_back();
  }

 private:
  void add(std::uint64_t amount) {
    const std::uint64_t sum = low_ + amount;
    low_ = static_cast<std::uint32_t>(sum);
    if (sum >> 32 == 0) return;
    for (std::size_t at = out_.size(); at-- > begin_;) {
      out_[at] = static_cast<char>(out_[at] + 1);
      if (out_[at] != '\0') break;
    }
  }

  std::string& out_;
  std::size_t begin_;
  std::uint32_t low_ = 0;
  std::uint32_t range_ = 0xffffffff;
};

class RangeDecoder {
 public:
  explicit RangeDecoder(std::string_view in) : in_(in) {
    for (int i = 0; i < 4; ++i) window_ = window_ << 8 | next();
    code_ = window_;
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
    while (range_ < kRangeLow) {
      const std::uint32_t byte = next();
      window_ = window_ << 8 | byte;
      code_ = code_ << 8 | byte;
      range_ <<= 8;
    }
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
    const std::uint32_t low = window_ - code_;
    for (unsigned bytes = 0; bytes <= 4; ++bytes) {
      const std::uint64_t mask = (std::uint64_t{1} << (32 - 8 * bytes)) - 1;
      const std::uint64_t chosen = (std::uint64_t{low} + mask) & ~mask;
      if (chosen - low >= range_) continue;
      const std::size_t written = at_ - 4 + bytes;
      if (static_cast<std::uint32_t>(chosen) != window_ || written < in_.size()) return false;
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
  std::uint32_t next() {
    const std::uint32_t byte = at_ < in_.size() ? static_cast<unsigned char>(in_[at_]) : 0;
    ++at_;
    return byte;
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::uint32_t window_ = 0;  // the last 32 bits read
  std::uint32_t code_ = 0;    // the same, less the encoder's low
  std::uint32_t range_ = 0xffffffff;
  std::uint32_t part_ = 0;
  bool failed_ = false;
};

}  // namespace masc::wire
