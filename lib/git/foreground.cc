#include "git/foreground.h"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "git/launch.h"
#include "git/terminal.h"

namespace masc::git {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

bool asks_for_terminal(int stop_signal) { return stop_signal == SIGTTIN || stop_signal == SIGTTOU; }

// One child with its process group and what it has of the terminal.
class Job {
 public:
  Job(const ForegroundOptions& options, SignalShield& shield);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Result<Ended> run();

 private:
  Result<Launched> start();
  Result<std::optional<int>> reap();  // the child's wait status, once it has ended
  std::optional<milliseconds> until_tick() const;
  void tick();

  void note(int number);
  void handle(const ArrivedSignal& signal);
  void send(int number) const;
  void on_stopped(int number);
  void suspend(int number);
  void stay(int number);
  void resume();

  const ForegroundOptions& options_;
  SignalShield& shield_;
  Terminal terminal_;
  Launch launch_;
  pid_t pid_ = -1;
  SteadyClock::time_point due_{};
  int interrupted_ = 0;
  bool hung_up_ = false;
};

Job::Job(const ForegroundOptions& options, SignalShield& shield)
    : options_(options),
      shield_(shield),
      terminal_(Terminal::controlling()),
      launch_{.argv = options.argv,
              .directory = options.directory,
              .environment = options.environment,
              .signals = shield.started_with(),
              .own_group = !terminal_ || terminal_.is_standard()} {
  if (options.directory.starts_with('/')) launch_.environment.set("PWD", options.directory);
  if (launch_.own_group) shield_.catch_stop(true);
}

Job::~Job() {
  terminal_.take_back();
  if (launch_.own_group) shield_.catch_stop(false);
}

Result<Launched> Job::start() {
  if (launch_.own_group && terminal_.is_ours()) {
    launch_.terminal = terminal_.fd();
    terminal_.lend();
  }
  return launch(launch_);
}

Result<Ended> Job::run() {
  MASC_TRY(const Launched child, start());
  pid_ = child.pid();
  due_ = SteadyClock::now() + options_.tick;
  std::optional<int> status;
  while (true) {
    MASC_TRY(status, reap());
    if (status) break;
    for (const ArrivedSignal& signal : shield_.wait(until_tick())) handle(signal);
    tick();
  }
  for (const ArrivedSignal& late : shield_.wait(milliseconds::zero())) note(late.number);
  const int signal = WIFSIGNALED(*status) ? WTERMSIG(*status) : 0;
  Ended ended{signal != 0 ? 128 + signal : WEXITSTATUS(*status), signal, interrupted_, ""};
  MASC_TRY(const std::optional<CannotRun> failure, child.failure(launch_));
  if (failure) {
    ended.status = failure->status;
    ended.exec_error = failure->why;
  }
  return ended;
}

Result<std::optional<int>> Job::reap() {
  int status = 0;
  const pid_t got = waitpid(pid_, &status, WNOHANG | (launch_.own_group ? WUNTRACED : 0));
  if (got < 0 && errno != EINTR) return fail(os_error(errno, "cannot wait for the command"));
  if (got <= 0) return std::nullopt;
  if (!WIFSTOPPED(status)) return status;
  on_stopped(WSTOPSIG(status));
  return std::nullopt;
}

// nullopt: no tick to wait for.
std::optional<milliseconds> Job::until_tick() const {
  if (options_.tick <= milliseconds::zero() || !options_.on_tick) return std::nullopt;
  const auto left = std::chrono::ceil<milliseconds>(due_ - SteadyClock::now());
  return std::max(left, milliseconds::zero());
}

void Job::tick() {
  if (until_tick() != milliseconds::zero()) return;
  options_.on_tick();
  due_ = SteadyClock::now() + options_.tick;
}

void Job::note(int number) {
  if (number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT) {
    interrupted_ = number;
  }
}

void Job::handle(const ArrivedSignal& signal) {
  const int number = signal.number;
  if (number == SIGCHLD) return;
  if (number == SIGCONT) return resume();
  note(number);
  // In a shared group the kernel has told the child, too.
  if (launch_.own_group || !signal.from_kernel) send(number);
}

void Job::send(int number) const {
  // A child that has moved to another group is still the one to tell.
  if (!launch_.own_group || kill(-pid_, number) != 0) kill(pid_, number);
}

void Job::on_stopped(int number) {
  if (!terminal_)
    return;  // no shell gave us one: nobody waits for us to stop, or would continue us
  const pid_t foreground = terminal_.foreground();
  const bool can_have_it = foreground == pid_ || terminal_.is_ours();
  if (!asks_for_terminal(number) || !can_have_it) return suspend(number);
  if (foreground != pid_) terminal_.give(pid_);
  send(SIGCONT);
}

// Stops us with the child, so that the shell above gets the terminal; the SIGCONT of its fg or bg
// leads to resume().
void Job::suspend(int number) {
  terminal_.take_back();
  // SIGSTOP would be for ever where nobody does job control; there the kernel drops the others.
  if (!shield_.stop_group(number == SIGSTOP ? SIGTSTP : number)) stay(number);
}

// The child has stopped and we can't: there is no shell above.
void Job::stay(int number) {
  if (terminal_.is_ours()) terminal_.give(pid_);
  if (number == SIGSTOP) return;  // somebody's will
  if (asks_for_terminal(number)) {
    // It will never come: what the kernel does with the stopped members of an orphaned group. Once;
    // a child that takes no notice would be stopped and continued for ever.
    if (std::exchange(hung_up_, true)) return;
    send(SIGHUP);
  }
  send(SIGCONT);
}

void Job::resume() {
  if (!launch_.own_group) return;  // the group was continued as a whole
  if (terminal_.is_ours()) {
    terminal_.give(pid_);
  } else if (terminal_.foreground() != pid_) {
    terminal_.forget();
  }
  send(SIGCONT);
}

}  // namespace

Result<Ended> run_foreground(const ForegroundOptions& options, SignalShield& shield) {
  if (options.argv.empty()) return fail(ErrorCode::kInvalid, "no command to run");
  return Job(options, shield).run();
}

}  // namespace masc::git
