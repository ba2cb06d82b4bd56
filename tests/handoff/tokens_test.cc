// The estimate of tokens beside counts of o200k_base.
#include "handoff/tokens.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace masc::testing {
namespace {

using handoff::estimate_tokens;

constexpr std::pair<std::string_view, int> kCounted[] = {
    {"I decided to use a monotonic clock here, because the wall clock jumps when somebody sets it; "
     "that's why the second test didn't fail before.",
     29},
    {"src/render/frame_buffer.cc: auto nextFrame = loadFrame(widgetQueue, maxRetries, "
     "kDefaultTimeout); // see FrameBufferTest",
     27},
    {"$ go test -race ./internal/parser/... -run TestParseHeader -count=1 \u2192 failed (1)", 23},
    {"lib/net/socket_pool.h:120:14: error: no member named 'acquireSlot' in 'SocketPool'; did you "
     "mean 'acquire_slot'?",
     33},
    {"commit 4f2a91c07bd3e8865a10ff7c2d9be4410c3d5e6f 2026-03-14T09:26:53.589793Z "
     "192.168.10.254:8443",
     60},
    {R"({"name":"left_pad","version":"1.3.0","files":["index.js","README.md"],"private":true})",
     27},
};

TEST(Tokens, TheEstimateIsOnTheSafeSideAndNotFarOff) {
  double estimated = 0;
  int counted = 0;
  for (const auto& [text, tokens] : kCounted) {
    EXPECT_GT(estimate_tokens(text), 0.94 * tokens) << text;
    EXPECT_LT(estimate_tokens(text), 1.25 * tokens) << text;
    estimated += estimate_tokens(text);
    counted += tokens;
  }
  EXPECT_GT(estimated, counted);
  EXPECT_LT(estimated, 1.1 * counted);
}

TEST(Tokens, AnArrowOrAShortFormIsNoWordOfItsOwn) {
  EXPECT_LT(estimate_tokens("a \u2192 b"), estimate_tokens("a b") + 1.7);
  EXPECT_LT(estimate_tokens("it doesn't"), estimate_tokens("it doesn") + 0.1);
}

}  // namespace
}  // namespace masc::testing
