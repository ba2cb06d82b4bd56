#include "model/trail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

namespace masc::model {
namespace {

const Instant kNoon = parse_time("2026-03-01T12:00:00Z").value();
const Policy kPolicy;
constexpr auto kDay = std::chrono::hours(24);

Deposit make(const std::string& path, TrailKind kind, const std::string& agent, Instant at,
             std::int64_t number, const std::string& clone = "00112233aabbccdd") {
  Deposit deposit;
  deposit.at = at;
  deposit.agent = agent;
  deposit.kind = kind;
  deposit.clone = clone;
  deposit.number = number;
  deposit.path = path;
  return deposit;
}

TEST(Trail, HalvesWithEveryHalfLifeOfItsKind) {
  const std::vector<Deposit> one = {make("a", TrailKind::kHazard, "codex", kNoon, 1)};
  const auto strength = [&](Duration age) {
    return read_trail(one, "a", TrailKind::kHazard, kPolicy, kNoon + age).strength;
  };
  EXPECT_DOUBLE_EQ(strength(Duration(0)), 1);
  EXPECT_DOUBLE_EQ(strength(3 * kDay), 0.5);
  EXPECT_DOUBLE_EQ(strength(6 * kDay), 0.25);
  EXPECT_DOUBLE_EQ(strength(-kDay), 1);
  EXPECT_DOUBLE_EQ(read_trail(one, "a", TrailKind::kSuccess, kPolicy, kNoon).strength, 0);
}

TEST(Trail, OfAFolderSumsUpWhatLiesBelowAndNothingElse) {
  std::vector<Deposit> all;
  for (const char* path : {"src", "src/a.cc", "src/x/b.cc", "src-old/c.cc", "srcx", "lib/src/d"})
    all.push_back(
        make(path, TrailKind::kSuccess, path, kNoon, static_cast<std::int64_t>(all.size() + 1)));
  const Trail src = read_trail(all, "src", TrailKind::kSuccess, kPolicy, kNoon);
  EXPECT_DOUBLE_EQ(src.strength, 3);
  EXPECT_EQ(src.deposits, 3);
  EXPECT_DOUBLE_EQ(read_trail(all, ".", TrailKind::kSuccess, kPolicy, kNoon).strength, 6);
}

TEST(Trail, OneNoisyAgentCannotDrownTheRest) {
  std::vector<Deposit> all;
  all.reserve(1001);
  for (int i = 0; i < 1000; ++i)
    all.push_back(make("a", TrailKind::kSuccess, "noisy", kNoon, i + 1));
  all.push_back(make("a", TrailKind::kSuccess, "calm", kNoon, 1001));
  EXPECT_DOUBLE_EQ(read_trail(all, "a", TrailKind::kSuccess, kPolicy, kNoon).strength,
                   kMostOfOneAgent + 1);
}

TEST(Deposit, SurvivesItsLine) {
  Deposit one = make("with space/ü\tx\\y", TrailKind::kExplored, "a.b-c_d", kNoon, 42);
  one.strength = 0.125;
  one.task = TaskId::parse("m-7k3q9fxa").value();
  one.note = "two\nlines\tand a tab";
  for (const std::int64_t count : {0, 7}) {
    one.count = count;
    const std::string line = format_deposit(one);
    EXPECT_EQ(line.find('\n'), line.npos);
    const auto read = parse_deposit(line);
    ASSERT_TRUE(read) << line;
    EXPECT_EQ(format_deposit(*read), line);
    EXPECT_EQ(read->path, one.path);
    EXPECT_EQ(read->note, one.note);
    EXPECT_EQ(read->count, count);
  }
}

TEST(Deposit, AnythingElseIsNone) {
  const std::string good = format_deposit(make("a", TrailKind::kHazard, "x", kNoon, 1));
  ASSERT_TRUE(parse_deposit(good));
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_FALSE(parse_deposit(good.substr(0, cut))) << good.substr(0, cut);
  for (const char* line :
       {"a note of a person", "2026-03-01T12:00:00Z x hazard nan 00112233aabbccdd.1 - a",
        "2026-03-01T12:00:00Z x success -1 00112233aabbccdd.1 - a",
        "2026-03-01T12:00:00Z x hazard 1 0011.1 - a",
        "2026-03-01T12:00:00Z x hazard 1 00112233aabbccdd.1+0 - a",
        "2026-03-01T12:00:00Z x hazard 1 00112233aabbccdd - a",
        "2026-03-01T12:00:00Z x joy 1 00112233aabbccdd.1 - a"}) {
    EXPECT_FALSE(parse_deposit(line)) << line;
  }
}

// A clone as far as trails go: lines, united on merge, and its own numbering.
struct Clone {
  std::string id;
  std::int64_t number = 0;
  std::set<std::string> lines;

