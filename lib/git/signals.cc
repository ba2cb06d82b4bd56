#include "git/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>

namespace masc::git {
namespace {

// What the handler needs: the shield's pipe, and how often this process was continued.
std::atomic<int> queue_writer{-1};
std::atomic<unsigned> continues{0};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<unsigned>::is_always_lock_free);

void enqueue(int number, siginfo_t* info, void*) {
  const int saved = errno;
  // No pid alone isn't enough: senders outside a pid namespace have none either.
  const bool sent = info->si_code == SI_USER || info->si_code == SI_QUEUE || info->si_pid != 0;
  const ArrivedSignal arrived{number, !sent};
  if (number == SIGCONT) ++continues;
  [[maybe_unused]] const auto full = write(queue_writer, &arrived, sizeof arrived);
  errno = saved;
}

struct sigaction queueing() {
  struct sigaction action {};
  action.sa_sigaction = enqueue;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigfillset(&action.sa_mask);
  return action;
}

int poll_timeout(const std::optional<std::chrono::milliseconds>& patience) {
  if (!patience) return -1;
  return static_cast<int>(std::clamp<long long>(patience->count(), 0, INT_MAX));
}

}  // namespace

SignalState SignalState::current() {
  SignalState state;
  sigprocmask(SIG_SETMASK, nullptr, &state.mask);
  sigemptyset(&state.ignored);
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
      sigaddset(&state.ignored, number);
    }
  }
  return state;
}

void SignalState::restore() const {
  struct sigaction action {};
  for (int number = 1; number < NSIG; ++number) {
    action.sa_handler = sigismember(&ignored, number) == 1 ? SIG_IGN : SIG_DFL;
    sigaction(number, &action, nullptr);  // fails for those that can't be changed
  }
  sigprocmask(SIG_SETMASK, &mask, nullptr);
}

BlockedSignals::BlockedSignals() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &former_);
}

BlockedSignals::BlockedSignals(int number) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  sigprocmask(SIG_BLOCK, &one, &former_);
}

BlockedSignals::~BlockedSignals() { sigprocmask(SIG_SETMASK, &former_, nullptr); }

Result<SignalShield> SignalShield::raise(const SignalState& started_with) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail(os_error(errno, "cannot make a pipe"));
  return SignalShield(started_with, Fd(ends[0]), Fd(ends[1]));
}

SignalShield::SignalShield(const SignalState& started_with, Fd reader, Fd writer)
    : started_with_(started_with), reader_(std::move(reader)), writer_(std::move(writer)) {
  queue_writer = writer_.get();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH}) {
    handle(number, false);
  }
  for (const int number : {SIGCHLD, SIGCONT}) handle(number, true);
}

SignalShield::~SignalShield() {
  for (const auto& [number, action] : former_) sigaction(number, &action, nullptr);
  if (writer_) queue_writer = -1;
}

void SignalShield::handle(int number, bool always) {
  if (!always && sigismember(&started_with_.ignored, number) == 1) return;
  const struct sigaction action = queueing();
  struct sigaction former {};
  if (sigaction(number, &action, &former) == 0) former_.emplace_back(number, former);
}

std::vector<ArrivedSignal> SignalShield::wait(std::optional<std::chrono::milliseconds> patience) {
  pollfd ready{reader_.get(), POLLIN, 0};
  poll(&ready, 1, poll_timeout(patience));
  std::vector<ArrivedSignal> result;
  for (ArrivedSignal one{}; read(reader_.get(), &one, sizeof one) == sizeof one;) {
    result.push_back(one);
  }
  return result;
}

void SignalShield::catch_stop(bool yes) {
  if (sigismember(&started_with_.ignored, SIGTSTP) == 1) return;
  struct sigaction action = queueing();
  if (!yes) action = {};
  sigaction(SIGTSTP, &action, nullptr);
}

bool SignalShield::stop_group(int number) {
  struct sigaction fallback {};
  if (sigismember(&started_with_.ignored, number) == 1) fallback.sa_handler = SIG_IGN;
  struct sigaction former {};
  const unsigned before = continues;
  sigaction(number, &fallback, &former);
  kill(0, number);  // returns after it took effect: unblocked, one thread (POSIX, kill())
  sigaction(number, &former, nullptr);
  return continues != before;
}

}  // namespace masc::git
