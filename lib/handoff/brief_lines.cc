// Which lines of the transcript a brief shows: a greedy cover of what is likely to be needed.
//
// An atom is worth how likely the successor needs it; a line is worth its atoms that nothing shows
// yet, and costs its tokens. The line of the best worth per token is taken first (the classic
// greedy for budgeted coverage; lazily, since worth only shrinks).
#include <algorithm>
#include <array>
#include <cmath>
#include <queue>
#include <span>
#include <unordered_map>

#include "base/text.h"
#include "handoff/prose.h"
#include "handoff/sections.h"
#include "handoff/tokens.h"

namespace masc::handoff {
namespace {

constexpr double kLeastWorth = 0.04;        // of a line; below that it is only in the way
constexpr std::size_t kHeadAtoms = 8;       // names behind one file name: more say little
constexpr std::size_t kWordAtoms = 3;       // names for each word that explains them
constexpr std::size_t kLeastChoice = 3000;  // lines to choose from
constexpr double kMostBytes = 4;            // of a line, a token

// Words that explain something: of letters, not the commonest.
std::size_t plain_words(std::string_view text) {
  static constexpr std::array<std::string_view, 30> kStop = {
      "the", "and", "for",    "that", "this",  "with",  "from", "are", "was",  "not",
      "you", "can", "will",   "has",  "have",  "but",   "all",  "its", "into", "now",
      "let", "now", "should", "then", "there", "which", "also", "any", "one",  "out"};
  std::size_t words = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto letter = [&](std::size_t at) {
      const char c = text[at];
      return (c >= 'a' && c <= 'z') || (at == i && c >= 'A' && c <= 'Z');
    };
    const bool fresh = i == 0 || text[i - 1] == ' ' || text[i - 1] == '(' || text[i - 1] == '"' ||
                       text[i - 1] == '\'' || text[i - 1] == '`';
    if (!fresh || !letter(i)) {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && text[end] >= 'a' && text[end] <= 'z') ++end;
    const bool whole = end == text.size() ||
                       std::string_view(" ,.;:!?)\"'`").find(text[end]) != std::string_view::npos;
    if (whole && end - i >= 3 &&
        std::find(kStop.begin(), kStop.end(), text.substr(i, end - i)) == kStop.end()) {
      ++words;
    }
    i = end;
  }
  return words;
}

// Something that can be shown: a line of the transcript, or names of a file.
struct Candidate {
  std::int32_t line = -1;
  std::int32_t file = -1;
  std::vector<std::uint32_t> names;  // of the file
  double cost = 0;
  double bonus = 0;      // worth without its atoms
  std::size_t most = 0;  // atoms that it can carry
  bool priced = false;   // cost and most are more than a guess on its better side
};

// A path and nothing else, as `find` and `git status` name it.
bool is_listed(std::string_view text) {
  return text.find('/') != text.npos && text.find(' ') == text.npos;
}

// What a sentence that decides or explains something is worth by itself.
constexpr double kDecision = 0.7;

class Cover {
 public:
  Cover(const Work& work, std::string_view shown) : work_(work), shown_(shown) {
    const std::size_t n = work.atoms().size();
    worth_.resize(n);
    for (std::uint32_t id = 0; id < n; ++id) worth_[id] = atom_value(work, id);
    std::vector<Atom> found;
    for (const std::string_view line : split_lines(shown)) {
      found.clear();
      find_atoms(line, found);
      for (const Atom& atom : found) {
        if (const std::uint32_t id = work.atoms().find(atom.key); id != AtomTable::kNone) {
          worth_[id] *= 0.1;
        }
      }
    }
    lines(shown);
    names();
  }

