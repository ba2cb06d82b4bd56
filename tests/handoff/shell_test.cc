#include "handoff/shell.h"

#include <gtest/gtest.h>

namespace masc::testing {
namespace {

using namespace handoff;

std::string ends(const std::string& line, std::optional<bool> success) {
  const auto commands = split_commands(line);
  std::string text;
  const auto all = outcomes(commands, success);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    text += (i > 0 ? "; " : "") + commands[i].text +
            (all[i] == Outcome::kOk       ? " +"
             : all[i] == Outcome::kFailed ? " -"
                                          : " ?");
  }
  return text;
}

TEST(Shell, AStatusSaysNoMoreThanItDoes) {
  const struct {
    const char* line;
    std::optional<bool> success;
    const char* ends;
  } cases[] = {
      {"make test", true, "make test +"},
      {"make test", false, "make test -"},
      {"make test", std::nullopt, "make test ?"},
      {"cd a && make", false, "cd a ?; make -"},
      {"make && make test", true, "make +; make test +"},
      {"make && make test", false, "make ?; make test ?"},
      {"make; make test", false, "make ?; make test -"},
      {"make | tail -3", true, "make ?; tail -3 +"},
      {"cd a && make 2>&1 | tail", true, "cd a +; make ?; tail +"},
      {"make || true", true, "make ?; true ?"},
      {"CI=1 sudo make >log 2>&1", false, "make -"},
      {"echo 'a && b'", true, "echo 'a && b' +"},
      {"cat <<'X' > f\nmake; rm\nX\nmake", true, "cat ?; make +"},
      {"", true, ""},
  };
  for (const auto& c : cases) EXPECT_EQ(ends(c.line, c.success), c.ends) << c.line;
}

TEST(Shell, CommandsHaveAKindAndATool) {
  EXPECT_EQ(kind_of("go test ./..."), CommandKind::kTest);
  EXPECT_EQ(kind_of("npm run test:unit"), CommandKind::kTest);
  EXPECT_EQ(kind_of("python -m pytest -q"), CommandKind::kTest);
  EXPECT_EQ(kind_of("cargo build"), CommandKind::kBuild);
  EXPECT_EQ(kind_of("npx --yes eslint ."), CommandKind::kLint);
  EXPECT_EQ(kind_of("git commit -m test"), CommandKind::kGit);
  EXPECT_EQ(kind_of("grep test file"), CommandKind::kLook);
  EXPECT_EQ(tool_of("npm run -s test"), "npm run test");
  EXPECT_EQ(tool_of("git -C x status"), "git status");
}

TEST(Shell, OnlyTheSameOrAllOfItCoversAFailure) {
  EXPECT_TRUE(covers("go test ./...", "go test ./a -run X"));
  EXPECT_TRUE(covers("go test ./a", "go test ./a"));
  EXPECT_FALSE(covers("go test ./b", "go test ./a"));
  EXPECT_FALSE(covers("go test ./a -run Y", "go test ./a"));
  EXPECT_TRUE(covers("go test ./a", "go test ./a -run X -v"));
  EXPECT_TRUE(covers("go test -run=X ./a", "go test ./a -run X -v"));
  EXPECT_FALSE(covers("go test ./a", "go test -tags=slow ./a"));
  EXPECT_FALSE(covers("gh pr diff 1 --name-only", "gh pr diff 1 --stat"));
}

TEST(Shell, ACommandShowsAFileWhereItDoesNothingElse) {
  const auto shown = [](const char* line) {
    const auto commands = split_commands(line);
    return std::string(shown_file(commands));
  };
  EXPECT_EQ(shown("cat src/a.c"), "src/a.c");
  EXPECT_EQ(shown("cd x && sed -n '1,80p' a.c | head -5"), "a.c");
  EXPECT_EQ(shown("cat a.c b.c"), "");
  EXPECT_EQ(shown("cat *.c"), "");
  EXPECT_EQ(shown("make && cat a.c"), "");
  EXPECT_EQ(shown("grep -n x a.c"), "");
}

}  // namespace
}  // namespace masc::testing
