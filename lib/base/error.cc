#include <cerrno>
#include <cstring>

#include "base/json.h"
#include "base/result.h"

namespace masc {
namespace {

struct CodeRow {
  std::string_view name;
  int status;
  bool retryable;
};

CodeRow row(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kIo: return {"io", 1, false};
    case ErrorCode::kGit: return {"git", 1, false};
    case ErrorCode::kFormat: return {"format", 1, false};
    case ErrorCode::kNotARepository: return {"not_a_repository", 1, false};
    case ErrorCode::kUsage: return {"usage", 2, false};
    case ErrorCode::kInvalid: return {"invalid", 2, false};
    case ErrorCode::kAmbiguous: return {"ambiguous", 2, false};
    case ErrorCode::kHeld: return {"held", 3, true};
    case ErrorCode::kReserved: return {"reserved", 3, true};
    case ErrorCode::kLocked: return {"locked", 3, true};
    case ErrorCode::kConflict: return {"conflict", 3, false};
    case ErrorCode::kBaseDirty: return {"base_dirty", 3, true};
    case ErrorCode::kNotFound: return {"not_found", 4, false};
    case ErrorCode::kNoWorkspace: return {"no_workspace", 4, false};
    case ErrorCode::kNothingReady: return {"nothing_ready", 4, true};
    case ErrorCode::kNothingToLand: return {"nothing_to_land", 4, false};
    case ErrorCode::kNothingClaimed: return {"nothing_claimed", 4, false};
    case ErrorCode::kClosed: return {"closed", 5, false};
    case ErrorCode::kSuperseded: return {"superseded", 5, false};
    case ErrorCode::kBlocked: return {"blocked", 5, true};
    case ErrorCode::kNoClaim: return {"no_claim", 5, false};
    case ErrorCode::kUncommitted: return {"uncommitted", 5, false};
    case ErrorCode::kCheckFailed: return {"check_failed", 5, false};
    case ErrorCode::kSetupFailed: return {"setup_failed", 5, false};
    case ErrorCode::kCommandsOff: return {"commands_off", 5, false};
    case ErrorCode::kRefused: return {"refused", 5, false};
    case ErrorCode::kBusy: return {"busy", 6, true};
    case ErrorCode::kTimedOut: return {"timed_out", 6, true};
    case ErrorCode::kUnwritable: return {"unwritable", 7, false};
    case ErrorCode::kBug: return {"bug", 70, false};
  }
  return {"bug", 70, false};
}

}  // namespace

std::string_view code_name(ErrorCode code) noexcept { return row(code).name; }
int exit_status(ErrorCode code) noexcept { return row(code).status; }
bool retryable(ErrorCode code) noexcept { return row(code).retryable; }

Error Error::hint(std::string text) && {
  hints.push_back(std::move(text));
  return std::move(*this);
}
Error Error::fact(std::string_view name, std::string_view text) && {
  facts.push_back({std::string(name), json_string(text)});
  return std::move(*this);
}
Error Error::fact(std::string_view name, long long number) && {
  facts.push_back({std::string(name), std::to_string(number)});
  return std::move(*this);
}
Error Error::fact(std::string_view name, const std::vector<std::string>& list) && {
  JsonWriter json;
  json.strings(list);
  facts.push_back({std::string(name), json.take()});
  return std::move(*this);
}
Error Error::fact_json(std::string_view name, std::string json) && {
  facts.push_back({std::string(name), std::move(json)});
  return std::move(*this);
}

Error os_error(int error_number, std::string_view what) {
  const bool unwritable = error_number == EROFS || error_number == EACCES || error_number == EPERM;
  return error(unwritable ? ErrorCode::kUnwritable : ErrorCode::kIo, "{}: {}", what,
               std::strerror(error_number));
}

}  // namespace masc
