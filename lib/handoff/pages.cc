#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "handoff/brief.h"
#include "handoff/prose.h"
#include "handoff/sections.h"
#include "handoff/tokens.h"

namespace masc::handoff {
namespace {

std::vector<Item> trail_items(const Work& work) {
  std::vector<Item> items;
  const auto& lines = work.lines();
  std::int32_t last = -1;
  for (std::size_t i = lines.size(); i-- > 0;) {
    const Line& line = lines[i];
    std::string head;
    if (line.file >= 0) {
      // Its whole path before the first of several lines.
      const std::string& path = work.files()[static_cast<std::size_t>(line.file)].path;
      head = fmt::format("{}: ", line.file == last ? path_key(path) : path);
    } else if (line.action == Action::kShell && line.kind == EventKind::kCall) {
      head = "$ ";
    }
    last = line.file;
    items.push_back(
        {fmt::format("{} {}{}", work.place(line.at), head, tidy(line.text, 400)), line.event});
  }
  return items;
}

using Maker = std::vector<Item> (*)(const Dna&, const Work&);
struct Section {
  std::string_view name;
  Maker items;
};
template <std::vector<Item> (*F)(const Work&)>
std::vector<Item> of_work(const Dna&, const Work& work) {
  return F(work);
}
template <std::vector<Item> (*F)(const Dna&)>
std::vector<Item> of_dna(const Dna& dna, const Work&) {
  return F(dna);
}

constexpr Section kSections[] = {
    {"facts", fact_items},
    {"notes", of_dna<note_items>},
    {"git", of_dna<git_items>},
    {"user", of_work<message_items>},
    {"now", of_work<now_items>},
    {"failures", of_work<open_items>},
    {"settled", of_work<settled_items>},
    {"todo", of_work<todo_items>},
    {"files", [](const Dna&, const Work& work) { return file_items(work, true); }},
    {"decisions", of_work<decision_items>},
    {"commands", of_work<command_items>},
    {"commits", [](const Dna&, const Work& work) { return commit_items(work, true); }},
    {"references", of_work<value_items>},
    {"summaries", of_work<summary_items>},
    {"trail", of_work<trail_items>},
};

constexpr std::size_t kMostPages = 200;

// The items of a section cut into pages, the most important first.
std::vector<std::string> pages_of(const Section& section, const Dna& dna, const Work& work,
                                  int budget) {
  const double room = budget * 0.875 - 12;
  std::vector<std::string> pages;
  double left = 0;
  for (const Item& item : section.items(dna, work)) {
    const std::string line = (item.text.starts_with('#') ? "- " : "") + item.text + "\n";
    const double cost = estimate_tokens(line);
    if (pages.empty() || cost > left) {
      if (pages.size() == kMostPages) break;
      pages.emplace_back();
      left = room;
    }
    if (cost > left) {
      // An item longer than a page: what fits.
      const std::size_t bytes =
          static_cast<std::size_t>(static_cast<double>(line.size()) * left / cost);
      pages.back() += tidy(line, bytes > 8 ? bytes - 8 : 8) + "\n";
      left = 0;
      continue;
    }
    pages.back() += line;
    left -= cost;
  }
  return pages;
}

std::string numbered(std::string_view name, std::size_t index) {
  return index == 0 ? std::string(name) : fmt::format("{}-{}", name, index + 1);
}

}  // namespace

std::vector<std::string> page_names(const Dna& dna, const Work& work, int budget) {
  std::vector<std::vector<std::string>> all;
  for (const Section& section : kSections) {
    std::vector<std::string> names;
    const std::size_t n = pages_of(section, dna, work, budget).size();
    for (std::size_t i = 0; i < n; ++i) names.push_back(numbered(section.name, i));
    all.push_back(std::move(names));
  }
  // First pages first.
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kMostPages; ++i) {
    for (const auto& names : all) {
      if (i < names.size()) out.push_back(names[i]);
    }
  }
  return out;
}

Result<Brief> make_page(const Dna& dna, const Work& work, std::string_view section, int budget) {
  if (budget < kLeastBudget) {
    return fail(ErrorCode::kInvalid, "a page needs a budget of at least {} tokens", kLeastBudget);
  }
  std::string_view name = section;
  std::size_t number = 1;
  if (const std::size_t dash = section.rfind('-'); dash != section.npos) {
    const std::string_view digits = section.substr(dash + 1);
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (bad == std::errc{} && end == digits.data() + digits.size() && number > 0) {
      name = section.substr(0, dash);
    } else {
      number = 1;
    }
  }
  for (const Section& known : kSections) {
    if (known.name != name) continue;
    const std::vector<std::string> pages = pages_of(known, dna, work, budget);
    if (number > pages.size()) {
      return fail(error(ErrorCode::kNotFound, "there is no page {} here", printable(section))
                      .hint("masc dna page DNA --list"));
    }
    std::string text = fmt::format("# {}, page {} of {}\n", name, number, pages.size());
    text += pages[number - 1];
    const auto tokens = static_cast<std::size_t>(std::ceil(estimate_tokens(text)));
    return Brief{std::move(text), tokens};
  }
  return fail(error(ErrorCode::kNotFound, "there is no section '{}'", printable(section))
                  .hint("masc dna page DNA --list"));
}

}  // namespace masc::handoff
