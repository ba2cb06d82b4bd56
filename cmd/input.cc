#include "cmd/input.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "handoff/redact.h"
#include "model/fields.h"

namespace masc::cmd {
namespace {

constexpr std::size_t kMostBody = std::size_t{1} << 20;

std::vector<std::string> without_repeats(std::vector<std::string> all) {
  std::vector<std::string> out;
  for (std::string& one : all)
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(std::move(one));
  return out;
}

}  // namespace

Result<std::optional<std::string>> body_of(Context& context, const std::optional<std::string>& body,
                                           const std::optional<std::string>& file) {
  if (body && file) return fail(ErrorCode::kUsage, "-d and -F exclude each other");
  if (!body && !file) return std::nullopt;
  std::string text = body.value_or("");
  if (file && *file == "-") {
    MASC_TRY(text, read_at_most(context.outside().input, kMostBody, "standard input"));
  } else if (file) {
    MASC_TRY(text, read_file_at_most(join_path(context.directory(), *file), kMostBody));
  }
  MASC_CHECK(check_body(text, "body"));
  return text;
}

Result<std::vector<std::string>> check_labels(std::vector<std::string> labels) {
  for (const std::string& label : labels) MASC_CHECK(model::check_label(label));
  return without_repeats(std::move(labels));
}

Result<std::vector<std::string>> check_paths(std::vector<std::string> paths) {
  for (const std::string& path : paths) MASC_CHECK(model::check_glob(path));
  return without_repeats(std::move(paths));
}

Result<Duration> check_lease(Duration lease) {
  if (lease >= std::chrono::seconds(1) && lease <= std::chrono::hours(24 * 30)) return lease;
  return fail(ErrorCode::kInvalid, "a lease lasts from 1s to 30d, not {}", format_duration(lease));
}

Result<std::string> check_note(Context& context, const std::string& text, std::string_view what) {
  MASC_CHECK(model::check_note(text, what));
  Redacted out = redacted(text);
  for (const auto& [kind, count] : out.counts) {
    context.warn(fmt::format("{} in the {} was redacted{}", kind, what,
                             count == 1 ? "" : fmt::format(" {} times", count)));
  }
  return std::move(out.text);
}

Redacted redacted(const std::string& text) {
  handoff::Redactor redactor;
  Redacted out;
  redactor.redact(text, out.text);
  out.counts = redactor.counts();
  return out;
}

}  // namespace masc::cmd
