// Help and manual pages, made from a verb's parameters and its prose; and what completes a word.
#pragma once

#include <string>
#include <vector>

#include "cmd/context.h"
#include "cmd/output.h"
#include "cmd/verb.h"

namespace masc::cmd {

std::string overview();  // all verbs, one line each
std::string help_text(const Verb& verb, const std::vector<Param>& params);
// Prose of man/<name>.md ("masc" for the overview); nullptr if there is none.
const char* prose(std::string_view name);
// The manual page in man(7) roff. `name`: a verb, or "masc".
Result<std::string> man_page(std::string_view name);
// A completion shim: bash, zsh or fish.
const char* completion_shim(std::string_view shell);

// `masc __complete -- WORD…`: candidates for the last word, "candidate\tdescription" a line, or
// ":files", ":dirs", ":commands".
Printed complete_words(const Outside& outside, const std::vector<std::string>& args,
                       std::size_t at);

}  // namespace masc::cmd
