#include "guard/message.h"

#include <gtest/gtest.h>

namespace masc::guard {
namespace {

const std::vector<std::string> kTrailers = {"Masc-Task: m-1234", "Masc-Agent: al"};
constexpr const char* kBoth = "Masc-Task: m-1234\nMasc-Agent: al\n";

TEST(Trailers, AreAParagraphOfTheirOwnBehindAPlainMessage) {
  EXPECT_EQ(add_trailers("Fix it\n", kTrailers), std::string("Fix it\n\n") + kBoth);
  EXPECT_EQ(add_trailers("Fix it", kTrailers), std::string("Fix it\n\n") + kBoth);
  EXPECT_EQ(add_trailers("Fix it\n\nBecause.\n", kTrailers),
            std::string("Fix it\n\nBecause.\n\n") + kBoth);
}

TEST(Trailers, JoinABlockThatIsThere) {
  EXPECT_EQ(add_trailers("Fix it\n\nSigned-off-by: A <a@b>\n", kTrailers),
            std::string("Fix it\n\nSigned-off-by: A <a@b>\n") + kBoth);
}

TEST(Trailers, DoNotTakeASubjectForABlock) {
  EXPECT_EQ(add_trailers("fix: it\n", kTrailers), std::string("fix: it\n\n") + kBoth);
}

TEST(Trailers, AreNotAddedTwice) {
  const std::string once = add_trailers("Fix it\n", kTrailers);
  EXPECT_EQ(add_trailers(once, kTrailers), once);
}

TEST(Trailers, ComeBeforeCommentsAndScissors) {
  EXPECT_EQ(add_trailers("Fix it\n\n# On branch x\n#\n", kTrailers),
            std::string("Fix it\n\n") + kBoth + "\n# On branch x\n#\n");
  const std::string cut =
      "# ------------------------ >8 ------------------------\ndiff --git a b\n+x\n";
  EXPECT_EQ(add_trailers("Fix it\n" + cut, kTrailers), std::string("Fix it\n\n") + kBoth + cut);
}

TEST(Trailers, LeaveAnEmptyMessageEmpty) {
  for (const char* empty : {"", "\n", "\n# Please enter the commit message\n#\n"}) {
    EXPECT_EQ(add_trailers(empty, kTrailers), empty);
  }
}

TEST(Trailers, KeepTheLineEndsOfTheFile) {
  EXPECT_EQ(add_trailers("Fix it\r\n", kTrailers),
            "Fix it\r\n\r\nMasc-Task: m-1234\r\nMasc-Agent: al\r\n");
}

}  // namespace
}  // namespace masc::guard
