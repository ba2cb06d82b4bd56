// Secrets that are told by a name: NAME=value in all the ways in which shells, programs, YAML and
// JSON write it.
#include <algorithm>
#include <array>
#include <string>

#include "handoff/secret_text.h"

namespace masc::handoff {
namespace {

constexpr std::size_t kMostName = 64;
constexpr std::size_t kMostValue = 1024;
constexpr std::size_t kMostJudged = 256;  // of a value without quotes; more says no more
constexpr std::size_t kLeast = 6;
constexpr std::string_view kKind = "env-value";

// Names are told by their last word, which may have to be qualified: PUBLIC_KEY, PWD and PASS
// are no secrets.
struct LastWord {
  std::string_view word;
  bool qualified;
};
constexpr std::array<LastWord, 12> kLastWords = {{{"PASSWORD", false},
                                                  {"PASSWD", false},
                                                  {"PASSPHRASE", false},
                                                  {"PASS", true},
                                                  {"PWD", true},
                                                  {"SECRET", false},
                                                  {"TOKEN", false},
                                                  {"CREDENTIAL", false},
                                                  {"CREDENTIALS", false},
                                                  {"APIKEY", false},
                                                  {"AUTHORIZATION", false},
                                                  {"SECRET_KEY_BASE", false}}};
constexpr std::array<std::string_view, 13> kSecretKeys = {
    "API",     "ACCESS",     "SECRET",     "PRIVATE", "AUTH",    "ACCOUNT", "SHARED",
    "SIGNING", "ENCRYPTION", "DECRYPTION", "MASTER",  "SERVICE", "APP"};
// Of programs that read text, or step through lists.
constexpr std::array<std::string_view, 12> kOtherTokens = {
    "PAGE", "NEXT", "PAD", "EOS",  "BOS",          "UNK",
    "MASK", "SEP",  "CLS", "STOP", "CONTINUATION", "CANCELLATION"};

// Whether a word may begin at `at` of a name: after a mark, or with a letter that is a capital.
bool begins_part(std::string_view name, std::size_t at) {
  if (at == 0 || !is_alnum(name[at - 1]) || is_digit(name[at - 1])) return true;
  return is_upper(name[at]) && is_lower(name[at - 1]);
}

// The part of a name that ends before `at`, its mark left out.
template <std::size_t N>
bool ends_with_part(std::string_view name, const std::array<std::string_view, N>& parts) {
  if (!name.empty() && !is_alnum(name.back())) name.remove_suffix(1);
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return name.size() >= part.size() && word_at(name, name.size() - part.size(), part);
  });
}

// Where the word begins that makes `name` one of a secret; npos: it is none.
std::size_t telling_word(std::string_view name) {
  // PASSWORD_2 is one as well.
  while (!name.empty() && (is_digit(name.back()) || name.back() == '_')) name.remove_suffix(1);
  for (const auto& [word, qualified] : kLastWords) {
    if (name.size() < word.size()) continue;
    const std::size_t at = name.size() - word.size();
    if (!word_at(name, at, word)) continue;
    if (qualified && (at < 2 || !begins_part(name, at) || is_digit(name[at - 1]))) continue;
    if (word == "TOKEN" && ends_with_part(name.substr(0, at), kOtherTokens)) return name.npos;
    return at;
  }
  constexpr std::string_view kKey = "KEY";
  if (name.size() > kKey.size() && word_at(name, name.size() - kKey.size(), kKey)) {
    const std::size_t at = name.size() - kKey.size();
    if (begins_part(name, at) && ends_with_part(name.substr(0, at), kSecretKeys)) return at;
  }
  if (name.size() == 5 && word_at(name, 0, "_AUTH")) return 0;  // .npmrc
  return name.npos;
}

// Two bytes that every such name ends with; this is asked at every '=' and ':'.
bool may_end_name(std::string_view text, std::size_t end) {
  if (end < 3) return false;
  const char before = to_upper(text[end - 2]);
  switch (to_upper(text[end - 1])) {
    case 'D': return before == 'R' || before == 'W';
    case 'E': return before == 'S';
    case 'H': return before == 'T';
    case 'L': return before == 'A';
    case 'N': return before == 'E' || before == 'O';
    case 'S': return before == 'S' || before == 'L';
    case 'T':
    case 'Y': return before == 'E';
    default: return is_digit(text[end - 1]) || text[end - 1] == '_';
  }
}

