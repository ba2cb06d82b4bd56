// The tables that fields are coded with, and the coding of symbols and numbers. For fields*.cc;
// FORMAT.md names them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <span>

#include "wire/fields.h"

namespace masc::wire {

// --- symbols: an index with weights that sum up to 2^kSymbolBits ---

constexpr unsigned kSymbolBits = 12;
constexpr std::uint32_t kSymbolTotal = std::uint32_t{1} << kSymbolBits;

template <std::size_t N>
struct Symbols {
  std::array<std::uint16_t, N + 1> cumulative{};
};

// Every symbol gets 1, and the rest in proportion to `weights`.
template <std::size_t N>
constexpr Symbols<N> symbols(const std::array<std::uint32_t, N>& weights) {
  std::uint64_t sum = 0;
  for (const std::uint32_t weight : weights) sum += weight;
  Symbols<N> made;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < N; ++i) {
    before += weights[i];
    made.cumulative[i + 1] = static_cast<std::uint16_t>(i + 1 + before * (kSymbolTotal - N) / sum);
  }
  return made;
}

// Through a pointer, since g++ 12 sees bounds where the table is part of a larger one (GCC bug
// 105762).
inline void put_one_of(AnsEncoder& out, const std::uint16_t* cumulative, std::size_t index) {
  out.put(cumulative[index], static_cast<std::uint32_t>(cumulative[index + 1] - cumulative[index]),
          kSymbolBits);
}
inline std::size_t take_one_of(AnsDecoder& in, const std::uint16_t* cumulative) {
  const std::uint32_t slot = in.slot(kSymbolBits);
  std::size_t index = 0;
  while (cumulative[index + 1] <= slot) ++index;
  in.take(cumulative[index], static_cast<std::uint32_t>(cumulative[index + 1] - cumulative[index]),
          kSymbolBits);
  return index;
}
template <std::size_t N>
void put_symbol(AnsEncoder& out, const Symbols<N>& table, std::size_t index) {
  put_one_of(out, table.cumulative.data(), index);
}
template <std::size_t N>
std::size_t take_symbol(AnsDecoder& in, const Symbols<N>& table) {
  return take_one_of(in, table.cumulative.data());
}

inline void put_flag(AnsEncoder& out, bool yes, std::uint32_t of_256) {
  out.put(yes ? 0 : of_256, yes ? of_256 : 256 - of_256, 8);
}
inline bool take_flag(AnsDecoder& in, std::uint32_t of_256) {
  const bool yes = in.slot(8) < of_256;
  in.take(yes ? 0 : of_256, yes ? of_256 : 256 - of_256, 8);
  return yes;
}

// --- numbers: how many bits, then the bits (Elias gamma with weights) ---

constexpr Symbols<65> lengths(std::span<const std::uint32_t> weights, std::size_t from) {
  std::array<std::uint32_t, 65> all{};
  for (std::size_t i = 0; i < weights.size(); ++i) all[from + i] = weights[i];
  return symbols(all);
}
constexpr std::uint32_t kGrowing[] = {2,   2,   3,  5,  8,  14, 24, 44, 90, 140, 190, 210,
                                      200, 150, 60, 30, 16, 10, 6,  4,  3,  2,   2};
constexpr std::uint32_t kTimes[] = {1, 1, 1, 1, 2, 4, 8, 20, 60, 220, 420, 20, 2, 1, 1};
constexpr std::uint32_t kGaps[] = {40, 120, 50, 50, 50, 50, 60, 70, 90, 100, 110, 110, 100, 80,
                                   60, 50,  40, 30, 20, 15, 10, 8,  6,  4,   4,   3,   3,   2};
constexpr std::uint32_t kSteps[] = {20, 600, 120, 60, 40, 30, 20, 10, 8, 6, 5, 4, 4, 3, 2, 2};
constexpr Symbols<65> kGrowingLengths = lengths(kGrowing, 0);
constexpr Symbols<65> kTimeLengths = lengths(kTimes, 16);
constexpr Symbols<65> kGapLengths = lengths(kGaps, 0);
constexpr Symbols<65> kStepLengths = lengths(kSteps, 0);

inline void put_number(AnsEncoder& out, const Symbols<65>& table, std::uint64_t number) {
  const auto length = static_cast<unsigned>(std::bit_width(number));
  put_symbol(out, table, length);
  if (length > 1) out.put_bits(number, length - 1);
}
inline std::uint64_t take_number(AnsDecoder& in, const Symbols<65>& table) {
  const auto length = static_cast<unsigned>(take_symbol(in, table));
  if (length == 0) return 0;
  return std::uint64_t{1} << (length - 1) | in.bits(length - 1);
}

// A usual number by its index, any other behind the last one.
template <std::size_t N>
struct Usual {
  std::array<std::uint64_t, N> numbers;
  Symbols<N + 1> symbols;
};
constexpr Usual<8> kSmallUsual = {{0, 1, 2, 3, 4, 5, 6, 7},
                                  symbols<9>({120, 260, 380, 160, 60, 10, 5, 5, 20})};
constexpr Usual<10> kSecondsUsual = {
    {300, 600, 1800, 3600, 86400, 60, 900, 7200, 604800, 2700},
    symbols<11>({200, 200, 200, 160, 160, 20, 30, 20, 30, 20, 40})};

