#include "store/landing_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "git/scratch.h"

namespace masc::store {
namespace {

constexpr off_t kTailBytes = 4'096;
constexpr std::size_t kTailLines = 12;

Error commands_off(std::string_view command) {
  return error(ErrorCode::kCommandsOff,
               "the check may not run here: {} (git config masc.commands is not true)",
               printable(first_line(command)))
      .hint("masc init --commands   (shows the policy's commands and allows them)");
}

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
git::Command command_of(const CheckRun& check, const std::string& directory) {
  git::Command command;
  command.argv = {"sh",         "-c",          R"(sh -c "$1" >>"$2" 2>&1 </dev/null; exit $?)",
                  "masc-check", check.command, check.log};
  command.directory = directory;
  command.environment = check.environment.without_git();
  command.environment.set("MASC_TASK", check.task);
  command.environment.set("MASC_AGENT", check.agent);
  command.limit = check.limit;
  return command;
}

Error failed(const CheckRun& check, ErrorCode code, std::string_view how) {
  const std::string tail = tail_of(check.log);
  Error made = error(code, "the check {}: {}", how, printable(first_line(check.command)))
                   .fact("path", check.log)
                   .fact("output", tail);
  for (const std::string_view line : split_lines(tail))
    made.hints.push_back(fmt::format("| {}", line));
  return std::move(made).hint(fmt::format("all of its output: {}", shell_quote(check.log)));
}

}  // namespace

Result<std::vector<std::string>> checks_of(const std::string& of_policy, const std::string& asked,
                                           bool human, bool allowed) {
  if (human && !asked.empty()) return std::vector{asked};
  std::vector<std::string> checks;
  if (!of_policy.empty()) checks.push_back(of_policy);
  if (!asked.empty() && asked != of_policy) checks.push_back(asked);
  if (!checks.empty() && !allowed) return fail(commands_off(checks.front()));
  return checks;
}

Result<void> run_check(const git::Repository& repository, const git::Git& git,
                       const CheckRun& check) {
  MASC_CHECK(make_directories(std::string(dir_name(check.log))));
  MASC_TRY(const git::Scratch scratch, git::Scratch::make(repository, git, check.commit));
  MASC_TRY(const git::Finished finished, git::run(command_of(check, scratch.path())));
  if (finished.ok()) return {};
  if (finished.timed_out) {
    return fail(failed(check, ErrorCode::kTimedOut,
                       fmt::format("did not end within {}", format_duration(check.limit))));
  }
  return fail(failed(check, ErrorCode::kCheckFailed,
                     fmt::format("failed with status {}", finished.status)));
}

}  // namespace masc::store
