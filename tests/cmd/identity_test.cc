#include "cmd/identity.h"

#include <gtest/gtest.h>

namespace masc::cmd {
namespace {

IdentityFacts facts() {
  IdentityFacts f;
  f.known = [](const std::string&) { return false; };
  f.config = [](const std::string&) { return std::string(); };
  return f;
}

Result<Identity> who(std::vector<std::string> variables, const IdentityFacts& f) {
  return identify(git::Environment(std::move(variables)), f);
}

TEST(Identity, IsTakenFromTheFirstSourceThatSpeaks) {
  IdentityFacts f = facts();
  f.config = [](const std::string& name) {
    return std::string(name == "user.name" ? "Jane Doe" : "");
  };
  EXPECT_EQ(who({"USER=root"}, f)->agent, "jane-doe");
  f.config = [](const std::string& name) {
    return std::string(name == "masc.agent" ? "configured" : "Jane");
  };
  EXPECT_EQ(who({}, f)->agent, "configured");
  EXPECT_TRUE(who({}, f)->human);
  const auto session = who({"CLAUDE_CODE_SESSION_ID=abc"}, f);
  EXPECT_TRUE(session->agent.starts_with("claude-"));
  EXPECT_EQ(session->agent.size(), 7U + 6U);
  EXPECT_FALSE(session->human);
  f.token_agent = "holder";
  EXPECT_EQ(who({"CLAUDE_CODE_SESSION_ID=abc"}, f)->agent, "holder");
  EXPECT_EQ(who({"MASC_AGENT=named"}, f)->agent, "named");
  f.flag = "flagged";
  EXPECT_EQ(who({"MASC_AGENT=named"}, f)->agent, "flagged");
}

TEST(Identity, FallsBackToTheLoginName) {
  EXPECT_EQ(who({"USER=root"}, facts())->agent, "root");
  EXPECT_EQ(who({}, facts()).error().code, ErrorCode::kUsage);
}

TEST(Identity, OfAKnownSessionBeatsTheTokenOfAnother) {
  IdentityFacts f = facts();
  f.token_agent = "holder";
  f.known = [](const std::string&) { return true; };
  EXPECT_TRUE(who({"CODEX_SESSION_ID=abc"}, f)->agent.starts_with("codex-"));
}

TEST(Identity, IsTheSameForTheSameSessionAndAnotherForAnother) {
  const auto a = who({"CODEX_SESSION_ID=abc"}, facts());
  EXPECT_EQ(a->agent, who({"CODEX_SESSION_ID=abc"}, facts())->agent);
  EXPECT_NE(a->agent, who({"CODEX_SESSION_ID=abd"}, facts())->agent);
  EXPECT_EQ(a->session, "abc");
}

TEST(Identity, OfAClientWithoutSessionsMustBeNamedOutsideAWorktree) {
  IdentityFacts f = facts();
  const auto nobody = who({"GEMINI_CLI=1", "USER=x"}, f);
  ASSERT_FALSE(nobody);
  EXPECT_NE(nobody.error().hints[0].find("MASC_AGENT"), std::string::npos);
  f.token_agent = "holder";
  EXPECT_EQ(who({"GEMINI_CLI=1"}, f)->agent, "holder");
}

TEST(Identity, NamesAreChecked) {
  IdentityFacts f = facts();
  f.flag = "Not Valid";
  EXPECT_EQ(who({}, f).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace masc::cmd
