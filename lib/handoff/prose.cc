#include "handoff/prose.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/text.h"

namespace masc::handoff {
namespace {

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) { return is_alpha(c) || (c >= '0' && c <= '9') || c == '_'; }

// Behind an escape sequence that starts at `at` (ECMA-48: CSI, OSC, or two bytes).
std::size_t skip_escape(std::string_view text, std::size_t at) {
  std::size_t i = at + 1;
  if (i >= text.size()) return i;
  if (text[i] == '[') {
    ++i;
    while (i < text.size() && (text[i] < '@' || text[i] > '~')) ++i;
    return std::min(i + 1, text.size());
  }
  if (text[i] == ']') {
    while (i < text.size() && text[i] != '\a' && text[i] != '\x1b') ++i;
    return std::min(i + 1, text.size());
  }
  return i + 1;
}

// Phrases of two bytes or more by their first one, to look for all of them in one pass.
template <std::size_t N>
class Phrases {
 public:
  constexpr explicit Phrases(std::array<std::string_view, N> phrases) : phrases_(phrases) {
    std::sort(phrases_.begin(), phrases_.end());
    for (std::size_t i = N; i-- > 0;) {
      first_[byte(phrases_[i], 0)] = static_cast<std::uint8_t>(i + 1);
      second_[byte(phrases_[i], 0)] |= 1U << byte(phrases_[i], 1) % 32;
    }
  }

  bool any_in(std::string_view text) const {
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
      const bool may = (second_[byte(text, at)] >> byte(text, at + 1) % 32 & 1) != 0;
      if (may && at_start_of(text.substr(at))) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t byte(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
  }
  bool at_start_of(std::string_view text) const {
    for (std::size_t i = first_[byte(text, 0)]; i != 0; i = i < N ? i + 1 : 0) {
      const std::string_view phrase = phrases_[i - 1];
      if (phrase[0] != text[0]) return false;
      if (text.starts_with(phrase)) return true;
    }
    return false;
  }

  std::array<std::string_view, N> phrases_;
  std::array<std::uint8_t, 256> first_{};  // number of the first one, counted from 1
  // By the first byte: which second ones there are, a bit for their low half. Almost no other
  // passes.
  std::array<std::uint32_t, 256> second_{};
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view strip_marks(std::string_view line) {
  line = trim(line);
  while (!line.empty() && (line[0] == '#' || line[0] == '>')) line = trim(line.substr(1));
  if (line.starts_with("- ") || line.starts_with("* ")) line = trim(line.substr(2));
  std::size_t digits = 0;
  while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
  if (digits > 0 && digits < 3 && line.substr(digits).starts_with(". ")) {
    line = trim(line.substr(digits + 2));
  }
  return line;
}

}  // namespace

std::string tidy(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit) + 4);
  bool space = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == 0x1b) {
      i = skip_escape(text, i);
      continue;
    }
    if (c <= ' ' || c == 0x7f) {
      space = true;
      ++i;
      continue;
    }
    const std::size_t length = utf8_length(text.substr(i, 4));
    if (length == 0 ||
        (length == 2 && c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0)) {
      i += std::max<std::size_t>(length, 1);  // no UTF-8, or a C1 control
      continue;
    }
    if (out.size() + length + (space ? 1U : 0U) > limit) {
      out += "…";
      break;
    }
    if (space && !out.empty()) out += ' ';
    space = false;
    out.append(text.substr(i, length));
    i += length;
  }
  return out;
}

std::string tidy_ends(std::string_view text, std::size_t limit) {
  std::string whole = tidy(text, text.size() + 4);
  if (whole.size() <= limit) return whole;
  std::size_t tail = whole.size() - limit / 3;
  while (tail < whole.size() && (static_cast<unsigned char>(whole[tail]) & 0xC0) == 0x80) ++tail;
  const std::size_t word = whole.find(' ', tail);
  if (word != whole.npos && word - tail < 24) tail = word + 1;
  return tidy(whole, limit - limit / 3) + " " + whole.substr(tail);
}

std::vector<std::string_view> sentences(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::string_view line : split_lines(text)) {
    line = strip_marks(line);
    if (line.starts_with("```") || line.size() < 3) continue;
    std::size_t start = 0;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
      const char c = line[i];
      if ((c != '.' && c != '!' && c != '?') || line[i + 1] != ' ') continue;
      if (i - start < 12) continue;  // "e.g. ", "1. "
      out.push_back(line.substr(start, i + 1 - start));
      start = i + 2;
    }
    if (line.size() > start + 2) out.push_back(line.substr(start));
  }
  return out;
}

