// Time: instants in UTC, durations, their text forms, and the clock that verbs are given.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace masc {

using Duration = std::chrono::milliseconds;
// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds (std::chrono::system_clock).
using Instant = std::chrono::time_point<std::chrono::system_clock, Duration>;

// Where a verb gets the time from; tests hand in their own.
struct Clock {
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};
struct SystemClock final : Clock {
  Instant now() const override;
};

// RFC 3339 in UTC, whole seconds: "2026-03-01T14:05:00Z".
std::string format_time(Instant at);
// The same with milliseconds, as stored: "2026-03-01T14:05:00.250Z".
std::string format_time_exact(Instant at);
// Short for people: "14:05Z" if `at` is within 12 hours of `now`, else the whole second form.
std::string format_time_short(Instant at, Instant now);
// Reads both forms. kInvalid.
Result<Instant> parse_time(std::string_view text);

// "90s", "45m", "2h", "7d"; a positive whole number and one unit. kInvalid.
Result<Duration> parse_duration(std::string_view text);
// The shortest of these forms without loss of seconds: 90 s → "90s", 120 s → "2m".
std::string format_duration(Duration length);

}  // namespace masc
