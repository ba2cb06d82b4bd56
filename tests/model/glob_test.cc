#include "model/glob.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "support/sandbox.h"

namespace masc::model {
namespace {

Glob glob(std::string_view pattern, bool fold = false) {
  return Glob::parse(pattern, fold).value();
}

// Every path of up to `depth` names.
std::vector<std::string> universe(const std::vector<std::string>& names, int depth) {
  std::vector<std::string> all;
  std::vector<std::string> last = {""};
  for (int i = 0; i < depth; ++i) {
    std::vector<std::string> next;
    for (const std::string& folder : last) {
      for (const std::string& name : names) next.push_back(folder + (i == 0 ? "" : "/") + name);
    }
    all.insert(all.end(), next.begin(), next.end());
    last = std::move(next);
  }
  return all;
}

const std::vector<std::string> kPatterns = {
    "a",      "/a",     "a/",           "a/b",   "a/b/",     "*",           "**",  "a/**",
    "**/b",   "a/**/b", "*.cc",         "/*.cc", "src/*.cc", "src/**/*.cc", "?b",  "[ab]b",
    "[!a]b",  "a*b",    "*a*b*",        "a/*/b", "**/a/**",  "a**b",        "*/b", "[a-c].cc",
    "\\*",    "a\\?b",  "[[:alpha:]]b", "[]a]b", "a/**/",    "**/",         "*/",  "a/*",
    "[b-a]b", "[b-]b",  "[a-b-c]b"};

TEST(Glob, CoversWhatGitIgnores) {
  testing::Sandbox box;
  std::vector<std::string> paths =
      universe({"a", "b", "ab", "src", "a.cc", "b.cc", "*", "a?b", "]b", "aXb"}, 3);
  paths.emplace_back("a/b/ab/b/src/a.cc");
  std::string input;
  for (const std::string& path : paths) input += path + '\0';
  for (const std::string& pattern : kPatterns) {
    box.write(".gitignore", pattern + "\n");
    git::Git git(box.environment(), box.repo());
    const auto answer = git.run({"check-ignore", "--no-index", "-z", "--stdin"}, input);
    ASSERT_TRUE(answer);
    std::vector<std::string> ignored;
    for (const std::string_view path : split(answer->out, '\0')) ignored.emplace_back(path);
    ignored.pop_back();
    std::vector<std::string> covered;
    for (const std::string& path : paths) {
      if (glob(pattern).covers(path)) covered.push_back(path);
    }
    EXPECT_EQ(covered, ignored) << pattern;
  }
}

TEST(Glob, RefusesWhatNothingCanBeHeldBy) {
  for (const char* bad : {"!a", "a//b", "a/../b", "./a", "[a", "a\\", "", "/", "[[:nope:]]"}) {
    EXPECT_FALSE(Glob::parse(bad)) << bad;
  }
  EXPECT_FALSE(Glob::parse(std::string(2000, 'a')));
}

TEST(Glob, OverlapsExactlyWhereAPathIsCoveredByBoth) {
  const std::vector<std::string> parts = {"a", "b", "*", "?", "a*", "*b", "**", "[ab]", "ab"};
  const std::vector<std::string> paths = universe({"a", "b", "ab", "ba", "aa", "bb", "aab"}, 4);
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most - 1)(random);
  };
  const auto make = [&] {
    std::string text = pick(3) == 0 ? "/" : "";
    for (std::size_t i = 0, n = 1 + pick(2); i < n; ++i) {
      text += (i == 0 ? "" : "/") + parts[pick(parts.size())];
    }
    return text + (pick(6) == 0 ? "/" : "");
  };
  for (int i = 0; i < 1500; ++i) {
    const std::string a = make();
    const std::string b = make();
    const Glob one = glob(a);
    const Glob two = glob(b);
    const bool shared = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return one.covers(path) && two.covers(path);
    });
    EXPECT_EQ(one.overlaps(two), shared) << a << " " << b;
    EXPECT_EQ(two.overlaps(one), shared) << b << " " << a;
  }
}

TEST(Glob, ThatIsTooDearToCompareCountsAsOverlapping) {
  std::string one = "/x";
  std::string two = "/y";
  for (int i = 0; i < 200; ++i) {
    one += "*a";
    two += "*b";
  }
  EXPECT_FALSE(glob("/x*a").overlaps(glob("/y*b")));
  EXPECT_FALSE(glob(one).overlaps(glob(two)));
  for (int i = 0; i < 200; ++i) {
    one += "*a";
    two += "*b";
  }
  EXPECT_TRUE(glob(one).overlaps(glob(two)));
}

TEST(Glob, FoldsTheLettersOfAscii) {
  EXPECT_TRUE(glob("SRC/*.CC", true).covers("src/a.cc"));
  EXPECT_TRUE(glob("src/[A-C].cc", true).covers("SRC/b.CC"));
  EXPECT_FALSE(glob("SRC/*.CC").covers("src/a.cc"));
}

TEST(Glob, EscapedPathsMatchThemselves) {
  for (const char* path : {"a[1].txt", "x*y", "what?", "b\\c", "!no", "#1"}) {
    EXPECT_TRUE(glob(escape_glob(path)).covers(path)) << path;
    EXPECT_FALSE(glob(escape_glob(path)).covers("other")) << path;
  }
}

}  // namespace
}  // namespace masc::model