namespace {

using Cue = std::pair<std::string_view, double>;
constexpr std::array<Cue, 59> kCues = {{
    {"because", 1.5},     {"decided", 2},       {"decision", 2},     {"instead of", 1.5},
    {"instead", 1},       {"rather than", 1.5}, {"so that", 1},      {"root cause", 2},
    {"the problem", 2},   {"the issue", 2},     {"the bug", 1.5},    {"turns out", 1.5},
    {"caused by", 2},     {"the cause", 1.5},   {"the reason", 1.5}, {"due to", 1.2},
    {"since", 0.8},       {"therefore", 1},     {"should not", 1.2}, {"shouldn't", 1.2},
    {"must not", 1.5},    {"must", 1},          {"need to", 0.8},    {"needs to", 0.8},
    {"we'll use", 1.2},   {"i'll use", 1.2},    {"going with", 1.2}, {"choose", 1},
    {"chose", 1.5},       {"prefer", 1},        {"avoid", 1},        {"trade-off", 1},
    {"approach", 0.7},    {"option", 0.6},      {"reject", 1.2},     {"rejected", 1.5},
    {"keep", 0.5},        {"only when", 0.8},   {"never", 0.8},      {"won't", 0.8},
    {"doesn't", 0.6},     {"does not", 0.6},    {"wrong", 0.8},      {"which means", 1},
    {"this means", 1},    {"that's why", 1.5},  {"the fix", 1.2},    {"i see the", 0.8},
    {"to avoid", 1.2},    {"i found", 0.8},     {"should", 0.8},     {"by design", 1.5},
    {"intentional", 1.2}, {"on purpose", 1.2},  {"confirmed", 1},    {"must be", 0.3},
    {"cannot", 0.8},      {"can't", 0.8},       {"switching", 1},
}};

// The cues that begin with a letter, as a bit each.
constexpr std::array<std::uint64_t, 26> kCuesOf = [] {
  std::array<std::uint64_t, 26> table{};
  for (std::size_t i = 0; i < kCues.size(); ++i) {
    table[static_cast<std::size_t>(kCues[i].first[0] - 'a')] |= std::uint64_t{1} << i;
  }
  return table;
}();

// The cues that a text of small letters begins with, as whole words.
std::uint64_t cues_at(std::string_view text) {
  if (text[0] < 'a' || text[0] > 'z') return 0;
  std::uint64_t found = 0;
  for (std::uint64_t left = kCuesOf[static_cast<std::size_t>(text[0] - 'a')]; left != 0;
       left &= left - 1) {
    const int i = std::countr_zero(left);
    const std::string_view cue = kCues[static_cast<std::size_t>(i)].first;
    if (text.size() < cue.size() || text[1] != cue[1] || !text.starts_with(cue)) continue;
    if (text.size() == cue.size() || !is_name(text[cue.size()])) found |= std::uint64_t{1} << i;
  }
  return found;
}

}  // namespace

double decision_weight(std::string_view sentence) {
  if (sentence.size() < 20 || sentence.size() > 600) return 0;
  const std::string text = lower(sentence);
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 0 || !is_name(text[i - 1])) found |= cues_at(std::string_view(text).substr(i));
  }
  double sum = 0;
  for (std::size_t i = 0; i < kCues.size(); ++i) {
    if ((found >> i & 1) != 0) sum += kCues[i].second;
  }
  return sum;
}

bool tells_failure(std::string_view line) {
  static constexpr Phrases kSigns(std::array<std::string_view, 34>{"FAIL",
                                                                   "error:",
                                                                   "Error:",
                                                                   "ERROR",
                                                                   "error[",
                                                                   "panic:",
                                                                   "fatal:",
                                                                   "Traceback",
                                                                   "AssertionError",
                                                                   "undefined:",
                                                                   "not found",
                                                                   "No such file",
                                                                   "cannot ",
                                                                   "Cannot ",
                                                                   "can't ",
                                                                   "failed",
                                                                   "Failed",
                                                                   "npm ERR!",
                                                                   "\u2717",
                                                                   "\u2716",
                                                                   "\u2718",
                                                                   "not ok ",
                                                                   "Exception",
                                                                   "undefined reference",
                                                                   "expected ",
                                                                   "Expected",
                                                                   "no rule",
                                                                   "No rule",
                                                                   "denied",
                                                                   "unexpected",
                                                                   "mismatch",
                                                                   "invalid",
                                                                   "imported and not used",
                                                                   "declared and not used"});
  return kSigns.any_in(line) && line.find("0 failed") == line.npos &&
         line.find("0 errors") == line.npos;
}

