// The simulation with masc's own claims, locks, landings and trails, in generated repositories.
#pragma once

#include <cstdint>
#include <vector>

#include "scenario.h"

namespace masc::bench {

// Plays each of `scripts`, `seeds` times from `seed` on, by priority, flock and masc next, below
// $TMPDIR, and prints what it comes to: 1 where it is not what the rules alone come to, or where
// masc failed; else 0.
int play_real(const std::vector<Script>& scripts, std::uint64_t seed, std::size_t seeds);

}  // namespace masc::bench
