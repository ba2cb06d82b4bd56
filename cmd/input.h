// Texts given on the command line: from an option, a file or standard input; checked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cmd/context.h"

namespace masc::cmd {

// Of a file that is read whole: a device that never ends must not fill the memory.
inline constexpr std::size_t kMostFile = std::size_t{256} << 20;

// -d BODY or -F FILE ("-": standard input); nullopt if neither. kUsage for both, kInvalid,
// kNotFound.
Result<std::optional<std::string>> body_of(Context& context, const std::optional<std::string>& body,
                                           const std::optional<std::string>& file);
Result<std::vector<std::string>> check_labels(std::vector<std::string> labels);
// Globs of a task: relative, inside the work tree.
Result<std::vector<std::string>> check_paths(std::vector<std::string> paths);
Result<Duration> check_lease(Duration lease);
// A note or a reason, as it may be stored: UTF-8 text, not blank; secrets are taken out, with a
// warning that says so.
Result<std::string> check_note(Context& context, const std::string& text, std::string_view what);

struct Redacted {
  std::string text;
  std::map<std::string, std::uint64_t> counts;  // by kind
};
Redacted redacted(const std::string& text);

}  // namespace masc::cmd
