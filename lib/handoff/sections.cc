#include "handoff/sections.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "handoff/prose.h"
#include "handoff/tokens.h"

namespace masc::handoff {
namespace {

constexpr std::size_t kLatest = 4;         // messages of the user that come first of all
constexpr std::size_t kMiddleBytes = 600;  // of any but the first and the last
constexpr std::size_t kPieceBytes = 1600;  // of a message told in full
constexpr std::size_t kOkBytes = 80, kFailedBytes = 200;  // of a command
constexpr double kHalfLife = 160000;  // bytes of conversation after which a fact counts half

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
  if (fact.not_run) return "no such program";
  switch (fact.outcome) {
    case Outcome::kOk: return "ok";
    case Outcome::kFailed: return "failed";
    case Outcome::kUnknown: return "";
  }
  return "";
}

std::string joined(const std::vector<std::string>& lines, std::size_t most, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < lines.size() && i < most; ++i) {
    text += (i > 0 ? " | " : "") + tidy(lines[i], bytes);
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

// Of the user's messages: the latest and the first, the ones before the latest, then short ones
// before long ones, as each says about as much. One that a later one repeats is left out.
std::vector<const Said*> by_importance(const std::vector<Said>& said) {
  std::vector<const Said*> order;
  const std::size_t n = said.size();
  if (n > 0) order.push_back(&said[n - 1]);
  if (n > 1) order.push_back(&said[0]);
  const std::size_t late = n > kLatest ? n - kLatest : 1;
  for (std::size_t i = n - (n > 0); i-- > late;) order.push_back(&said[i]);
  const std::size_t shown = order.size();
  for (std::size_t i = std::min(late, n); i-- > 1;) order.push_back(&said[i]);
  std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                   [](const Said* x, const Said* y) {
                     return std::min(x->text.size(), kMiddleBytes) <
                            std::min(y->text.size(), kMiddleBytes);
                   });
  std::erase_if(order, [&](const Said* one) {
    return one != &said[0] && std::any_of(one + 1, said.data() + n, [&](const Said& later) {
             return later.text.starts_with(one->text);
           });
  });
  return order;
}

// Those whose words no item of `shown` has.
std::vector<Item> unsaid(std::vector<Item> items, const std::vector<Facts>& shown) {
  std::erase_if(items, [&](const Item& item) {
    const std::string_view words = std::string_view(item.text).substr(item.text.find(' ') + 1);
    return std::any_of(shown.begin(), shown.end(), [&](const Facts& section) {
      return std::any_of(section.items.begin(), section.items.end(),
                         [&](const Item& had) { return had.text.find(words) != words.npos; });
    });
  });
  return items;
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
  const std::string& tip = git.tip.empty() ? git.head : git.tip;
  items.push_back(
      {fmt::format("branch {} at {}, base {}", git.branch, tip.substr(0, 10), git.base)});
  for (const std::string& one : git.standing) items.push_back({one, items.size()});
  if (!git.changes.empty()) {
    std::string text = fmt::format("{} uncommitted:", git.changes.size());
    for (std::size_t i = 0; i < git.changes.size() && i < 40; ++i) text += " " + git.changes[i];
    items.push_back({text, items.size()});
  }
  for (const std::string& commit : git.commits) items.push_back({commit, items.size()});
  return items;
}

std::vector<Item> user_items(const Work& work) {
  const auto& said = work.user();
  std::vector<Item> items;
  for (const Said* one : by_importance(said)) {
    const bool edge = one == &said.front() || one == &said.back();
    items.push_back({fmt::format("{} {}", work.place(one->at),
                                 tidy_ends(one->text, edge ? 1600 : kMiddleBytes)),
                     static_cast<std::uint64_t>(one - said.data())});
  }
  return items;
}

std::vector<Item> message_items(const Work& work) {
  std::vector<Item> items;
  for (const Said* one : by_importance(work.user())) {
    const std::string text = tidy(one->text, one->text.size() + 1);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = std::min(text.size(), at + kPieceBytes);
      if (end < text.size()) {
        if (const std::size_t space = text.rfind(' ', end); space != text.npos && space > at)
          end = space + 1;
        while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
      }
      items.push_back(
          {fmt::format("{} {}", work.place(one->at), text.substr(at, end - at)), items.size()});
      at = end;
    }
  }
  return items;
}

