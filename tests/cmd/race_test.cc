// Many processes at once: every race has exactly one winner, and nothing that was acknowledged is
// lost.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

// Runs `count` shell scripts at once; $N is 0 … count - 1, $MASC the binary.
void at_once(Sandbox& box, int count, const std::string& script) {
  git::Command command;
  const char* binary = std::getenv("MASC_BINARY");
  command.argv = {
      "sh", "-c",
      "for N in $(seq 0 " + std::to_string(count - 1) + "); do ( " + script + " ) & done; wait"};
  command.directory = box.repo();
  command.environment = box.environment();
  command.environment.set("MASC", binary ? binary : "masc");
  EXPECT_TRUE(git::run(command));
}

TEST(Race, SixteenProcessesForTheSameFiftyTasksGiveFiftyWinners) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  std::string ids;
  for (int i = 0; i < 50; ++i) ids += box.ok({"add", "t", "-q"}) + " ";
  at_once(box, 16,
          "for id in " + ids +
              "; do \"$MASC\" --json --agent a$N claim $id --no-worktree > \"$HOME/out.$N.$id\"; "
              "echo $? >> \"$HOME/codes\"; done");
  std::map<std::string, int> codes;
  const std::string text = read_file(box.root() + "/codes").value();
  for (const std::string_view line : split_lines(text)) ++codes[std::string(line)];
  EXPECT_EQ(codes["0"], 50);
  EXPECT_EQ(codes["3"], 750);
  EXPECT_EQ(codes.size(), 2U);
  int named = 0;
  const auto files = list_directory(box.root()).value();
  for (const std::string& file : files) {
    if (!file.starts_with("out.")) continue;
    const std::string json = read_file(box.root() + "/" + file).value();
    if (field(json, "error.code") == "held" && field(json, "error.holder").starts_with("a"))
      ++named;
  }
  EXPECT_EQ(named, 750);
}

TEST(Race, ForOneKeyMakesOneTask) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  at_once(box, 8, "for k in 1 2 3 4 5; do \"$MASC\" add t --key k$k -q >> \"$HOME/ids.$k\"; done");
  for (int k = 1; k <= 5; ++k) {
    std::map<std::string, int> ids;
    const std::string text = read_file(box.root() + "/ids." + std::to_string(k)).value();
    for (const std::string_view line : split_lines(text)) ++ids[std::string(line)];
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_EQ(ids.begin()->second, 8);
  }
  EXPECT_EQ(field(box.ok({"list", "--json"}), "count"), "5");
}

// MASC_RACE_ROUNDS makes it longer: 1,000 take a few minutes.
int rounds() {
  const char* wanted = std::getenv("MASC_RACE_ROUNDS");
  return wanted == nullptr ? 30 : std::max(10, std::atoi(wanted) / 10 * 10);
}

