// Plays masc for the tests of run_foreground(): in a session of its own, with a terminal or
// without.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "git/foreground.h"

namespace masc::git::stage {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{120};  // only a hung test waits that long

struct Pipe {
  Fd reader;
  Fd writer;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) abort();
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
  }
};

// What comes out of a descriptor, and a wait for words in it.
class Output {
 public:
  explicit Output(Fd fd) : fd_(std::move(fd)) {}

  // Reads up to and with `marker`; false at the end of the output or when patience is over.
  bool expect(std::string_view marker) {
    const auto deadline = Clock::now() + kPatience;
    while (Clock::now() < deadline) {
      if (const auto at = text_.find(marker, seen_); at != std::string::npos) {
        seen_ = at + marker.size();
        return true;
      }
      if (!read_more()) return false;
    }
    return false;
  }
  // The next line, or what is left at the end.
  std::string line() {
    const std::size_t from = seen_;
    if (!expect("\n")) seen_ = text_.size();
    return text_.substr(from, seen_ - from - (seen_ > from && text_[seen_ - 1] == '\n' ? 1 : 0));
  }
  void read_to_end() {
    while (read_more()) {
    }
  }
  const std::string& text() const { return text_; }
  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }

 private:
  bool read_more() {
    pollfd ready{fd_.get(), POLLIN, 0};
    const auto patience = std::chrono::milliseconds(kPatience).count();
    if (poll(&ready, 1, static_cast<int>(patience)) <= 0) return false;
    char buffer[4096];
    const ssize_t got = read(fd_.get(), buffer, sizeof buffer);  // EIO: a terminal nobody has open
    if (got > 0) text_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  Fd fd_;
  std::string text_;
  std::size_t seen_ = 0;
};

// "ended 0 by 0 told 0 " and exec_error.
inline std::string describe(const Result<Ended>& ended) {
  if (!ended) return "error " + ended.error().message;
  return fmt::format("ended {} by {} told {} {}", ended->status, ended->signal, ended->interrupted,
                     ended->exec_error);
}

inline ForegroundOptions command(std::vector<std::string> argv) {
  ForegroundOptions options;
  options.argv = std::move(argv);
  options.environment = Environment({"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"});
  return options;
}
inline ForegroundOptions script(std::string text) { return command({"sh", "-c", std::move(text)}); }

inline std::string run(const ForegroundOptions& options) {
  auto shield = SignalShield::raise();
  return describe(run_foreground(options, *shield));
}

// What a process playing masc does; what it returns becomes a line of its report.
using Part = std::function<std::string()>;

[[noreturn]] inline void play(const Part& part, int report) {
  const std::string text = part() + "\n";
  _exit(write_all(report, text, "the report") ? 0 : 1);
}

// A process without a terminal that plays masc.
class Player {
 public:
  explicit Player(const Part& part) : Player(part, Pipe(), Pipe()) {}
  ~Player() {
    kill(pid_, SIGKILL);
    wait();
  }
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  pid_t pid() const { return pid_; }
  void wait() {
    if (!std::exchange(ended_, true)) waitpid(pid_, nullptr, 0);
  }

 private:
  Player(const Part& part, Pipe shown, Pipe told)
      : out(std::move(shown.reader)), report(std::move(told.reader)) {
    pid_ = fork();
    if (pid_ == 0) {
      setsid();
      dup2(open("/dev/null", O_RDONLY), 0);
      dup2(shown.writer.get(), 1);
      play(part, told.writer.get());
    }
  }

 public:
  Output out;     // its standard output
  Output report;  // its last words

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
};

enum class Shell {
  kNone,        // masc leads the session, as under a terminal emulator
  kForeground,  // a shell runs it in the foreground,
  kBackground,  // or behind an "&"
  kOrphaning,   // as that, from a process that then goes away
};

