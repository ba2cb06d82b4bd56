#include "model/id.h"

#include <gtest/gtest.h>

#include <random>

namespace masc::model {
namespace {

TEST(TaskId, TakesFourToTwentySixBase32Digits) {
  EXPECT_TRUE(TaskId::parse("m-7k3q"));
  EXPECT_TRUE(TaskId::parse("m-" + std::string(26, 'z')));
  for (const char* bad : {"", "m-", "m-7k3", "7k3q9fxa", "M-7k3q", "m-7K3Q", "m-7k3i", "m-7k3l",
                          "m-7k3o", "m-7k3u", "m-7k3q/", "m-../../x", "m-7k3q ", "-m-7k3q"}) {
    EXPECT_FALSE(TaskId::parse(bad)) << bad;
  }
  EXPECT_FALSE(TaskId::parse("m-" + std::string(27, 'z')));
}

TEST(TaskId, ErrorNamesTheFirstBadByte) {
  const auto parsed = TaskId::parse("m-7k3u9");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("byte 5 ('u')"), std::string::npos)
      << parsed.error().message;
}

TEST(TaskId, IsMadeOfBitsMostSignificantFirst) {
  const unsigned char bytes[] = {0xFF, 0x00, 0x00, 0x00, 0x01, 0, 0, 0, 0};
  EXPECT_EQ(TaskId::from_bytes(bytes, 8).str(), "m-zw000001");
}

TEST(TaskId, FromRandomBytesAlwaysParses) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 1000; ++round) {
    unsigned char bytes[20];
    for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(random());
    const TaskId id = TaskId::from_bytes(bytes, 4 + random() % 22);
    EXPECT_EQ(TaskId::parse(id.str()).value(), id);
    EXPECT_EQ(task_of_branch("refs/heads/" + id.branch()), id);
  }
}

TEST(TaskId, NamesItsRefByItsLastDigit) {
  EXPECT_EQ(TaskId::parse("m-7k3q9fxa").value().ref(), "refs/masc/tasks/a/m-7k3q9fxa");
}

TEST(TaskOfBranch, KnowsOnlyClaimBranches) {
  EXPECT_EQ(task_of_branch("masc/m-7k3q").str(), "m-7k3q");
  EXPECT_TRUE(task_of_branch("main").empty());
  EXPECT_TRUE(task_of_branch("masc/other").empty());
  EXPECT_TRUE(task_of_branch("refs/tags/masc/m-7k3q").empty());
}

TEST(AgentName, FollowsTheContract) {
  for (const char* good : {"a", "claude-1", "0x", "a.b_c-d"})
    EXPECT_TRUE(parse_agent_name(good)) << good;
  EXPECT_TRUE(parse_agent_name(std::string(64, 'a')));
  for (const char* bad :
       {"", "all", "A", "-a", ".a", "_a", "a..b", "a.", "a.lock", "a b", "a/b", "ä", "a\n"}) {
    EXPECT_FALSE(parse_agent_name(bad)) << bad;
  }
  EXPECT_FALSE(parse_agent_name(std::string(65, 'a')));
}

TEST(AgentSlug, IsAValidNameOrNothing) {
  EXPECT_EQ(agent_slug("Jane Doe"), "jane-doe");
  EXPECT_EQ(agent_slug("all"), "");
  EXPECT_EQ(agent_slug("???"), "");
  EXPECT_TRUE(parse_agent_name(agent_slug(std::string(80, 'x') + " y")));
}

}  // namespace
}  // namespace masc::model
