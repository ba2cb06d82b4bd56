#include "store/fitting.h"

#include <gtest/gtest.h>

#include "store/ports.h"

namespace masc::store {
namespace {

bool always(int) { return true; }

TEST(Ports, OfABlockAreAlignedAndInARow) {
  EXPECT_EQ(choose_ports(3, 0, {}, always), (std::vector{20000, 20001, 20002}));
  EXPECT_EQ(choose_ports(10, 7, {}, always).front(), 20070);
  EXPECT_TRUE(choose_ports(0, 7, {}, always).empty());
}

TEST(Ports, OfAnotherClaimOrServerAreNotGivenAgain) {
  EXPECT_EQ(choose_ports(2, 0, {20001}, always).front(), 20002);
  EXPECT_EQ(choose_ports(2, 0, {20001}, [](int port) { return port != 20003; }).front(), 20004);
}

TEST(Ports, GoRoundTheRangeOnce) {
  const auto last = static_cast<std::uint64_t>(kLastPort - kFirstPort);
  EXPECT_EQ(choose_ports(1, last, {}, always).front(), kLastPort);
  EXPECT_EQ(choose_ports(1, last, {kLastPort}, always).front(), kFirstPort);
  EXPECT_TRUE(choose_ports(1, 5, {}, [](int) { return false; }).empty());
}

TEST(Ports, AreWrittenShort) {
  EXPECT_EQ(format_ports({}), "");
  EXPECT_EQ(format_ports({20000}), "20000");
  EXPECT_EQ(format_ports({20000, 20001, 20002}), "20000-20002");
}

TEST(ClaimEnvironment, TellsTheClaimAndDropsWhatWasThere) {
  model::Task task;
  task.id = model::TaskId::parse("m-7k3q9fxa").value();
  task.claim.emplace();
  task.claim->agent = "codex";
  git::Environment outside({"MASC_PORT=1", "GIT_DIR=/x", "KEEP=1"});
  const git::Environment bare = claim_environment(outside, task);
  EXPECT_EQ(bare.get("MASC_AGENT"), "codex");
  EXPECT_EQ(bare.get("MASC_TASK"), "m-7k3q9fxa");
  EXPECT_FALSE(bare.has("MASC_PORT"));
  EXPECT_FALSE(bare.has("GIT_DIR"));
  task.claim->ports = {20000, 20001};
  const git::Environment with = claim_environment(outside, task);
  EXPECT_EQ(with.get("MASC_PORT"), "20000");
  EXPECT_EQ(with.get("MASC_PORTS"), "20000 20001");
  EXPECT_EQ(with.get("KEEP"), "1");
}

}  // namespace
}  // namespace masc::store
