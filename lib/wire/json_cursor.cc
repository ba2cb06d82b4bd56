#include <algorithm>
#include <bit>
#include <cstring>

#include "wire/record.h"

namespace masc::wire {
namespace {

constexpr std::string_view kShort = "\"\\/bfnrt";
constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";

bool plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

// How many plain bytes `text` begins with.
std::size_t plain_length(std::string_view text) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kTops = kOnes << 7;
  // Whether a byte of eight is below 0x20, '"' or '\\': what a subtraction borrows from. The first
  // that is set is right.
  const auto below = [](std::uint64_t eight, std::uint64_t limit) {
    return (eight - kOnes * limit) & ~eight & kTops;
  };
  const auto special_of = [&](std::uint64_t eight) {
    return below(eight, 0x20) | below(eight ^ (kOnes * '"'), 1) | below(eight ^ (kOnes * '\\'), 1);
  };
  std::size_t at = 0;
  std::uint64_t eight = 0;
  for (; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (const std::uint64_t special = special_of(eight); special != 0)
      return at + static_cast<std::size_t>(std::countr_zero(special)) / 8;
  }
  // The last ones have zeros behind them, which are not plain.
  const std::size_t rest = text.size() - at;
  if (rest == 0) return at;
  eight = 0;
  if (text.size() >= sizeof eight) {
    std::memcpy(&eight, text.data() + text.size() - sizeof eight, sizeof eight);
    eight >>= 8 * (sizeof eight - rest);
  } else {
    for (std::size_t i = rest; i > 0; --i)
      eight = eight << 8 | static_cast<unsigned char>(text[i - 1]);
  }
  return at + static_cast<std::size_t>(std::countr_zero(special_of(eight))) / 8;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Days from 1970-01-01 (H. Hinnant, chrono-compatible low-level date algorithms).
std::int64_t days_of(std::int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const std::int64_t era = y / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<std::int64_t>(doe) - 719468;
}

unsigned month_length(std::uint64_t year, std::uint64_t month) {
  constexpr unsigned kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kLengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

}  // namespace

void put_json_text(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t length = plain_length(text);
    out.append(text, 0, length);
    if (length == text.size()) return;
    const char c = text[length];
    text.remove_prefix(length + 1);
    out += '\\';
    const std::size_t known = kMeaning.find(c);
    if (known != std::string_view::npos) {
      out += kShort[known];
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += "u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
}

std::size_t json_text_size(std::string_view text) {
  std::size_t size = text.size();
  for (const char c : text)
    if (!plain(c)) size += kMeaning.find(c) != std::string_view::npos ? 1 : 5;
  return size;
}

bool JsonCursor::text(std::string_view& out) {
  if (peek() != '"') return false;
  const std::size_t begin = ++at_;
  at_ += plain_length(text_.substr(at_));
  if (at_ == text_.size()) return false;
  if (text_[at_] == '"') {
    out = text_.substr(begin, at_++ - begin);
    return true;
  }
  const std::size_t start = unescaped_.size();
  unescaped_.append(text_, begin, at_ - begin);
  while (at_ < text_.size() && text_[at_] != '"') {
    if (plain(text_[at_])) {
      const std::size_t run = at_;
      at_ += plain_length(text_.substr(at_));
      unescaped_.append(text_, run, at_ - run);
      continue;
    }
    if (text_[at_] != '\\' || at_ + 1 >= text_.size()) return false;
    const char c = text_[at_ + 1];
    const std::size_t known = kShort.find(c);
    if (known != std::string_view::npos && c != '/') {
      unescaped_ += kMeaning[known];
      at_ += 2;
      continue;
    }
    if (c != 'u' || at_ + 6 > text_.size() || text_.substr(at_ + 2, 2) != "00") return false;
    const int high = hex_digit(text_[at_ + 4]);
    const int low = hex_digit(text_[at_ + 5]);
    if ((high != 0 && high != 1) || low < 0) return false;
    const char meant = static_cast<char>(high * 16 + low);
    if (kMeaning.find(meant) != std::string_view::npos) return false;
    unescaped_ += meant;
    at_ += 6;
  }
  if (at_ == text_.size()) return false;
  ++at_;
  out = std::string_view(unescaped_).substr(start);
  return true;
}

bool JsonCursor::digits(std::size_t count, std::uint64_t& out) {
  if (text_.size() - at_ < count) return false;
  out = 0;
  for (const std::size_t end = at_ + count; at_ < end; ++at_) {
    if (text_[at_] < '0' || text_[at_] > '9') return false;
    out = out * 10 + static_cast<std::uint64_t>(text_[at_] - '0');
  }
  return true;
}

bool JsonCursor::number(std::uint64_t& out) {
  std::size_t count = 0;
  while (at_ + count < text_.size() && text_[at_ + count] >= '0' && text_[at_ + count] <= '9')
    ++count;
  if (count == 0 || count > 18 || (count > 1 && text_[at_] == '0')) return false;
  return digits(count, out);
}

bool JsonCursor::decimal(Value& out) {
  if (!number(out.number)) return false;
  out.form = 0;
  if (peek() != '.') return true;
  ++at_;
  std::size_t count = 0;
  while (at_ + count < text_.size() && text_[at_ + count] >= '0' && text_[at_ + count] <= '9')
    ++count;
  std::uint64_t fraction = 0;
  if (count == 0 || count > 6 || out.number > 999'999'999 || !digits(count, fraction)) return false;
  for (out.form = static_cast<std::uint32_t>(count); count > 0; --count) out.number *= 10;
  out.number += fraction;
  return peek() != 'e' && peek() != 'E';
}

bool JsonCursor::time(Value& out) {
  std::uint64_t y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0;
  if (!literal("\"") || !digits(4, y) || !literal("-") || !digits(2, mo) || !literal("-") ||
      !digits(2, d) || !literal("T") || !digits(2, h) || !literal(":") || !digits(2, mi) ||
      !literal(":") || !digits(2, s))
    return false;
  out.form = peek() == '.' ? 1 : 0;
  if (out.form == 1 && (!literal(".") || !digits(3, ms))) return false;
  if (!literal("Z\"") || y < 2024 || mo < 1 || mo > 12 || d < 1 || d > month_length(y, mo) ||
      h > 23 || mi > 59 || s > 59)
    return false;
  const std::int64_t days =
      days_of(static_cast<std::int64_t>(y), static_cast<unsigned>(mo), static_cast<unsigned>(d));
  out.number = static_cast<std::uint64_t>(days) * 86400 + h * 3600 + mi * 60 + s - kTimeBase;
  out.extra = static_cast<std::uint32_t>(ms);
  return true;
}

bool JsonCursor::uuid(Value& out) {
  if (text_.size() - at_ < 38 || text_[at_] != '"' || text_[at_ + 37] != '"') return false;
  std::uint64_t halves[2] = {0, 0};
  std::size_t count = 0;
  for (std::size_t i = 1; i < 37; ++i) {
    const char c = text_[at_ + i];
    if (i == 9 || i == 14 || i == 19 || i == 24) {
      if (c != '-') return false;
      continue;
    }
    const int digit = hex_digit(c);
    if (digit < 0) return false;
    std::uint64_t& half = halves[count++ / 16];
    half = half << 4 | static_cast<std::uint64_t>(digit);
  }
  out.high = halves[0];
  out.number = halves[1];
  at_ += 38;
  return true;
}

bool JsonCursor::skip_value(std::size_t depth) {
  if (depth > kMostDepth) return false;
  std::string_view ignored;
  switch (peek()) {
    case '"': return text(ignored);
    case '{':
    case '[': {
      const char close = peek() == '{' ? '}' : ']';
      ++at_;
      for (bool first = true; peek() != close; first = false) {
        if (!first && !literal(",")) return false;
        if (close == '}' && (!text(ignored) || !literal(":"))) return false;
        if (!skip_value(depth + 1)) return false;
      }
      ++at_;
      return true;
    }
    case 't': return literal("true");
    case 'f': return literal("false");
    case 'n': return literal("null");
    default: break;
  }
  const std::size_t begin = at_;
  while (at_ < text_.size() && std::strchr("+-.0123456789eE", text_[at_]) != nullptr &&
         text_[at_] != '\0')
    ++at_;
  return at_ > begin && at_ - begin <= 64;
}

}  // namespace masc::wire
