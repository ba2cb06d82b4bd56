// Patterns of gitignore(5) over paths, and whether two of them can name one path.
//
// As git's wildmatch does, `?`, `*` and `[…]` stand for bytes and never for '/'. A pattern without
// a
// '/' but at its end matches in any folder; others start at the root. `**` stands for any number of
// folders, at the end of a pattern for everything inside; a final '/' asks for a folder. What
// matches covers all that is below it. There is no negation here.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace masc::model {

class Glob {
 public:
  // `fold`: letters A–Z are those of a–z (core.ignorecase). kInvalid: an open bracket, a final
  // backslash, a leading '!', an empty, "." or ".." segment, or too long (1 KiB, 64 segments).
  static Result<Glob> parse(std::string_view pattern, bool fold = false);
  // Exactly this path, whatever characters it has. Never fails.
  static Glob literal(std::string_view path, bool fold = false);

  // Whether `path` or a folder above it matches.
  bool covers(std::string_view path) const;
  // Whether some path is covered by both. Exact, but for pairs so long that the answer would be
  // dear: then true.
  bool overlaps(const Glob& other) const;

 private:
  enum class Kind : unsigned char { kByte, kAny, kStar, kSet };
  struct Symbol {
    Kind kind = Kind::kByte;
    unsigned char byte = 0;
    std::uint16_t set = 0;  // index into sets_
  };
  struct Segment {
    bool deep = false;  // "**"
    std::vector<Symbol> symbols;
  };
  using Bytes = std::bitset<256>;

  Result<Segment> parse_segment(std::string_view text);
  Result<Symbol> parse_set(std::string_view text, std::size_t& at);
  bool has(const Symbol& symbol, unsigned char byte) const;
  Bytes bytes_of(const Symbol& symbol) const;
  bool matches(const Segment& segment, std::string_view name) const;
  bool share_name(const Segment& mine, const Glob& other, const Segment& theirs) const;
  std::size_t size() const;

  std::vector<Segment> segments_;
  std::vector<Bytes> sets_;
  bool folder_only_ = false;
  bool fold_ = false;
};

// Whether `text` has a character with a meaning in patterns.
bool looks_like_glob(std::string_view text) noexcept;
// `path` as a pattern that matches it and nothing else.
std::string escape_glob(std::string_view path);

}  // namespace masc::model
