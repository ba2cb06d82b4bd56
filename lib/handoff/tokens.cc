#include "handoff/tokens.h"

#include <algorithm>
#include <array>

namespace masc::handoff {
namespace {

using Table = std::array<double, 15>;
// Tokens of a word of 1, 2, … letters by what stands before it.
constexpr Table kAfterSpace = {1.0, 1.0,  1.01, 1.01, 1.04, 1.07, 1.1, 1.18,
                               1.2, 1.28, 1.37, 1.54, 1.6,  1.75, 1.9};
constexpr Table kBare = {1.0,  1.05, 1.15, 1.2, 1.25, 1.35, 1.5, 1.65,
                         1.75, 2.0,  2.15, 2.4, 2.6,  2.9,  3.1};
constexpr Table kAfterSign = {1.05, 1.2, 1.35, 1.35, 1.45, 1.7, 1.8, 2.0,
                              2.15, 2.4, 2.6,  2.9,  3.0,  3.2, 3.4};
constexpr Table kCapitals = {1.0, 1.25, 1.5, 1.8, 1.8, 1.9, 2.4, 2.6,
                             2.8, 3.1,  3.4, 3.7, 4.0, 4.3, 4.6};
constexpr Table kSigns = {1.0, 1.01, 1.12, 1.58, 1.9, 2.5, 2.9, 3.3,
                          3.7, 4.1,  4.5,  4.9,  5.3, 5.7, 6.1};

double of(const Table& table, std::size_t length) noexcept {
  if (length <= table.size()) return table[length - 1];
  return table.back() + 0.3 * static_cast<double>(length - table.size());
}

enum class Kind { kLower, kUpper, kDigit, kSign, kSpace, kLineEnd, kOther };

Kind kind_of(unsigned char c) noexcept {
  if (c >= 'a' && c <= 'z') return Kind::kLower;
  if (c >= 'A' && c <= 'Z') return Kind::kUpper;
  if (c >= '0' && c <= '9') return Kind::kDigit;
  if (c == ' ' || c == '\t') return Kind::kSpace;
  if (c == '\n' || c == '\r') return Kind::kLineEnd;
  return c < 127 ? Kind::kSign : Kind::kOther;
}

class Counter {
 public:
  explicit Counter(std::string_view text) : text_(text) {}

  double run() noexcept {
    while (at_ < text_.size()) step();
    return sum_;
  }

 private:
  Kind kind(std::size_t at) const noexcept {
    return at < text_.size() ? kind_of(static_cast<unsigned char>(text_[at])) : Kind::kLineEnd;
  }
  std::size_t skip(std::size_t at, Kind what) const noexcept {
    while (at < text_.size() && kind(at) == what) ++at;
    return at;
  }
  static bool letter(Kind k) noexcept { return k == Kind::kLower || k == Kind::kUpper; }

  void word(const Table& table) noexcept {
    const std::size_t capitals = skip(at_, Kind::kUpper);
    const std::size_t end = skip(capitals, Kind::kLower);
    const std::size_t length = end - at_;
    const bool caps = capitals - at_ > 1;
    double tokens = of(caps ? kCapitals : table, length);
    // Letters between digits are no word, but what random ids are made of.
    const bool digit = at_ > 0 && kind(at_ - 1) == Kind::kDigit;
    if (digit) tokens = std::max(tokens, 0.4 + 0.5 * static_cast<double>(length));
    sum_ += tokens;
    at_ = end;
  }

  void step() noexcept {
    const Kind now = kind(at_);
    if (letter(now)) return word(kBare);
    if ((now == Kind::kSpace || now == Kind::kSign) && letter(kind(at_ + 1))) {
      ++at_;
      return word(now == Kind::kSpace ? kAfterSpace : kAfterSign);
    }
    std::size_t end = at_ + 1;
    switch (now) {
      case Kind::kDigit:
        end = skip(at_, now);
        for (std::size_t left = at_; left < end; left += 3) sum_ += 1;  // three digits a token
        break;
      case Kind::kSpace:
        if (kind(at_ + 1) == Kind::kSign) {
          ++at_;
          return signs();
        }
        end = skip(at_, now);
        // The last space goes with what follows.
        if (end - at_ > 1 && (letter(kind(end)) || kind(end) == Kind::kSign)) --end;
        sum_ += 1;
        break;
      case Kind::kSign: return signs();
      case Kind::kLineEnd:
        end = skip(at_, now);
        sum_ += 1;
        break;
      case Kind::kOther:
        end = skip(at_, now);
        sum_ += 0.4 + 0.45 * static_cast<double>(end - at_);
        break;
      case Kind::kLower:
      case Kind::kUpper: break;
    }
    at_ = end;
  }

  void signs() noexcept {
    const std::size_t end = skip(at_, Kind::kSign);
    sum_ += of(kSigns, end - at_);
    at_ = skip(end, Kind::kLineEnd);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  double sum_ = 0;
};

}  // namespace

double estimate_tokens(std::string_view text) noexcept { return Counter(text).run(); }

}  // namespace masc::handoff
