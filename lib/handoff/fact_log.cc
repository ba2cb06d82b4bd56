#include "handoff/fact_log.h"

#include "base/text.h"

namespace masc::handoff {
namespace {

constexpr std::string_view kEnding = ".ndjson";
constexpr std::string_view kPart = "{\"part\":\"";
constexpr std::string_view kId = "\"id\":\"";
constexpr std::string_view kGone = "\"gone\":true}";

// Logs may take so many times the facts before they are written anew: each rewriting is paid by
// three times as much that was logged.
constexpr std::size_t kMostTimes = 4;
constexpr std::size_t kAlwaysBytes = std::size_t{64} << 10;

std::string_view part_name(std::string_view file) {
  return file.substr(0, file.size() - (file.ends_with(kEnding) ? kEnding.size() : 0));
}

// The id that a line begins with behind its '{' or its part; "" where it doesn't.
std::string_view id_of(std::string_view line) {
  if (!line.starts_with(kId)) return {};
  const std::size_t end = line.find('"', kId.size());
  return end == line.npos ? std::string_view() : line.substr(kId.size(), end - kId.size());
}

tl::unexpected<Error> damaged() {
  return fail(ErrorCode::kFormat, "this DNA is damaged: a fact without its part and id");
}

// The lines of a part from their "id" on.
std::unordered_map<std::string_view, std::string_view> by_id(const Parts& parts,
                                                             const std::string& name) {
  std::unordered_map<std::string_view, std::string_view> lines;
  const auto part = parts.find(name);
  if (part == parts.end()) return lines;
  for (std::string_view line : split_lines(part->second)) {
    line.remove_prefix(1);
    lines[id_of(line)] = line;
  }
  return lines;
}

}  // namespace

std::string facts_between(const Parts& before, const Parts& now) {
  std::string log;
  Parts names = now;
  names.insert(before.begin(), before.end());
  for (const auto& [name, text] : names) {
    const auto old = by_id(before, name), current = by_id(now, name);
    const std::string head = fmt::format("{}{}\",", kPart, part_name(name));
    if (const auto part = now.find(name); part != now.end()) {
      for (std::string_view line : split_lines(part->second)) {
        line.remove_prefix(1);
        const auto was = old.find(id_of(line));
        if (was == old.end() || was->second != line) log.append(head).append(line) += '\n';
      }
    }
    // In the order in which they stood, to be the same each time.
    if (const auto part = before.find(name); part != before.end()) {
      for (std::string_view line : split_lines(part->second)) {
        const std::string_view id = id_of(line.substr(1));
        if (!current.contains(id)) log += fmt::format("{}{}{}\",{}\n", head, kId, id, kGone);
      }
    }
  }
  return log;
}

void log_facts(Dna& dna, Parts now) {
  std::string log = facts_between(dna.parts, now);
  std::size_t logged = log.size(), whole = 0;
  for (const auto& [name, bytes] : dna.facts) logged += bytes.size();
  for (const auto& [name, text] : now) whole += text.size();
  if (logged > kAlwaysBytes + kMostTimes * whole) {
    dna.facts.clear();
    log = facts_between({}, now);
  }
  if (!log.empty()) {
    dna.facts.emplace_back(fmt::format("facts-{:04}{}", dna.generation, kEnding), std::move(log));
  }
  dna.parts = std::move(now);
}

void FactBook::put(Part& part, std::string_view id, std::string_view line) {
  const auto [known, is_new] = part.index.try_emplace(id, part.lines.size());
  if (is_new) {
    part.lines.push_back(line);
  } else {
    part.lines[known->second] = line;
  }
}

Result<void> FactBook::add_part(std::string_view name, std::string_view lines) {
  Part& part = parts_[std::string(part_name(name))];
  for (std::string_view line : split_lines(lines)) {
    if (!line.starts_with('{')) return damaged();
    line.remove_prefix(1);
    const std::string_view id = id_of(line);
    if (id.empty()) return damaged();
    put(part, id, line);
  }
  return {};
}

Result<void> FactBook::apply(std::string_view log) {
  for (std::string_view line : split_lines(log)) {
    if (!line.starts_with(kPart)) return damaged();
    line.remove_prefix(kPart.size());
    const std::size_t end = line.find("\",");
    if (end == line.npos || end == 0) return damaged();
    const std::string_view name = line.substr(0, end);
    line.remove_prefix(end + 2);
    const std::string_view id = id_of(line);
    if (id.empty()) return damaged();
    auto part = parts_.find(name);
    if (part == parts_.end()) part = parts_.emplace(name, Part()).first;
    const bool gone = line.substr(kId.size() + id.size()) == fmt::format("\",{}", kGone);
    if (!gone) {
      put(part->second, id, line);
    } else if (const auto known = part->second.index.find(id); known != part->second.index.end()) {
      part->second.lines[known->second] = {};
      part->second.index.erase(known);
    }
  }
  return {};
}

Parts FactBook::parts() const {
  Parts parts;
  for (const auto& [name, part] : parts_) {
    std::string text;
    for (const std::string_view line : part.lines) {
      if (!line.empty()) text.append(1, '{').append(line) += '\n';
    }
    if (!text.empty()) parts.emplace(name + std::string(kEnding), std::move(text));
  }
  return parts;
}

}  // namespace masc::handoff
