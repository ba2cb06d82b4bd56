#include "handoff/secrets.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "handoff/secret_text.h"

namespace masc::handoff {
namespace {

enum class Alphabet {
  kToken,     // letters, digits, '_', '-'
  kAlnum,     // letters and digits
  kCapitals,  // capital letters and digits
  kDotted,    // kToken and '.'
  kPath,      // kToken and '/'
};

constexpr bool belongs(char c, Alphabet alphabet) {
  switch (alphabet) {
    case Alphabet::kToken: return is_token(c);
    case Alphabet::kAlnum: return is_alnum(c);
    case Alphabet::kCapitals: return is_upper(c) || is_digit(c);
    case Alphabet::kDotted: return is_token(c) || c == '.';
    case Alphabet::kPath: return is_token(c) || c == '/';
  }
  return false;
}

// A token that is known by how it begins: then `least` to `most` more bytes of its alphabet.
struct Prefix {
  std::string_view text;
  std::string_view kind;
  std::size_t least, most;
  Alphabet alphabet = Alphabet::kToken;
};
constexpr std::array kPrefixes = {
    Prefix{"ghp_", "github-token", 30, 255, Alphabet::kAlnum},
    Prefix{"gho_", "github-token", 30, 255, Alphabet::kAlnum},
    Prefix{"ghu_", "github-token", 30, 255, Alphabet::kAlnum},
    Prefix{"ghs_", "github-token", 30, 255},
    Prefix{"ghr_", "github-token", 30, 255, Alphabet::kAlnum},
    Prefix{"github_pat_", "github-token", 22, 255},
    Prefix{"glpat-", "gitlab-token", 20, 255, Alphabet::kDotted},
    Prefix{"gldt-", "gitlab-token", 20, 255, Alphabet::kDotted},
    Prefix{"glrt-", "gitlab-token", 20, 255, Alphabet::kDotted},
    Prefix{"glcbt-", "gitlab-token", 20, 255, Alphabet::kDotted},
    Prefix{"glptt-", "gitlab-token", 20, 255, Alphabet::kDotted},
    Prefix{"glft-", "gitlab-token", 20, 255, Alphabet::kDotted},
    Prefix{"glsoat-", "gitlab-token", 20, 255, Alphabet::kDotted},
    Prefix{"gloas-", "gitlab-token", 20, 255, Alphabet::kDotted},
    Prefix{"glagent-", "gitlab-token", 20, 255, Alphabet::kDotted},
    Prefix{"sk-ant-", "anthropic-key", 20, 255},
    Prefix{"sk-proj-", "openai-key", 20, 255},
    Prefix{"sk-svcacct-", "openai-key", 20, 255},
    Prefix{"sk-admin-", "openai-key", 20, 255},
    Prefix{"sk-or-", "openrouter-key", 20, 255},
    Prefix{"sk-", "api-key", 32, 255},
    Prefix{"sk_live_", "stripe-key", 16, 255},
    Prefix{"sk_test_", "stripe-key", 16, 255},
    Prefix{"rk_live_", "stripe-key", 16, 255},
    Prefix{"rk_test_", "stripe-key", 16, 255},
    Prefix{"whsec_", "stripe-key", 24, 128},
    Prefix{"xoxa-", "slack-token", 20, 255},
    Prefix{"xoxb-", "slack-token", 20, 255},
    Prefix{"xoxc-", "slack-token", 20, 255},
    Prefix{"xoxd-", "slack-token", 20, 255},
    Prefix{"xoxe-", "slack-token", 20, 255},
    Prefix{"xoxp-", "slack-token", 20, 255},
    Prefix{"xoxr-", "slack-token", 20, 255},
    Prefix{"xoxs-", "slack-token", 20, 255},
    Prefix{"xapp-", "slack-token", 20, 255},
    Prefix{"hooks.slack.com/services/", "slack-webhook", 20, 255, Alphabet::kPath},
    Prefix{"AKIA", "aws-key-id", 16, 16, Alphabet::kCapitals},
    Prefix{"ASIA", "aws-key-id", 16, 16, Alphabet::kCapitals},
    Prefix{"AIza", "google-key", 35, 35},
    Prefix{"GOCSPX-", "google-key", 20, 64},
    Prefix{"ya29.", "google-token", 30, 1024, Alphabet::kDotted},
    Prefix{"1//0", "google-token", 30, 255},
    Prefix{"npm_", "npm-token", 36, 36, Alphabet::kAlnum},
    Prefix{"pypi-AgEI", "pypi-token", 40, 1024},
    Prefix{"hf_", "huggingface-token", 30, 64, Alphabet::kAlnum},
    Prefix{"dop_v1_", "digitalocean-token", 60, 64, Alphabet::kAlnum},
    Prefix{"dckr_pat_", "docker-token", 20, 64},
    Prefix{"SG.", "sendgrid-key", 60, 80, Alphabet::kDotted},
    Prefix{"eyJ", "jwt", 40, 4096, Alphabet::kDotted},
    Prefix{"lin_api_", "linear-key", 30, 64, Alphabet::kAlnum},
    Prefix{"hvs.", "vault-token", 24, 255},
    Prefix{"AGE-SECRET-KEY-1", "age-key", 50, 64, Alphabet::kCapitals},
};
static_assert(kPrefixes.size() < 256);

constexpr std::size_t pair_of(char first, char second) {
  return static_cast<unsigned char>(first * 7 + second);
}

// Prefixes by their first two bytes: the first one's number and what follows each, counted from 1.
struct Chains {
  std::array<std::uint8_t, 256> first{};
  std::array<std::uint8_t, kPrefixes.size() + 1> next{};
};
constexpr Chains kChains = [] {
  Chains chains;
  for (std::size_t i = kPrefixes.size(); i > 0; --i) {
    const std::string_view text = kPrefixes[i - 1].text;
    std::uint8_t& first = chains.first[pair_of(text[0], text[1])];
    chains.next[i] = first;
    first = static_cast<std::uint8_t>(i);
  }
  return chains;
}();

// The first three bytes of a secret, or of what tells of one: by the first one a bit for the low
// half of the second, by both a bit for that of the third. Almost no others pass.
struct Telling {
  std::array<std::uint32_t, 256> second{}, third{};
};
constexpr std::uint32_t bit_of(char c) { return 1U << (static_cast<unsigned char>(c) % 32); }
constexpr Telling kTelling = [] {
  Telling telling;
  const auto add = [&](std::string_view text) {
    telling.second[static_cast<unsigned char>(text[0])] |= bit_of(text[1]);
    telling.third[pair_of(text[0], text[1])] |= text.size() > 2 ? bit_of(text[2]) : ~0U;
  };
  for (const Prefix& prefix : kPrefixes) add(prefix.text);
  for (const std::string_view text : {"Bearer", "ENV", "---", "--u", "-u ", "-x ", "-gx", "-Ux",
                                      ":/", ":\\", ": ", ":\"", ":'", ":\x1b", ":AA"}) {
    add(text);
  }
  telling.second['='] = ~0U;
  for (std::size_t c = 0; c < 256; ++c) telling.third[pair_of('=', static_cast<char>(c))] = ~0U;
  return telling;
}();

// Where something tells of a secret, from `at` on; the end: nowhere.
std::size_t next_telling(std::string_view text, std::size_t at) {
  for (; at + 2 < text.size(); ++at) {
    const char c = text[at], next = text[at + 1];
    if ((kTelling.second[static_cast<unsigned char>(c)] & bit_of(next)) == 0) continue;
    if ((kTelling.third[pair_of(c, next)] & bit_of(text[at + 2])) != 0) return at;
  }
  // The shortest begins a value of one byte, at a line's end.
  for (; at + 1 < text.size(); ++at) {
    if (text[at] == '=') return at;
  }
  return text.size();
}

bool starts_at(std::string_view text, std::size_t at, std::string_view word) {
  return text.substr(at, word.size()) == word;
}

bool is_hex(char c) { return is_digit(c) || (to_upper(c) >= 'A' && to_upper(c) <= 'F'); }

// Whether an escape ends at `at`: "\n" (in JSON it stands before a word as often as a space does),
// "\u0022", "\x22", "%3D", a colour.
bool ends_escape(std::string_view text, std::size_t at) {
  const auto back = [&](std::size_t n) { return at >= n ? text[at - n] : '\0'; };
  constexpr std::string_view kLetters = "nrtbfv";
  if (kLetters.find(back(1)) != kLetters.npos && back(2) == '\\') return true;
  if (before_colours(text, at) != at) return true;
  if (!is_hex(back(1)) || !is_hex(back(2))) return false;
  return back(3) == '%' || (back(3) == 'x' && back(4) == '\\') ||
         (is_hex(back(3)) && is_hex(back(4)) && back(5) == 'u' && back(6) == '\\');
}

bool begins_word(std::string_view text, std::size_t at) {
  return at == 0 || !is_alnum(text[at - 1]) || ends_escape(text, at);
}

// A word of many parts is a name, whatever it begins with: real keys have long runs with digits.
bool is_key_like(std::string_view text) {
  std::size_t run = 0, digits = 0;
  for (const char c : text) {
    run = is_alnum(c) ? run + 1 : 0;
    digits = is_alnum(c) ? digits + (is_digit(c) ? 1 : 0) : 0;
    if (run >= 12 && digits >= 2) return true;
  }
  return false;
}

constexpr std::size_t kMostJwtHeader = 512;

std::optional<Secret> provider_token(std::string_view text, std::size_t at, bool open) {
  const std::string_view rest = text.substr(at);
  if (rest.size() < 3) return std::nullopt;
  for (std::size_t i = kChains.first[pair_of(rest[0], rest[1])]; i != 0; i = kChains.next[i]) {
    const Prefix& prefix = kPrefixes[i - 1];
    // The third byte decides almost always, and this is asked at many words.
    if (prefix.text[2] != rest[2] || !rest.starts_with(prefix.text)) continue;
    if (!begins_word(text, at)) return std::nullopt;
    const std::size_t start = at + prefix.text.size();
    std::size_t end = start;
    const bool jwt = prefix.kind == "jwt";
    bool dot = false;
    // Judged by its beginning, taken out whole.
    std::size_t last = std::min(text.size(), start + prefix.most + 1);
    for (; end < last && belongs(text[end], prefix.alphabet); ++end) {
      dot = dot || text[end] == '.';
      if (jwt && !dot && end - start > kMostJwtHeader) break;
    }
    if (jwt && !dot && end - start > kMostJwtHeader) continue;
    if (open && end == text.size() && end > start) return Secret{at, end, prefix.kind};
    while (end > start && text[end - 1] == '.') --end;
    if (end - start < prefix.least) continue;
    if (prefix.least == prefix.most && end - start != prefix.most) continue;
    const std::string_view token = text.substr(at, end - at);
    if (jwt && std::count(token.begin(), token.end(), '.') < 2) continue;
    if (prefix.kind == "api-key" && !is_key_like(token)) continue;
    while (end == last && end < text.size() && belongs(text[end], prefix.alphabet)) last = ++end;
    return Secret{at, end, prefix.kind};
  }
  return std::nullopt;
}

std::optional<Secret> bearer(std::string_view text, std::size_t at, bool open) {
  constexpr std::string_view kBearer = "Bearer ";
  constexpr std::size_t kLeast = 24;
  if (!starts_at(text, at, kBearer) || !begins_word(text, at)) return std::nullopt;
  const std::size_t start = at + kBearer.size();
  std::size_t end = start;
  while (end < text.size() && (belongs(text[end], Alphabet::kDotted) || text[end] == '+' ||
                               text[end] == '/' || text[end] == '=' || text[end] == '~')) {
    ++end;
  }
  const bool cut = open && end == text.size() && end > start;
  const std::string_view token = text.substr(start, end - start);
  const bool random =
      std::any_of(token.begin(), token.end(), [](char c) { return is_digit(c) || is_upper(c); });
  if (!cut && (end - start < kLeast || !random)) return std::nullopt;
  return Secret{at, end, "bearer-token"};
}

// "123456789:AA…", a bot's at its ':'.
std::optional<Secret> telegram_token(std::string_view text, std::size_t at) {
  constexpr std::size_t kLength = 35;
  std::size_t begin = at, end = at + 1;
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  while (end < text.size() && is_token(text[end])) ++end;
  if (at - begin < 8 || at - begin > 10 || end - at - 1 != kLength || text[at + 2] != 'A') {
    return std::nullopt;
  }
  return Secret{at + 1, end, "telegram-token"};
}

// Behind the "//" at `at`, which may be escaped; 0: there is none.
std::size_t behind_slashes(std::string_view text, std::size_t at) {
  for (int slashes = 0; slashes < 2; ++slashes) {
    while (at < text.size() && text[at] == '\\') ++at;
    if (at >= text.size() || text[at] != '/') return 0;
    ++at;
  }
  return at;
}

std::optional<Secret> at_colon(std::string_view text, std::size_t at, bool open) {
  if (const std::size_t host = behind_slashes(text, at + 1); host != 0) {
    return url_password(text, host, open);
  }
  if (at + 2 < text.size() && text[at + 1] == 'A') return telegram_token(text, at);
  return assigned(text, at, open);
}

std::optional<Secret> at_dash(std::string_view text, std::size_t at, bool open) {
  if (starts_at(text, at, "-----BEGIN ")) return private_key(text, at, open);
  if (starts_at(text, at, "--user ") || starts_at(text, at, "-u ")) {
    return user_option(text, at, open);
  }
  // fish: set -x, -gx, -Ux.
  if (text[at + 1] == '-' || !text.substr(0, at).ends_with("set ")) return std::nullopt;
  const std::size_t space = text.substr(at, 5).find(' ');
  return space == text.npos ? std::nullopt : named(text, at + space + 1, open);
}

// Docker's ENV NAME value.
std::optional<Secret> at_variable(std::string_view text, std::size_t at, bool open) {
  constexpr std::string_view kEnv = "ENV ";
  if (!starts_at(text, at, kEnv) || !begins_word(text, at)) return std::nullopt;
  return named(text, at + kEnv.size(), open);
}

std::optional<Secret> secret_at(std::string_view text, std::size_t at, bool open) {
  switch (text[at]) {
    case '=': return assigned(text, at, open);
    case ':': return at_colon(text, at, open);
    case '-': return at_dash(text, at, open);
    case 'E': return at_variable(text, at, open);
    case 'B': return bearer(text, at, open);
    default: return provider_token(text, at, open);
  }
}

}  // namespace

std::size_t behind_colours(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '\x1b' || text[at] == '\\')) {
    std::size_t i = at;
    while (i < text.size() && text[i] == '\\') ++i;
    if (i == at) {
      ++i;
    } else {
      static constexpr std::array<std::string_view, 5> kEscapes = {"u001b", "u001B", "x1b", "033",
                                                                   "e"};
      const auto* escape = std::find_if(kEscapes.begin(), kEscapes.end(),
                                        [&](auto one) { return starts_at(text, i, one); });
      if (escape == kEscapes.end()) return at;
      i += escape->size();
    }
    if (i >= text.size() || text[i] != '[') return at;
    for (++i; i < text.size() && (is_digit(text[i]) || text[i] == ';');) ++i;
    if (i >= text.size() || text[i] != 'm') return at;
    at = i + 1;
  }
  return at;
}

