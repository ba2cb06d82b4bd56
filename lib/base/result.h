// Result<T>: a value, or an Error that says what happened and what to do next.
//
// A held lock, a lost race and a refused commit are ordinary answers here, not exceptions. The
// exit status and the retryable flag hang on the code alone, so they are decided in one place.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace masc {

// The contract's error codes; code_name() is the spelling that scripts see.
enum class ErrorCode {
  // 1: the environment
  kIo,
  kGit,
  kFormat,
  kNotARepository,
  // 2: usage
  kUsage,
  kInvalid,
  kAmbiguous,
  // 3: another agent holds it or won the race
  kHeld,
  kReserved,
  kLocked,
  kConflict,
  kBaseDirty,
  // 4: not found, or nothing to do
  kNotFound,
  kNoWorkspace,
  kNothingReady,
  kNothingToLand,
  kNothingClaimed,
  // 5: refused
  kClosed,
  kSuperseded,
  kBlocked,
  kNoClaim,
  kUncommitted,
  kCheckFailed,
  kSetupFailed,
  kCommandsOff,
  kRefused,
  // 6, 7, 70
  kBusy,
  kTimedOut,
  kUnwritable,
  kBug,
};

std::string_view code_name(ErrorCode code) noexcept;  // "held", "no_workspace", …
int exit_status(ErrorCode code) noexcept;             // the contract's 1 … 7, 70
bool retryable(ErrorCode code) noexcept;              // may succeed when simply repeated later

// One fact for programs: `json` is already encoded JSON.
struct Fact {
  std::string name;
  std::string json;
};

struct [[nodiscard]] Error {
  ErrorCode code;
  std::string message;             // one line, no "masc:" in front
  std::vector<std::string> hints;  // what to do next, one line each; never destroys anything
  std::vector<Fact> facts;

  // Builders, so that an error can be written where it is returned.
  Error hint(std::string text) &&;
  Error fact(std::string_view name, std::string_view text) &&;
  Error fact(std::string_view name, const char *text) && {
    return std::move(*this).fact(name, std::string_view(text));
  }
  Error fact(std::string_view name, long long number) &&;
  Error fact(std::string_view name, const std::vector<std::string> &list) &&;
  Error fact_json(std::string_view name, std::string json) &&;
};

template <class T>
using Result = tl::expected<T, Error>;

// fail(kHeld, "{} is held by {}", id, agent): the usual way to make an error.
template <class... Args>
Error error(ErrorCode code, fmt::format_string<Args...> text, Args &&...args) {
  return Error{code, fmt::format(text, std::forward<Args>(args)...), {}, {}};
}
template <class... Args>
tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args &&...args) {
  return tl::unexpected<Error>(error(code, text, std::forward<Args>(args)...));
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// An error of the operating system: kUnwritable for EROFS, EACCES and EPERM, else kIo.
Error os_error(int error_number, std::string_view what);

}  // namespace masc

#define MASC_CONCAT_(a, b) a##b
#define MASC_CONCAT(a, b) MASC_CONCAT_(a, b)
#define MASC_TRY_(tmp, declaration, ...)                   \
  auto tmp = (__VA_ARGS__);                                \
  if (!tmp) return tl::unexpected(std::move(tmp).error()); \
  declaration = std::move(*tmp)

// MASC_TRY(auto task, tasks.load(id)); — propagates the error, else declares `task`.
#define MASC_TRY(declaration, ...) \
  MASC_TRY_(MASC_CONCAT(masc_try_, __LINE__), declaration, __VA_ARGS__)

// MASC_CHECK(store.write(x)); — the same for Result<void>.
#define MASC_CHECK(...)                                     \
  do {                                                      \
    if (auto masc_check = (__VA_ARGS__); !masc_check)       \
      return tl::unexpected(std::move(masc_check).error()); \
  } while (false)
