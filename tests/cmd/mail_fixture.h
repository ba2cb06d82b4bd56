// A workspace in which agents write to each other.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/sandbox.h"

namespace masc::testing {

class MailFixture : public ::testing::Test {
 protected:
  void SetUp() override { box.ok({"init", "--no-hooks"}); }
  std::string as(const std::string& agent, std::vector<std::string> args) {
    args.insert(args.begin(), {"--agent", agent});
    return box.ok(args);
  }
  cmd::Printed try_as(const std::string& agent, std::vector<std::string> args) {
    args.insert(args.begin(), {"--agent", agent, "--json"});
    return box.masc(args);
  }
  std::string code_of(const std::string& agent, std::vector<std::string> args) {
    return field(try_as(agent, std::move(args)).out, "error.code");
  }
  Sandbox box{"a répo with spaces"};
};

}  // namespace masc::testing
