// Finds secrets in a text: private keys, tokens of the usual providers, passwords in URLs, what is
// assigned to names that stand for a secret.
//
// The text may be plain or the inside of JSON, at any depth: quotes and line ends may be escaped.
#pragma once

#include <optional>
#include <string_view>

namespace masc::handoff {

struct Secret {
  std::size_t begin = 0, end = 0;
  std::string_view kind;
  bool key_goes_on = false;  // a private key's title, or more of it: more may be on the next line
};

// The first secret of a line that is told of at `from` or later; it lies behind `from`. `open`:
// more of the line follows, so what reaches to the end of `text` may be the beginning of a secret
// and counts as one.
std::optional<Secret> next_secret(std::string_view text, std::size_t from, bool open);

// What of a line belongs to the private key of the lines before it; an empty one: nothing.
Secret rest_of_key(std::string_view line, bool open);

}  // namespace masc::handoff