// masc on a terminal, below a small job-control shell that obeys one-letter commands: f(g), b(g),
// F: fg without SIGCONT, w(ait).
class Screen {
 public:
  Screen(Shell above, const Part& part) : Screen(above, part, Pipe(), Pipe(), Pipe()) {}
  ~Screen() {
    out.close();  // hangs up
    orders_.reset();
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  bool type(std::string_view keys) { return write_all(out.fd(), keys, "the terminal").has_value(); }
  bool order(char letter) {
    return write_all(orders_.get(), {&letter, 1}, "the shell").has_value();
  }
  void resize(unsigned short rows, unsigned short columns) {
    const winsize size{rows, columns, 0, 0};
    ioctl(out.fd(), TIOCSWINSZ, &size);
  }

 private:
  Screen(Shell above, const Part& part, Pipe orders, Pipe answers, Pipe told)
      : out(Fd()), shell(std::move(answers.reader)), report(std::move(told.reader)) {
    int terminal = -1;
    pid_ = forkpty(&terminal, nullptr, nullptr, nullptr);
    if (pid_ == 0) {
      orders.writer.reset();
      if (above == Shell::kNone) play(part, told.writer.get());
      be_shell(above, part, orders.reader.get(), answers.writer.get(), std::move(told.writer));
    }
    fcntl(terminal, F_SETFD, FD_CLOEXEC);
    out = Output(Fd(terminal));
    orders_ = std::move(orders.writer);
  }

  [[noreturn]] static void be_shell(Shell above, const Part& part, int orders, int answers,
                                    Fd told);

 public:
  Output out;     // what the terminal shows
  Output shell;   // the shell's answers
  Output report;  // masc's last words

 private:
  Fd orders_;
  pid_t pid_ = -1;
};

// One job of the shell, in a group of its own.
struct ShellJob {
  pid_t pid = -1;
  int answers = -1;

  void tell(const std::string& text) const { (void)write_all(answers, text + "\n", "the answer"); }
  std::string state(int status) const {
    termios modes{};
    tcgetattr(0, &modes);
    const pid_t owner = tcgetpgrp(0);
    return fmt::format("{} {}, terminal: {}, echo: {}", WIFSTOPPED(status) ? "stopped" : "ended",
                       WIFSTOPPED(status)    ? WSTOPSIG(status)
                       : WIFSIGNALED(status) ? 128 + WTERMSIG(status)
                                             : WEXITSTATUS(status),
                       owner == pid         ? "masc"
                       : owner == getpgrp() ? "shell"
                                            : "other",
                       (modes.c_lflag & ECHO) != 0 ? "on" : "off");
  }
  // Says how it stopped or ended, and with whom the terminal was then; takes the terminal.
  void wait() const {
    int status = 0;
    waitpid(pid, &status, WUNTRACED);
    tell(state(status));
    tcsetpgrp(0, getpgrp());
  }
  void obey(char order) const {
    if (order == 'f' || order == 'F') tcsetpgrp(0, pid);
    if (order == 'F') tell("given");
    if (order == 'f' || order == 'b') kill(-pid, SIGCONT);
    if (order != 'b') wait();
  }
};

inline void Screen::be_shell(Shell above, const Part& part, int orders, int answers, Fd told) {
  for (const int number : {SIGTTOU, SIGTTIN, SIGTSTP}) signal(number, SIG_IGN);
  ShellJob job{fork(), answers};
  if (job.pid == 0) {
    setpgid(0, 0);
    if (above == Shell::kForeground) tcsetpgrp(0, getpid());
    for (const int number : {SIGTTOU, SIGTTIN, SIGTSTP}) signal(number, SIG_DFL);
    if (above == Shell::kOrphaning && fork() != 0) _exit(0);
    play(part, told.get());
  }
  setpgid(job.pid, job.pid);
  told.reset();
  if (above == Shell::kForeground || above == Shell::kOrphaning) job.wait();
  for (char order; read(orders, &order, 1) == 1;) job.obey(order);
  _exit(0);
}

}  // namespace masc::git::stage
