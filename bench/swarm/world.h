// Plays a scenario in virtual time: agents claim, work, land, conflict and go on, under masc's own
// rules for claims, order and choice (lib/model, lib/swarm). No git, no clock, no files.
#pragma once

#include <cstdint>
#include <string_view>

#include "scenario.h"
#include "swarm/choose.h"

namespace masc::bench {

// How an idle agent chooses; everything else is the same for all of them.
enum class Rule { kFifo, kPriority, kRandom, kFlock };
inline constexpr Rule kRules[] = {Rule::kFifo, Rule::kPriority, Rule::kRandom, Rule::kFlock};
std::string_view rule_name(Rule rule) noexcept;

struct Outcome {
  double conflicts = 0;      // landings that found a file of theirs landed since they began
  double makespan = 0;       // hours until the last landing
  double longest_wait = 0;   // hours from a task's creation to its claim
  double weighted_wait = 0;  // hours, mean over the tasks with the weight 5 − priority
  double idle = 0;           // share of the agents' time before the last landing without work
};

Outcome play(const Scenario& scenario, Rule rule, const swarm::Weights& weights,
             std::uint64_t seed);

}  // namespace masc::bench
