#include "handoff/brief.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/text.h"
#include "handoff/prose.h"
#include "handoff/sections.h"
#include "handoff/tokens.h"

namespace masc::handoff {
namespace {

// Left free of the estimate, which may be too low for an odd text.
constexpr double kReserve = 0.01;
constexpr double kMostFacts = 0.9;  // of the budget, where there are as many
constexpr double kLeastItem = 10;   // tokens
constexpr double kLongItem = 60;
constexpr double kOthers = 0.4;  // of what is left beside a long item, where they are as many

// The two ends of a line, of about `tokens`.
std::string shortened(std::string_view text, double tokens) {
  const double whole = estimate_tokens(text);
  double bytes = static_cast<double>(text.size()) * std::max(0.0, tokens) / whole;
  std::string out = tidy_ends(text, static_cast<std::size_t>(bytes));
  while (estimate_tokens(out) > tokens && bytes > 8) {
    bytes *= 0.95;
    out = tidy_ends(text, static_cast<std::size_t>(bytes));
  }
  return out;
}

// What `items` take, `most` at the most.
double cost_of(std::span<const Item> items, double most) {
  double cost = 0;
  for (const Item& item : items) {
    if (cost >= most) break;
    cost += estimate_tokens(item.text) + 1;
  }
  return std::min(cost, most);
}

class Composer {
 public:
  explicit Composer(double budget) : left_(budget) {}

  double left() const noexcept { return left_; }
  const std::string& text() const noexcept { return text_; }

  // A line without its end. False: no room.
  bool line(std::string_view text) {
    const double cost = estimate_tokens(text) + 1;
    if (cost > left_) return false;
    left_ -= cost;
    text_.append(text).push_back('\n');
    return true;
  }

  // The most important of `items` within `share` tokens, under a title, in their own order. What
  // was not used of the share is left for others. Returns what it took.
  double section(std::string_view title, const std::vector<Item>& items, double share) {
    const double before = left_;
    const std::string head = "## " + std::string(title);
    share = std::min(share, left_) - estimate_tokens(head) - 1;
    std::vector<Item> kept;
    std::span<const Item> others = items;
    for (const Item& item : items) {
      if (share < kLeastItem) break;
      others = others.subspan(1);
      const double cost = estimate_tokens(item.text) + 1;
      if (cost <= share) {
        share -= cost;
        kept.push_back(item);
        continue;
      }
      // One long item must not keep the others out, nor be left out whole.
      if (cost > kLongItem || kept.empty()) {
        const double rest = share - cost_of(others, share * kOthers);
        const double part = std::min(share, std::max(rest, kLongItem));
        kept.push_back({shortened(item.text, part - 3), item.order});
        share -= estimate_tokens(kept.back().text) + 1;
      }
    }
    if (kept.empty()) return 0;
    std::stable_sort(kept.begin(), kept.end(),
                     [](const Item& x, const Item& y) { return x.order < y.order; });
    line(head);
    for (const Item& item : kept) item_line(item.text);
    return before - left_;
  }

  void lines(std::string_view title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    line("## " + std::string(title));
    for (const std::string& text : lines) item_line(text);
  }

 private:
  // A line for each item says enough where none looks like a title.
  void item_line(std::string_view text) {
    line(text.starts_with('#') ? "- " + std::string(text) : std::string(text));
  }

  double left_;
  std::string text_;
};

void header(const Dna& dna, const Work& work, const std::vector<Facts>& facts,
            std::string_view name, Composer& out) {
  std::string title = "# Handoff";
  if (!dna.task.empty()) title += " of " + dna.task;
  title += fmt::format(", generation {}, {} events", dna.generation, work.events());
  if (!dna.segments.empty()) {
    title += fmt::format(" of {}", client_name(dna.segments.back().client));
  }
  out.line(title + (dna.generation == 1 ? "; @45 is record 45 of the transcript"
                                        : "; 2:45 is record 45 of generation 2's transcript"));
  std::string more = fmt::format("More: `masc dna page {} SECTION`: facts", name);
  for (const Facts& section : facts) more.append(", ").append(section.page);
  if (!work.lines().empty()) more += ", trail";
  if (!work.compactions().empty()) more += ", summaries";
  if (!facts.empty()) out.line(more);
}

double share_of(const Facts& section, double total) {
  return std::max(0.0, section.part * total + section.base);
}

// How much of its share each section may take for the transcript's lines to have their part.
double fitting(const std::vector<Facts>& facts, double total) {
  double wanted = 0;
  for (const Facts& section : facts) {
    wanted += cost_of(section.items, share_of(section, total));
  }
  return std::min(1.0, kMostFacts * total / std::max(wanted, 1.0));
}

struct Attempt {
  Composer out;
  double facts = 0;  // tokens that the facts took
};

// The brief with all shares of facts multiplied by `factor`, the rest in lines of the transcript.
Attempt attempt(const Dna& dna, const Work& work, const std::vector<Facts>& facts, double total,
                std::string_view name, double factor) {
  Attempt made{Composer(total), 0};
  header(dna, work, facts, name, made.out);
  for (const Facts& section : facts) {
    made.facts += made.out.section(section.title, section.items, factor * share_of(section, total));
  }
  const Chosen chosen = choose_lines(work, made.out.text(), made.out.left() - 24);
  made.out.lines("Trail", chosen.trail);
  made.out.lines("Working set", chosen.working);
  made.out.lines("Output", chosen.output);
  return made;
}

}  // namespace

Result<Brief> make_brief(const Dna& dna, const Work& work, int budget, std::string_view name) {
  if (budget < kLeastBudget) {
    return fail(ErrorCode::kInvalid, "a brief needs a budget of at least {} tokens", kLeastBudget);
  }
  const double total = budget * (1 - kReserve);
  const std::vector<Facts> facts = facts_of(dna, work);
  Attempt made = attempt(dna, work, facts, total, name, fitting(facts, total));
  // Where the transcript's lines don't fill the budget, the facts get more of it.
  if (made.out.left() > 0.03 * total && made.facts > 0) {
    made = attempt(dna, work, facts, total, name, 1 + made.out.left() / made.facts);
  }
  if (made.out.left() > 40) {
    made.out.section("Said", said_items(work, made.out.text()), made.out.left());
  }
  return Brief{made.out.text(), static_cast<std::size_t>(std::ceil(total - made.out.left()))};
}

}  // namespace masc::handoff
