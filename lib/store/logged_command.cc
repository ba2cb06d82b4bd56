#include "store/logged_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace masc::store {
namespace {

constexpr off_t kTailBytes = 4'096;
constexpr std::size_t kTailLines = 12;

// The last lines of the log.
std::string tail_of(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return "";
  const off_t size = lseek(file.get(), 0, SEEK_END);
  lseek(file.get(), std::max<off_t>(0, size - kTailBytes), SEEK_SET);
  const std::string end = read_all(file.get(), path).value_or("");
  auto lines = split_lines(end);
  if (size > kTailBytes && lines.size() > 1) lines.erase(lines.begin());
  if (lines.size() > kTailLines) lines.erase(lines.begin(), lines.end() - kTailLines);
  std::string text;
  for (const std::string_view line : lines) text += printable(line) + '\n';
  return text;
}

// The outer shell keeps the pipes until the command ends, so that the limit holds; the command and
// what it leaves running in the background write to the log only.
git::Command command_of(const LoggedCommand& run) {
  git::Command command;
  command.argv = {"sh",           "-c",        R"(sh -c "$1" >>"$2" 2>&1 </dev/null; exit $?)",
                  "masc-command", run.command, run.log};
  command.directory = run.directory;
  command.environment = run.environment.without_git();
  command.limit = run.limit;
  return command;
}

Error failure(const LoggedCommand& run, ErrorCode code, std::string_view how) {
  const std::string tail = tail_of(run.log);
  Error made = error(code, "{} {}: {}", run.what, how, printable(first_line(run.command)))
                   .fact("path", run.log)
                   .fact("output", tail);
  for (const std::string_view line : split_lines(tail))
    made.hints.push_back(fmt::format("| {}", line));
  return std::move(made).hint(fmt::format("all of its output: {}", shell_quote(run.log)));
}

}  // namespace

Result<void> run_logged(const LoggedCommand& run, ErrorCode failed) {
  MASC_CHECK(make_directories(std::string(dir_name(run.log))));
  MASC_TRY(const git::Finished finished, git::run(command_of(run)));
  if (finished.ok()) return {};
  if (finished.timed_out) {
    return fail(failure(run, ErrorCode::kTimedOut,
                        fmt::format("did not end within {}", format_duration(run.limit))));
  }
  return fail(failure(run, failed, fmt::format("failed with status {}", finished.status)));
}

Error commands_off(std::string_view what, std::string_view command) {
  return error(ErrorCode::kCommandsOff,
               "{} may not run here: {} (git config masc.commands is not true)", what,
               printable(first_line(command)))
      .hint("masc init --commands   (shows the policy's commands and allows them)");
}

}  // namespace masc::store