struct Name {
  std::string_view text;
  bool quoted = false;
  bool sure = false;    // an environment variable, in capitals or exported
  bool spaced = false;  // a space follows
};

std::string_view spelled(std::string_view text, std::size_t end) {
  std::size_t at = end;
  while (at > 0 && end - at < kMostName && is_token(text[at - 1])) --at;
  // In JSON "\n" stands before a word as often as a space does.
  if (at > 0 && at < end && text[at - 1] == '\\') ++at;
  return text.substr(at, end - at);
}

bool is_exported(std::string_view before) {
  constexpr std::string_view kExport = "export ", kEnv = "ENV:";
  return before.ends_with(kExport) ||
         (before.size() >= kEnv.size() && word_at(before, before.size() - kEnv.size(), kEnv));
}

// The name of a secret that ends at `end`, but for spaces, colours and quotes.
std::optional<Name> name_before(std::string_view text, std::size_t end) {
  Name name;
  std::size_t at = end;
  if (at > 0 && text[at - 1] == 'm') at = before_colours(text, at);
  while (at > 0 && text[at - 1] == ' ' && end - at < 4) {
    --at;
    name.spaced = true;
  }
  if (at > 0 && text[at - 1] == 'm') at = before_colours(text, at);
  if (at > 1 && text[at - 1] == ']') --at;  // environ["NAME"]
  if (at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'')) {
    name.quoted = true;
    for (--at; at > 0 && text[at - 1] == '\\';) --at;
  }
  if (!may_end_name(text, at)) return std::nullopt;
  name.text = spelled(text, at);
  const std::size_t telling = telling_word(name.text);
  if (telling == name.text.npos) return std::nullopt;
  const std::string_view word = name.text.substr(telling);
  name.sure = std::none_of(word.begin(), word.end(), is_lower) ||
              is_exported(text.substr(0, static_cast<std::size_t>(name.text.data() - text.data())));
  return name;
}

struct Value {
  std::size_t begin = 0, end = 0;
  bool quoted = false;
  bool code = false;  // something is called or looked up there
};

// Of the backslashes before a quote those that are its own: at each depth of JSON in JSON one more
// than twice as many, and others come in pairs of as many and one. npos: it is escaped deeper.
std::size_t own_slashes(std::size_t slashes, std::size_t most) {
  for (std::size_t own = 0; own <= most && own <= slashes; own = 2 * own + 1) {
    if ((slashes - own) % (2 * (own + 1)) == 0) return own;
  }
  return std::string_view::npos;
}

// Whether the quote before `at` may end a JSON string.
bool ends_string(std::string_view text, std::size_t at) {
  constexpr std::string_view kStructure = ",}]:\r\n";
  while (at < text.size() && text[at] == ' ') ++at;
  return at >= text.size() || kStructure.find(text[at]) != kStructure.npos;
}

// The end of what a quote behind `depth` backslashes opened before `at`; npos: not on this line.
std::size_t closing_quote(std::string_view text, std::size_t at, char quote, std::size_t depth,
                          bool open) {
  const std::size_t most = std::min(text.size(), at + kMostValue);
  for (std::size_t i = at; i < most; ++i) {
    std::size_t next = i;
    while (next < text.size() && text[next] == '\\') ++next;
    if (next >= text.size()) break;
    const char c = text[next];
    const std::size_t slashes = next - i;
    if (c == '\n' || c == '\r') return text.npos;
    if (c == quote && slashes == 0) return i;
    if (c == '"') {
      const std::size_t own = own_slashes(slashes, depth);
      if (own != text.npos && quote == '"') return next - own;
      if (own != text.npos && ends_string(text, next + 1)) return text.npos;
    }
    if ((c == 'n' || c == 'r') && slashes > 0 && slashes <= std::max<std::size_t>(depth, 1)) {
      return text.npos;
    }
    i = next;
  }
  return open && most == text.size() ? most : text.npos;
}

// A value without quotes. '#', '$' and the like belong to it in some files and not in others.
Value bare(std::string_view text, std::size_t at, std::size_t most = std::string_view::npos) {
  constexpr std::string_view kStops = "\"'`\\<>|;)]}\x7f";
  constexpr std::string_view kCalls = "([{";
  Value value{at, at};
  text = text.substr(0, most < text.size() - std::min(at, text.size()) ? at + most : text.npos);
  for (; value.end < text.size(); ++value.end) {
    const char c = text[value.end];
    if (static_cast<unsigned char>(c) <= ' ' || kStops.find(c) != kStops.npos) break;
    if (kCalls.find(c) != kCalls.npos) {
      value.code = true;
      break;
    }
    if (c != '&') continue;
    std::size_t next = value.end + 1;
    while (next < text.size() && (is_token(text[next]))) ++next;
    if (next == value.end + 1 || (next < text.size() && text[next] == '=')) break;
  }
  while (value.end > at && (text[value.end - 1] == ',' || text[value.end - 1] == '.')) --value.end;
  return value;
}

