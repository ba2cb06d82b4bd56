// Bytes and escapes that secrets are told by; for secrets.cc and its parts.
#pragma once

#include <optional>
#include <string_view>

#include "base/text.h"
#include "handoff/secrets.h"

namespace masc::handoff {

constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) { return is_lower(c) || is_upper(c) || is_digit(c); }
constexpr bool is_token(char c) { return is_alnum(c) || c == '_' || c == '-'; }
constexpr char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

inline bool same_letters(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (to_upper(text[i]) != upper[i]) return false;
  }
  return true;
}

// Whether the word that begins at `at` is `upper` in any case.
inline bool word_at(std::string_view text, std::size_t at, std::string_view upper) {
  return at < text.size() && same_letters(text.substr(at, upper.size()), upper);
}

// Behind the colours (ANSI escapes, raw or escaped) at `at`, and before those that end at `at`.
std::size_t behind_colours(std::string_view text, std::size_t at);
std::size_t before_colours(std::string_view text, std::size_t at);

// "-----BEGIN … PRIVATE KEY-----" at `at` and what belongs to it.
std::optional<Secret> private_key(std::string_view text, std::size_t at, bool open);
// "NAME=value", "NAME: value" and the like at their '=' or ':'.
std::optional<Secret> assigned(std::string_view text, std::size_t at, bool open);
// What a name and a space stand before: "ENV NAME value", "set -x NAME value"; `at`: the name.
std::optional<Secret> named(std::string_view text, std::size_t at, bool open);
// "user:password@" behind a URL's "//".
std::optional<Secret> url_password(std::string_view text, std::size_t begin, bool open);
// "-u user:password" at its '-'.
std::optional<Secret> user_option(std::string_view text, std::size_t at, bool open);

}  // namespace masc::handoff
