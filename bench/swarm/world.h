// Plays a scenario in virtual time: agents choose (lib/swarm), claim, work, land, conflict and go
// on. What comes of claims and landings is the workplace's to say.
#pragma once

#include <cstdint>
#include <string_view>

#include "scenario.h"
#include "swarm/choose.h"
#include "workplace.h"

namespace masc::bench {

// How an idle agent chooses; everything else is the same for all of them. kNext: as the
// workplace's own `masc next` says, from what masc has on record; kFlock: by the same score, from
// what the World has seen.
enum class Rule { kFifo, kPriority, kRandom, kFlock, kNext };
inline constexpr Rule kRules[] = {Rule::kFifo, Rule::kPriority, Rule::kRandom, Rule::kFlock};
std::string_view rule_name(Rule rule) noexcept;

struct Outcome {
  double conflicts = 0;      // landings that found a file of theirs landed since they began
  double makespan = 0;       // hours until the last landing
  double longest_wait = 0;   // hours from a task's creation to its claim
  double weighted_wait = 0;  // hours, mean over the tasks with the weight 5 − priority
  double idle = 0;           // share of the agents' time before the last landing without work
  bool operator==(const Outcome&) const = default;
};

Result<Outcome> play(const Scenario& scenario, Rule rule, const swarm::Weights& weights,
                     std::uint64_t seed, Workplace& workplace);
// By the rules alone, which don't fail.
Outcome play(const Scenario& scenario, Rule rule, const swarm::Weights& weights,
             std::uint64_t seed);

}  // namespace masc::bench