Value value_at(std::string_view text, std::size_t at, bool open) {
  at = behind_colours(text, at);
  for (int spaces = 0; at < text.size() && (text[at] == ' ' || text[at] == '\t'); ++at) {
    if (++spaces > 8) return {at, at};
  }
  at = behind_colours(text, at);
  std::size_t quote = at;
  // b"…", f"…"
  if (at + 1 < text.size() && is_lower(text[at]) && !is_alnum(text[at + 1])) ++quote;
  const std::size_t slashes = quote;
  while (quote < text.size() && text[quote] == '\\') ++quote;
  if (quote >= text.size() || (text[quote] != '"' && text[quote] != '\''))
    return bare(text, at, kMostJudged);
  const std::size_t depth = quote - slashes;
  // Was it the end of a JSON string?
  const bool opens =
      ((depth + 1) & depth) == 0 && !(text[quote] == '"' && ends_string(text, quote + 1));
  if (!opens) return {at, at};
  const std::size_t begin = behind_colours(text, quote + 1);
  const std::size_t end = closing_quote(text, begin, text[quote], depth, open);
  if (end != text.npos) return {begin, end, true};
  Value value = bare(text, begin);
  value.quoted = true;
  value.code = false;
  return value;
}

std::string letters_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_alnum(c)) out += to_upper(c);
  }
  return out;
}

// What stands for a secret, and tells none.
bool is_placeholder(std::string_view value) {
  if (value[0] == '$' && value.size() > 1 && !is_digit(value[1])) return true;
  constexpr std::string_view kFill = "xX*.-_#?";
  if (value.find_first_not_of(kFill) == value.npos) return true;
  if (value[0] == '<' || value.starts_with("[redacted") || value.starts_with("{{")) return true;
  if (value[0] == '{' && value.back() == '}') return true;
  if (value[0] == '%' && (value.back() == '%' || value.size() < 4)) return true;
  return word_at(value, 0, "YOUR") || value.find("xxxx") != value.npos ||
         value.find("XXXX") != value.npos;
}

bool is_number(std::string_view value) {
  return value.find_first_not_of("0123456789.,_") == value.npos;
}

// settings.API_KEY, Config::token; an address, a path.
bool is_reference(std::string_view value) {
  if (value.find("://") != value.npos) return true;
  if (value[0] == '/' || value[0] == '~' || value.starts_with("./") || value.starts_with("../")) {
    const bool base64 =
        std::any_of(value.begin(), value.end(), is_upper) && !value.starts_with("/Users/");
    return value.find('/', 1) != value.npos && !base64;
  }
  if (value.find('.') == value.npos && value.find("::") == value.npos) return false;
  bool begins = true;
  for (const char c : value) {
    if (begins && !is_lower(c) && !is_upper(c) && c != '_') return false;
    begins = c == '.' || c == ':';
    if (!begins && !is_alnum(c) && c != '_') return false;
  }
  return std::count_if(value.begin(), value.end(), is_digit) <= 2;
}

// A value that can't well be a word, a type or a name of a program.
bool looks_random(std::string_view value, bool quoted) {
  constexpr std::string_view kProse = " \t()";
  if (value.find_first_of(kProse) != value.npos) return false;
  constexpr std::string_view kPatterns = "^#/.";
  if (kPatterns.find(value[0]) != kPatterns.npos) return false;
  const auto digits = std::count_if(value.begin(), value.end(), is_digit);
  const bool letter =
      std::any_of(value.begin(), value.end(), [](char c) { return is_lower(c) || is_upper(c); });
  constexpr std::string_view kMarks = "!@#$%^&*+=~?";
  const bool mark = quoted && value.size() >= 8 && value.find_first_of(kMarks) != value.npos;
  return letter && (digits >= (quoted ? 1 : 2) || mark);
}

