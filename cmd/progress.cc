#include "cmd/progress.h"

#include <unistd.h>

#include "base/file.h"

namespace masc::cmd {
namespace {

constexpr std::chrono::seconds kQuietTime{1};
constexpr std::chrono::milliseconds kPeriod{100};

void say(std::string_view text) {
  static_cast<void>(write_all(STDERR_FILENO, text, "standard error"));
}

}  // namespace

Progress::Progress(const Context& context, std::string what)
    : what_(std::move(what)),
      silent_(context.globals().json || context.globals().quiet ||
              !context.outside().error_terminal),
      next_(std::chrono::steady_clock::now() + kQuietTime) {}

Progress::~Progress() {
  if (shown_) say("\r\x1b[K");
}

void Progress::at(std::size_t done, std::size_t all) {
  if (silent_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kPeriod;
  shown_ = true;
  say(fmt::format("\r{} {} of {}", what_, grouped(done), grouped(all)));
}

std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace masc::cmd
