#include "handoff/sections.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "handoff/prose.h"
#include "handoff/tokens.h"

namespace masc::handoff {
namespace {

constexpr std::size_t kLatest = 4;         // messages of the user that come first of all
constexpr std::size_t kMiddleBytes = 600;  // of any but the first and the last
constexpr double kHalfLife = 160000;       // bytes of conversation after which a fact counts half

double freshness(const Work& work, std::uint64_t position) {
  const double age = static_cast<double>(work.position() - position);
  return std::max(0.2, std::exp2(-age / kHalfLife));
}

template <class T, class Value>
std::vector<const T*> by_value(const std::vector<T>& facts, Value value) {
  std::vector<std::pair<double, const T*>> valued;
  valued.reserve(facts.size());
  for (const T& fact : facts) valued.emplace_back(value(fact), &fact);
  std::stable_sort(valued.begin(), valued.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<const T*> out;
  out.reserve(valued.size());
  for (const auto& [worth, fact] : valued) {
    if (worth > 0) out.push_back(fact);
  }
  return out;
}

std::string_view outcome_word(const CommandFact& fact) {
  switch (fact.outcome) {
    case Outcome::kOk: return "ok";
    case Outcome::kFailed: return "failed";
    case Outcome::kUnknown: return "";
  }
  return "";
}

std::string joined(const std::vector<std::string>& lines, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < lines.size() && i < most; ++i) {
    text += (i > 0 ? " | " : "") + lines[i];
  }
  return text;
}

std::string_view todo_word(TodoState state) {
  switch (state) {
    case TodoState::kOpen: return "open";
    case TodoState::kActive: return "in progress";
    case TodoState::kDone: return "done";
    case TodoState::kDropped: return "dropped";
  }
  return "";
}

}  // namespace

std::vector<Item> note_items(const Dna& dna) {
  std::vector<Item> items;
  for (std::size_t i = dna.notes.size(); i-- > 0;) {
    const Note& note = dna.notes[i];
    items.push_back({fmt::format("{}: {}", note.kind, tidy(note.text, 1000)), i});
  }
  return items;
}

std::vector<Item> git_items(const Dna& dna) {
  std::vector<Item> items;
  if (!dna.git) return items;
  const GitState& git = *dna.git;
  items.push_back(
      {fmt::format("branch {} at {}, base {}", git.branch, git.head.substr(0, 10), git.base)});
  if (!git.changes.empty()) {
    std::string text = fmt::format("{} uncommitted:", git.changes.size());
    for (std::size_t i = 0; i < git.changes.size() && i < 40; ++i) text += " " + git.changes[i];
    items.push_back({text, 1});
  }
  for (std::size_t i = 0; i < git.commits.size(); ++i) items.push_back({git.commits[i], i + 2});
  return items;
}

std::vector<Item> user_items(const Work& work) {
  const auto& said = work.user();
  const std::size_t n = said.size();
  if (n == 0) return {};
  // The latest and the first, the ones before the latest, then short ones before long ones: each
  // says about as much.
  std::vector<std::size_t> order;
  order.push_back(n - 1);
  if (n > 1) order.push_back(0);
  for (std::size_t i = n - 1; i-- > 1 && i + kLatest >= n;) order.push_back(i);
  std::vector<std::size_t> rest;
  for (std::size_t i = n > kLatest ? n - kLatest : 0; i-- > 1;) rest.push_back(i);
  std::stable_sort(rest.begin(), rest.end(), [&](std::size_t x, std::size_t y) {
    return std::min(said[x].text.size(), kMiddleBytes) <
           std::min(said[y].text.size(), kMiddleBytes);
  });
  order.insert(order.end(), rest.begin(), rest.end());
  std::vector<Item> items;
  for (const std::size_t i : order) {
    const bool edge = i == 0 || i + 1 == n;
    items.push_back({fmt::format("{} {}", place_text(said[i].at),
                                 tidy(said[i].text, edge ? 1600 : kMiddleBytes)),
                     i});
  }
  return items;
}

std::vector<Item> now_items(const Work& work) {
  std::vector<Item> items;
  const auto& agent = work.agent();
  const auto& calls = work.calls();
  std::uint64_t order = 100;
  for (std::size_t i = calls.size(); i-- > 0 && items.size() < 3;) {
    items.push_back({fmt::format("{} {}", place_text(calls[i].at), calls[i].text), order--});
  }
  if (!agent.empty()) {
    const Said& last = agent.back();
    items.insert(items.begin(),
                 {fmt::format("{} agent: {}", place_text(last.at), tidy(last.text, 1500)), 200});
  }
  return items;
}

std::vector<Item> open_items(const Work& work) {
  std::vector<Item> items;
  std::uint64_t order = 0;
  for (const Failure* f : by_value(work.failures(), [&](const Failure& failure) {
         return failure.state == FailureState::kOpen ? freshness(work, failure.position) : 0;
       })) {
    items.push_back(
        {fmt::format("{} open: {} failed: {}", place_text(f->at), f->command, joined(f->lines, 5)),
         order++});
  }
  return items;
}

std::vector<Item> settled_items(const Work& work) {
  std::vector<Item> items;
  std::uint64_t order = 0;
  for (const Failure* f : by_value(work.failures(), [&](const Failure& failure) {
         return failure.state == FailureState::kOpen ? 0 : freshness(work, failure.position);
       })) {
    const std::string_view word = f->state == FailureState::kFixed ? "fixed"
                                  : f->state == FailureState::kSuperseded
                                      ? "earlier"
                                      : "earlier, similar ok since";
    items.push_back({fmt::format("{} {}: {}: {}", place_text(f->at), word, f->command,
                                 joined(f->lines, f->state == FailureState::kFixed ? 2 : 3)),
                     order++});
  }
  return items;
}

std::vector<Item> todo_items(const Work& work) {
  std::vector<Item> items;
  for (const bool done : {false, true}) {
    for (std::size_t i = 0; i < work.todos().size(); ++i) {
      const Todo& todo = work.todos()[i];
      if ((todo.state == TodoState::kDone || todo.state == TodoState::kDropped) != done) continue;
      items.push_back({fmt::format("{}: {}", todo_word(todo.state), tidy(todo.text, 300)), i});
    }
  }
  return items;
}

std::vector<Item> file_items(const Work& work) {
  std::vector<Item> items;
  std::uint64_t order = 0;
  for (const FileFact* file : by_value(work.files(), [&](const FileFact& f) {
         return f.edits == 0 ? 0 : freshness(work, f.position) * (1 + 0.1 * std::min(f.edits, 10));
       })) {
    std::string text = fmt::format("{}: {}", file->path,
                                   file->removed   ? "deleted"
                                   : file->created ? "created"
                                                   : "edited");
    if (file->edits > 1) text += fmt::format(" {}×", file->edits);
    const std::size_t n = file->symbols.size();
    for (std::size_t i = n > 4 ? n - 4 : 0; i < n; ++i) {
      text += (i == (n > 4 ? n - 4 : 0) ? ", new " : ", ") + file->symbols[i];
    }
    items.push_back({text, order++});
  }
  return items;
}

std::vector<Item> decision_items(const Work& work) {
  std::vector<Item> items;
  for (const Decision* d : by_value(work.decisions(), [&](const Decision& decision) {
         // Of two that say as much, the shorter.
         return freshness(work, decision.position) * std::min(decision.weight, 3.0) /
                std::sqrt(40.0 + static_cast<double>(decision.text.size()));
       })) {
    items.push_back({fmt::format("{} {}", place_text(d->at), d->text), d->position});
  }
  return items;
}

std::vector<Item> command_items(const Work& work) {
  std::vector<Item> items;
  const auto worth = [&](const CommandFact& fact) {
    if (fact.outcome == Outcome::kUnknown || fact.kind == CommandKind::kLook) return 0.0;
    double value = freshness(work, fact.position);
    if (fact.kind == CommandKind::kOther) value *= fact.outcome == Outcome::kFailed ? 0.3 : 0.05;
    if (fact.outcome == Outcome::kFailed) value *= 1.5;
    return value;
  };
  for (const CommandFact* fact : by_value(work.commands(), worth)) {
    std::string text =
        fmt::format("{} {} → {}", place_text(fact->at), fact->text, outcome_word(*fact));
    if (fact->status && *fact->status != 0) text += fmt::format(" ({})", *fact->status);
    if (!fact->result.empty() && fact->outcome == Outcome::kFailed) text += ": " + fact->result;
    items.push_back({text, fact->position});
  }
  return items;
}

std::vector<Item> commit_items(const Work& work) {
  std::vector<Item> items;
  for (std::size_t i = work.commits().size(); i-- > 0;) {
    const CommitFact& commit = work.commits()[i];
    items.push_back({fmt::format("{} {}", commit.id, commit.subject), i});
  }
  return items;
}

std::vector<Item> value_items(const Work& work) {
  std::vector<std::pair<double, std::uint32_t>> valued;
  const AtomTable& atoms = work.atoms();
  for (std::uint32_t id = 0; id < atoms.size(); ++id) {
    const AtomKind kind = atoms.kind(id);
    if (kind != AtomKind::kValue && kind != AtomKind::kUrl) continue;
    const Use use = work.use(id);
    if (use.total + (use.user > 0 ? 1U : 0U) < 2) continue;
    valued.emplace_back(use.agent + use.user + 0.1 * use.total, id);
  }
  std::stable_sort(valued.begin(), valued.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  // A line for so many: alone each would cost more than it says.
  constexpr std::size_t kLine = 12;
  std::vector<Item> items;
  for (std::size_t i = 0; i < valued.size(); ++i) {
    const std::string text(atoms.key(valued[i].second));
    if (i % kLine == 0) {
      items.push_back({text, items.size()});
    } else {
      items.back().text += ", " + text;
    }
  }
  return items;
}

std::vector<Item> summary_items(const Work& work) {
  std::vector<Item> items;
  for (std::size_t i = work.compactions().size(); i-- > 0;) {
    const Said& said = work.compactions()[i];
    for (const std::string_view sentence : sentences(said.text)) {
      items.push_back(
          {fmt::format("{} {}", place_text(said.at), tidy(sentence, 500)), items.size()});
    }
  }
  return items;
}

std::vector<Facts> facts_of(const Dna& dna, const Work& work) {
  std::vector<Facts> all;
  const auto add = [&](std::string_view title, std::string_view label, std::vector<Item> items,
                       double part, double base) {
    if (!items.empty()) all.push_back({title, label, std::move(items), part, base});
  };
  add("Notes", "", note_items(dna), 0.15, 100);
  add("Git", "", git_items(dna), 0.07, 60);
  add("User", "user: ", user_items(work), 0.18, 150);
  add("Now", "", now_items(work), 0.05, 170);
  add("Open failures", "", open_items(work), 0.07, 50);
  add("Todo", "", todo_items(work), 0.03, 50);
  add("Files changed", "", file_items(work), 0.08, 60);
  add("Decisions", "", decision_items(work), 0.10, 0);
  add("Commands, last results", "", command_items(work), 0.07, 50);
  add("Failures, settled", "", settled_items(work), 0.06, 50);
  add("Commits", "commit ", commit_items(work), 0.02, 20);
  add("References", "values: ", value_items(work), 0.01, 15);
  return all;
}

std::vector<Item> fact_items(const Dna& dna, const Work& work) {
  struct Placed {
    double at;
    std::string text;
  };
  constexpr double kBudget = 4000;
  std::vector<Placed> placed;
  for (const Facts& section : facts_of(dna, work)) {
    double spent = 0;
    for (const Item& item : section.items) {
      std::string text = std::string(section.label) + item.text;
      spent += estimate_tokens(text) + 2;
      placed.push_back({spent / (section.part * kBudget + section.base), std::move(text)});
    }
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const Placed& a, const Placed& b) { return a.at < b.at; });
  std::vector<Item> items;
  items.reserve(placed.size());
  for (Placed& one : placed) items.push_back({std::move(one.text), items.size()});
  return items;
}

std::vector<Item> said_items(const Work& work, std::string_view shown) {
  std::vector<Item> items;
  for (std::size_t i = work.talk().size(); i-- > 0;) {
    const Said& said = work.talk()[i];
    if (shown.find(said.text) != shown.npos) continue;
    items.push_back({fmt::format("{} {}", place_text(said.at), said.text), said.position});
  }
  return items;
}

}  // namespace masc::handoff
