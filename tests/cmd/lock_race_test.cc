// 16 processes lock and unlock overlapping sets of paths: never two holders at once, and nobody
// starves.
//
// MASC_LOCK_CYCLES=10000 runs the long form (cycles of all processes together).
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "model/lock.h"
#include "store/journal.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

constexpr int kProcesses = 16;

int cycles_of_each() {
  const char* asked = std::getenv("MASC_LOCK_CYCLES");
  return (asked != nullptr ? std::atoi(asked) : 320) / kProcesses;
}

// Kibibytes that the loose objects take up on disk, by git's own count.
long size_of_objects(Sandbox& box) {
  const std::string text = box.git({"--git-dir=.git/masc/state.git", "count-objects", "-v"});
  return std::atol(text.substr(text.find("size: ") + 6).c_str());
}

model::PathSet paths_of(const std::string& text) {
  return model::looks_like_glob(text) ? model::PathSet::glob(text).value()
                                      : model::PathSet::path(text);
}

// Replays the local log. How many cycles each agent has come through.
std::map<std::string, int> check_log(const std::string& masc_dir) {
  std::vector<model::Step> steps = store::read_journal(masc_dir).value();
  std::map<std::pair<std::string, std::string>, model::LockMode> held;  // agent, path
  std::map<std::string, int> cycles;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    std::string_view rest(step->change.text);
    const std::string verb(take_until(rest, ' '));
    const std::string path(take_until(rest, ' '));
    const std::string& agent = step->change.agent;
    if (verb == "unlock") {
      held.erase({agent, path});
      if (path.starts_with("done")) ++cycles[agent];
      continue;
    }
    const auto mode = rest == "(shared)" ? model::LockMode::kShared : model::LockMode::kExclusive;
    for (const auto& [key, how] : held) {
      const bool shared = mode == model::LockMode::kShared && how == model::LockMode::kShared;
      if (key.first == agent || shared) continue;
      EXPECT_FALSE(paths_of(key.second).overlaps(paths_of(path)))
          << key.first << " holds " << key.second << " while " << agent << " gets " << path;
    }
    held[{agent, path}] = mode;
  }
  return cycles;
}

TEST(LockRace, SixteenProcessesOnOverlappingSetsNeverHoldTogetherAndNoneStarves) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  box.ok({"lock", "first"});
  box.ok({"unlock", "first"});
  const long before = size_of_objects(box);
  git::Command command;
  const char* binary = std::getenv("MASC_BINARY");
  const std::string loop = fmt::format(
      "i=0; while [ $i -lt {} ]; do i=$((i + 1)); set -- "
      "\"a b\" \"b c/x\" \"c\" \"c/x a\" \"/c/* d\" \"d b --shared\" \"d --shared\"; "
      "shift $(((N + i) % 7)); set -f; "
      "\"$MASC\" -q --agent a$N lock $1 done$N --wait 300s || exit 1; "
      "\"$MASC\" -q --agent a$N unlock --all || exit 1; done; echo $N >> \"$HOME/finished\"",
      cycles_of_each());
  command.argv = {
      "sh", "-c",
      fmt::format("for N in $(seq 0 {}); do ( {} ) & done; wait", kProcesses - 1, loop)};
  command.directory = box.repo();
  command.environment = box.environment();
  command.environment.set("MASC", binary != nullptr ? binary : "masc");
  const auto ran = git::run(command);
  ASSERT_TRUE(ran && ran->err.empty()) << ran->err;
  const std::string finished = read_file(box.root() + "/finished").value();
  EXPECT_EQ(split_lines(finished).size(), static_cast<std::size_t>(kProcesses));
  const auto cycles = check_log(box.repo() + "/.git/masc");
  EXPECT_EQ(cycles.size(), static_cast<std::size_t>(kProcesses));
  for (const auto& [agent, count] : cycles) EXPECT_EQ(count, cycles_of_each()) << agent;
  EXPECT_LT(size_of_objects(box) - before, 40'000);
}

TEST(LockRace, AStoppedFirstWaiterHoldsUpNobody) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  git::Command command;
  command.argv = {"sh", "-c", R"sh("$MASC" --agent h lock f -q
    waiting() { ls .git/masc/live/queue/locks 2>/dev/null | wc -l; }
    "$MASC" --agent a lock f --wait 60s >/dev/null 2>&1 & first=$!
    while [ $(waiting) -lt 1 ]; do sleep 0.02; done
    kill -STOP $first
    "$MASC" --agent b lock f --wait 30s -q & second=$!
    while [ $(waiting) -lt 2 ]; do sleep 0.02; done
    "$MASC" --agent h unlock f -q
    wait $second; echo $?
    kill -CONT $first; kill $first)sh"};
  command.directory = box.repo();
  command.environment = box.environment();
  command.environment.set("MASC", std::getenv("MASC_BINARY"));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(git::run(command).value().out, "0\n");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
}

}  // namespace
}  // namespace masc::testing