  Chosen choose(double budget) {
    using Ranked = std::pair<double, std::size_t>;
    const auto less = [](const Ranked& a, const Ranked& b) {
      return a.first != b.first ? a.first < b.first : a.second > b.second;
    };
    std::vector<Ranked> ranked;
    ranked.reserve(candidates_.size());
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (const double rate = rate_of(candidates_[i]); rate > 0) ranked.emplace_back(rate, i);
    }
    // Of very many only those that have a chance.
    const auto most = std::max<std::size_t>(kLeastChoice, static_cast<std::size_t>(budget));
    if (ranked.size() > most) {
      const auto end = ranked.begin() + static_cast<std::ptrdiff_t>(most);
      std::nth_element(ranked.begin(), end, ranked.end(),
                       [&](const Ranked& a, const Ranked& b) { return less(b, a); });
      ranked.erase(end, ranked.end());
    }
    std::priority_queue<Ranked, std::vector<Ranked>, decltype(less)> queue(less, std::move(ranked));
    std::vector<std::size_t> taken;
    while (!queue.empty() && budget > 4) {
      const auto [rate, i] = queue.top();
      queue.pop();
      price(candidates_[i]);
      const double now = rate_of(candidates_[i]);
      if (now <= 0) continue;
      if (!queue.empty() && now < queue.top().first * 0.999) {
        queue.push({now, i});
        continue;
      }
      if (candidates_[i].cost > budget || is_shown(candidates_[i])) continue;
      budget -= candidates_[i].cost;
      take(candidates_[i]);
      taken.push_back(i);
    }
    return render(taken);
  }

 private:
  double gain(const Candidate& c) const {
    double sum = c.bonus;
    std::size_t carried = 0;
    for (const std::uint32_t id : atoms_of(c)) {
      if (carried++ == c.most) break;
      sum += worth_[id];
    }
    return sum;
  }

  std::span<const std::uint32_t> atoms_of(const Candidate& c) const {
    if (c.line < 0) return c.names;
    return work_.atoms_of(work_.lines()[static_cast<std::size_t>(c.line)]);
  }

  // Most lines are never asked what exactly they cost.
  void price(Candidate& c) const {
    if (c.priced || c.line < 0) return;
    c.priced = true;
    const Line& line = work_.lines()[static_cast<std::size_t>(c.line)];
    c.most = kWordAtoms * plain_words(line.text);
    c.cost = 1 + estimate_tokens(line.text);
    if (line.file >= 0) {
      c.most += kHeadAtoms;
      c.cost += 1 + estimate_tokens(head_of(line.file));
    }
    if (line.kind == EventKind::kOutput && line.file < 0) {
      if (names_place(line.text)) c.most += kHeadAtoms;
      if (c.most == 0 && is_listed(line.text)) {
        c.most = kWordAtoms;
        c.cost += 2;
      }
    }
    if (c.most == 0) c.cost = 0;  // it says nothing about its names
  }

  bool is_shown(const Candidate& c) const {
    return c.line >= 0 &&
           shown_.find(work_.lines()[static_cast<std::size_t>(c.line)].text) != shown_.npos;
  }

  double rate_of(Candidate& c) {
    if (c.line < 0) {
      std::erase_if(c.names, [&](std::uint32_t id) { return worth_[id] < kLeastWorth; });
      c.cost = names_cost(c);
    }
    const double sum = gain(c);
    return sum < kLeastWorth || c.cost <= 0 ? 0 : sum / c.cost;
  }

  // A file's name where its whole path is known.
  std::string_view head_of(std::int32_t file) const {
    return path_key(work_.files()[static_cast<std::size_t>(file)].path);
  }

  double names_cost(const Candidate& c) const {
    if (c.names.empty()) return 0;
    double cost = 2 + estimate_tokens(head_of(c.file));
    for (const std::uint32_t id : c.names) cost += 1 + estimate_tokens(work_.atoms().key(id));
    return cost;
  }

  void take(const Candidate& c) {
    std::size_t carried = 0;
    for (const std::uint32_t id : atoms_of(c)) {
      if (carried++ == c.most) break;
      worth_[id] *= 0.05;
    }
  }