std::vector<Item> now_items(const Work& work) {
  std::vector<Item> items;
  const auto& agent = work.agent();
  const auto& calls = work.calls();
  std::uint64_t order = 100;
  for (std::size_t i = calls.size(); i-- > 0 && items.size() < 3;) {
    items.push_back({fmt::format("{} {}", work.place(calls[i].at), calls[i].text), order--});
  }
  if (!agent.empty()) {
    const Said& last = agent.back();
    items.insert(
        items.begin(),
        {fmt::format("{} agent: {}", work.place(last.at), tidy_ends(last.text, 2500)), 200});
  }
  return items;
}

namespace {

// What is known of a failure, in words. Empty: it isn't open.
std::string_view open_words(const Failure& failure) {
  switch (failure.state) {
    case FailureState::kOpen: return "open";
    case FailureState::kUnrepeated: return "open, but other arguments worked since";
    case FailureState::kUnclear: return "open, but a similar one worked since";
    default: return {};
  }
}

std::string_view settled_words(const Failure& failure) {
  switch (failure.state) {
    case FailureState::kFixed: return "fixed";
    case FailureState::kSuperseded: return "earlier";
    case FailureState::kPassed: return "earlier, its tests pass since";
    case FailureState::kEnded: return "earlier, dealt with since";
    default: return failure.not_run ? "earlier, no such program" : std::string_view();
  }
}

bool is_open(const Failure& failure) { return !failure.not_run && !open_words(failure).empty(); }

// A command among other words.
std::string quoted(std::string_view command) {
  return command.find('`') == command.npos ? fmt::format("`{}`", command) : std::string(command);
}

}  // namespace

std::vector<Item> open_items(const Work& work) {
  std::vector<Item> items;
  std::uint64_t order = 0;
  for (const Failure* f : by_value(work.failures(), [&](const Failure& failure) {
         if (!is_open(failure)) return 0.0;
         const double fresh = freshness(work, failure.position);
         return failure.state == FailureState::kOpen ? 1 + fresh : fresh;
       })) {
    const bool open = f->state == FailureState::kOpen;
    items.push_back({fmt::format("{} {}: {} failed: {}", work.place(f->at), open_words(*f),
                                 quoted(tidy(f->command, kFailedBytes)),
                                 joined(f->lines, open ? 5 : 2, open ? 240 : 160)),
                     order++});
  }
  return items;
}

