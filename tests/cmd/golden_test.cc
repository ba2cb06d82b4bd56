// Help and replies as people see them. MASC_ACCEPT=1 rewrites the files in golden/; read the diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>

#include "base/file.h"
#include "base/text.h"
#include "cmd/help.h"
#include "cmd/verb.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

void compare(const std::string& name, const std::string& text) {
  const std::string path = std::string(MASC_GOLDEN) + "/" + name;
  if (std::getenv("MASC_ACCEPT") != nullptr) {
    ASSERT_TRUE(write_file(path, text));
  }
  EXPECT_EQ(read_file(path).value_or("(no such file)"), text);
}

// Ids become m-ID1, m-ID2 … in order of appearance, times and object ids their kind.
std::string normalise(std::string text, const Sandbox& box) {
  for (std::size_t at; (at = text.find(box.root())) != std::string::npos;)
    text.replace(at, box.root().size(), "ROOT");
  text = std::regex_replace(text, std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"), "TIME");
  text = std::regex_replace(text, std::regex("[0-9]{8}T[0-9]{6}Z"), "STAMP");
  text = std::regex_replace(text, std::regex("\\b[0-9]{2}:[0-9]{2}Z"), "HH:MMZ");
  text = std::regex_replace(text, std::regex("\\b[0-9a-f]{40}\\b"), "COMMIT");
  text = std::regex_replace(text, std::regex("as [0-9a-f]{7}\\b"), "as SHORT");
  text = std::regex_replace(text, std::regex("[0-9a-f]{7}\\.\\.[0-9a-f]{7}"), "OLD..NEW");
  const std::regex id("m-[0-9a-hjkmnp-tv-z]{8}\\b");
  for (int number = 1;; ++number) {
    std::smatch found;
    if (!std::regex_search(text, found, id)) return text;
    const std::string one = found.str();
    const std::string name = "m-ID" + std::to_string(number);
    for (std::size_t at; (at = text.find(one)) != std::string::npos;)
      text.replace(at, one.size(), name);
  }
}

TEST(Golden, HelpOfEveryVerb) {
  std::string text = cmd::overview();
  for (const cmd::Verb* verb : cmd::verbs()) {
    verb->with([&](const std::vector<cmd::Param>& params, const auto&) {
      text += "\n--- " + std::string(verb->name) + "\n" + cmd::help_text(*verb, params);
    });
  }
  compare("help.txt", text);
}

TEST(Golden, RepliesOfADaysWork) {
  Sandbox box;
  std::string text;
  const auto say = [&](const std::vector<std::string>& args) {
    const cmd::Printed got = box.masc(args);
    text += "$ masc";
    for (const std::string& arg : args) text += " " + shell_quote(arg);
    text += "\n" + got.out + got.err;
    if (got.status != 0) text += "[" + std::to_string(got.status) + "]\n";
    return std::string(trim(got.out));
  };
  say({"list"});
  say({"init", "--no-hooks"});
  say({"add", "Fix login redirect", "-p", "1", "-l", "web"});
  const std::string id = field(box.ok({"list", "--json"}), "tasks.0.id");
  say({"add", "Write the tests", "--after", id});
  say({"list"});
  say({"--agent", "codex", "claim"});
  say({"--agent", "claude", "claim", id});
  say({"--agent", "claude", "claim"});
  say({"--agent", "codex", "note", "the cookie is to blame", "--decision", id});
  say({"--agent", "codex", "land", id});
  box.git({"commit", "-q", "--allow-empty", "-m", "work"}, box.ok({"worktree", "path", id}));
  say({"--agent", "codex", "renew", id});
  say({"--agent", "codex", "land", id, "--dry-run"});
  say({"status"});
  say({"show", id});
  say({"--agent", "codex", "release", id, "--note", "out of time"});
  say({"cancel", id});
  say({"reopen", id});
  say({"whoami"});
  say({"worktree", "list"});
  compare("replies.txt", normalise(text, box));
}

}  // namespace
}  // namespace masc::testing
