#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>

#include "wire/datagram.h"

namespace masc::wire {
namespace {

constexpr int kMostOfOne = 64;  // listeners of one process under one name

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// A name in an open folder as an address: 108 bytes hold no long path, but this always.
bool address_of(int folder, std::string_view name, sockaddr_un& address, socklen_t& size) {
  const std::string path = fmt::format("/proc/self/fd/{}/{}", folder, name);
  if (path.size() >= sizeof address.sun_path) return false;
  address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return true;
}

// The socket that a signal which ends this process takes along: the latest listener's.
struct Last {
  std::atomic<int> folder{-1};
  char name[sizeof(sockaddr_un::sun_path)] = {};
};
Last last;
static_assert(std::atomic<int>::is_always_lock_free);

void take_along(int number) {
  const int folder = last.folder.exchange(-1);
  if (folder >= 0) unlinkat(folder, last.name, 0);
  raise(number);  // at its default again (SA_RESETHAND), once this has returned
}

// Whoever ignores such a signal, or handles it, goes on doing so.
void remember(int folder, const std::string& name) {
  last.folder = -1;
  if (name.size() >= sizeof last.name) return;
  std::memcpy(last.name, name.c_str(), name.size() + 1);
  last.folder = folder;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = take_along;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(number, &action, nullptr);
  }
}

Fd make_socket() { return Fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

}  // namespace

Result<Listener> Listener::open(const std::string& folder, std::string_view agent) {
  MASC_CHECK(make_directories(folder, 0700));
  Fd directory(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail(os_error(errno, folder));
  // Whoever may write here could pose as a listener.
  if (fchmodat(AT_FDCWD, folder.c_str(), 0700, 0) != 0) return fail(os_error(errno, folder));
  Fd made = make_socket();
  const int yes = 1;
  if (!made || setsockopt(made.get(), SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) != 0)
    return fail(os_error(errno, "a socket"));
  for (int n = 0; n < kMostOfOne; ++n) {
    std::string name = fmt::format("{}.{}", agent, getpid());
    if (n > 0) name += fmt::format(".{}", n);
    sockaddr_un address;
    socklen_t size = 0;
    if (!address_of(directory.get(), name, address, size))
      return fail(ErrorCode::kInvalid, "the name '{}' is too long for a socket", agent);
    remember(directory.get(), name);  // before it is there, as a signal may come at any time
    if (bind(made.get(), reinterpret_cast<sockaddr*>(&address), size) == 0)
      return Listener(std::move(directory), std::move(made), std::move(name));
    last.folder = -1;
    if (errno != EADDRINUSE) return fail(os_error(errno, folder));
    // Left by a process that had this number and died?
    const Fd probe = make_socket();
    if (connect(probe.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 &&
        errno == ECONNREFUSED) {
      unlinkat(directory.get(), name.c_str(), 0);
      --n;
    }
  }
  return fail(ErrorCode::kBusy, "{} listens {} times already", agent, kMostOfOne);
}

Listener::~Listener() {
  if (!socket_) return;
  int mine = folder_.get();
  last.folder.compare_exchange_strong(mine, -1);
  unlinkat(folder_.get(), name_.c_str(), 0);
}

std::optional<std::string> Listener::receive() {
  std::string data(kMostDatagram + 1, '\0');
  for (;;) {
    iovec part{data.data(), data.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    if ((message.msg_flags & MSG_TRUNC) != 0) continue;
    const cmsghdr* head = CMSG_FIRSTHDR(&message);
    if (head == nullptr || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_CREDENTIALS)
      continue;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(head), sizeof sender);
    if (sender.uid != getuid()) continue;  // the kernel fills in the real one
    data.resize(static_cast<std::size_t>(size));
    return data;
  }
}

std::size_t Listener::drain() {
  std::size_t count = 0;
  while (receive()) ++count;
  return count;
}

bool has_listeners(const std::string& folder) {
  const Folder open(opendir(folder.c_str()));
  if (!open) return false;
  while (const dirent* entry = readdir(open.get()))
    if (entry->d_type == DT_SOCK || entry->d_type == DT_UNKNOWN) return true;
  return false;
}

Told tell_listeners(const std::string& folder, std::string_view frame) {
  Told told;
  const Folder open(opendir(folder.c_str()));
  if (!open) return told;
  const int directory = dirfd(open.get());
  const Fd from = make_socket();
  if (!from) return told;
  if (frame.size() > kMostDatagram) frame = frame.substr(0, 2);
  while (const dirent* entry = readdir(open.get())) {
    if (entry->d_type != DT_SOCK && entry->d_type != DT_UNKNOWN) continue;
    sockaddr_un address;
    socklen_t size = 0;
    if (!address_of(directory, entry->d_name, address, size)) continue;
    const ssize_t sent = sendto(from.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<sockaddr*>(&address), size);
    if (sent >= 0) {
      ++told.reached;
    } else if (errno == ECONNREFUSED && entry->d_type == DT_SOCK) {
      unlinkat(directory, entry->d_name, 0);
      ++told.dead;
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      ++told.full;
    }
  }
  return told;
}

}  // namespace masc::wire