  void lines(std::string_view shown) {
    const auto& all = work_.lines();
    candidates_.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Line& line = all[i];
      double sum = 0;
      for (const std::uint32_t id : work_.atoms_of(line)) sum += worth_[id];
      if (sum < kLeastWorth) continue;
      Candidate c;
      c.line = static_cast<std::int32_t>(i);
      c.file = line.file;
      c.most = line.number;
      c.cost = 1 + static_cast<double>(line.text.size()) / kMostBytes;
      if (line.kind == EventKind::kAssistant && shown.find(line.text) == shown.npos) {
        const double age = static_cast<double>(work_.events() - line.event);
        c.bonus = kDecision * std::min(decision_weight(line.text), 2.5) *
                  std::max(0.25, std::exp2(-age / 400));
      }
      candidates_.push_back(std::move(c));
    }
  }

  // A file's names in chunks, the ones most likely needed first.
  void names() {
    for (std::size_t f = 0; f < work_.files().size(); ++f) {
      std::vector<std::pair<double, std::uint32_t>> valued;
      for (const auto& [id, event] : work_.names_of(f)) {
        if (worth_[id] > kLeastWorth) valued.emplace_back(worth_[id], id);
      }
      std::sort(valued.begin(), valued.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second < b.second;
      });
      for (std::size_t at = 0; at < valued.size(); at += kHeadAtoms) {
        Candidate c;
        c.file = static_cast<std::int32_t>(f);
        c.most = kHeadAtoms;
        for (std::size_t i = at; i < valued.size() && i < at + kHeadAtoms; ++i) {
          c.names.push_back(valued[i].second);
        }
        candidates_.push_back(std::move(c));
      }
    }
  }

  Chosen render(const std::vector<std::size_t>& taken) const {
    struct Placed {
      std::uint64_t order;
      std::string text;
      std::int32_t file = -1;  // that it is about
    };
    std::vector<Placed> trail, working, output;
    for (const std::size_t i : taken) {
      const Candidate& c = candidates_[i];
      if (c.line < 0) {
        std::string text;
        for (std::size_t k = 0; k < c.names.size(); ++k) {
          text += (k > 0 ? ", " : "") + std::string(work_.atoms().key(c.names[k]));
        }
        working.push_back({static_cast<std::uint64_t>(c.file) << 32, std::move(text), c.file});
        continue;
      }
      const Line& line = work_.lines()[static_cast<std::size_t>(c.line)];
      const std::string text = tidy(line.text, 400);
      if (c.file >= 0) {
        working.push_back({(static_cast<std::uint64_t>(c.file) << 32) + line.event, text, c.file});
      } else if (line.kind == EventKind::kOutput) {
        output.push_back({line.event, is_listed(text) ? "listed: " + text : text});
      } else {
        trail.push_back({line.event, line.action == Action::kShell ? "$ " + text : text});
      }
    }
    Chosen chosen;
    for (auto& [from, to] : {std::pair{&trail, &chosen.trail},
                             {&working, &chosen.working},
                             {&output, &chosen.output}}) {
      std::stable_sort(from->begin(), from->end(),
                       [](const Placed& a, const Placed& b) { return a.order < b.order; });
      std::int32_t last = -1;
      for (const Placed& line : *from) {
        if (line.file < 0) {
          to->push_back(line.text);
          continue;
        }
        // Its whole path once: with the files that were changed, or here.
        const std::string& path = work_.files()[static_cast<std::size_t>(line.file)].path;
        const bool known = line.file == last || shown_.find(path) != shown_.npos;
        to->push_back(fmt::format("{}: {}", known ? path_key(path) : path, line.text));
        last = line.file;
      }
    }
    return chosen;
  }

  const Work& work_;
  std::string_view shown_;
  std::vector<double> worth_;
  std::vector<Candidate> candidates_;
};

}  // namespace

double atom_value(const Work& work, std::uint32_t atom) {
  const Use use = work.use(atom);
  const double quiet = static_cast<double>(work.events() - use.last);
  double x = 0.9 * use.agent + 0.1 * std::min<double>(use.shown, 4) + 0.5 * use.user;
  if (use.total > 0) x += 0.15 * std::log2(1.0 + use.total) * std::exp2(-quiet / 400);
  const double likely = 1 - std::exp(-x);
  return atom_weight(work.atoms().kind(atom)) * likely * (1 + 0.5 * std::log2(1 + use.agent));
}

Chosen choose_lines(const Work& work, std::string_view shown, double budget) {
  return Cover(work, shown).choose(budget);
}

}  // namespace masc::handoff
