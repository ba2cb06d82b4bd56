#include "model/fields.h"

#include "base/text.h"

namespace masc::model {
namespace {

constexpr std::size_t kMostNoteBytes = std::size_t{64} << 10;

}  // namespace

Result<int> check_priority(std::int64_t priority) {
  if (priority >= 0 && priority <= 4) return static_cast<int>(priority);
  return fail(ErrorCode::kInvalid, "the priority {} is not between 0 (first) and 4", priority);
}

Result<void> check_label(std::string_view label) { return check_line(label, "label", 128); }

Result<void> check_key(std::string_view key) { return check_line(key, "key", 256); }

Result<void> check_glob(const std::string& pattern) {
  MASC_CHECK(check_line(pattern, "path"));
  if (pattern[0] == '/')
    return fail(ErrorCode::kInvalid, "the path '{}' must be relative to the work tree", pattern);
  for (const std::string_view part : split(pattern, '/')) {
    if (part == "..")
      return fail(ErrorCode::kInvalid, "the path '{}' climbs out of the work tree", pattern);
    if (part == ".git") return fail(ErrorCode::kInvalid, "the path '{}' is git's own", pattern);
  }
  return {};
}

Result<void> check_note(std::string_view text, std::string_view what) {
  MASC_CHECK(check_body(text, what, kMostNoteBytes));
  if (trim(text).empty()) return fail(ErrorCode::kInvalid, "the {} is empty", what);
  return {};
}

}  // namespace masc::model