std::size_t before_colours(std::string_view text, std::size_t at) {
  while (at > 2 && text[at - 1] == 'm') {
    std::size_t i = at - 1;
    while (i > 0 && (is_digit(text[i - 1]) || text[i - 1] == ';')) --i;
    if (i == 0 || text[--i] != '[') return at;
    const std::size_t bracket = i;
    while (i > 0 && bracket - i < 6 && text[i - 1] != '\x1b' && text[i - 1] != '\\') --i;
    if (i == 0 || (text[i - 1] != '\x1b' && text[i - 1] != '\\')) return at;
    for (--i; i > 0 && text[i] == '\\' && text[i - 1] == '\\';) --i;
    if (behind_colours(text, i) < at) return at;
    at = i;
  }
  return at;
}

std::optional<Secret> url_password(std::string_view text, std::size_t begin, bool open) {
  constexpr std::size_t kMost = 300;
  std::size_t colon = 0, sign = 0, i = begin;
  for (; i < text.size() && i - begin < kMost; ++i) {
    constexpr std::string_view kStops = "/\\\"'`<>|{}";
    const char c = text[i];
    if (static_cast<unsigned char>(c) <= ' ' || kStops.find(c) != kStops.npos) break;
    if (c == '@') sign = i;
    if (c == ':' && colon == 0 && sign == 0) colon = i;
    // No name has these; a password may.
    if (colon == 0 && sign == 0 && (c == '?' || c == '#' || c == '(' || c == ',')) break;
  }
  const bool cut = sign == 0 && open && i == text.size() && colon != 0;
  if (cut) sign = i;
  if (sign == 0) return std::nullopt;
  if (colon == 0) {
    // A token in place of the name.
    const std::string_view user = text.substr(begin, sign - begin);
    const bool token = user.size() >= 20 && std::all_of(user.begin(), user.end(), is_alnum) &&
                       std::count_if(user.begin(), user.end(), is_digit) >= 3;
    return token ? std::optional(Secret{begin, sign, "url-password"}) : std::nullopt;
  }
  const std::string_view word = text.substr(colon + 1, sign - colon - 1);
  if (word.empty() || word[0] == '$' || word[0] == '%' || word.starts_with("[redacted") ||
      word.find_first_not_of("*xX.") == word.npos) {
    return std::nullopt;
  }
  // host:8080?to=al@host
  const std::size_t port = std::min(word.find_first_not_of("0123456789"), word.size());
  const bool ends = port == word.size() ? cut : word[port] == '?' || word[port] == '#';
  if (port > 0 && port <= 5 && ends) return std::nullopt;
  return Secret{colon + 1, sign, "url-password"};
}