template <std::size_t N>
void put_usual(AnsEncoder& out, const Usual<N>& table, std::uint64_t number) {
  const std::size_t index = static_cast<std::size_t>(
      std::find(table.numbers.begin(), table.numbers.end(), number) - table.numbers.begin());
  put_symbol(out, table.symbols, index);
  if (index == N) put_number(out, kGrowingLengths, number);
}
template <std::size_t N>
std::uint64_t take_usual(AnsDecoder& in, const Usual<N>& table) {
  const std::size_t index = take_symbol(in, table.symbols);
  return index < N ? table.numbers[index] : take_number(in, kGrowingLengths);
}

// --- usual words ---

template <std::size_t N>
struct Words {
  std::array<std::string_view, N> words;
  Symbols<N + 1> symbols;
};
constexpr Words<6> kStatusWords = {{"working", "idle", "reviewing", "blocked", "waiting", "done"},
                                   symbols<7>({400, 220, 200, 60, 40, 40, 30})};
constexpr Words<6> kTypeWords = {{"task", "bug", "feature", "epic", "chore", "docs"},
                                 symbols<7>({420, 200, 200, 80, 40, 30, 20})};
constexpr Words<5> kChoiceWords = {{"approve", "reject", "abstain", "yes", "no"},
                                   symbols<6>({400, 140, 140, 160, 80, 20})};
constexpr Words<5> kTrailWords = {{"success", "explored", "danger", "failure", "hazard"},
                                  symbols<6>({300, 200, 160, 100, 100, 20})};
constexpr Words<8> kClientWords = {
    {"claude", "codex", "gemini", "ollama", "copilot", "opencode", "cursor", "qwen"},
    symbols<9>({300, 300, 160, 120, 30, 30, 30, 20, 40})};
constexpr Words<4> kRoleWords = {{"user", "agent", "assistant", "system"},
                                 symbols<5>({300, 300, 60, 20, 10})};
constexpr Words<8> kStateWords = {
    {"open", "accepted", "replying", "completed", "closed", "expired", "passed", "rejected"},
    symbols<9>({160, 120, 300, 100, 100, 30, 60, 40, 20})};
constexpr Words<22> kSkillWords = {
    {"typescript",  "python",    "rust",  "go",       "testing",    "docs",
     "code-review", "ui",        "ocaml", "java",     "javascript", "review",
     "frontend",    "backend",   "api",   "database", "security",   "devops",
     "refactoring", "debugging", "cpp",   "sql"},
    symbols<23>({80, 80, 80, 80, 80, 80, 60, 60, 40, 30, 40, 50,
                 40, 40, 30, 30, 40, 30, 40, 40, 30, 20, 60})};
constexpr std::string_view kUsualOptions[] = {"approve", "reject", "abstain"};

// --- JSON values ---

enum JsonType : std::uint8_t { kText, kNumber, kOther, kTrue, kFalse, kNull, kObject, kList };
constexpr Symbols<8> kJsonTypes = symbols<8>({500, 160, 40, 60, 60, 40, 100, 60});
constexpr std::uint32_t kMoreMembers = 150;

inline bool is_agent(Field field) { return field == Field::kAgent || field == Field::kAgentOrNull; }

inline Start start_of(Field field) {
  switch (field) {
    case Field::kAgent:
    case Field::kAgentOrNull: return Start::kAgent;
    case Field::kTask:
    case Field::kTaskOrNull: return Start::kTask;
    case Field::kTitle: return Start::kTitle;
    case Field::kProse: return Start::kProse;
    case Field::kNote: return Start::kNote;
    case Field::kPath:
    case Field::kPaths: return Start::kPath;
    case Field::kResult: return Start::kResult;
    case Field::kId: return Start::kId;
    default: return Start::kWord;
  }
}

// Calls use(words) with the usual words of the field, if it has any.
template <class Use>
inline bool with_words(Field field, const Use& use) {
  switch (field) {
    case Field::kStatus: return use(kStatusWords), true;
    case Field::kType: return use(kTypeWords), true;
    case Field::kChoice: return use(kChoiceWords), true;
    case Field::kTrail: return use(kTrailWords), true;
    case Field::kClient: return use(kClientWords), true;
    case Field::kRole: return use(kRoleWords), true;
    case Field::kState: return use(kStateWords), true;
    case Field::kSkills: return use(kSkillWords), true;
    default: return false;
  }
}

// A difference as a number without sign: 0, -1, 1, -2, …
inline std::uint64_t folded(std::uint64_t now, std::uint64_t before) {
  return now >= before ? (now - before) << 1 : ((before - now) << 1) - 1;
}
inline std::uint64_t unfolded(std::uint64_t number, std::uint64_t before) {
  return (number & 1) == 0 ? before + (number >> 1) : before - ((number >> 1) + 1);
}

constexpr std::uint64_t kMostTime = 253402300799 - kTimeBase;  // 9999-12-31
constexpr std::uint64_t kMostNumber = 999'999'999'999'999'999;
constexpr std::uint64_t kInPool = std::numeric_limits<std::uint64_t>::max();

}  // namespace masc::wire