std::vector<Item> settled_items(const Work& work) {
  std::vector<Item> items;
  std::uint64_t order = 0;
  for (const Failure* f : by_value(work.failures(), [&](const Failure& failure) {
         return is_open(failure) ? 0 : freshness(work, failure.position);
       })) {
    const bool fixed = f->state == FailureState::kFixed;
    items.push_back({fmt::format("{} {}: {}: {}", work.place(f->at), settled_words(*f),
                                 tidy(f->command, kOkBytes), joined(f->lines, fixed ? 2 : 3, 160)),
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

std::vector<Item> file_items(const Work& work, bool with_place) {
  std::vector<Item> items;
  std::uint64_t order = 0;
  for (const FileFact* file : by_value(work.files(), [&](const FileFact& f) {
         return f.edits == 0 ? 0 : freshness(work, f.position) * (1 + 0.1 * std::min(f.edits, 10));
       })) {
    std::string text = with_place ? work.place(file->at) + " " : "";
    text += fmt::format("{}: {}", file->path,
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
  std::unordered_set<std::string_view> told;
  for (const Decision* d : by_value(work.decisions(), [&](const Decision& decision) {
         // Of two that say as much, the shorter.
         return freshness(work, decision.position) * std::min(decision.weight, 3.0) /
                std::sqrt(40.0 + static_cast<double>(decision.text.size()));
       })) {
    if (!told.insert(d->text).second) continue;
    items.push_back({fmt::format("{} {}", work.place(d->at), d->text), d->position});
  }
  return items;
}

std::vector<Item> command_items(const Work& work) {
  std::vector<Item> items;
  std::unordered_map<std::string, std::uint64_t> newest;
  for (const CommandFact& fact : work.commands()) {
    std::uint64_t& position = newest[tool_of(fact.text)];
    position = std::max(position, fact.position);
  }
  const auto worth = [&](const CommandFact& fact) {
    if (fact.outcome == Outcome::kUnknown || fact.kind == CommandKind::kLook) return 0.0;
    double value = freshness(work, fact.position);
    if (fact.kind == CommandKind::kOther) value *= 0.5;
    if (fact.outcome == Outcome::kFailed) value *= 1.5;
    // What the same tool did last says most.
    if (fact.position < newest[tool_of(fact.text)]) value *= 0.6;
    return value;
  };
  for (const CommandFact* fact : by_value(work.commands(), worth)) {
    std::string text =
        fmt::format("{} {} → {}", work.place(fact->at),
                    tidy(fact->text, fact->outcome == Outcome::kOk ? kOkBytes : kFailedBytes),
                    outcome_word(*fact));
    if (fact->status && *fact->status != 0 && !fact->not_run)
      text += fmt::format(" ({})", *fact->status);
    items.push_back({text, fact->position});
  }
  return items;
}

std::vector<Item> commit_items(const Work& work, bool with_place) {
  std::vector<Item> items;
  for (std::size_t i = work.commits().size(); i-- > 0;) {
    const CommitFact& commit = work.commits()[i];
    const std::string place = with_place ? work.place(commit.at) + " " : "";
    items.push_back({fmt::format("{}{} {}", place, commit.id, commit.subject), i});
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
          {fmt::format("{} {}", work.place(said.at), tidy(sentence, 500)), items.size()});
    }
  }
  return items;
}

std::vector<Facts> facts_of(const Dna& dna, const Work& work) {
  std::vector<Facts> all;
  const auto add = [&](std::string_view title, std::string_view page, std::string_view label,
                       std::vector<Item> items, double part, double base) {
    if (!items.empty()) all.push_back({title, page, label, std::move(items), part, base});
  };
  add("Notes", "notes", "", note_items(dna), 0.15, 100);
  add("Git", "git", "", git_items(dna), 0.07, 60);
  add("User", "user", "user: ", user_items(work), 0.36, 60);
  add("Now", "now", "", now_items(work), 0.11, 50);
  add("Open failures", "failures", "", open_items(work), 0.09, 60);
  add("Todo", "todo", "", todo_items(work), 0.03, 50);
  add("Files changed", "files", "", file_items(work), 0.08, 60);
  add("Decisions", "decisions", "", unsaid(decision_items(work), all), 0.22, -90);
  add("Commands, last results", "commands", "", command_items(work), 0.15, 0);
  add("Failures, settled", "settled", "", settled_items(work), 0.08, 80);
  add("Commits", "commits", "commit ", commit_items(work), 0.045, 40);
  add("References", "references", "values: ", value_items(work), 0.01, 15);
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
      spent += estimate_tokens(text) + 1;
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
  std::unordered_set<std::string_view> told;
  for (std::size_t i = work.talk().size(); i-- > 0;) {
    const Said& said = work.talk()[i];
    if (shown.find(said.text) != shown.npos || !told.insert(said.text).second) continue;
    items.push_back({fmt::format("{} {}", work.place(said.at), said.text), said.position});
  }
  return items;
}

}  // namespace masc::handoff
