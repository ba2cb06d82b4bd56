// Small rules about text: UTF-8, one-line texts, quoting for shells and terminals.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace masc {

// Length in bytes (1–4) of the well-formed UTF-8 sequence `text` begins with (RFC 3629: no
// surrogates, no overlong forms); 0 where there is none.
std::size_t utf8_length(std::string_view text) noexcept;
bool is_utf8(std::string_view text) noexcept;

// A title and the like: one line of UTF-8, not blank, no control characters, at most `max_bytes`.
// `what` names it in the error (kInvalid).
Result<void> check_line(std::string_view text, std::string_view what, std::size_t max_bytes = 1024);
// A body: UTF-8 without NUL of at most `max_bytes`.
Result<void> check_body(std::string_view text, std::string_view what,
                        std::size_t max_bytes = std::size_t{1} << 20);

std::string_view trim(std::string_view text) noexcept;  // spaces, tabs, line ends at both sides
std::vector<std::string_view> split(std::string_view text, char separator);  // "" gives {""}
std::vector<std::string_view> split_lines(std::string_view text);            // no final empty line
// Splits off what stands before `separator`; `rest` keeps what follows it (all gone: "").
std::string_view take_until(std::string_view& rest, char separator) noexcept;

std::string join_words(const std::vector<std::string>& words, std::string_view separator);

// `text` as one word of a POSIX shell: bare where that is safe, else in single quotes.
std::string shell_quote(std::string_view text);

// `text` safe to print on a terminal as a part of one line: a newline becomes \n, a tab \t, other
// control characters (C0, DEL, C1) and bytes that are no UTF-8 \xNN, and characters that show
// nothing but turn the direction, break lines or hide a text (Unicode's bidi controls, separators,
// format characters and tags, TR 36) \u{202e}.
std::string printable(std::string_view text);
// The same with newlines and tabs as they are.
std::string printable_text(std::string_view text);

// The first line of a text of many lines, without trailing spaces.
std::string_view first_line(std::string_view text) noexcept;

// Edit distance with adjacent transpositions (optimal string alignment), for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b);

// Lower-case letters, digits and single '-' made of any text; "" if nothing is left.
std::string slug(std::string_view text);

}  // namespace masc
