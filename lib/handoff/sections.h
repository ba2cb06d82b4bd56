// The facts of a DNA as lines of text, a section each: shared by the brief and its pages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "handoff/dna.h"

namespace masc::handoff {

// A line of a section. `order` is where it stands among the others; the vector is in order of
// importance.
struct Item {
  std::string text;
  std::uint64_t order = 0;
};

std::vector<Item> note_items(const Dna& dna);
std::vector<Item> git_items(const Dna& dna);
std::vector<Item> user_items(const Work& work);     // each message shortened
std::vector<Item> message_items(const Work& work);  // and in full, in pieces
std::vector<Item> now_items(const Work& work);
std::vector<Item> open_items(const Work& work);     // failures that nothing later speaks against
std::vector<Item> settled_items(const Work& work);  // all other failures
std::vector<Item> todo_items(const Work& work);
// A brief has no room for the records of these two; their pages do.
std::vector<Item> file_items(const Work& work, bool with_place = false);
std::vector<Item> decision_items(const Work& work);
std::vector<Item> command_items(const Work& work);
std::vector<Item> commit_items(const Work& work, bool with_place = false);
std::vector<Item> value_items(const Work& work);
std::vector<Item> summary_items(const Work& work);  // compactions

// A section of a brief and the share of the budget that it may take.
struct Facts {
  std::string_view title;
  std::string_view page;   // the section that holds all of them
  std::string_view label;  // says what an item is where no title does
  std::vector<Item> items;
  double part, base;  // part * budget + base tokens
};
std::vector<Facts> facts_of(const Dna& dna, const Work& work);
// All facts in the order in which a brief with more and more room would show them.
std::vector<Item> fact_items(const Dna& dna, const Work& work);

// What the agent said and `shown` doesn't show, newest first.
std::vector<Item> said_items(const Work& work, std::string_view shown);

// Chooses lines of the transcript that hold what is likely to be needed and isn't in `shown` yet,
// up to `budget` tokens.
struct Chosen {
  std::vector<std::string> trail, working, output;
};
Chosen choose_lines(const Work& work, std::string_view shown, double budget);

// How likely it is that the successor needs an atom, times what it costs to be without.
double atom_value(const Work& work, std::uint32_t atom);

}  // namespace masc::handoff
