// Signals of a process that waits for a child: the state it was started with, and those that
// arrive.
#pragma once

#include <signal.h>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace masc::git {

// What a child inherits: the mask and the ignored signals.
struct SignalState {
  sigset_t mask;
  sigset_t ignored;

  // main() takes it before it ignores or blocks anything itself.
  static SignalState current();
  // For a fresh child before exec: every signal ignored or at its default, then the mask.
  // Async-signal-safe.
  void restore() const;
};

// Blocks signals of this thread while it lives.
class BlockedSignals {
 public:
  BlockedSignals();  // all of them
  explicit BlockedSignals(int number);
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t former_;
};

struct ArrivedSignal {
  int number;
  bool from_kernel;  // by a key or a terminal, not by kill(2)
};

// While it lives, INT, TERM, HUP, QUIT, USR1 and USR2 don't end this process: they are queued here,
// as are WINCH, CHLD and CONT. What was ignored at the start stays so (nohup), CHLD and CONT
// excepted. Handlers and no mask, so that children started meanwhile get nothing of it. One at a
// time, in a process of one thread.
class SignalShield {
 public:
  // `started_with`: what children shall get. kIo.
  static Result<SignalShield> raise(const SignalState& started_with = SignalState::current());
  SignalShield(SignalShield&& other) noexcept = default;
  SignalShield& operator=(SignalShield&&) = delete;
  ~SignalShield();

  // Those that have arrived; waits for the first, at most `patience` (nullopt: for ever). May
  // return none early. More than 8,192 unread ones are dropped.
  std::vector<ArrivedSignal> wait(std::optional<std::chrono::milliseconds> patience);
  // Whether SIGTSTP is queued too, or stops this process; at first it stops.
  void catch_stop(bool yes);
  // Stops this process's whole group with `number` at its default (TSTP, TTIN or TTOU). True once
  // it has been continued, the SIGCONT queued; false if it can't be stopped, as when its group is
  // orphaned.
  bool stop_group(int number);
  const SignalState& started_with() const noexcept { return started_with_; }

 private:
  SignalShield(const SignalState& started_with, Fd reader, Fd writer);
  void handle(int number, bool always);

  SignalState started_with_;
  Fd reader_;
  Fd writer_;
  std::vector<std::pair<int, struct sigaction>> former_;
};

}  // namespace masc::git
