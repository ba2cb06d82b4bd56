// The policy of a workspace, .masc.yaml: the values and their defaults (the contract's).
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace masc::model {

enum class Strictness { kEnforce, kWarn, kOff };

struct Policy {
  std::string base;        // branch to land into; "" = the main worktree's
  bool override_ = false;  // may agents use --force
  struct {
    Duration lease = std::chrono::minutes(45);
    int max = 0;  // claims an agent may hold; 0 = any number
    std::string choose = "priority";
    bool lock_paths = false;
    std::string worktrees = "../{repo}.masc";
    std::string setup;
    Duration setup_timeout = std::chrono::minutes(5);
    int ports = 0;
  } claim;
  struct {
    Strictness fencing = Strictness::kEnforce;
    Strictness isolation = Strictness::kEnforce;
    Strictness locks = Strictness::kEnforce;
    Strictness protected_ = Strictness::kEnforce;
  } guard;
  std::vector<std::string> protected_branches;  // empty: the base
  struct {
    std::string strategy = "rebase";  // ff, rebase, merge, squash
    std::string check;
    Duration timeout = std::chrono::minutes(15);
    std::string who = "all";  // all, humans
    std::string quorum;
    Strictness takeback = Strictness::kEnforce;
  } land;
  struct {
    Duration live = std::chrono::minutes(10);
  } agents;
  struct {
    int max = 8;
    Duration rest = std::chrono::hours(24);
    Duration age = std::chrono::hours(24 * 7);
    bool keep_ignored = true;
  } pool;
  struct {
    Duration success = std::chrono::hours(24 * 14);
    Duration failure = std::chrono::hours(24 * 7);
    Duration hazard = std::chrono::hours(24 * 3);
    Duration explored = std::chrono::hours(24);
    std::string lift = "2/3";  // of a vote that lifts a hazard, at least; "" = any
  } trails;
};

}  // namespace masc::model
