// What landing.cc and landing_end.cc share; nobody else includes it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/landing.h"
#include "store/landing_errors.h"
#include "store/landing_ground.h"

namespace masc::store {

inline bool is_landed(const model::Task& task) {
  return task.status == model::Status::kDone && task.result && task.result->landed;
}

// One run of land() or finish().
struct Landings::Job {
  Job(const model::Actor& who, const LandOptions& how, const Clock& when)
      : actor(who), options(how), clock(when) {}

  const model::Actor& actor;
  const LandOptions& options;
  const Clock& clock;
  model::Task task;    // as last read
  model::Task before;  // while it was claimed: `task` where it still is
  std::string branch;  // what lands,
  std::string base;    // and where
  bool keep = false;
  git::Strategy strategy = git::Strategy::kRebase;
  std::vector<std::string> checks;
  std::optional<Ground> ground;
  std::optional<KeptWork> kept;
  std::optional<LandingMark> mark;       // what the task says now
  std::string checked;                   // commit that has passed the checks
  std::string check;                     // for Task::check
  std::optional<std::string> check_log;  // what the checks printed
  std::vector<std::string> remarks;
  std::vector<std::pair<std::string, std::string>> rewritten;  // commits, and what they became

  LandingFacts facts() const { return {task, base, ground ? ground->worktree.path : "", strategy}; }
  Draft draft(const model::Task& fresh, std::string event, std::string text) const {
    Draft made{fresh, {}, std::nullopt};
    made.change.event = std::move(event);
    made.change.agent = actor.agent;
    made.change.session = actor.session;
    made.change.at = clock.now();
    made.change.text = std::move(text);
    return made;
  }
};

// What is to happen.
struct Landings::Plan {
  LandingMark mark;
  std::size_t commits = 0;
  bool moves = true;  // false: the base has all of it
  std::vector<std::pair<std::string, std::string>> rewritten;
};

}  // namespace masc::store
