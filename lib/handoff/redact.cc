#include "handoff/redact.h"

#include <algorithm>
#include <array>

namespace masc::handoff {
namespace {

constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || is_upper(c) || (c >= '0' && c <= '9');
}
constexpr bool is_token(char c) { return is_alnum(c) || c == '_' || c == '-'; }

// A token that is known by how it begins: then `least` to `most` more bytes of its alphabet.
struct Prefix {
  std::string_view text;
  std::string_view kind;
  std::size_t least, most;
  bool dots = false;  // '.' and '/' '+' '=' belong to it as well
};
constexpr std::array<Prefix, 33> kPrefixes = {{
    {"ghp_", "github-token", 30, 255},     {"gho_", "github-token", 30, 255},
    {"ghu_", "github-token", 30, 255},     {"ghs_", "github-token", 30, 255},
    {"ghr_", "github-token", 30, 255},     {"github_pat_", "github-token", 22, 255},
    {"glpat-", "gitlab-token", 20, 64},    {"sk-ant-", "anthropic-key", 20, 255},
    {"sk-proj-", "openai-key", 20, 255},   {"sk-or-", "openrouter-key", 20, 255},
    {"sk-", "api-key", 32, 128},           {"sk_live_", "stripe-key", 16, 128},
    {"sk_test_", "stripe-key", 16, 128},   {"rk_live_", "stripe-key", 16, 128},
    {"whsec_", "stripe-key", 24, 128},     {"xoxb-", "slack-token", 20, 255},
    {"xoxp-", "slack-token", 20, 255},     {"xoxa-", "slack-token", 20, 255},
    {"xoxs-", "slack-token", 20, 255},     {"xapp-", "slack-token", 20, 255},
    {"AKIA", "aws-key-id", 16, 16},        {"ASIA", "aws-key-id", 16, 16},
    {"AIza", "google-key", 35, 35},        {"ya29.", "google-token", 30, 255},
    {"npm_", "npm-token", 36, 36},         {"pypi-AgEI", "pypi-token", 40, 255},
    {"hf_", "huggingface-token", 30, 64},  {"dop_v1_", "digitalocean-token", 60, 64},
    {"dckr_pat_", "docker-token", 20, 64}, {"SG.", "sendgrid-key", 60, 80, true},
    {"eyJ", "jwt", 40, 4096, true},        {"lin_api_", "linear-key", 30, 64},
    {"hvs.", "vault-token", 24, 128},
}};

// Prefixes by their first byte: the first one's number and what follows each, counted from 1.
struct Chains {
  std::array<std::uint8_t, 256> first{};
  std::array<std::uint8_t, kPrefixes.size() + 1> next{};
};
constexpr Chains kChains = [] {
  Chains chains;
  for (std::size_t i = kPrefixes.size(); i > 0; --i) {
    std::uint8_t& first = chains.first[static_cast<unsigned char>(kPrefixes[i - 1].text[0])];
    chains.next[i] = first;
    first = static_cast<std::uint8_t>(i);
  }
  return chains;
}();

// The two bytes with which a secret, or what tells of one, begins: by the first one, a bit for the
// low half of the second. Almost no other pairs pass.
constexpr std::array<std::uint32_t, 256> kTelling = [] {
  std::array<std::uint32_t, 256> table{};
  const auto add = [&](std::string_view text) {
    table[static_cast<unsigned char>(text[0])] |= 1U << (static_cast<unsigned char>(text[1]) % 32);
  };
  for (const Prefix& prefix : kPrefixes) add(prefix.text);
  for (const std::string_view text : {"Bearer", "://", "--"}) add(text);
  table['='] = ~0U;
  return table;
}();

bool may_tell(char first, char second) {
  return (kTelling[static_cast<unsigned char>(first)] >> (static_cast<unsigned char>(second) % 32) &
          1) != 0;
}

// Whether a word may begin at `at`, after its first byte. In JSON "\n" stands before one as often
// as a space does.
bool begins_word(std::string_view text, std::size_t at) {
  const char before = text[at - 1];
  if (!is_token(before) || before == '-') return true;
  return (before == 'n' || before == 't' || before == 'r') && at > 1 && text[at - 2] == '\\';
}

std::size_t token_end(std::string_view text, std::size_t at, bool dots) {
  while (at < text.size() && (is_token(text[at]) || (dots && text[at] == '.'))) ++at;
  return at;
}

// The end of a provider's token that begins at `at`, or 0.
std::size_t provider_token(std::string_view text, std::size_t at, std::string_view& kind) {
  const std::string_view rest = text.substr(at);
  if (rest.size() < 2) return 0;
  for (std::size_t i = kChains.first[static_cast<unsigned char>(rest[0])]; i != 0;
       i = kChains.next[i]) {
    const Prefix& prefix = kPrefixes[i - 1];
    // Two bytes decide almost always, and this is asked at every word.
    if (prefix.text[1] != rest[1] || !rest.starts_with(prefix.text)) continue;
    const std::size_t start = at + prefix.text.size();
    const std::size_t end = token_end(text, start, prefix.dots);
    if (end - start < prefix.least) continue;
    if (prefix.kind == "jwt" &&
        std::count(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(end - at), '.') < 2) {
      continue;
    }
    if (prefix.least == prefix.most && end - start != prefix.most) continue;
    kind = prefix.kind;
    return end;
  }
  return 0;
}

bool names_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kWords = {
      "PASSWORD",   "PASSWD",      "SECRET",     "TOKEN",      "API_KEY", "APIKEY",
      "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL", "PASSPHRASE", "AUTH_KEY"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return name.find(word) != name.npos; });
}

