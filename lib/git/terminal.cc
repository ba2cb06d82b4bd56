#include "git/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include "git/signals.h"

namespace masc::git {
namespace {

std::optional<termios> modes_of(int fd) noexcept {
  termios modes{};
  if (tcgetattr(fd, &modes) != 0) return std::nullopt;
  return modes;
}

// TCSANOW: draining would wait for ever behind a Ctrl-S.
void set_modes(int fd, const std::optional<termios>& modes) noexcept {
  if (modes) tcsetattr(fd, TCSANOW, &*modes);
}

}  // namespace

Terminal Terminal::controlling() {
  Terminal result;
  result.fd_ = Fd(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  // A chroot may lack /dev.
  if (!result.fd_ && tcgetpgrp(0) >= 0) result.fd_ = Fd(fcntl(0, F_DUPFD_CLOEXEC, 3));
  return result;
}

bool Terminal::is_standard() const noexcept {
  return fd_ && tcgetpgrp(0) >= 0 && tcgetpgrp(1) >= 0;  // ENOTTY for any other terminal
}

pid_t Terminal::foreground() const noexcept { return fd_ ? tcgetpgrp(fd_.get()) : -1; }

bool Terminal::is_ours() const noexcept { return foreground() == getpgrp(); }

void Terminal::lend() noexcept {
  own_modes_ = modes_of(fd_.get());
  lent_ = true;
}

void Terminal::give(pid_t group) noexcept {
  lend();
  const BlockedSignals blocked(SIGTTOU);
  set_modes(fd_.get(), lent_modes_);
  tcsetpgrp(fd_.get(), group);
}

void Terminal::take_back() noexcept {
  if (!std::exchange(lent_, false)) return;
  lent_modes_ = modes_of(fd_.get());
  const BlockedSignals blocked(SIGTTOU);
  tcsetpgrp(fd_.get(), getpgrp());
  set_modes(fd_.get(), own_modes_);
}

}  // namespace masc::git
