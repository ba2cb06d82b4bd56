#include "base/time.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

namespace masc {
namespace {

using namespace std::chrono;  // NOLINT: the whole file is about it

// Reads `width` digits at the front of `text` and takes them off.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, width)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Instant> read_time(std::string_view text) {
  const auto y = take_digits(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto mo = take_digits(text, 2);
  if (!mo || !take(text, '-')) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d || !take(text, 'T')) return std::nullopt;
  const auto h = take_digits(text, 2);
  if (!h || !take(text, ':')) return std::nullopt;
  const auto mi = take_digits(text, 2);
  if (!mi || !take(text, ':')) return std::nullopt;
  const auto s = take_digits(text, 2);
  if (!s) return std::nullopt;
  int ms = 0;
  if (take(text, '.')) {
    const auto fraction = take_digits(text, 3);
    if (!fraction) return std::nullopt;
    ms = *fraction;
  }
  if (text != "Z") return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)},
                            day{static_cast<unsigned>(*d)}};
  if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  return Instant{sys_days{date}.time_since_epoch() + hours{*h} + minutes{*mi} + seconds{*s} +
                 milliseconds{ms}};
}

// Appends the last `width` decimal digits of `value`. A table of locks holds two times a row, all
// of them written anew at each change, so this is by hand.
void put_digits(std::string& text, std::int64_t value, int width) {
  const std::size_t end = text.size() + static_cast<std::size_t>(width);
  text.resize(end);
  for (std::size_t at = end; width > 0; --width, value /= 10)
    text[--at] = static_cast<char>('0' + value % 10);
}

std::string format_parts(Instant at, bool exact) {
  const auto day_start = floor<days>(at);
  const year_month_day date{day_start};
  const hh_mm_ss clock{at - day_start};
  std::string text;
  text.reserve(std::string_view("2026-03-01T14:05:00.000Z").size());
  put_digits(text, static_cast<int>(date.year()), 4);
  text += '-';
  put_digits(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  put_digits(text, static_cast<unsigned>(date.day()), 2);
  text += 'T';
  put_digits(text, clock.hours().count(), 2);
  text += ':';
  put_digits(text, clock.minutes().count(), 2);
  text += ':';
  put_digits(text, clock.seconds().count(), 2);
  if (exact) {
    text += '.';
    put_digits(text, clock.subseconds().count(), 3);
  }
  text += 'Z';
  return text;
}

}  // namespace

Instant SystemClock::now() const { return floor<Duration>(system_clock::now()); }

std::string format_time(Instant at) { return format_parts(at, false); }
std::string format_time_exact(Instant at) { return format_parts(at, true); }

std::string format_time_short(Instant at, Instant now) {
  const auto distance = at > now ? at - now : now - at;
  if (distance > hours{12}) return format_time(at);
  return format_time(at).substr(11, 5) + "Z";
}

Result<Instant> parse_time(std::string_view text) {
  if (const auto at = read_time(text)) return *at;
  return fail(ErrorCode::kInvalid, "'{}' is no time of the form 2026-03-01T14:05:00Z", text);
}

Result<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, count);
  const bool digits = failed == std::errc{} && count > 0 && rest + 1 == end && text[0] != '-';
  constexpr std::int64_t kMost = 100LL * 365 * 24 * 3600;
  if (digits && count <= kMost) {
    switch (*rest) {
      case 's': return seconds{count};
      case 'm':
        if (count <= kMost / 60) return minutes{count};
        break;
      case 'h':
        if (count <= kMost / 3600) return hours{count};
        break;
      case 'd':
        if (count <= kMost / 86400) return days{count};
        break;
      default: break;
    }
  }
  return fail(error(ErrorCode::kInvalid, "'{}' is no duration", text)
                  .hint("write a whole number and a unit: 90s, 45m, 2h or 7d"));
}

std::string format_duration(Duration length) {
  const auto s = duration_cast<seconds>(length).count();
  if (s != 0 && s % 86400 == 0) return fmt::format("{}d", s / 86400);
  if (s != 0 && s % 3600 == 0) return fmt::format("{}h", s / 3600);
  if (s != 0 && s % 60 == 0) return fmt::format("{}m", s / 60);
  return fmt::format("{}s", s);
}

}  // namespace masc
