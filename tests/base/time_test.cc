#include "base/time.h"

#include <gtest/gtest.h>

#include <random>

namespace masc {
namespace {

using namespace std::chrono_literals;

TEST(Time, FormatsAndParsesUtc) {
  const Instant at{Duration(1'772'374'500'250)};
  EXPECT_EQ(format_time(at), "2026-03-01T14:15:00Z");
  EXPECT_EQ(format_time_exact(at), "2026-03-01T14:15:00.250Z");
  EXPECT_EQ(parse_time("2026-03-01T14:15:00.250Z").value(), at);
}

TEST(Time, ReadsBackWhatItWrites) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const Instant at{Duration(static_cast<std::int64_t>(random() % 4'000'000'000'000ULL))};
    EXPECT_EQ(parse_time(format_time_exact(at)).value(), at);
  }
}

TEST(Time, RefusesOtherForms) {
  for (const char* bad :
       {"", "2026-03-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-03-01T24:00:00Z",
        "2026-03-01T14:15:00", "2026-03-01T14:15:00+01:00", "2026-03-01T14:15:00.25Z",
        "2026-03-01T14:15:00Zx"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(Time, IsShortForPeopleWhenItIsNear) {
  const Instant now = parse_time("2026-03-01T14:15:00Z").value();
  EXPECT_EQ(format_time_short(now + 45min, now), "15:00Z");
  EXPECT_EQ(format_time_short(now + 24h, now), "2026-03-02T14:15:00Z");
}

TEST(Duration, ReadsANumberAndAUnit) {
  EXPECT_EQ(parse_duration("90s").value(), 90s);
  EXPECT_EQ(parse_duration("45m").value(), 45min);
  EXPECT_EQ(parse_duration("2h").value(), 2h);
  EXPECT_EQ(parse_duration("7d").value(), 24h * 7);
}

TEST(Duration, RefusesEverythingElse) {
  for (const char* bad : {"", "5", "m", "-5m", "+5m", "5 m", "5min", "0m", "1.5h", "5M",
                          "99999999999999999999s", "9999999999d", "5m ", "0x5m"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Duration, IsWrittenInItsLargestWholeUnit) {
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(120s), "2m");
  EXPECT_EQ(format_duration(36h), "36h");
  EXPECT_EQ(format_duration(48h), "2d");
  EXPECT_EQ(format_duration(0s), "0s");
}

}  // namespace
}  // namespace masc
