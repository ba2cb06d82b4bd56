#include "handoff/atoms.h"

#include <algorithm>
#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace masc::handoff {
namespace {

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return is_lower(c) || is_upper(c); }

// What a name, path or value is made of; all other bytes end one.
enum Class : unsigned {
  kLower = 1,
  kUpper = 2,
  kDigit = 4,
  kUnderscore = 8,
  kHyphen = 16,
  kSlash = 32,
  kMark = 64,  // . @ ~ #
};

constexpr std::array<unsigned, 256> byte_classes() {
  std::array<unsigned, 256> table{};
  for (std::size_t i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    if (is_lower(c)) table[i] = kLower;
    if (is_upper(c)) table[i] = kUpper;
    if (is_digit(c)) table[i] = kDigit;
  }
  table['_'] = kUnderscore;
  table['-'] = kHyphen;
  table['/'] = kSlash;
  table['.'] = table['@'] = table['~'] = table['#'] = kMark;
  return table;
}
constexpr std::array<unsigned, 256> kClasses = byte_classes();

unsigned class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }

// An extension as a number.
constexpr std::uint64_t packed(std::string_view text) {
  std::uint64_t number = 0;
  for (const char c : text) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

bool known_extension(std::string_view ext) {
  static constexpr auto kKnown = [] {
    constexpr std::array<std::string_view, 72> kNames = {
        "adoc",  "bash", "bat",  "bazel", "c",    "cc",     "cfg",  "cjs",   "conf",
        "cpp",   "cs",   "css",  "csv",   "cxx",  "dart",   "db",   "diff",  "env",
        "erl",   "ex",   "exs",  "fish",  "go",   "gz",     "h",    "hpp",   "hs",
        "htm",   "html", "ini",  "ipynb", "java", "jpg",    "js",   "json",  "jsonl",
        "jsx",   "kt",   "lock", "log",   "lua",  "md",     "mjs",  "mod",   "patch",
        "php",   "pl",   "png",  "proto", "ps1",  "py",     "rb",   "rs",    "rst",
        "scala", "scss", "sh",   "sql",   "sum",  "svelte", "svg",  "swift", "tf",
        "toml",  "ts",   "tsx",  "txt",   "vue",  "xml",    "yaml", "yml",   "zig"};
    std::array<std::uint64_t, kNames.size()> numbers{};
    std::transform(kNames.begin(), kNames.end(), numbers.begin(), packed);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }();
  return ext.size() < 8 && std::binary_search(kKnown.begin(), kKnown.end(), packed(ext));
}

// Whether letters rise within a word: parseLine, HTTPServer.
bool has_hump(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (!is_upper(text[i])) continue;
    if (is_lower(text[i - 1]) || is_digit(text[i - 1])) return true;
    if (i + 1 < text.size() && is_upper(text[i - 1]) && is_lower(text[i + 1])) return true;
  }
  return false;
}

// `seen`: the classes of its bytes.
bool is_identifier(std::string_view text, unsigned seen) {
  if (text.size() < 5 || text.size() > 80 || is_digit(text[0])) return false;
  if ((seen & (kHyphen | kSlash | kMark)) != 0) return false;
  if ((seen & (kLower | kUpper)) == 0) return false;
  if ((seen & kUpper) != 0 && ((seen & kLower) == 0 || has_hump(text))) return true;
  return (seen & kUnderscore) != 0 && text.substr(1, text.size() - 2).find('_') != text.npos;
}
bool is_identifier(std::string_view text) {
  unsigned seen = 0;
  for (const char c : text) seen |= class_of(c);
  return is_identifier(text, seen);
}

bool is_kebab(std::string_view text) {
  if (text.size() < 8 || text.size() > 80 || !is_lower(text.front())) return false;
  bool hyphen = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '-') {
      if (i + 1 == text.size() || text[i + 1] == '-') return false;
      hyphen = true;
    } else if (!is_lower(c) && !is_digit(c)) {
      return false;
    }
  }
  return hyphen;
}

bool is_commit(std::string_view text) {
  if (text.size() < 7 || text.size() > 40) return false;
  bool digit = false, letter = false;
  for (const char c : text) {
    if (is_digit(c)) {
      digit = true;
    } else if (c >= 'a' && c <= 'f') {
      letter = true;
    } else {
      return false;
    }
  }
  return digit && letter;
}

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

bool is_value(std::string_view text) {
  if (text.size() > 1 && text[0] == '#') return text.size() < 8 && all_digits(text.substr(1));
  if (all_digits(text)) return text.size() >= 4 && text.size() <= 6;
  if (text.starts_with('v')) text.remove_prefix(1);
  // 1.2, 1.2.3, 1.2.3-rc1
  int dots = 0;
  std::size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) dots += text[i] == '.';
  if (dots == 0 || i == 0 || !is_digit(text[0]) || text[i - 1] == '.') return false;
  return i == text.size() || text[i] == '-';
}

bool is_path(std::string_view text) {
  bool letter = false, odd = false;
  std::size_t parts = 0, length = 0;
  for (const char c : text) {
    if (c == '/') {
      if (length > 0) ++parts;
      length = 0;
      continue;
    }
    ++length;
    letter = letter || is_alpha(c);
    odd = odd || c == '.' || c == '_' || c == '-' || is_digit(c);
  }
  if (length > 0) ++parts;
  if (!letter || text.size() > 300) return false;
  return parts >= 3 || (parts == 2 && (odd || text[0] == '/' || text.size() >= 12));
}

std::string_view strip(std::string_view text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '-' || text.back() == '/' ||
                           text.back() == '@' || text.back() == '#' || text.back() == '~')) {
    text.remove_suffix(1);
  }
  return text;
}

