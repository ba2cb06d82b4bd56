// The controlling terminal, handed to a child's process group and taken back the way a job-control
// shell does it (POSIX, General Terminal Interface; GNU libc manual, "Implementing a Job Control
// Shell").
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <optional>

#include "base/file.h"

namespace masc::git {

// Without a controlling terminal every question is answered with no and every step does nothing; so
// does a terminal that has hung up. Not thread-safe.
class Terminal {
 public:
  static Terminal controlling();

  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  int fd() const noexcept { return fd_.get(); }  // -1: none
  // Whether standard input and output are this terminal.
  bool is_standard() const noexcept;
  pid_t foreground() const noexcept;  // process group; -1: none
  // Whether this process is in the foreground group.
  bool is_ours() const noexcept;

  // Before a child takes it for its own group by tcsetpgrp(3): remembers the modes to come back to.
  void lend() noexcept;
  // Makes `group` the foreground one, with the modes of the last take_back(). Needs is_ours().
  void give(pid_t group) noexcept;
  // Undoes lend() or give(): our group into the foreground, our modes.
  void take_back() noexcept;
  // It isn't lent any more: a shell gave it to somebody else.
  void forget() noexcept { lent_ = false; }

 private:
  Fd fd_;
  bool lent_ = false;
  std::optional<termios> own_modes_;
  std::optional<termios> lent_modes_;
};

}  // namespace masc::git