bool is_secret(const Name& name, std::string_view value, const Value& how, bool cut) {
  if (value.empty() || is_placeholder(value)) return false;
  if (cut) return true;
  if (how.code || is_number(value)) return false;
  const bool mixed = std::any_of(value.begin(), value.end(), is_digit);
  if (value.size() < (name.sure && mixed ? kLeast - 1 : kLeast)) return false;
  if (is_reference(value) && !(how.quoted && name.sure && value.find("://") == value.npos)) {
    return false;
  }
  if (letters_of(value) == letters_of(name.text)) return false;
  return name.sure || looks_random(value, how.quoted);
}

std::optional<Secret> found(const Name& name, const Value& value, std::string_view text,
                            bool open) {
  const bool cut = open && value.end == text.size();
  const std::string_view inside = text.substr(value.begin, value.end - value.begin);
  if (inside.starts_with("-----BEGIN ") || !is_secret(name, inside, value, cut)) {
    return std::nullopt;
  }
  // Judged by its beginning, taken out whole.
  const bool long_one = !value.quoted && value.end - value.begin >= kMostJudged;
  return Secret{value.begin, long_one ? bare(text, value.begin).end : value.end, kKind};
}

// "Basic dXNlcjpwdw==", "Bearer …": only what follows the first word is the secret.
std::optional<Secret> authorization(std::string_view text, Value value, bool open) {
  std::size_t at = value.begin;
  while (at < text.size() && (is_lower(text[at]) || is_upper(text[at]))) ++at;
  static constexpr std::array<std::string_view, 5> kSchemes = {"BASIC", "BEARER", "TOKEN", "APIKEY",
                                                               "BOT"};
  const std::string_view scheme = text.substr(value.begin, at - value.begin);
  const bool known = std::any_of(kSchemes.begin(), kSchemes.end(),
                                 [&](std::string_view one) { return same_letters(scheme, one); });
  if (!known || at >= text.size() || text[at] != ' ') return std::nullopt;
  value = bare(text, at + 1);
  value.end = std::min(value.end, text.find(',', value.begin));  // of several headers in one
  const std::string_view inside = text.substr(value.begin, value.end - value.begin);
  const bool cut = open && value.end == text.size();
  if (inside.empty() || is_placeholder(inside) || value.code) return std::nullopt;
  const bool random = std::any_of(inside.begin(), inside.end(),
                                  [](char c) { return is_digit(c) || is_upper(c) || c == '='; });
  if (!cut && (inside.size() < 8 || !random)) return std::nullopt;
  return Secret{value.begin, value.end,
                same_letters(scheme, "BASIC") ? "basic-auth" : "bearer-token"};
}

}  // namespace

std::optional<Secret> assigned(std::string_view text, std::size_t at, bool open) {
  std::size_t left = at, right = at + 1;
  const bool equals = text[at] == '=';
  if (equals && left > 0) {
    constexpr std::string_view kCompares = "=!<>~", kAssigns = ":+?";
    const char before = text[left - 1];
    if (kCompares.find(before) != kCompares.npos) return std::nullopt;
    if (kAssigns.find(before) != kAssigns.npos) --left;
  }
  std::optional<Name> name = name_before(text, left);
  if (!name) return std::nullopt;
  if (equals && right < text.size()) {
    if (text[right] == '=' || text[right] == '~') return std::nullopt;
    if (text[right] == '>') ++right;
  }
  Value value = value_at(text, right, open);
  if (word_at(name->text, name->text.size() - std::min<std::size_t>(name->text.size(), 13),
              "AUTHORIZATION")) {
    if (auto secret = authorization(text, value, open)) return secret;
    name->sure = false;
  }
  // Where a space or a colon stands, a word is rather a type or a variable; behind a quoted name it
  // is one for certain.
  if (!value.quoted && name->quoted) return std::nullopt;
  name->sure = name->sure && equals && !name->spaced;
  return found(*name, value, text, open);
}

std::optional<Secret> named(std::string_view text, std::size_t at, bool open) {
  std::size_t end = at;
  while (end < text.size() && (is_upper(text[end]) || text[end] == '_' || is_digit(text[end]))) {
    ++end;
  }
  Name name;
  name.text = text.substr(at, end - at);
  if (end >= text.size() || text[end] != ' ' || telling_word(name.text) == name.text.npos) {
    return std::nullopt;
  }
  Value value = value_at(text, end + 1, open);
  const std::string_view inside = text.substr(value.begin, value.end - value.begin);
  name.sure = std::any_of(inside.begin(), inside.end(), is_digit);
  return found(name, value, text, open);
}

}  // namespace masc::handoff