// A run without slash: names joined by dots, versions, values.
void plain_run(std::string_view run, std::vector<Atom>& out) {
  if (is_value(run)) {
    out.push_back({AtomKind::kValue, run, run});
    return;
  }
  if (is_commit(run)) {
    out.push_back({AtomKind::kCommit, run, run.substr(0, 7)});
    return;
  }
  const std::size_t dot = run.rfind('.');
  if (dot != run.npos && dot > 0 && known_extension(run.substr(dot + 1))) {
    out.push_back({AtomKind::kPath, run, run});
    return;
  }
  while (!run.empty()) {
    const std::size_t end = run.find_first_of(".@~#");
    std::string_view part = run.substr(0, end);
    run = end == run.npos ? std::string_view() : run.substr(end + 1);
    if (is_kebab(part)) {
      out.push_back({AtomKind::kKebab, part, part});
      continue;
    }
    // Hyphens join here what no kebab name is: "TestFoo-8", "--Foo".
    while (!part.empty()) {
      const std::size_t hyphen = part.find('-');
      const std::string_view name = part.substr(0, hyphen);
      part = hyphen == part.npos ? std::string_view() : part.substr(hyphen + 1);
      if (is_identifier(name)) out.push_back({AtomKind::kName, name, name});
    }
  }
}

// A run of letters, digits and underscores.
void plain_word(std::string_view word, unsigned seen, std::vector<Atom>& out) {
  if (word.size() < 4) return;
  if (seen == kDigit) {
    if (word.size() <= 6) out.push_back({AtomKind::kValue, word, word});
  } else if (seen == (kLower | kDigit) && is_commit(word)) {
    out.push_back({AtomKind::kCommit, word, word.substr(0, 7)});
  } else if (is_identifier(word, seen)) {
    out.push_back({AtomKind::kName, word, word});
  }
}

void flag_run(std::string_view run, std::vector<Atom>& out) {
  std::size_t end = 2;
  while (end < run.size() && (is_lower(run[end]) || is_digit(run[end]) || run[end] == '-')) ++end;
  const std::string_view flag = strip(run.substr(0, end));
  if (flag.size() >= 4 && is_lower(flag[2])) out.push_back({AtomKind::kFlag, flag, flag});
}

bool is_url(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

std::size_t url_end(std::string_view text, std::size_t at) {
  const std::size_t end = text.find_first_of(" \t\r\n\"'<>)]}`\\|", at);
  return end == text.npos ? text.size() : end;
}

}  // namespace

std::string_view path_key(std::string_view path) noexcept {
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::size_t last = path.rfind('/');
  if (last == path.npos || last == 0) return path.substr(last == 0 ? 1 : 0);
  const std::size_t before = path.rfind('/', last - 1);
  return before == path.npos ? path : path.substr(before + 1);
}

double atom_weight(AtomKind kind) noexcept {
  switch (kind) {
    case AtomKind::kPath: return 2;
    case AtomKind::kUrl:
    case AtomKind::kCommit: return 1.5;
    case AtomKind::kName:
    case AtomKind::kKebab: return 1;
    case AtomKind::kValue: return 0.7;
    case AtomKind::kFlag: return 0.5;
  }
  return 1;
}

void find_atoms(std::string_view text, std::vector<Atom>& out) {
  for (std::size_t i = 0; i < text.size();) {
    if (class_of(text[i]) == 0) {
      ++i;
      continue;
    }
    if (text[i] == 'h' && is_url(text.substr(i))) {
      const std::size_t end = url_end(text, i);
      std::string_view url = text.substr(i, end - i);
      while (!url.empty() && (url.back() == '.' || url.back() == ',' || url.back() == ':')) {
        url.remove_suffix(1);
      }
      if (url.size() > 10 && url.size() < 300) out.push_back({AtomKind::kUrl, url, url});
      i = end;
      continue;
    }
    std::size_t end = i;
    unsigned seen = 0;
    for (; end < text.size() && class_of(text[end]) != 0; ++end) seen |= class_of(text[end]);
    // Most are words of small letters, which are no names.
    if (seen == kLower) {
      i = end;
      continue;
    }
    if ((seen & (kHyphen | kSlash | kMark)) == 0) {
      plain_word(text.substr(i, end - i), seen, out);
      i = end;
      continue;
    }
    std::string_view run = strip(text.substr(i, end - i));
    i = end;
    if (run.size() < 4) {
      if (run.size() > 1 && is_value(run)) out.push_back({AtomKind::kValue, run, run});
      continue;
    }
    if (run.starts_with("--")) {
      flag_run(run, out);
    } else if (run.find('/') != run.npos && is_path(run)) {
      out.push_back({AtomKind::kPath, run, path_key(run)});
    } else {
      while (run.starts_with('-') || run.starts_with('.') || run.starts_with('/')) {
        run.remove_prefix(1);
      }
      for (std::size_t at = 0; at <= run.size();) {  // "read/write": two runs
        const std::size_t slash = std::min(run.find('/', at), run.size());
        if (slash > at) plain_run(run.substr(at, slash - at), out);
        at = slash + 1;
      }
    }
  }
}

std::uint32_t AtomTable::find(std::string_view key) const noexcept {
  return slots_.find(XXH3_64bits(key.data(), key.size()), is(key));
}

std::uint32_t AtomTable::intern(AtomKind kind, std::string_view key) {
  const auto next = static_cast<std::uint32_t>(keys_.size());
  const std::uint32_t known =
      slots_.find_or_add(XXH3_64bits(key.data(), key.size()), next, is(key));
  if (known != kNone) return known;
  keys_.push_back({texts_.keep(key), kind});
  return next;
}

}  // namespace masc::handoff