TEST(Race, BesideGcRepackPackRefsAndKillsLosesNothingAcknowledged) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  const std::string state = box.repo() + "/.git/masc/state.git";
  const std::string count = std::to_string(rounds());
  at_once(box, 5,
          "if [ $N = 4 ]; then "
          "until [ -e \"$HOME/end.0\" ] && [ -e \"$HOME/end.1\" ] && [ -e \"$HOME/end.2\" ] && "
          "[ -e \"$HOME/end.3\" ]; do for d in .git '" +
              state +
              "'; do "
              "git --git-dir=$d gc -q --prune=now; git --git-dir=$d repack -adq; git --git-dir=$d "
              "pack-refs --all --prune; done; done 2> /dev/null; "
              "else for i in $(seq " +
              count +
              "); do if [ $((i % 10)) = 9 ]; then "
              "timeout -s KILL 0.00$((1 + (i / 10) % 6)) \"$MASC\" --agent a$N add killed --claim "
              "-q > /dev/null 2>&1; "
              "else "
              "id=$(\"$MASC\" --agent a$N add t --key r$i -q) && echo $id >> \"$HOME/added\" && "
              "if \"$MASC\" --agent a$N claim $id --no-worktree -q > /dev/null 2> "
              "\"$HOME/lost.$N\"; then echo \"$id a$N\" >> \"$HOME/claimed\"; "
              "else [ $? = 3 ] || cat \"$HOME/lost.$N\" >&2; fi; fi; done; "
              "touch \"$HOME/end.$N\"; fi 2>> \"$HOME/errors\"");
  const std::string errors = read_file(box.root() + "/errors").value_or("");
  const std::string added = read_file(box.root() + "/added").value();
  const std::string claimed = read_file(box.root() + "/claimed").value();
  const std::size_t tasks = static_cast<std::size_t>(rounds()) * 9 / 10;
  EXPECT_EQ(split_lines(added).size(), 4 * tasks) << errors;
  EXPECT_EQ(split_lines(claimed).size(), tasks) << errors;  // one winner each
  const std::string log = box.masc({"log", "--json"}).out;
  for (const std::string_view line : split_lines(claimed)) {
    const std::size_t space = line.find(' ');
    const std::string won =
        fmt::format("claim {} by {} (generation 1)", line.substr(0, space), line.substr(space + 1));
    EXPECT_NE(log.find(won), std::string::npos) << won;
  }
  const git::Finished fsck = box.try_git({"--git-dir=" + state, "fsck", "--full", "--no-dangling"});
  EXPECT_TRUE(fsck.ok()) << fsck.err;
  box.ok({"worktree", "prune"});  // takes away what the killed gits left half made
  const git::Finished own = box.try_git({"fsck", "--full", "--no-dangling"});
  EXPECT_TRUE(own.ok()) << own.out << own.err;
}

TEST(Race, OfFourForOneNewTaskHasOneWinnerEachTime) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  at_once(box, 4,
          "for i in $(seq 60); do id=$(\"$MASC\" --agent a$N add t --key r$i -q); "
          "\"$MASC\" --agent a$N claim $id --no-worktree -q > /dev/null 2>&1 && echo r$i >> "
          "\"$HOME/won\"; done");
  std::map<std::string, int> winners;
  const std::string text = read_file(box.root() + "/won").value();
  for (const std::string_view line : split_lines(text)) ++winners[std::string(line)];
  EXPECT_EQ(winners.size(), 60U);
  for (const auto& [key, count] : winners) EXPECT_EQ(count, 1) << key;
}

// Winner and losers meet in each other's fresh worktrees, since all are on the task's branch.
TEST(Race, OfThreeForALapsedClaimHasOneWinnerAndLeavesNothingOfTheOthers) {
  Sandbox box;
  box.git({"commit", "-q", "--allow-empty", "-m", "base"});
  box.ok({"init", "--no-hooks"});
  constexpr int kTasks = 8;
  for (int i = 0; i < kTasks; ++i) {
    const std::string id = box.ok({"--agent", "al", "add", "t", "-q"});
    EXPECT_TRUE(box.binary({"--agent", "al", "claim", id, "--lease", "1s"}).ok());
    EXPECT_TRUE(append_file(box.root() + "/tasks", id + "\n"));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  for (int i = 1; i <= kTasks; ++i) {
    at_once(box, 3,
            "id=$(sed -n " + std::to_string(i) +
                "p \"$HOME/tasks\"); \"$MASC\" --agent a$N inherit $id -q >> \"$HOME/won\" 2>> "
                "\"$HOME/lost\"");
  }
  const std::string won = read_file(box.root() + "/won").value();
  EXPECT_EQ(split_lines(won).size(), static_cast<std::size_t>(kTasks))
      << read_file(box.root() + "/lost").value();
  const std::string left = box.binary({"worktree", "list", "--json"}).out;
  EXPECT_EQ(left.find("\"task\":null"), std::string::npos) << left;
}

}  // namespace
}  // namespace masc::testing
