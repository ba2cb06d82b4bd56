#include <linux/magic.h>
#include <sys/random.h>
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

}  // namespace

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
