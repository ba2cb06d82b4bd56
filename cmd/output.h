// The one file that writes a reply: to stdout, and hints and warnings to stderr.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cmd/verb.h"

namespace masc::cmd {

// What a process leaves behind.
struct Printed {
  std::string out;
  std::string err;
  int status = 0;
  std::function<Result<void>()> afterwards = {};  // once all of it is written
};

inline constexpr std::size_t kMostLines = 20;

Printed print_reply(const Rendered& reply, bool json, bool quiet, std::string_view verb,
                    const std::vector<std::string>& warnings);
Printed print_error(const Error& error, bool json, const std::vector<std::string>& warnings);

// "claimed m-…" becomes "claimed m-… [2 unread: masc inbox]".
void add_unread(std::string& text, std::size_t unread);

// One line of a stream, now. False where nobody took it until the deadline; it may be cut then. kIo
// where the reader has gone.
Result<bool> print_line(int output, std::string_view line,
                        std::optional<std::chrono::steady_clock::time_point> deadline = {});

// Writes both streams. The process's exit status: a reader that has gone (EPIPE) changes nothing, a
// reply that could not be written otherwise, or what could not be done afterwards, makes a success
// a failure that stderr tells of.
int emit(const Printed& printed);

}  // namespace masc::cmd
