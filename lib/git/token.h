// The token of a claim's worktree: whose it is, in its own git directory.
//
// File `<git dir>/masc-token`, one field a line: key, one space, value up to the end of the line,
// values escaped as in model/trailers.h. Empty values have no line. Lines of unknown keys are
// kept as they are and written behind the known ones.
//
//   task m-7k3q9fxa        the task; always there
//   agent codex            its holder; always there
//   generation 2           the fencing token of the claim; always there
//   session 5f1c           the holder's session, if it has one
//   version 1f0c…          the task's ref as last seen to confirm this token
//   ended yes              the claim was released, done or landed
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace masc::git {

struct Token {
  std::string task;
  std::string agent;
  std::int64_t generation = 0;
  std::string session;
  std::string version;
  bool ended = false;
  std::vector<std::string> others;  // lines of unknown keys

  bool operator==(const Token&) const = default;
};

std::string token_path(const std::string& git_dir);
std::string format_token(const Token& token);
// kFormat names what is wrong, not where.
Result<Token> parse_token(std::string_view text);

// nullopt where there is none. kFormat names the path.
Result<std::optional<Token>> read_token(const std::string& git_dir);
// Readers see the old token or the new one.
Result<void> write_token(const std::string& git_dir, const Token& token);

}  // namespace masc::git