bool names_place(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos || colon < 3 || line.substr(0, colon).find(' ') != line.npos) return false;
  if (line.substr(0, colon).find('.') == line.npos) return false;
  std::size_t end = colon + 1;
  while (end < line.size() && line[end] >= '0' && line[end] <= '9') ++end;
  return end > colon + 1 && end < line.size() && line[end] == ':';
}

bool tells_success(std::string_view line) {
  static constexpr Phrases kSigns(std::array<std::string_view, 10>{
      "ok  \t", "PASS", " passed", "0 failed", "0 issues", "0 errors", "All checks passed",
      "BUILD SUCCESS", "tests pass", "no issues found"});
  return (line.starts_with("ok ") || kSigns.any_in(line)) && !tells_failure(line);
}

std::vector<std::string> error_lines(std::string_view output, std::size_t most) {
  std::vector<std::string> telling, placed, last;
  const auto add = [&](std::vector<std::string>& lines, std::string_view text) {
    if (lines.size() == most) return;
    std::string clean = tidy(text, 240);
    // A line that another one begins with says nothing more: "FAIL", "FAIL pkg/x 0.3s".
    for (std::string& line : lines) {
      if (line.starts_with(clean)) return;
      if (clean.starts_with(line)) {
        line = std::move(clean);
        return;
      }
    }
    lines.push_back(std::move(clean));
  };
  // What matters stands at the end; so does most of a long output's meaning.
  constexpr std::size_t kLook = 64 << 10;
  if (output.size() > kLook) output = output.substr(output.size() - kLook);
  const std::vector<std::string_view> lines = split_lines(output);
  for (const std::string_view line : lines) {
    const std::string_view text = trim(line);
    if (text.size() < 3) continue;
    if (tells_failure(text)) {
      add(telling, text);
    } else if (names_place(text)) {
      add(placed, text);
    }
  }
  for (const std::string& line : placed) add(telling, line);
  if (!telling.empty()) return telling;
  for (const std::string_view line : lines) {
    const std::string_view text = trim(line);
    if (text.size() < 3) continue;
    if (last.size() == most) last.erase(last.begin());
    add(last, text.substr(0, 400));
  }
  return last;
}

namespace {

// "--- PASS: TestName (0.1s)", "PASSED tests/x.py::test_name", "tests/x.py::test_name PASSED".
std::vector<std::string_view> named_tests(std::string_view output, std::string_view go,
                                          std::string_view pytest) {
  std::vector<std::string_view> names;
  if (output.find(pytest.substr(0, 4)) == output.npos) return names;
  for (const std::string_view line : split_lines(output)) {
    std::string_view rest = trim(line);
    if (rest.starts_with(go)) {
      rest.remove_prefix(go.size());
    } else {
      const std::size_t mark = rest.find("::");
      const std::size_t word = rest.find(pytest);
      if (mark == rest.npos || word == rest.npos) continue;
      if (word != 0 && (word < mark || rest[word - 1] != ' ')) continue;
      rest = rest.substr(word == 0 ? pytest.size() + 1 : 0);
    }
    const std::string_view name = rest.substr(0, rest.find(' '));
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace

std::vector<std::string_view> failed_tests(std::string_view output) {
  return named_tests(output, "--- FAIL: ", "FAILED");
}

std::vector<std::string_view> passed_tests(std::string_view output) {
  return named_tests(output, "--- PASS: ", "PASSED");
}

std::vector<std::string_view> definitions(std::string_view code) {
  static constexpr std::array<std::string_view, 17> kWords = {
      "func", "def", "class", "fn",    "function", "type",      "const",  "struct", "interface",
      "enum", "let", "var",   "trait", "impl",     "namespace", "module", "sub"};
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < code.size();) {
    if (!is_alpha(code[i]) || (i > 0 && is_name(code[i - 1]))) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < code.size() && is_name(code[end])) ++end;
    const std::string_view word = code.substr(i, end - i);
    i = end;
    if (std::find(kWords.begin(), kWords.end(), word) == kWords.end()) continue;
    if (end >= code.size() || code[end] != ' ') continue;
    std::size_t at = end + 1;
    if (word == "func" && at < code.size() && code[at] == '(') {  // Go's receiver
      at = std::min(code.find(')', at), code.size());
      while (at < code.size() && (code[at] == ')' || code[at] == ' ')) ++at;
    }
    std::size_t stop = at;
    while (stop < code.size() && is_name(code[stop])) ++stop;
    if (stop - at >= 3) names.push_back(code.substr(at, stop - at));
  }
  return names;
}

}  // namespace masc::handoff
