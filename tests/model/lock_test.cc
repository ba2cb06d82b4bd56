#include "model/lock.h"

#include <gtest/gtest.h>

#include <bitset>
#include <map>
#include <random>

#include "base/text.h"

namespace masc::model {
namespace {

const Instant kNow{std::chrono::seconds(1'700'000'000)};

PathSet paths_of(std::string_view text) {
  return looks_like_glob(text) ? PathSet::glob(text).value() : PathSet::path(text);
}
Lock lock_of(std::string_view text, LockMode mode, std::string agent) {
  return {paths_of(text), mode, std::move(agent), {}, 0, kNow, kNow + std::chrono::minutes(45)};
}
LockWish wish_of(std::vector<std::string> texts, LockMode mode, std::string agent) {
  LockWish wish;
  for (const std::string& text : texts) wish.paths.push_back(paths_of(text));
  wish.mode = mode;
  wish.agent = std::move(agent);
  wish.granted = kNow;
  wish.expires = kNow + std::chrono::minutes(45);
  return wish;
}
bool always(const Lock&) { return true; }
bool never(const Lock&) { return false; }

constexpr LockMode kX = LockMode::kExclusive;
constexpr LockMode kS = LockMode::kShared;

// Pairs of path sets, and whether they share a path.
struct PairCase {
  const char* held;
  const char* wanted;
  bool share;
};
constexpr PairCase kPairs[] = {
    {"src/a.cc", "src/a.cc", true},     // file, file
    {"src/a.cc", "src/b.cc", false},    //
    {"src/a", "src/ab", false},         // no folder, only a beginning
    {"src", "src/a.cc", true},          // folder, file
    {"src/a.cc", "src", true},          //
    {"lib", "src/a.cc", false},         //
    {".", "src/a.cc", true},            // the root
    {"src", "src/deep", true},          // folder, folder
    {"src", "lib", false},              //
    {"src/*.cc", "src/a.cc", true},     // glob, file
    {"src/*.cc", "src/a.h", false},     //
    {"*.cc", "lib/deep/a.cc", true},    //
    {"src/*.cc", "src", true},          // glob, folder
    {"src/*.cc", "lib", false},         //
    {"*.cc", "lib", true},              // there may be one below
    {"src/*.cc", "src/**/*.cc", true},  // glob, glob
    {"src/*.cc", "src/*.h", false},     //
    {"src/**", "**/a.cc", true},        //
    {"src/a*", "src/*b", true},         //
};

TEST(LockMatrix, ModesTimesKindsTimesHoldersTimesLife) {
  for (const PairCase& pair : kPairs) {
    for (const LockMode held : {kX, kS}) {
      for (const LockMode wanted : {kX, kS}) {
        for (const bool same : {true, false}) {
          for (const bool live : {true, false}) {
            LockTable table;
            table.locks.push_back(lock_of(pair.held, held, "al"));
            const LockWish wish = wish_of({pair.wanted}, wanted, same ? "al" : "bo");
            const bool both_shared = held == kS && wanted == kS;
            const bool refused = pair.share && !both_shared && !same && live;
            const auto blockers = in_the_way(table, wish, live ? always : never);
            EXPECT_EQ(!blockers.empty(), refused)
                << pair.held << " " << pair.wanted << " " << mode_name(held) << " "
                << mode_name(wanted) << " " << same << live;
            if (refused) continue;
            // A dead lock in the way goes, another's that is not stays.
            const LockTable next = with_wish(table, wish);
            const bool replaced = pair.share && !both_shared && !same;
            const bool merged = same && paths_of(pair.held) == paths_of(pair.wanted);
            EXPECT_EQ(next.locks.size(), replaced || merged ? 1U : 2U) << pair.held << pair.wanted;
          }
        }
      }
    }
  }
}

TEST(LockMatrix, IsSymmetric) {
  for (const PairCase& pair : kPairs) {
    EXPECT_EQ(paths_of(pair.held).overlaps(paths_of(pair.wanted)), pair.share) << pair.held;
    EXPECT_EQ(paths_of(pair.wanted).overlaps(paths_of(pair.held)), pair.share) << pair.wanted;
  }
}

TEST(LockTable, SecondWishForAHeldPathNamesTheHolderAndChangesNothing) {
  const LockTable table = with_wish({}, wish_of({"a", "b"}, kX, "al"));
  const auto blockers = in_the_way(table, wish_of({"c", "b"}, kX, "bo"), always);
  ASSERT_EQ(blockers.size(), 1U);
  EXPECT_EQ(blockers[0].agent, "al");
  EXPECT_EQ(blockers[0].paths.text(), "b");
}

TEST(LockTable, ReentrantRequestsRenewAndOnlyGoUp) {
  LockTable table = with_wish({}, wish_of({"a"}, kS, "al"));
  table = with_wish(table, wish_of({"a"}, kX, "al"));
  EXPECT_EQ(table.locks.at(0).mode, kX);
  LockWish later = wish_of({"a"}, kS, "al");
  later.expires += std::chrono::hours(1);
  table = with_wish(table, later);
  ASSERT_EQ(table.locks.size(), 1U);
  EXPECT_EQ(table.locks[0].mode, kX);
  EXPECT_EQ(table.locks[0].expires, later.expires);
}

TEST(LockTable, TouchedPathsAreThoseCoveredAndThoseInTheWayOfAFolder) {
  EXPECT_TRUE(paths_of("src").touched_by("src/a"));
  EXPECT_TRUE(paths_of("src/a/b").touched_by("src/a"));  // a file where the folder was
  EXPECT_FALSE(paths_of("src/a").touched_by("src/ab"));
  EXPECT_TRUE(paths_of(".").touched_by("any"));
  EXPECT_TRUE(paths_of("*.cc").touched_by("src/a.cc"));
  EXPECT_FALSE(paths_of("*.cc").touched_by("src"));
}

TEST(LockTable, WithinAFolder) {
  EXPECT_TRUE(paths_of("src/a").is_within(paths_of("src")));
  EXPECT_TRUE(paths_of("src/**/*.cc").is_within(paths_of("src")));
  EXPECT_TRUE(paths_of("*.cc").is_within(paths_of(".")));
  EXPECT_FALSE(paths_of("*.cc").is_within(paths_of("src")));
  EXPECT_FALSE(paths_of("src").is_within(paths_of("src/a")));
  EXPECT_TRUE(paths_of("*.cc").is_within(paths_of("*.cc")));
}

TEST(LockTable, CaseIsFoldedWhereGitIgnoresIt) {
  EXPECT_TRUE(PathSet::path("SRC/A.cc", true).overlaps(PathSet::path("src/a.cc", true)));
  EXPECT_TRUE(PathSet::path("Src", true).touched_by("sRC/x"));
  EXPECT_TRUE(PathSet::path("SRC/A.CC", true).overlaps(PathSet::glob("src/*.cc", true).value()));
  EXPECT_FALSE(PathSet::path("SRC").overlaps(PathSet::path("src")));
}

TEST(LockTable, RoundTripsThroughACommitMessage) {
  LockTable table;
  table.locks = {{}, lock_of("src/**/*.cc", kS, "bo")};
  table.locks[0] = {PathSet::path(" odd \n \xc3\xbc\t\\"), kX, "al", {}, 0, kNow, kNow};
  table.locks[1].task = TaskId::parse("m-7k3q9fxa").value();
  table.locks[1].generation = 3;
  table.locks[1].expires = {};
  table.unknown = {{"Masc-Later", "x"}};
  const LockTable read = parse_locks(format_locks(table, "lock"), false).value();
  ASSERT_EQ(read.locks.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read.locks[i].paths, table.locks[i].paths);
    EXPECT_EQ(read.locks[i].mode, table.locks[i].mode);
    EXPECT_EQ(read.locks[i].agent, table.locks[i].agent);
    EXPECT_EQ(read.locks[i].task, table.locks[i].task);
    EXPECT_EQ(read.locks[i].generation, table.locks[i].generation);
    EXPECT_EQ(read.locks[i].expires, table.locks[i].expires);
  }
  EXPECT_EQ(read.unknown.size(), 1U);
  EXPECT_FALSE(parse_locks("lock\n\nMasc-Format: 2\n", false));
  EXPECT_FALSE(parse_locks("lock\n\nMasc-Format: 1\nMasc-Lock: exclusive path al\n", false));
}

// The naive reference: per path of a small universe, who holds it how.
class Reference {
 public:
  explicit Reference(std::size_t size) : holders_(size) {}
  bool free_for(const std::vector<std::size_t>& at, LockMode mode, const std::string& agent) const {
    for (const std::size_t i : at) {
      for (const auto& [holder, how] : holders_[i]) {
        if (holder.first != agent && (how == kX || mode == kX)) return false;
      }
    }
    return true;
  }
  void take(const std::vector<std::size_t>& at, LockMode mode, const std::string& agent,
            const std::string& text) {
    for (const std::size_t i : at) {
      LockMode& now = holders_[i].try_emplace({agent, text}, mode).first->second;
      if (mode == kX) now = kX;
    }
  }
  void give(const std::string& agent, const std::string& text) {
    for (auto& one : holders_) one.erase({agent, text});
  }

 private:
  std::vector<std::map<std::pair<std::string, std::string>, LockMode>> holders_;
};

TEST(LockTable, AgreesWithANaiveReferenceOver100000Operations) {
  const std::vector<std::string> texts = {"a",   "b",    "a/a", "a/b",   "b/a",   "a/a/b",
                                          "a/*", "*/a",  "*",   "a/**",  "**/b",  "/b*",
                                          "[a]", "/?/b", ".",   "a/a/a", "b/**/a"};
  std::vector<std::string> universe;
  for (const char* one : {"a", "b", "bb"}) {
    universe.emplace_back(one);
    for (const char* two : {"a", "b", "bb"}) {
      universe.push_back(fmt::format("{}/{}", one, two));
      for (const char* three : {"a", "b", "bb"}) {
        universe.push_back(fmt::format("{}/{}/{}", one, two, three));
        for (const char* four : {"a", "b"})
          universe.push_back(fmt::format("{}/{}/{}/{}", one, two, three, four));
      }
    }
  }
  std::map<std::string, std::vector<std::size_t>> covered;
  for (const std::string& text : texts) {
    const PathSet set = paths_of(text);
    for (std::size_t i = 0; i < universe.size(); ++i) {
      // A path and what is below it, not what is above.
      const bool in =
          set.is_glob() ? set.touched_by(universe[i]) : PathSet::path(universe[i]).is_within(set);
      if (in) covered[text].push_back(i);
    }
  }
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most - 1)(random);
  };
  LockTable table;
  Reference reference(universe.size());
  int granted = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string agent(1, static_cast<char>('p' + pick(4)));
    if (pick(5) < 3) {
      const std::string text = texts[pick(texts.size())];
      const PathSet paths = paths_of(text);
      table = without(table,
                      [&](const Lock& lock) { return lock.agent == agent && lock.paths == paths; });
      reference.give(agent, text);
      continue;
    }
    const LockMode mode = pick(2) == 0 ? kX : kS;
    std::vector<std::string> wanted = {texts[pick(texts.size())]};
    if (pick(3) == 0) wanted.push_back(texts[pick(texts.size())]);
    const LockWish wish = wish_of(wanted, mode, agent);
    bool free = true;
    for (const std::string& text : wanted)
      free = free && reference.free_for(covered[text], mode, agent);
    ASSERT_EQ(in_the_way(table, wish, always).empty(), free) << i << " " << wanted[0];
    if (!free) continue;
    ++granted;
    table = with_wish(table, wish);
    for (const std::string& text : wanted) reference.take(covered[text], mode, agent, text);
  }
  EXPECT_GT(granted, 5000);
}

}  // namespace
}  // namespace masc::model
