#include "git/token.h"

#include <gtest/gtest.h>

#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

Token sample() {
  Token token;
  token.task = "m-7k3q9fxa";
  token.agent = "codex";
  token.generation = 2;
  token.session = " a session\nwith two lines ";
  token.version = "0123456789012345678901234567890123456789";
  token.ended = true;
  token.others = {"color blue", "flag"};
  return token;
}

TEST(Token, IsReadAsItWasWritten) {
  const TempFolder folder;
  must(write_token(folder.path(), sample()));
  EXPECT_EQ(must(read_token(folder.path())), sample());
}

TEST(Token, IsOneFieldALine) {
  Token token = sample();
  token.session = token.version = "";
  token.ended = false;
  EXPECT_EQ(format_token(token), "task m-7k3q9fxa\nagent codex\ngeneration 2\ncolor blue\nflag\n");
}

TEST(Token, OfAWorktreeWithoutOneIsNone) {
  const TempFolder folder;
  EXPECT_EQ(must(read_token(folder.path())), std::nullopt);
  EXPECT_EQ(must(read_token(folder.path() + "/gone")), std::nullopt);
}

TEST(Token, DamagedIsAFormatErrorThatNamesThePath) {
  const TempFolder folder;
  for (const char* text :
       {"", "task m-7k3q9fxa\n", "task m-7k3q9fxa\nagent codex\ngeneration 2",
        "task x\nagent codex\ngeneration 2\n", "task m-7k3q9fxa\nagent CODEX\ngeneration 2\n",
        "task m-7k3q9fxa\nagent codex\ngeneration 0\n",
        "task m-7k3q9fxa\nagent codex\ngeneration 2x\n",
        "task m-7k3q9fxa\nagent codex\ngeneration 2\ngeneration 3\n",
        "task m-7k3q9fxa\nagent codex\ngeneration 2\nsession \\q\n",
        "task m-7k3q9fxa\nagent codex\ngeneration 2\nended maybe\n",
        "task m-7k3q9fxa\nagent codex\ngeneration 2\n\n"}) {
    must(write_file(token_path(folder.path()), text));
    const auto token = read_token(folder.path());
    ASSERT_TRUE(fails_with(ErrorCode::kFormat, token)) << text;
    EXPECT_NE(token.error().message.find(token_path(folder.path())), std::string::npos);
  }
}

}  // namespace
}  // namespace masc::git
