#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "handoff/prose.h"
#include "handoff/work.h"

namespace masc::handoff {
namespace {

// After so many events a use counts half.
constexpr float kAgentHalf = 60, kShownHalf = 40, kUserHalf = 150;

constexpr std::size_t kMostLines = 60000;
constexpr std::size_t kLineBytes = 320;
constexpr std::size_t kOutputLines = 400;  // of one output
constexpr std::size_t kOutputBytes = 48 << 10;

float faded(float value, std::uint32_t events, float half) {
  return value == 0 ? 0 : value * std::exp2(-static_cast<float>(events) / half);
}

std::uint64_t hash_line(std::string_view text, std::int32_t file) {
  std::uint64_t h = 1469598103934665603U ^ static_cast<std::uint64_t>(file + 1);
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return h;
}

// "   12\tcode", "12: code", "12→code" without the number.
std::string_view without_number(std::string_view line) {
  std::size_t i = 0;
  while (i < line.size() && line[i] == ' ') ++i;
  const std::size_t digits = i;
  while (i < line.size() && line[i] >= '0' && line[i] <= '9') ++i;
  if (i == digits || i - digits > 6) return line;
  if (line.substr(i).starts_with("\xE2\x86\x92")) return line.substr(i + 3);
  if (i < line.size() && (line[i] == '\t' || line[i] == ':' || line[i] == '-')) {
    return line.substr(i + 1);
  }
  return line;
}

// Splits "path:12:text" and "path-12-text" (grep). False where it is none.
bool split_match(std::string_view line, std::string_view& path, std::string_view& text) {
  std::size_t colon = line.find(':');
  for (std::size_t at = line.find('-'); at < colon; at = line.find('-', at + 1)) {
    std::size_t digits = at + 1;
    while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
    if (digits > at + 1 && digits < line.size() && line[digits] == '-') colon = at;
  }
  if (colon == line.npos || colon < 3 || colon > 200) return false;
  const char mark = line[colon];
  const std::string_view head = line.substr(0, colon);
  if (head.find_first_of(" \t\"'(){}=<>") != head.npos) return false;
  if (head.find('/') == head.npos && head.find('.') == head.npos) return false;
  std::size_t i = colon + 1;
  while (i < line.size() && line[i] >= '0' && line[i] <= '9') ++i;
  if (i == colon + 1 || i >= line.size() || line[i] != mark) return false;
  path = head;
  text = line.substr(i + 1);
  return true;
}

}  // namespace

std::uint32_t Work::touch(const Atom& atom, Voice voice) {
  const std::uint32_t id = atoms_.intern(atom.kind, atom.key);
  if (id >= uses_.size()) uses_.resize(id + 1);
  Use& use = uses_[id];
  if (use.at != event_) {
    const std::uint32_t age = event_ - use.at;
    use.agent = faded(use.agent, age, kAgentHalf);
    use.shown = faded(use.shown, age, kShownHalf);
    use.user = faded(use.user, age, kUserHalf);
    use.at = event_;
  }
  ++use.mentions;
  switch (voice) {
    case Voice::kAgent:
      use.agent += 1;
      use.last = event_;
      ++use.total;
      break;
    case Voice::kShown: use.shown = std::min(use.shown + 1, 20.0F); break;
    case Voice::kUser: use.user += 1; break;
  }
  return id;
}

Use Work::use(std::uint32_t atom) const noexcept {
  Use use = uses_[atom];
  const std::uint32_t age = event_ - use.at;
  use.agent = faded(use.agent, age, kAgentHalf);
  use.shown = faded(use.shown, age, kShownHalf);
  use.user = faded(use.user, age, kUserHalf);
  return use;
}

// Paths below the working directory as one would write them there.
std::string Work::localised(std::string_view text) const {
  std::string out(text);
  if (directory_.size() < 4) return out;
  for (std::size_t at = out.find(directory_); at != out.npos; at = out.find(directory_, at)) {
    const std::size_t end = at + directory_.size();
    if (end < out.size() && out[end] == '/' && end + 1 < out.size() && out[end + 1] != ' ') {
      out.erase(at, directory_.size() + 1);
    } else {
      at = end;
    }
  }
  return out;
}

void Work::add_line(std::string_view whole, EventKind kind, Action action, std::int32_t file,
                    Voice voice) {
  const std::string text = localised(whole);
  found_.clear();
  find_atoms(text, found_);
  if (found_.empty()) return;
  std::vector<std::uint32_t> ids;
  ids.reserve(found_.size());
  for (const Atom& atom : found_) {
    const std::uint32_t id = touch(atom, voice);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  const std::uint64_t hash = hash_line(text, file);
  const auto [known, is_new] = line_index_.try_emplace(hash, lines_.size());
  if (!is_new) {
    Line& line = lines_[known->second];
    line.event = event_;
    line.at = here_;
    return;
  }
  lines_.push_back({kind, action, event_, here_, file, text, std::move(ids)});
}

void Work::add_lines(std::string_view text, EventKind kind, Action action, std::int32_t file,
                     Voice voice) {
  if (kind == EventKind::kCall) {
    for (const std::string_view line : split_lines(text)) {
      if (trim(line).size() > 3)
        add_line(trim(line).substr(0, kLineBytes), kind, action, file, voice);
    }
    return;
  }
  for (const std::string_view sentence : sentences(text)) {
    add_line(sentence.substr(0, kLineBytes), kind, action, file, voice);
  }
}

void Work::add_output_lines(std::string_view text, Action action, std::int32_t file) {
  std::size_t lines = 0;
  for (std::string_view line : split_lines(text.substr(0, kOutputBytes))) {
    if (++lines > kOutputLines) break;
    std::int32_t at = file;
    if (action == Action::kRead) line = without_number(line);
    std::string_view path, rest;
    if (at < 0 && split_match(line, path, rest)) {
      // A file that is only listed is no fact of its own: its line keeps it.
      const auto known = file_index_.find(display(path));
      if (known != file_index_.end()) {
        at = static_cast<std::int32_t>(known->second);
        line = rest;
      }
    }
    line = trim(line);
    if (line.size() < 4) continue;
    add_line(line.substr(0, kLineBytes), EventKind::kOutput, action, at, Voice::kShown);
  }
}

const std::unordered_map<std::uint32_t, std::uint32_t>& Work::names_of(std::size_t file) const {
  return file_names_[file];
}

// Forgets the older half of what outputs showed, and the atoms that nothing refers to any more.
void Work::compact() {
  if (lines_.size() < kMostLines) return;
  std::size_t drop = kMostLines / 2;
  std::vector<Line> kept;
  kept.reserve(lines_.size() - drop);
  for (Line& line : lines_) {
    if (drop > 0 && (line.kind == EventKind::kOutput || line.event + 20000 < event_)) {
      --drop;
    } else {
      kept.push_back(std::move(line));
    }
  }
  if (drop > 0 && kept.size() > kMostLines / 2) {
    kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(kMostLines / 2));
  }
  lines_ = std::move(kept);
  AtomTable atoms;
  std::vector<Use> uses;
  const auto moved = [&](std::uint32_t id) {
    const std::uint32_t now = atoms.intern(atoms_.kind(id), atoms_.key(id));
    if (now >= uses.size()) uses.push_back(uses_[id]);
    return now;
  };
  line_index_.clear();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    for (std::uint32_t& id : lines_[i].atoms) id = moved(id);
    line_index_.emplace(hash_line(lines_[i].text, lines_[i].file), i);
  }
  for (auto& names : file_names_) {
    std::unordered_map<std::uint32_t, std::uint32_t> renamed;
    for (const auto& [id, event] : names) renamed[moved(id)] = event;
    names = std::move(renamed);
  }
  atoms_ = std::move(atoms);
  uses_ = std::move(uses);
}

}  // namespace masc::handoff
