#include "replay/history.h"

#include <charconv>

#include "base/text.h"

namespace masc::replay {
namespace {

std::size_t take_number(std::string_view& rest) {
  const std::string_view word = take_until(rest, ' ');
  std::size_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

// What stands behind a step's verb: l line, n count, p path, t to, x text up to the end.
std::string_view form_of(std::string_view verb) {
  constexpr std::pair<std::string_view, std::string_view> kForms[] = {
      {"append", "lpx"}, {"insert", "lpx"}, {"drop", "lp"},  {"indent", "p"},
      {"move", "lnpt"},  {"write", "p"},    {"remove", "p"}, {"rename", "pt"},
      {"sync", ""},      {"stale", "p"},    {"commit", "x"}};
  for (const auto& [known, form] : kForms) {
    if (known == verb) return form;
  }
  return "?";
}

Step parse_step(std::string_view verb, std::string_view rest) {
  Step step;
  step.verb = std::string(verb);
  for (const char part : form_of(verb)) {
    if (part == 'l') step.line = take_number(rest);
    if (part == 'n') step.count = take_number(rest);
    if (part == 'p') step.path = std::string(take_until(rest, ' '));
    if (part == 't') step.to = std::string(take_until(rest, ' '));
    if (part == 'x') step.text = std::string(rest);
  }
  return step;
}

std::string format_step(const Step& step) {
  std::string text = "  " + step.verb;
  for (const char part : form_of(step.verb)) {
    if (part == 'l') text += fmt::format(" {}", step.line);
    if (part == 'n') text += fmt::format(" {}", step.count);
    if (part == 'p') text += " " + step.path;
    if (part == 't') text += " " + step.to;
    if (part == 'x') text += " " + step.text;
  }
  text += "\n";
  for (const std::string& line : step.lines) text += "|" + line + "\n";
  return text;
}

}  // namespace

Result<History> parse_history(std::string_view text) {
  History history;
  Lines* block = nullptr;
  std::size_t number = 0;
  for (const std::string_view whole : split_lines(text)) {
    ++number;
    if (whole.starts_with('|') && block != nullptr) {
      block->emplace_back(whole.substr(1));
      continue;
    }
    std::string_view line = trim(whole);
    if (line.empty() || line.starts_with('#')) continue;
    const std::string_view verb = take_until(line, ' ');
    block = nullptr;
    if (verb == "strategy") {
      history.strategy = std::string(line);
    } else if (verb == "file") {
      block = &history.files[std::string(line)];
    } else if (verb == "agent") {
      history.agents.push_back({std::string(line), "", {}});
    } else if (history.agents.empty() || (verb != "after" && form_of(verb) == "?")) {
      return fail(ErrorCode::kInvalid, "line {}: '{}' is not known here", number, printable(verb));
    } else if (verb == "after") {
      history.agents.back().after = std::string(line);
    } else {
      auto& steps = history.agents.back().steps;
      steps.push_back(parse_step(verb, line));
      if (verb == "write") block = &steps.back().lines;
    }
  }
  return history;
}

std::string format_history(const History& history) {
  std::string text = "strategy " + history.strategy + "\n";
  for (const auto& [path, lines] : history.files) {
    text += "file " + path + "\n";
    for (const std::string& line : lines) text += "|" + line + "\n";
  }
  for (const Agent& agent : history.agents) {
    text += "agent " + agent.name + "\n";
    if (!agent.after.empty()) text += "  after " + agent.after + "\n";
    for (const Step& step : agent.steps) text += format_step(step);
  }
  return text;
}

}  // namespace masc::replay