  std::vector<Deposit> all() const {
    std::vector<Deposit> deposits;
    for (const std::string& line : lines) deposits.push_back(parse_deposit(line).value());
    return deposits;
  }
  void fold(std::int64_t keep, Instant now) {
    std::vector<Deposit> own;
    for (const Deposit& one : live_deposits(all())) {
      if (one.clone == id) own.push_back(one);
    }
    const std::int64_t last = number - keep;
    const auto sums = fold_deposits(own, last, kPolicy, now);
    if (sums.empty()) return;
    std::erase_if(lines, [&](const std::string& line) {
      const Deposit one = parse_deposit(line).value();
      return one.clone == id && one.number <= last;
    });
    for (const Deposit& sum : sums) lines.insert(format_deposit(sum));
  }
};

// Whatever clones deposited, folded and merged in whatever order: what one reads is the closed
// formula over the deposits that have reached it, each once.
TEST(Trails, ReadAsTheClosedFormulaAfterAnySequenceOfDepositsFoldsAndMerges) {
  const auto seed = static_cast<unsigned>(std::random_device()());
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  const auto below = [&](std::size_t limit) { return random() % limit; };
  const char* paths[] = {"a", "src/a.cc", "src/b.cc", "src/deep/c.cc", "."};
  for (int round = 0; round < 20; ++round) {
    std::vector<Clone> clones(2 + below(4));
    std::vector<std::set<std::pair<std::string, std::int64_t>>> reached(clones.size());
    std::vector<Deposit> truth;
    for (std::size_t c = 0; c < clones.size(); ++c)
      clones[c].id = "00000000000000" + std::to_string(10 + c);
    Instant now = kNoon;
    for (int step = 0; step < 120; ++step) {
      now += std::chrono::minutes(below(1200));
      const std::size_t c = below(clones.size());
      Clone& clone = clones[c];
      const std::size_t action = below(11);
      if (action == 10) {
        const auto lifts =
            lift_hazards(live_deposits(clone.all()), paths[below(5)], kPolicy, now, "q");
        for (Deposit lift : lifts) {
          lift.clone = clone.id;
          lift.number = ++clone.number;
          clone.lines.insert(format_deposit(lift));
          truth.push_back(lift);
          reached[c].insert({clone.id, clone.number});
        }
      } else if (action < 6) {
        Deposit one = make(paths[below(4)], kPathKinds[below(4)], "g" + std::to_string(below(3)),
                           now - std::chrono::minutes(below(100)), ++clone.number, clone.id);
        one.strength = 0.1 + static_cast<double>(below(30)) / 10;
        clone.lines.insert(format_deposit(one));
        truth.push_back(one);
        reached[c].insert({clone.id, clone.number});
      } else if (action < 8) {
        clone.fold(static_cast<std::int64_t>(below(4)), now);
      } else {
        const std::size_t other = below(clones.size());
        clone.lines.insert(clones[other].lines.begin(), clones[other].lines.end());
        reached[c].insert(reached[other].begin(), reached[other].end());
      }
      const std::vector<Deposit> live = live_deposits(clone.all());
      std::vector<Deposit> wanted;
      for (const Deposit& one : truth) {
        if (reached[c].contains({one.clone, one.number})) wanted.push_back(one);
      }
      const TrailKind kind = kPathKinds[below(4)];
      for (const std::string path : {"src/a.cc", "src", "."}) {
        const double read = read_trail(live, path, kind, kPolicy, now).strength;
        const double want = read_trail(wanted, path, kind, kPolicy, now).strength;
        ASSERT_NEAR(read, want, 0.01 * want + 1e-5) << path << " round " << round << "/" << step;
      }
    }
  }
}

// A lift is as much below nothing, so what lay there stays at nothing while both decay, folded or
// not; what comes later counts.
TEST(Trails, ALiftTakesBackWhatLayThereAndNoMore) {
  std::vector<Deposit> all = {make("src/a.cc", TrailKind::kHazard, "x", kNoon, 1),
                              make("src/b.cc", TrailKind::kHazard, "x", kNoon + kDay, 2),
                              make("src/a.cc", TrailKind::kHazard, "y", kNoon, 3),
                              make("lib/c.cc", TrailKind::kHazard, "x", kNoon, 4),
                              make("src/a.cc", TrailKind::kFailure, "x", kNoon, 5),
                              make("src/a.cc", TrailKind::kHazard, "x", kNoon + 3 * kDay, 6)};
  all[0].strength = 20;  // more than counts
  auto lifts = lift_hazards(all, "src", kPolicy, kNoon + 2 * kDay, "q-00000000");
  ASSERT_EQ(lifts.size(), 3U);
  std::int64_t number = 6;
  for (Deposit& lift : lifts) {
    lift.clone = all[0].clone;
    lift.number = ++number;
    const auto read = parse_deposit(format_deposit(lift));
    ASSERT_TRUE(read) << format_deposit(lift);
    all.push_back(*read);
  }
  EXPECT_TRUE(lift_hazards(all, "src", kPolicy, kNoon + 2 * kDay, "again").empty());
  auto folded = fold_deposits(all, number, kPolicy, kNoon + 4 * kDay);
  for (const auto& lines : {all, live_deposits(folded)}) {
    const auto strength = [&](const std::string& path, TrailKind kind, int days) {
      return read_trail(lines, path, kind, kPolicy, kNoon + days * kDay).strength;
    };
    EXPECT_NEAR(strength("src/a.cc", TrailKind::kHazard, 6), 0.5, 1e-6);
    EXPECT_NEAR(strength("src/b.cc", TrailKind::kHazard, 4), 0, 1e-6);
    EXPECT_NEAR(strength("lib", TrailKind::kHazard, 3), 0.5, 1e-6);
    EXPECT_NEAR(strength("src", TrailKind::kFailure, 7), 0.5, 1e-6);
  }
}

TEST(Trails, AFoldOfWhatHasDecayedToNothingKeepsItsMark) {
  std::vector<Deposit> old = {make("a", TrailKind::kExplored, "x", kNoon, 1)};
  const auto sums = fold_deposits(old, 1, kPolicy, kNoon + 300 * kDay);
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].strength, 0);
  old.push_back(sums[0]);
  EXPECT_EQ(read_trail(live_deposits(old), "a", TrailKind::kExplored, kPolicy, kNoon).strength, 0);
}

}  // namespace
}  // namespace masc::model
