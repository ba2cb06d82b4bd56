// Take-backs in the user's repository (model/takeback.h): found, and laid at somebody's door.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "model/takeback.h"
#include "store/tasks.h"

namespace masc::store {

struct Takeback {
  model::TakenBack what;
  std::string commit;  // that landed it; "" = unknown
  std::string task;    // its task; "" = none is named
};

// A landing, by full commit ids.
struct LandingCase {
  std::string begin;   // where its work began; "" = unknown: then there is nothing to find
  std::string base;    // the base's tip
  std::string result;  // what the base would become: a commit or a tree
  std::string tip;     // of the branch, whose commits may say what they take back
  std::string task;    // whose own landings don't count; "" = none
};

// Starts no git where nothing has landed since, two where what landed lies elsewhere.
Result<std::vector<Takeback>> find_takebacks(const git::Git& git, const LandingCase& landing);

// The commit at which the work began that the task's branch holds: the base of its first claim
// since it landed last.
Result<std::string> work_began(const TaskStore& tasks, const model::Task& task);

// "src/a.cc:12 (m-7k3q9fxa)", at most three, then how many more.
std::string describe_takebacks(const std::vector<Takeback>& takebacks);
// [{path, line, text, task, commit}]
std::string takebacks_json(const std::vector<Takeback>& takebacks);

}  // namespace masc::store
