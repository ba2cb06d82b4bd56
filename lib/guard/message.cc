#include "guard/message.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace masc::guard {
namespace {

constexpr std::string_view kScissors = "# ------------------------ >8 ------------------------";

bool is_comment(std::string_view line) { return line.starts_with('#'); }
bool is_blank(std::string_view line) { return trim(line).empty(); }

// "Key: value" with a key of letters, digits and hyphens, as git-interpret-trailers(1) has it.
bool is_trailer(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == line.npos || colon == 0) return line.starts_with("(cherry picked from commit ");
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
  });
}

// The first line behind the author's own text.
std::size_t end_of_text(const std::vector<std::string_view>& lines) {
  std::size_t end = 0;
  while (end < lines.size() && !lines[end].starts_with(kScissors)) ++end;
  while (end > 0 && (is_comment(lines[end - 1]) || is_blank(lines[end - 1]))) --end;
  return end;
}

// Whether the last paragraph before `end` is one of trailers, and not the subject.
bool ends_in_trailers(const std::vector<std::string_view>& lines, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && !is_blank(lines[begin - 1])) --begin;
  const bool first =
      std::all_of(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(begin),
                  [](std::string_view line) { return is_blank(line) || is_comment(line); });
  return !first &&
         std::all_of(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                     lines.begin() + static_cast<std::ptrdiff_t>(end),
                     [](std::string_view line) { return is_trailer(line) || is_comment(line); });
}

}  // namespace

std::string add_trailers(std::string_view message, const std::vector<std::string>& trailers) {
  const auto lines = split_lines(message);
  const std::size_t end = end_of_text(lines);
  const std::string line_end = message.find("\r\n") != message.npos ? "\r\n" : "\n";
  std::string added;
  for (const std::string& trailer : trailers) {
    const bool there = std::any_of(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(end),
                                   [&](std::string_view line) { return trim(line) == trailer; });
    if (!there) added += trailer + line_end;
  }
  if (end == 0 || added.empty()) return std::string(message);
  std::string result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == end) result += added;
    result.append(lines[i]) += '\n';
    if (i + 1 == end && !ends_in_trailers(lines, end)) result += line_end;
  }
  return end == lines.size() ? result + added : result;
}

}  // namespace masc::guard
