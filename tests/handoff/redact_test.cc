#include "handoff/redact.h"

#include <gtest/gtest.h>

namespace masc::testing {
namespace {

std::string redacted(const std::string& text, std::uint64_t count) {
  handoff::Redactor redactor;
  std::string out;
  redactor.redact(text, out);
  EXPECT_EQ(redactor.total(), count) << text;
  return out;
}

// Put together here, so that no scanner takes this file for a leak.
std::string make(const std::string& prefix, std::size_t length) {
  std::string text = prefix;
  for (std::size_t i = 0; i < length; ++i) text += "aB3dE5gH7j"[i % 10];
  return text;
}

TEST(Redact, PlantedSecretsAreTakenOut) {
  const std::string planted[] = {make("ghp_", 36),
                                 make("github_pat_", 40),
                                 make("glpat-", 20),
                                 make("sk-ant-", 40),
                                 make("sk-proj-", 40),
                                 make("sk_live_", 24),
                                 make("xoxb-", 40),
                                 make("AIza", 35),
                                 make("npm_", 36),
                                 make("hf_", 34),
                                 make("ya29.", 40),
                                 make("dckr_pat_", 27),
                                 make("eyJ", 20) + "." + make("", 30) + "." + make("", 30)};
  for (const std::string& secret : planted) {
    const std::string out = redacted("token " + secret + " end\n", 1);
    EXPECT_EQ(out.find(secret), std::string::npos) << out;
    EXPECT_NE(out.find("[redacted:"), std::string::npos) << out;
    EXPECT_TRUE(out.starts_with("token ") && out.ends_with(" end\n")) << out;
  }
  EXPECT_EQ(redacted("id AKIA" + std::string(16, 'Q') + ".\n", 1), "id [redacted:aws-key-id].\n");
}

TEST(Redact, PasswordsInUrlsAndVariablesGo) {
  EXPECT_EQ(redacted("git clone https://al:s3cret@host/x.git", 1),
            "git clone https://al:[redacted:url-password]@host/x.git");
  EXPECT_EQ(redacted("export DB_PASSWORD=hunter2222 && run", 1),
            "export DB_PASSWORD=[redacted:env-value] && run");
  EXPECT_EQ(redacted("API_TOKEN=\\\"abcdef123\\\"", 1), "API_TOKEN=\\\"[redacted:env-value]\\\"");
}

TEST(Redact, PrivateKeysGoOnOneLineAndOnMany) {
  const std::string head = std::string("-----BEGIN RSA ") + "PRIVATE KEY-----";
  const std::string tail = std::string("-----END RSA ") + "PRIVATE KEY-----";
  EXPECT_EQ(redacted("{\"a\":\"" + head + "\\nMIIE\\n" + tail + "\\n\"}", 1),
            "{\"a\":\"[redacted:private-key]\\n\"}");
  EXPECT_EQ(redacted("{\"a\":\"" + head + "\\nMIIE\"}", 1), "{\"a\":\"[redacted:private-key]\"}");
  handoff::Redactor redactor;
  std::string out;
  for (const std::string& line : {head + "\n", std::string("MIIE\n"), tail + " after\n"}) {
    redactor.redact(line, out);
  }
  EXPECT_EQ(out, "[redacted:private-key]\n\n after\n");
}

TEST(Redact, WhatOnlyLooksAlikeStays) {
  for (const char* text :
       {"task-management of sk-files", "https://host:8080/x@y", "PASSWORD=$SECRET",
        "TOKEN=", "std::string TOKEN=read(x)", "ghp_short", "a.eyJhbGci", "http://user@host/",
        "-----BEGIN CERTIFICATE-----", "MAX_TOKENS=4000"}) {
    EXPECT_EQ(redacted(text, 0), text);
  }
}

}  // namespace
}  // namespace masc::testing