std::optional<Secret> user_option(std::string_view text, std::size_t at, bool open) {
  std::size_t i = text.find(' ', at) + 1;
  while (i < text.size() && (text[i] == '"' || text[i] == '\'' || text[i] == '\\')) ++i;
  const std::size_t user = i;
  while (i < text.size() && (is_token(text[i]) || text[i] == '.' || text[i] == '@')) ++i;
  if (i == user || i >= text.size() || text[i] != ':') return std::nullopt;
  const std::size_t begin = ++i;
  constexpr std::string_view kStops = "\"'`\\<>|;)/$";
  while (i < text.size() && static_cast<unsigned char>(text[i]) > ' ' &&
         kStops.find(text[i]) == kStops.npos) {
    ++i;
  }
  if (open && i == text.size() && i > begin) return Secret{begin, i, "password"};
  const std::string_view word = text.substr(begin, i - begin);
  const bool ends = i == text.size() || (text[i] != '/' && text[i] != '$');
  // Neither the number of a group nor its name.
  const auto letters = std::count_if(word.begin(), word.end(), is_lower);
  const auto others = static_cast<std::ptrdiff_t>(word.size()) - letters;
  const bool number = std::all_of(word.begin(), word.end(), is_digit);
  if (!ends || word.size() < 6 || number || others < 1) return std::nullopt;
  return Secret{begin, i, "password"};
}

std::optional<Secret> next_secret(std::string_view text, std::size_t from, bool open) {
  while ((from = next_telling(text, from)) < text.size()) {
    if (const auto secret = secret_at(text, from, open)) return secret;
    ++from;
  }
  return std::nullopt;
}

}  // namespace masc::handoff
