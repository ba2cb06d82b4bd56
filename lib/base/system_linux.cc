#include <arpa/inet.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/system.h"
#include "base/text.h"

namespace masc {
namespace {

std::string proc_path(pid_t pid, const char* name) { return fmt::format("/proc/{}/{}", pid, name); }

pid_t parent_of(pid_t pid) {
  const auto text = read_file(proc_path(pid, "stat"));
  if (!text) return 0;
  // pid (comm) state ppid …; comm may hold anything, so start behind the last parenthesis.
  std::string_view rest(*text);
  rest.remove_prefix(std::min(rest.size(), rest.rfind(')') + 1));
  rest = trim(rest);
  take_until(rest, ' ');
  return static_cast<pid_t>(std::atoi(std::string(take_until(rest, ' ')).c_str()));
}

// Binds without listening; an address family that this machine lacks stands in nobody's way.
bool can_bind(const sockaddr* address, socklen_t length) {
  const Fd fd(socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return errno == EAFNOSUPPORT;
  const int yes = 1;
  if (address->sa_family == AF_INET6)
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  return bind(fd.get(), address, length) == 0 || errno == EADDRNOTAVAIL;
}

}  // namespace

Result<void> clone_bytes(int from, int to, std::string_view what) {
  if (ioctl(to, FICLONE, from) == 0) return {};
  constexpr std::size_t kChunk = std::size_t{1} << 30;
  for (;;) {
    const ssize_t copied = copy_file_range(from, nullptr, to, nullptr, kChunk, 0);
    if (copied == 0) break;
    if (copied > 0 || errno == EINTR) continue;
    // Not between these file systems, or not for this kind of file.
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
      return fail(os_error(errno, fmt::format("cannot copy '{}'", what)));
    break;
  }
  // What is left: all of it, or (a file of /proc, whose size is 0) more than copy_file_range sees.
  char buffer[65536];
  for (;;) {
    const ssize_t got = read(from, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(os_error(errno, fmt::format("cannot read '{}'", what)));
    if (got == 0) return {};
    MASC_CHECK(write_all(to, {buffer, static_cast<std::size_t>(got)}, what));
  }
}

bool port_is_free(int port) {
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(static_cast<std::uint16_t>(port));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = four.sin_port;
  return can_bind(reinterpret_cast<const sockaddr*>(&four), sizeof four) &&
         can_bind(reinterpret_cast<const sockaddr*>(&six), sizeof six);
}

std::vector<Process> processes_standing_in(const std::string& directory) {
  std::vector<Process> found;
  const auto names = list_directory("/proc");
  if (!names) return found;
  for (const std::string& name : *names) {
    const auto pid = static_cast<pid_t>(std::atoi(name.c_str()));
    if (pid <= 0) continue;
    const auto cwd = read_symlink(proc_path(pid, "cwd"));
    if (!cwd || !is_within(*cwd, directory)) continue;
    const auto command = read_file(proc_path(pid, "comm"));
    found.push_back({pid, command ? std::string(trim(*command)) : std::string("?")});
  }
  return found;
}

std::vector<pid_t> own_lineage() {
  std::vector<pid_t> lineage;
  for (pid_t pid = getpid(); pid > 0; pid = parent_of(pid)) lineage.push_back(pid);
  return lineage;
}

bool on_network_file_system(const std::string& path) {
  constexpr long kNfs = 0x6969, kSmb = 0x517B, kSmb2 = 0xFE534D42, kCifs = 0xFF534D42,
                 kFuse = 0x65735546, k9p = 0x01021997, kCeph = 0x00C36400, kAfs = 0x5346414F;
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0) return false;
  for (const long magic : {kNfs, kSmb, kSmb2, kCifs, kFuse, k9p, kCeph, kAfs}) {
    if (static_cast<unsigned>(info.f_type) == static_cast<unsigned>(magic)) return true;
  }
  return false;
}

void share_with_group() noexcept {
  const mode_t mask = umask(0077);  // it can only be read by setting it
  umask(mask & ~static_cast<mode_t>(0070));
}

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  // Up to 256 bytes are never short and never interrupted once the pool is ready (getrandom(2)).
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) std::abort();
  return bits;
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

}  // namespace masc
