#include "model/glob.h"

#include <cctype>

#include "base/text.h"

namespace masc::model {
namespace {

constexpr std::size_t kMostBytes = 1024;
constexpr std::size_t kMostSegments = 64;
constexpr std::size_t kMostWork = std::size_t{1} << 18;

unsigned char lower(unsigned char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c - 'A' + 'a') : c;
}

// A table of answers that are not known yet, no, or yes.
class Memo {
 public:
  Memo(std::size_t rows, std::size_t columns) : columns_(columns), cells_(rows * columns, 0) {}
  signed char& at(std::size_t row, std::size_t column) { return cells_[row * columns_ + column]; }

 private:
  std::size_t columns_;
  std::vector<signed char> cells_;  // 0 unknown, 1 no, 2 yes
};

template <class Ask>
bool remember(signed char& cell, const Ask& ask) {
  if (cell == 0) cell = ask() ? 2 : 1;
  return cell == 2;
}

using Class = int (*)(int);
Class class_named(std::string_view name) {
  constexpr std::pair<std::string_view, Class> kClasses[] = {
      {"alnum", std::isalnum}, {"alpha", std::isalpha}, {"blank", std::isblank},
      {"cntrl", std::iscntrl}, {"digit", std::isdigit}, {"graph", std::isgraph},
      {"lower", std::islower}, {"print", std::isprint}, {"punct", std::ispunct},
      {"space", std::isspace}, {"upper", std::isupper}, {"xdigit", std::isxdigit}};
  for (const auto& [known, test] : kClasses) {
    if (known == name) return test;
  }
  return nullptr;
}

// "[:alpha:]" at `at`; its bytes join `set`. False: there is no class here.
Result<bool> take_class(std::string_view text, std::size_t& at, std::bitset<256>& set) {
  if (text.substr(at, 2) != "[:") return false;
  const std::size_t end = text.find(":]", at + 2);
  if (end == text.npos) return false;
  const Class test = class_named(text.substr(at + 2, end - at - 2));
  if (test == nullptr) {
    return fail(ErrorCode::kInvalid, "'{}' is no class of characters",
                printable(text.substr(at, end + 2 - at)));
  }
  for (int c = 0; c < 128; ++c) {
    if (test(c) != 0) set.set(static_cast<std::size_t>(c));
  }
  at = end + 2;
  return true;
}

void fold_set(std::bitset<256>& set) {
  for (unsigned c = 'a'; c <= 'z'; ++c) {
    const unsigned upper = c - 'a' + 'A';
    if (set[c] || set[upper]) set.set(c);
  }
}

Error open_bracket(std::string_view text) {
  return error(ErrorCode::kInvalid, "'[' without ']' in the pattern '{}'", printable(text))
      .hint("write \\[ for the character itself");
}

}  // namespace

// `at` is behind the '['. fnmatch(3): a ']' that comes first is an ordinary character.
Result<Glob::Symbol> Glob::parse_set(std::string_view text, std::size_t& at) {
  Bytes set;
  const bool negated = at < text.size() && (text[at] == '!' || text[at] == '^');
  if (negated) ++at;
  const std::size_t first = at;
  const auto take_byte = [&]() -> unsigned char {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    return static_cast<unsigned char>(text[at++]);
  };
  while (at < text.size() && (text[at] != ']' || at == first)) {
    MASC_TRY(const bool named, take_class(text, at, set));
    if (named) continue;
    const unsigned low = take_byte();
    unsigned high = low;
    if (at + 1 < text.size() && text[at] == '-' && text[at + 1] != ']') {
      ++at;
      high = take_byte();
    }
    set.set(low);  // as git's wildmatch, also of a range that runs backwards
    for (unsigned c = low; c <= high; ++c) set.set(c);
  }
  if (at >= text.size()) return fail(open_bracket(text));
  ++at;
  if (negated) set.flip();
  set.reset('/');
  if (fold_) fold_set(set);
  sets_.push_back(set);
  return Symbol{Kind::kSet, 0, static_cast<std::uint16_t>(sets_.size() - 1)};
}

Result<Glob::Segment> Glob::parse_segment(std::string_view text) {
  Segment segment;
  if (text == "**") {
    segment.deep = true;
    return segment;
  }
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    Symbol symbol{Kind::kByte, static_cast<unsigned char>(c), 0};
    if (c == '*') {
      if (!segment.symbols.empty() && segment.symbols.back().kind == Kind::kStar) continue;
      symbol.kind = Kind::kStar;
    } else if (c == '?') {
      symbol.kind = Kind::kAny;
    } else if (c == '[') {
      MASC_TRY(symbol, parse_set(text, at));
    } else if (c == '\\') {
      if (at == text.size())
        return fail(ErrorCode::kInvalid, "the pattern '{}' ends in a backslash", printable(text));
      symbol.byte = static_cast<unsigned char>(text[at++]);
    }
    if (symbol.kind == Kind::kByte && fold_) symbol.byte = lower(symbol.byte);
    segment.symbols.push_back(symbol);
  }
  return segment;
}

Result<Glob> Glob::parse(std::string_view pattern, bool fold) {
  const std::string_view whole = pattern;
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInvalid, "the pattern '{}' {}", printable(whole), why);
  };
  if (pattern.size() > kMostBytes) return refuse("is longer than 1 KiB");
  if (pattern.starts_with('!')) return refuse("is a negation, which nothing can be held by");
  Glob glob;
  glob.fold_ = fold;
  glob.folder_only_ = pattern.ends_with('/');
  if (glob.folder_only_) pattern.remove_suffix(1);
  const bool floating = pattern.find('/') == pattern.npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  if (floating && pattern != "**") glob.segments_.push_back({true, {}});
  for (const std::string_view part : split(pattern, '/')) {
    if (part.empty()) return refuse("has an empty part");
    if (part == "." || part == "..") return refuse("has a part that is no name");
    MASC_TRY(Segment segment, glob.parse_segment(part));
    const bool twice = segment.deep && !glob.segments_.empty() && glob.segments_.back().deep;
    if (!twice) glob.segments_.push_back(std::move(segment));
  }
  if (glob.segments_.size() > kMostSegments) return refuse("has more than 64 parts");
  return glob;
}

