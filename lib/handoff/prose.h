// Small rules about what people and agents write.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace masc::handoff {

// One line safe to print: escape sequences and controls gone, white space joined, at most about
// `limit` bytes (cut at a character, with "…").
std::string tidy(std::string_view text, std::size_t limit);
// The same without its middle: a long message often ends with what it is about.
std::string tidy_ends(std::string_view text, std::size_t limit);

// Sentences, list items and lines of a text of any kind, in order, without Markdown's marks.
std::vector<std::string_view> sentences(std::string_view text);

// How much a sentence looks like a decision, a cause or a rule; 0: not at all.
double decision_weight(std::string_view sentence);

// Whether a line of an output tells of something that went wrong, or that all went well.
bool tells_failure(std::string_view line);
// "path:12: text", "path:12:3: text": how compilers, linters and grep say where something is.
bool names_place(std::string_view line);
bool tells_success(std::string_view line);

// The lines of a failed command's output that say why, at most `most`, in order.
std::vector<std::string> error_lines(std::string_view output, std::size_t most);

// The tests that an output names as failed or passed, as go test and pytest do.
std::vector<std::string_view> failed_tests(std::string_view output);
std::vector<std::string_view> passed_tests(std::string_view output);

// Names that a piece of code defines: of functions, types, constants.
std::vector<std::string_view> definitions(std::string_view code);

}  // namespace masc::handoff
