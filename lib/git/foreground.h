// A command in the foreground: it has the caller's terminal, streams and signals (`masc run`).
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/signals.h"

namespace masc::git {

struct ForegroundOptions {
  std::vector<std::string> argv;  // argv[0] is looked up in the PATH of `environment`
  std::string directory;          // "" = the caller's; also the child's PWD, if absolute
  Environment environment;
  std::chrono::milliseconds tick{};  // how long between two calls of on_tick; 0 = no calls
  std::function<void()> on_tick;     // called while the child lives, stopped or not
};

struct Ended {
  int status = 0;  // as a shell gives it: the child's own, 128 + n for signal n, 127, 126
  // What ended the child; 0 if it exited. Who ends by the same signal breaks a shell's loop on
  // Ctrl-C.
  int signal = 0;
  int interrupted = 0;     // the last INT, TERM, HUP or QUIT that came to this process; 0: none
  std::string exec_error;  // status 127 and 126: why it couldn't be run, one line; else ""
};

// Runs it to the end of the child itself; what that leaves behind in the background is left alone.
// Streams are inherited, so are descriptors without O_CLOEXEC. Returning takes as long as the child
// does: nothing but its end ends this.
//
// Where standard input and output are the controlling terminal, or there is none, the child leads a
// process group of its own. It becomes the terminal's foreground group if ours is, when ours is
// continued as such, or when the child asks for the terminal; is stopped and continued with us; and
// the terminal's group and modes are restored afterwards. INT, TERM, HUP, QUIT, TSTP, CONT, USR1,
// USR2 and WINCH that come to this process go on to that group.
//
// Where there is a terminal but input or output is something else, others of our group may be
// reading it (`masc run -- CMD | less`): then the child stays in our group, the kernel does job
// control and keys, the terminal isn't touched, and only signals sent by kill(2) go on, to the
// child alone.
//
// `shield` should outlive the caller's own tidying up. kInvalid: no argv; kIo, kUnwritable: the
// directory can't be entered, no process to be had.
Result<Ended> run_foreground(const ForegroundOptions& options, SignalShield& shield);

}  // namespace masc::git
