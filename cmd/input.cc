#include "cmd/input.h"

#include "base/file.h"
#include "base/text.h"

namespace masc::cmd {
namespace {

constexpr std::size_t kMostNoteBytes = std::size_t{64} << 10;

Result<void> check_path(const std::string& path) {
  MASC_CHECK(check_line(path, "path"));
  if (path[0] == '/')
    return fail(ErrorCode::kInvalid, "the path '{}' must be relative to the work tree", path);
  for (const std::string_view part : split(path, '/')) {
    if (part == "..")
      return fail(ErrorCode::kInvalid, "the path '{}' climbs out of the work tree", path);
    if (part == ".git") return fail(ErrorCode::kInvalid, "the path '{}' is git's own", path);
  }
  return {};
}

}  // namespace

Result<std::optional<std::string>> body_of(Context& context, const std::optional<std::string>& body,
                                           const std::optional<std::string>& file) {
  if (body && file) return fail(ErrorCode::kUsage, "-d and -F exclude each other");
  if (!body && !file) return std::nullopt;
  std::string text = body.value_or("");
  if (file && *file == "-") {
    MASC_TRY(text, read_all(context.outside().input, "standard input"));
  } else if (file) {
    MASC_TRY(text, read_file(join_path(context.directory(), *file)));
  }
  MASC_CHECK(check_body(text, "body"));
  return text;
}

Result<int> check_priority(int priority) {
  if (priority >= 0 && priority <= 4) return priority;
  return fail(ErrorCode::kInvalid, "the priority {} is not between 0 (first) and 4", priority);
}

Result<std::vector<std::string>> check_labels(std::vector<std::string> labels) {
  for (const std::string& label : labels) MASC_CHECK(check_line(label, "label", 128));
  return labels;
}

Result<std::vector<std::string>> check_paths(std::vector<std::string> paths) {
  for (const std::string& path : paths) MASC_CHECK(check_path(path));
  return paths;
}

Result<Duration> check_lease(Duration lease) {
  if (lease >= std::chrono::seconds(1) && lease <= std::chrono::hours(24 * 30)) return lease;
  return fail(ErrorCode::kInvalid, "a lease lasts from 1s to 30d, not {}", format_duration(lease));
}

Result<std::string> check_note(const std::string& text, std::string_view what) {
  MASC_CHECK(check_body(text, what, kMostNoteBytes));
  if (trim(text).empty()) return fail(ErrorCode::kInvalid, "the {} is empty", what);
  return text;
}

}  // namespace masc::cmd
