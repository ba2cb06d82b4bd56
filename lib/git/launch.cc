#include "git/launch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace masc::git {
namespace {

struct Failure {
  bool directory;
  int error;
};

// Made before the fork: after it only async-signal-safe calls are allowed.
struct Plan {
  std::vector<char*> argv;
  std::vector<char*> environment;
  const Launch& launch;
  int report;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void give_up(int report, bool directory) {
  const Failure failure{directory, errno};
  [[maybe_unused]] const auto written = write(report, &failure, sizeof failure);
  _exit(127);
}

// The child's side of the fork. Signals are blocked until restore(): no handler of ours may run
// here, and SIGTTOU must not stop the change of the foreground group.
[[noreturn]] void become_command(const Plan& plan) {
  const Launch& launch = plan.launch;
  if (launch.own_group) setpgid(0, 0);
  if (launch.terminal >= 0) tcsetpgrp(launch.terminal, getpid());
  [[maybe_unused]] const auto ready = write(plan.report, "", 1);
  if (!launch.directory.empty() && chdir(launch.directory.c_str()) != 0) give_up(plan.report, true);
  launch.signals.restore();
  environ = const_cast<char**>(plan.environment.data());  // whose PATH execvp() uses
  execvp(plan.argv[0], plan.argv.data());
  give_up(plan.report, false);
}

// End of file if the child died before.
void await_ready(int report) {
  char ready;
  while (read(report, &ready, 1) < 0 && errno == EINTR) {
  }
}

bool is_path(std::string_view name) { return name.find('/') != std::string_view::npos; }

// The file that execvp() came upon, "" if there is none.
std::string locate(const Launch& launch) {
  const auto is_there = [&](const std::string& file) {
    return exists(launch.directory.empty() ? file : join_path(launch.directory, file));
  };
  const std::string& name = launch.argv[0];
  if (is_path(name)) return is_there(name) ? name : "";
  const std::string path = launch.environment.get("PATH");
  for (const std::string_view part : split(path, ':')) {
    std::string file = join_path(part.empty() ? "." : part, name);
    if (is_there(file)) return file;
  }
  return "";
}

CannotRun explain(const Launch& launch, int error) {
  const std::string name = printable(launch.argv[0]);
  const std::string file = locate(launch);
  const auto line = [&](std::string_view why) {
    return fmt::format("cannot run '{}': {}", name, why);
  };
  // EACCES is also what execvp() says when a directory of PATH can't be searched.
  if (file.empty() && !is_path(name)) return {127, line("not found in PATH")};
  if (error != ENOENT) return {126, line(std::strerror(error))};
  if (file.empty()) return {127, line(std::strerror(error))};
  return {126, line(fmt::format("'{}' or the interpreter it names is missing", printable(file)))};
}

}  // namespace

Result<std::optional<CannotRun>> Launched::failure(const Launch& launch) const {
  Failure failure{};
  if (read(report_.get(), &failure, sizeof failure) != sizeof failure) return std::nullopt;
  if (!failure.directory) return explain(launch, failure.error);
  return fail(os_error(failure.error, fmt::format("cannot enter '{}'", launch.directory)));
}

Result<Launched> launch(const Launch& launch) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(os_error(errno, "cannot make a pipe"));
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  const Plan plan{pointers(launch.argv), pointers(launch.environment.variables()), launch,
                  writer.get()};
  pid_t pid = -1;
  {
    const BlockedSignals blocked;
    pid = fork();
    if (pid == 0) become_command(plan);
  }
  if (pid < 0) return fail(os_error(errno, "cannot start a process"));
  writer.reset();
  // Before that nothing may be sent to its group; nor may we move the terminal later, when a shell
  // that runs there may have moved it on to its own jobs.
  await_ready(reader.get());
  return Launched(pid, std::move(reader));
}

}  // namespace masc::git
