// Whose lines a landing would take back: the decision, on small files.
#include "model/takeback.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace masc::model {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(std::string_view text) {
  Lines lines;
  for (const std::string_view line : split(text, '|')) lines.emplace_back(line);
  return text.empty() ? Lines{} : lines;
}

// A plain diff by the longest common subsequence.
FilePatch diff(const std::string& path, const Lines& a, const Lines& b) {
  std::vector<std::vector<std::size_t>> best(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;)
      best[i][j] = a[i] == b[j] ? best[i + 1][j + 1] + 1 : std::max(best[i + 1][j], best[i][j + 1]);
  }
  FilePatch patch{path, path, "1", "2", false, {}};
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i;
      ++j;
      continue;
    }
    Hunk hunk;
    const std::size_t from_i = i;
    const std::size_t from_j = j;
    while ((i < a.size() || j < b.size()) && !(i < a.size() && j < b.size() && a[i] == b[j])) {
      const bool take_old = j == b.size() || (i < a.size() && best[i + 1][j] >= best[i][j + 1]);
      if (take_old) {
        hunk.removed.push_back(a[i++]);
      } else {
        hunk.added.push_back(b[j++]);
      }
    }
    hunk.old_line = hunk.removed.empty() ? from_i : from_i + 1;
    hunk.new_line = hunk.added.empty() ? from_j : from_j + 1;
    patch.hunks.push_back(hunk);
  }
  return patch;
}

// What is taken back, as "text text", of one file in three states: where the work began, on the
// base, and after the landing.
std::string taken(const char* began, const char* base, const char* landed) {
  std::string all;
  for (const TakenBack& one : find_takebacks({diff("f", lines_of(began), lines_of(base))},
                                             {diff("f", lines_of(base), lines_of(landed))}))
    all += (all.empty() ? "" : " ") + std::string(one.returns ? "+" : "") + one.text;
  return all;
}

struct Case {
  const char* what;
  const char* began;
  const char* base;
  const char* landed;
  const char* taken;
};

TEST(Takebacks, AreLinesThatGoWithoutASuccessorOrGiveWayToWhatTheyReplaced) {
  const Case cases[] = {
      {"nothing of others'", "a|b|c", "a|b2|c", "a|b2|c|mine", ""},
      {"a landed line goes", "a|b|c", "a|new|b|c", "a|b|c", "new"},
      {"an old text is back", "a|limit = 1|c", "a|limit = 2|c", "a|limit = 1|c", "limit = 2"},
      {"an old file with a change of its own", "a|one|two|c", "a|one!|two|extra line|c",
       "a|one|mine|two|c", "one! extra line"},
      {"own words beside it", "a|limit = 1|old|c", "a|limit = 2|old|c", "a|limit = 1|fresh|c",
       "limit = 2"},
      {"a deleted line is back", "a|gone|c", "a|c", "a|gone|c", "+gone"},
      {"a line goes on", "a|b|c", "a|limit = 2|c", "a|limit = 3|c", ""},
      {"one that began before", "a|b|c", "a|b|c|new", "a|c|new", ""},
      {"moved", "a|b|c", "a|new line|b|c", "a|b|c|new line", ""},
      {"reformatted", "a|b", "a|call(x,y)|b", "a|  call( x, y )|b", ""},
      {"broken up", "a|b", "a|call(first, second)|b", "a|call(first,|second)|b", ""},
      {"joined", "a|b", "a|call(first,|second)|b", "a|call(first, second)|b", ""},
      {"brackets are nobody's", "a|b", "a|{|}||b", "a|b", ""},
      {"the base moved it only", "first line|b|c", "b|c|first line", "b|c", ""},
  };
  for (const Case& one : cases)
    EXPECT_EQ(taken(one.began, one.base, one.landed), one.taken) << one.what;
}

TEST(Takebacks, OfALineWhoseSuccessorComesFromTheTextBeforeIt) {
  // A merge that was resolved with --ours: similar to the landed line, and without anything of it.
  EXPECT_EQ(taken("int f(int x) { return x * 7; }", "int f(int x) { return check_overflow(x, 7); }",
                  "int f(int x) { return x * 7 + 1; }"),
            "int f(int x) { return check_overflow(x, 7); }");
  // Whoever takes both in has seen it.
  EXPECT_EQ(taken("int f(int x) { return x * 7; }", "int f(int x) { return check_overflow(x, 7); }",
                  "int f(int x) { return check_overflow(x, 7) + 1; }"),
            "");
}

TEST(Takebacks, NameTheLineOnTheBase) {
  const auto found = find_takebacks({diff("f", lines_of("a|b"), lines_of("a|x1|x2|b"))},
                                    {diff("f", lines_of("a|x1|x2|b"), lines_of("a|x1|b"))});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (TakenBack{"f", 3, "x2", false}));
}

TEST(Takebacks, OfAFileThatIsDeletedMovedOrMadeAgain) {
  const FilePatch grown = diff("f", lines_of("a"), lines_of("a|landed here"));
  FilePatch gone = diff("f", lines_of("a|landed here"), {});
  gone.new_path.clear();
  EXPECT_EQ(find_takebacks({grown}, {gone}).size(), 1U);
  FilePatch elsewhere = diff("g", {}, lines_of("a|landed here"));
  elsewhere.old_path.clear();
  EXPECT_TRUE(find_takebacks({grown}, {gone, elsewhere}).empty());
  FilePatch deleted = diff("f", lines_of("a|dead"), {});
  deleted.new_path.clear();
  FilePatch again = diff("f", {}, lines_of("a|dead"));
  again.old_path.clear();
  EXPECT_EQ(find_takebacks({deleted}, {again}).size(), 2U);
}

TEST(Takebacks, FollowARenameOfTheBase) {
  FilePatch renamed = diff("g", lines_of("a|b"), lines_of("a|new|b"));
  renamed.old_path = "f";
  EXPECT_EQ(find_takebacks({renamed}, {diff("g", lines_of("a|new|b"), lines_of("a|b"))}).size(),
            1U);
}

TEST(Takebacks, OfBinaryFilesAreKnownByTheirIds) {
  const FilePatch there{"f", "f", "old", "new", true, {}};
  const FilePatch back{"f", "f", "new", "old", true, {}};
  const FilePatch on{"f", "f", "new", "newer", true, {}};
  EXPECT_EQ(find_takebacks({there}, {back}).size(), 1U);
  EXPECT_TRUE(find_takebacks({there}, {on}).empty());
}

TEST(SaysSo, WhoRevertsNamesOrRemovesByName) {
  for (const char* message :
       {"Revert \"x\"", "undo the limit", "Back out the cache", "Remove f.cc, nobody uses it",
        "drop F.CC", "not like in 1234567", "m-7k3q9fxa was wrong", "Takeback: too slow"}) {
    EXPECT_TRUE(says_so(message, "src/f.cc", {"1234567890", "m-7k3q9fxa"})) << message;
  }
  for (const char* message : {"Merge branch 'main'", "fix login", "remove g.cc", "update f.cc", ""})
    EXPECT_FALSE(says_so(message, "src/f.cc", {"1234567890", "m-7k3q9fxa", ""})) << message;
}

}  // namespace
}  // namespace masc::model