Glob Glob::literal(std::string_view path, bool fold) {
  Glob glob;
  glob.fold_ = fold;
  for (const std::string_view part : split(path, '/')) {
    Segment segment;
    for (const char c : part) {
      const auto byte = static_cast<unsigned char>(c);
      segment.symbols.push_back({Kind::kByte, fold ? lower(byte) : byte, 0});
    }
    glob.segments_.push_back(std::move(segment));
  }
  return glob;
}

bool Glob::has(const Symbol& symbol, unsigned char byte) const {
  switch (symbol.kind) {
    case Kind::kByte: return symbol.byte == byte;
    case Kind::kAny:
    case Kind::kStar: return true;
    case Kind::kSet: return sets_[symbol.set][byte];
  }
  return false;
}

Glob::Bytes Glob::bytes_of(const Symbol& symbol) const {
  Bytes bytes;
  switch (symbol.kind) {
    case Kind::kByte: return bytes.set(symbol.byte);
    case Kind::kAny:
    case Kind::kStar: return bytes.set().reset('/');
    case Kind::kSet: return sets_[symbol.set];
  }
  return bytes;
}

// Greedy with one way back: only the last star needs to be tried again.
bool Glob::matches(const Segment& segment, std::string_view name) const {
  const auto& symbols = segment.symbols;
  std::size_t i = 0;
  std::size_t j = 0;
  std::size_t star = symbols.size();
  std::size_t mark = 0;
  while (j < name.size()) {
    const auto byte = static_cast<unsigned char>(name[j]);
    if (i < symbols.size() && symbols[i].kind == Kind::kStar) {
      star = i++;
      mark = j;
    } else if (i < symbols.size() && has(symbols[i], fold_ ? lower(byte) : byte)) {
      ++i;
      ++j;
    } else if (star < symbols.size()) {
      i = star + 1;
      j = ++mark;
    } else {
      return false;
    }
  }
  while (i < symbols.size() && symbols[i].kind == Kind::kStar) ++i;
  return i == symbols.size();
}

bool Glob::covers(std::string_view path) const {
  const auto names = split(path, '/');
  Memo memo(segments_.size() + 1, names.size() + 1);
  const auto go = [&](const auto& self, std::size_t i, std::size_t j) -> bool {
    return remember(memo.at(i, j), [&] {
      if (i == segments_.size()) return !folder_only_ || j < names.size();
      if (!segments_[i].deep) {
        return j < names.size() && matches(segments_[i], names[j]) && self(self, i + 1, j + 1);
      }
      if (i + 1 == segments_.size()) return j + (folder_only_ ? 1 : 0) < names.size();
      return self(self, i + 1, j) || (j < names.size() && self(self, i, j + 1));
    });
  };
  return go(go, 0, 0);
}

// Whether one name matches both: a walk over pairs of positions.
bool Glob::share_name(const Segment& mine, const Glob& other, const Segment& theirs) const {
  const auto& a = mine.symbols;
  const auto& b = theirs.symbols;
  Memo memo(a.size() + 1, b.size() + 1);
  const auto go = [&](const auto& self, std::size_t i, std::size_t j) -> bool {
    return remember(memo.at(i, j), [&] {
      if (i == a.size() && j == b.size()) return true;
      const bool star_a = i < a.size() && a[i].kind == Kind::kStar;
      const bool star_b = j < b.size() && b[j].kind == Kind::kStar;
      if (star_a && (self(self, i + 1, j) || (j < b.size() && self(self, i, j + 1)))) return true;
      if (star_b && (self(self, i, j + 1) || (i < a.size() && self(self, i + 1, j)))) return true;
      if (star_a || star_b || i == a.size() || j == b.size()) return false;
      return (bytes_of(a[i]) & other.bytes_of(b[j])).any() && self(self, i + 1, j + 1);
    });
  };
  return go(go, 0, 0);
}

std::size_t Glob::size() const {
  std::size_t sum = segments_.size() + 1;
  for (const Segment& segment : segments_) sum += segment.symbols.size();
  return sum;
}

// Where one of the two has come to its end, a path below what it matched can satisfy the other.
bool Glob::overlaps(const Glob& other) const {
  if (size() * other.size() > kMostWork) return true;
  Memo memo(segments_.size() + 1, other.segments_.size() + 1);
  const auto go = [&](const auto& self, std::size_t i, std::size_t j) -> bool {
    return remember(memo.at(i, j), [&] {
      if (i == segments_.size() || j == other.segments_.size()) return true;
      const Segment& a = segments_[i];
      const Segment& b = other.segments_[j];
      if (a.deep || b.deep) return self(self, i + 1, j) || self(self, i, j + 1);
      return share_name(a, other, b) && self(self, i + 1, j + 1);
    });
  };
  return go(go, 0, 0);
}

bool looks_like_glob(std::string_view text) noexcept {
  return text.find_first_of("*?[\\") != text.npos;
}

std::string escape_glob(std::string_view path) {
  std::string escaped;
  for (const char c : path) {
    if (std::string_view("*?[]\\!#").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace masc::model
