#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "cmd/dispatch.h"

extern char** environ;

namespace {

// A standard descriptor that is closed would be given to the next file that is opened, and what is
// meant for the reader be written into it. In its place comes one that fails.
void hold_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) != -1) continue;
    // The lowest free number is this one, since those below are open.
    static_cast<void>(open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();
  // Whoever reads a stream may go at any time; services start with this ignored.
  signal(SIGPIPE, SIG_DFL);
  // One short process: never give memory back in between.
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  mallopt(M_TOP_PAD, 1 << 20);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable)
    variables.emplace_back(*variable);
  masc::SystemClock clock;
  masc::cmd::Outside outside;
  outside.environment = masc::git::Environment(std::move(variables));
  outside.directory = masc::real_path(".").value_or("/");
  outside.clock = &clock;
  outside.terminal = isatty(STDOUT_FILENO) == 1;
  outside.error_terminal = isatty(STDERR_FILENO) == 1;
  outside.program = masc::read_symlink("/proc/self/exe").value_or("masc");
  const auto printed = masc::cmd::run_command(outside, std::vector<std::string>(argv, argv + argc));
  return masc::cmd::emit(printed);
}
