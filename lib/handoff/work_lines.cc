#include <algorithm>
#include <array>
#include <cmath>

#define XXH_INLINE_ALL
#include <xxhash.h>

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

// What is left of 1 after so many events.
class Fading {
 public:
  explicit Fading(float half) : half_(half) {
    for (std::uint32_t i = 0; i < left_.size(); ++i) left_[i] = compute(i);
  }
  float operator()(float value, std::uint32_t events) const {
    if (value == 0) return 0;
    return value * (events < left_.size() ? left_[events] : compute(events));
  }

 private:
  float compute(std::uint32_t events) const {
    return std::exp2(-static_cast<float>(events) / half_);
  }

  float half_;
  std::array<float, 2048> left_;
};

void fade(Use& use, std::uint32_t now) {
  static const Fading agent(kAgentHalf), shown(kShownHalf), user(kUserHalf);
  const std::uint32_t age = now - use.at;
  use.agent = agent(use.agent, age);
  use.shown = shown(use.shown, age);
  use.user = user(use.user, age);
  use.at = now;
}

std::uint64_t hash_line(std::string_view text, std::int32_t file) {
  return XXH3_64bits_withSeed(text.data(), text.size(), static_cast<std::uint32_t>(file));
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

Work::Work(Keeps keeps) : keeps_(keeps) {
  // All of their size at once: pages that are not used are never there, nothing is ever moved.
  if (keeps == Keeps::kFacts) return;
  lines_.reserve(kMostLines);
  line_atoms_.reserve(kMostLines * 4);
  uses_.reserve(kMostLines * 2);
  atoms_.reserve(kMostLines * 2);
}

std::uint32_t Work::touch(const Atom& atom, Voice voice) {
  const std::uint32_t id = atoms_.intern(atom.kind, atom.key);
  if (id >= uses_.size()) uses_.resize(id + 1);
  Use& use = uses_[id];
  if (use.at != event_) fade(use, event_);
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
  fade(use, event_);
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
  if (keeps_ == Keeps::kFacts) return;
  std::string rewritten;
  std::string_view text = whole;
  if (directory_.size() >= 4 && whole.find(directory_) != whole.npos) {
    text = rewritten = localised(whole);
  }
  found_.clear();
  find_atoms(text, found_);
  if (found_.empty()) return;
  const auto first = static_cast<std::ptrdiff_t>(line_atoms_.size());
  for (const Atom& atom : found_) {
    const std::uint32_t id = touch(atom, voice);
    const auto begin = line_atoms_.begin() + first;
    if (std::find(begin, line_atoms_.end(), id) == line_atoms_.end()) line_atoms_.push_back(id);
  }
  const auto next = static_cast<std::uint32_t>(lines_.size());
  const std::uint32_t known =
      line_index_.find_or_add(hash_line(text, file), next, [&](std::uint32_t number) {
        return lines_[number].file == file && lines_[number].text == text;
      });
  if (known != HashSlots::kNone) {
    line_atoms_.resize(static_cast<std::size_t>(first));
    lines_[known].event = event_;
    lines_[known].at = here_;
    return;
  }
  const auto number =
      static_cast<std::uint32_t>(line_atoms_.size()) - static_cast<std::uint32_t>(first);
  lines_.push_back({line_texts_.keep(text), here_, kind, action, event_, file,
                    static_cast<std::uint32_t>(first), number});
}

void Work::add_lines(std::string_view text, EventKind kind, Action action, std::int32_t file,
                     Voice voice) {
  if (keeps_ == Keeps::kFacts) return;
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
  if (keeps_ == Keeps::kFacts) return;
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
  keep_newer_lines();
  const AtomTable old_atoms = std::move(atoms_);
  const std::vector<Use> old_uses = std::move(uses_);
  atoms_ = AtomTable();
  uses_.clear();
  const auto moved = [&](std::uint32_t id) {
    const std::uint32_t now = atoms_.intern(old_atoms.kind(id), old_atoms.key(id));
    if (now >= uses_.size()) uses_.push_back(old_uses[id]);
    return now;
  };
  const std::vector<std::uint32_t> old_line_atoms = std::move(line_atoms_);
  const TextPool old_texts = std::move(line_texts_);
  line_atoms_.clear();
  line_texts_ = TextPool();
  line_index_ = HashSlots();
  for (std::uint32_t i = 0; i < lines_.size(); ++i) {
    Line& line = lines_[i];
    const auto first = static_cast<std::uint32_t>(line_atoms_.size());
    for (const std::uint32_t id : std::span(old_line_atoms).subspan(line.first, line.number)) {
      line_atoms_.push_back(moved(id));
    }
    line.first = first;
    line.text = line_texts_.keep(line.text);
    line_index_.find_or_add(hash_line(line.text, line.file), i,
                            [](std::uint32_t) { return false; });
  }
  for (auto& names : file_names_) {
    std::unordered_map<std::uint32_t, std::uint32_t> renamed;
    for (const auto& [id, event] : names) renamed[moved(id)] = event;
    names = std::move(renamed);
  }
}

void Work::keep_newer_lines() {
  std::size_t drop = kMostLines / 2;
  std::vector<Line> kept;
  kept.reserve(kMostLines);
  for (const Line& line : lines_) {
    if (drop > 0 && (line.kind == EventKind::kOutput || line.event + 20000 < event_)) {
      --drop;
    } else {
      kept.push_back(line);
    }
  }
  if (drop > 0 && kept.size() > kMostLines / 2) {
    kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(kMostLines / 2));
  }
  lines_ = std::move(kept);
}

}  // namespace masc::handoff
