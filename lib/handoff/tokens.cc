#include "handoff/tokens.h"

#include <algorithm>
#include <array>

namespace masc::handoff {
namespace {

using Table = std::array<double, 15>;
// Tokens of a word of 1, 2, … letters by what stands before it: averages over prose, code, logs.
constexpr Table kAfterSpace = {1.0, 1.0,  1.01, 1.02, 1.03, 1.05, 1.08, 1.2,
                               1.2, 1.25, 1.45, 1.5,  1.6,  1.75, 1.9};
constexpr Table kBare = {1.0, 1.0,  1.02, 1.07, 1.1, 1.22, 1.3, 1.4,
                         1.5, 1.55, 2.0,  2.1,  2.3, 2.6,  2.9};
// Words within a name, as in "parseLine".
constexpr Table kBareHump = {1.0, 1.0, 1.02, 1.03, 1.03, 1.07, 1.12, 1.25,
                             1.3, 1.4, 1.75, 1.8,  2.1,  2.3,  2.5};
// A dot or underscore is often part of the word's token, a slash or bracket seldom.
constexpr Table kAfterDot = {1.0,  1.04, 1.15, 1.08, 1.18, 1.25, 1.3, 1.6,
                             1.75, 1.95, 2.15, 2.3,  2.8,  3.0,  3.5};
constexpr Table kAfterSign = {1.03, 1.35, 1.65, 1.65, 1.7, 2.1, 1.85, 2.15,
                              2.35, 2.45, 2.55, 2.7,  3.0, 3.5, 4.0};
constexpr Table kCapitals = {1.0, 1.1, 1.5, 1.6, 1.65, 1.9, 2.2, 2.5,
                             2.8, 3.1, 3.4, 3.7, 4.0,  4.3, 4.6};
constexpr Table kSigns = {1.0, 1.02, 1.2, 1.6, 1.95, 2.5, 2.9, 3.3,
                          3.7, 4.1,  4.5, 4.9, 5.3,  5.7, 6.1};

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
    const bool hump = capitals > at_ && &table == &kBare;
    double tokens = of(caps ? kCapitals : hump ? kBareHump : table, length);
    // Letters between digits are no word, but what random ids are made of.
    const bool digit = at_ > 0 && kind(at_ - 1) == Kind::kDigit;
    if (digit) tokens = std::max(tokens, 0.3 + 0.5 * static_cast<double>(length));
    sum_ += tokens;
    at_ = end;
    short_form();
  }

  // "'s", "'ll" go with their word.
  void short_form() noexcept {
    if (at_ >= text_.size() || text_[at_] != '\'') return;
    const std::size_t end = skip(at_ + 1, Kind::kLower);
    const std::string_view rest = text_.substr(at_ + 1, end - at_ - 1);
    for (const std::string_view form : {"s", "t", "re", "ve", "m", "ll", "d"}) {
      if (rest == form) at_ = end;
    }
  }

  void step() noexcept {
    const Kind now = kind(at_);
    if (letter(now)) return word(kBare);
    if ((now == Kind::kSpace || now == Kind::kSign) && letter(kind(at_ + 1))) {
      const char before = text_[at_++];
      if (now == Kind::kSpace) return word(kAfterSpace);
      return word(before == '.' || before == '_' ? kAfterDot : kAfterSign);
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
        if (kind(at_ + 1) == Kind::kOther) {
          ++at_;
          return others();
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
      case Kind::kOther: return others();
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

  // Beyond ASCII: an arrow is about one token, a long run of letters as many as characters.
  void others() noexcept {
    const std::size_t end = skip(at_, Kind::kOther);
    sum_ += 0.2 + 0.43 * static_cast<double>(end - at_);
    at_ = end;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  double sum_ = 0;
};

}  // namespace

double estimate_tokens(std::string_view text) noexcept { return Counter(text).run(); }

}  // namespace masc::handoff