constexpr bool is_value(char c) {
  return is_alnum(c) || c == '_' || c == '-' || c == '+' || c == '/' || c == '.' || c == '=' ||
         c == '~' || c == '!' || c == '@' || c == '%' || c == '^' || c == '*' || c == ':' ||
         c == ',';
}

// NAME=value, NAME="value" (also with the quote escaped, as JSON has it) at an '='. Where the value
// begins and ends, or 0.
std::size_t assigned_secret(std::string_view text, std::size_t equals, std::size_t& start) {
  std::size_t name = equals;
  while (name > 0 && equals - name < 64 &&
         (is_upper(text[name - 1]) || text[name - 1] == '_' ||
          (text[name - 1] >= '0' && text[name - 1] <= '9'))) {
    --name;
  }
  if (equals - name < 4 || !names_a_secret(text.substr(name, equals - name))) return 0;
  start = equals + 1;
  if (start < text.size() && text[start] == '\\') ++start;
  if (start < text.size() && (text[start] == '"' || text[start] == '\'')) ++start;
  std::size_t end = start;
  while (end < text.size() && is_value(text[end])) ++end;
  if (end - start < 6) return 0;
  const std::string_view value = text.substr(start, end - start);
  // A call or a member in some program, no value: NAME=os.getenv(…).
  if (end < text.size() && (text[end] == '(' || text[end] == '[' || text[end] == '{')) return 0;
  return value.starts_with("redacted:") ? 0 : end;
}

// "://user:password@" at its ':'; where the password begins and ends, or 0.
std::size_t url_password(std::string_view text, std::size_t colon, std::size_t& start) {
  std::size_t i = colon + 3;
  std::size_t second = 0;
  for (; i < text.size() && i - colon < 300; ++i) {
    const char c = text[i];
    if (c == '@') break;
    if (c == ':' && second == 0) {
      second = i;
    } else if (c == '/' || (!is_value(c) && c != '$' && c != '&' && c != '#')) {
      return 0;
    }
  }
  if (second == 0 || i >= text.size() || text[i] != '@' || i <= second + 1) return 0;
  start = second + 1;
  const std::string_view word = text.substr(start, i - start);
  return word.starts_with("$") || word.starts_with("redacted") ? 0 : i;
}

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";

}  // namespace

std::uint64_t Redactor::total() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : counts_) sum += count;
  return sum;
}

// Behind a private key that begins at `at`, or 0. Its end may be lines away.
std::size_t Redactor::private_key(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at, 80);
  if (!rest.starts_with(kBegin)) return 0;
  const std::size_t title = rest.find("PRIVATE KEY");
  if (title == rest.npos || title > 40) return 0;
  const std::size_t end = text.find(kEnd, at);
  if (end != text.npos) {
    const std::size_t dashes = text.find("-----", end + kEnd.size());
    return dashes == text.npos ? text.size() : dashes + 5;
  }
  const std::size_t quote = text.find('"', at);
  if (quote != text.npos) {
    // A key cut off inside a JSON string: up to its end.
    return quote > 0 && text[quote - 1] == '\\' ? quote - 1 : quote;
  }
  key_lines_ = 200;
  return text.ends_with('\n') ? text.size() - 1 : text.size();
}

std::size_t Redactor::secret_at(std::string_view text, std::size_t at,
                                std::string_view& kind) const {
  const std::size_t end = provider_token(text, at, kind);
  if (end != 0) return end;
  constexpr std::string_view kBearer = "Bearer ";
  if (text.substr(at).starts_with(kBearer)) {
    const std::size_t stop = token_end(text, at + kBearer.size(), true);
    if (stop - at - kBearer.size() >= 24) {
      kind = "bearer-token";
      return stop;
    }
  }
  return 0;
}

void Redactor::redact(std::string_view piece, std::string& out) {
  std::size_t copied = 0;
  const auto replace = [&](std::size_t from, std::size_t to, std::string_view kind) {
    out.append(piece.substr(copied, from - copied)).append("[redacted:").append(kind).append("]");
    copied = to;
    ++counts_[std::string(kind)];
  };
  std::size_t i = 0;
  if (key_lines_ > 0) {
    const std::size_t end = piece.find(kEnd);
    if (end == piece.npos) {
      --key_lines_;
      if (piece.ends_with('\n')) out += '\n';
      return;
    }
    key_lines_ = 0;
    const std::size_t dashes = piece.find("-----", end + kEnd.size());
    i = copied = dashes == piece.npos ? piece.size() : dashes + 5;
  }
  // A secret has more than one byte.
  for (; i + 1 < piece.size(); ++i) {
    const char c = piece[i];
    if (!may_tell(c, piece[i + 1])) continue;
    std::size_t start = i, end = 0;
    std::string_view kind;
    if (c == '=') {
      kind = "env-value";
      end = assigned_secret(piece, i, start);
    } else if (c == ':') {
      kind = "url-password";
      if (piece.substr(i, 3) == "://") end = url_password(piece, i, start);
    } else if (c == '-') {
      kind = "private-key";
      if (piece.substr(i, kBegin.size()) == kBegin) end = private_key(piece, i);
    } else if (i == copied || begins_word(piece, i)) {
      end = secret_at(piece, i, kind);
    }
    if (end == 0) continue;
    replace(start, end, kind);
    i = end - 1;
  }
  out.append(piece.substr(copied));
}

}  // namespace masc::handoff
