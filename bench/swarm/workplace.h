// Where the agents of a simulation claim, work and land. The World says who does what and when; a
// workplace says what comes of it.
//
//   rules_alone()     lib/model's rules on numbers: quick enough for thousands of runs
//   in_repository()   masc's own claims, locks, landings and trails (lib/store, lib/swarm) in a
//                     generated repository, under the World's clock
//
// Both must come to the same: tests/swarm/workplace_test.cc holds them together.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "git/process.h"
#include "model/task.h"
#include "scenario.h"

namespace masc::bench {

enum class Landing {
  kLanded,    // the claim is over, and its locks are gone
  kConflict,  // a file of it was landed by another since the work on it began
  kLocked,    // another holds a file of it
};

// Agents and tasks are places in the Scenario. An error is a fault of the simulation, or of masc.
class Workplace {
 public:
  virtual ~Workplace() = default;

  // From now on there is this task.
  virtual Result<void> add(std::size_t task, Instant now) = 0;
  // Whether the agent has it now, with its declared paths if claims lock them; false: locked.
  virtual Result<bool> claim(std::size_t agent, std::size_t task, Instant now) = 0;
  // Work begins, or begins anew behind a conflict, with what has landed by now.
  virtual Result<void> begin(std::size_t agent, std::size_t task, Instant now) = 0;
  // The work's first commit: others may see from now on which files it touches.
  virtual Result<void> commit(std::size_t agent, std::size_t task, Instant now) = 0;
  virtual Result<Landing> land(std::size_t agent, std::size_t task, Instant now) = 0;
  // What `masc next` of this workplace has for the agent, the best first. nullopt: it can't tell.
  virtual Result<std::optional<std::vector<std::size_t>>> next(std::size_t, Instant) {
    return std::nullopt;
  }
};

std::unique_ptr<Workplace> rules_alone(const Scenario& scenario);
// Makes a bare repository with the scenario's files in `folder`, which is empty and stays.
Result<std::unique_ptr<Workplace>> in_repository(const Scenario& scenario,
                                                 const std::string& folder,
                                                 const git::Environment& environment);

// A random id, as masc's are, so that it says nothing about the order; the same in each workplace.
model::TaskId task_id(std::size_t task);
// A task as it is created.
model::Task made_task(const Scenario& scenario, std::size_t task);
std::string agent_name(std::size_t agent);
std::string file_name(FileId file);
// When the World's clock begins.
inline constexpr Instant kStart{std::chrono::hours(24 * 20'000)};

}  // namespace masc::bench
