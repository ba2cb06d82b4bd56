// Pheromone trails: deposits on paths, and what is read of them. Pure.
//
// A deposit is a line of a note on the commit that it belongs to; lib/git/REFS.md has the layout.
// Nothing is ever rewritten to let it decay: at reading a deposit of strength s and age a counts
// s × 2^(−a / half-life of its kind), so that trails evaporate as an ant colony's do (M. Dorigo,
// V. Maniezzo, A. Colorni, "Ant System", IEEE Trans. SMC-B 26, 1996) without anybody sweeping.
//
// Clones merge by union of lines. Each clone numbers its deposits, and whoever has one of them has
// all that came before; so a sum may stand for a clone's first deposits: it names the last of them,
// and with it the lines that it stands for, and every sum but the clone's latest, count no more.
// Lines may be repeated, come in any order and stay after they were summed up, and nothing is
// counted twice.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/id.h"
#include "model/policy.h"

namespace masc::model {

// The last two are masc's own, an agent's record with a label, which stands in place of the path;
// they don't decay. kTook: a task took it so long, strength ln(seconds). kBroke: a landing's check
// failed.
enum class TrailKind { kSuccess, kFailure, kHazard, kExplored, kTook, kBroke };
inline constexpr TrailKind kPathKinds[] = {TrailKind::kSuccess, TrailKind::kFailure,
                                           TrailKind::kHazard, TrailKind::kExplored};
std::string_view trail_kind_name(TrailKind kind) noexcept;  // "success", …, "broke"
Result<TrailKind> parse_trail_kind(std::string_view text);  // kInvalid

// Of an agent's record: its path is a label.
constexpr bool is_record(TrailKind kind) noexcept {
  return kind == TrailKind::kTook || kind == TrailKind::kBroke;
}
// nullopt: it does not decay.
std::optional<Duration> half_life(const Policy& policy, TrailKind kind) noexcept;
// 2^(−age / half-life); 1 for an age below 0 (another machine's clock).
double evaporation(Duration age, const std::optional<Duration>& half_life) noexcept;

// What an agent leaves at most at a path, counted with its decay: one noisy agent can't drown the
// rest.
inline constexpr double kMostOfOneAgent = 5;

// A line: one deposit, or a sum of a clone's.
struct Deposit {
  Instant at{};  // of a sum: the newest deposit's in it
  std::string agent;
  TrailKind kind = TrailKind::kSuccess;
  double strength = 1;      // of a sum: decayed to `at`; of a lift, or a sum with one: below 0
  std::string clone;        // 16 hex digits: where it was made
  std::int64_t number = 0;  // of the clone's deposits; of a sum: the last one that it stands for
  std::int64_t count = 0;   // 0: a single deposit; else a sum of so many (all for one path)
  TaskId task;              // under whose claim; empty: none
  std::string path;         // from the root of the work tree; "." is all of it
  std::string note;
};

// "2026-03-01T14:05:00.250Z codex success 1 00112233aabbccdd.17 m-7k3q9fxa src/a.cc[\t<note>]"
// A sum has "+<count>" behind the number; no task is "-".
std::string format_deposit(const Deposit& deposit);
Result<Deposit> parse_deposit(std::string_view line);  // kFormat

// The lines that count, each once, whatever was merged: of each clone its latest sum, and its
// deposits behind that. Lines that are no deposits (a person's own note) are left out.
std::vector<Deposit> live_deposits(std::span<const Deposit> lines);

// Sums of all of `own` (one clone's live deposits) up to number `last`, one for each path, kind and
// agent; sums that decayed to nothing are gone, but never the mark of how far they reach.
std::vector<Deposit> fold_deposits(std::span<const Deposit> own, std::int64_t last,
                                   const Policy& policy, Instant now);

// What takes back the hazards of `live` that lay at or below `path` by `decided`: for each path and
// agent a deposit of as much below 0. It decays as they do, so that they stay at nothing, whatever
// is folded or merged later. Empty where nothing lay there, or where it was lifted already.
std::vector<Deposit> lift_hazards(std::span<const Deposit> live, std::string_view path,
                                  const Policy& policy, Instant decided, std::string_view note);

// What has decayed to this is nothing: twenty half-lives of a deposit of 1.
inline constexpr double kNothing = 1e-6;

// What is read at a path: it and all that lies below it.
struct Trail {
  std::string path;
  TrailKind kind = TrailKind::kSuccess;
  double strength = 0;
  std::int64_t deposits = 0;  // lifts among them
  Instant last{};
  std::string note;  // the newest that somebody left there; read_trail() leaves it out
};
// The closed formula, straight over the deposits: what every reader has to come to.
Trail read_trail(std::span<const Deposit> live, std::string_view path, TrailKind kind,
                 const Policy& policy, Instant now);
bool lies_at(std::string_view path, std::string_view at) noexcept;  // at or below; "." holds all

}  // namespace masc::model
