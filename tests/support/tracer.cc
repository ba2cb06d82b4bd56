#include "support/tracer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace masc::testing {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void become_traced(const std::vector<std::string>& argv, const std::string& directory,
                                const git::Environment& environment) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
  if (chdir(directory.c_str()) != 0) _exit(126);
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(125);
  execve(argv[0].c_str(), pointers(argv).data(), pointers(environment.variables()).data());
  _exit(127);
}

// The name of a call that changes the disk, "" for any other.
const char* name_of_change(const __ptrace_syscall_info& call) {
  const auto& args = call.entry.args;
  switch (static_cast<long>(call.entry.nr)) {
#ifdef SYS_open
    case SYS_open: return (args[1] & (O_CREAT | O_TRUNC)) != 0 ? "open" : "";
    case SYS_creat: return "creat";
    case SYS_rename: return "rename";
    case SYS_mkdir: return "mkdir";
    case SYS_rmdir: return "rmdir";
    case SYS_link: return "link";
    case SYS_unlink: return "unlink";
    case SYS_symlink: return "symlink";
    case SYS_chmod: return "chmod";
    case SYS_vfork: return "spawn";
#endif
    // What a child changes is between two of these.
    case SYS_clone:
    case SYS_clone3: return "spawn";
    case SYS_openat: return (args[2] & (O_CREAT | O_TRUNC)) != 0 ? "openat" : "";
    case SYS_mkdirat: return "mkdirat";
    case SYS_renameat:
    case SYS_renameat2: return "renameat";
    case SYS_linkat: return "linkat";
    case SYS_unlinkat: return "unlinkat";
    case SYS_symlinkat: return "symlinkat";
    case SYS_fchmod:
    case SYS_fchmodat: return "chmod";
    case SYS_ftruncate: return "ftruncate";
    case SYS_copy_file_range: return "copy_file_range";
    case SYS_utimensat: return "utimensat";
    case SYS_pwrite64: return "write";
    case SYS_write: return args[0] > 2 ? "write" : "";
    case SYS_writev: return args[0] > 2 ? "write" : "";
    default: return "";
  }
}

// Counts the changes of one process, and says when to kill it.
class Counter {
 public:
  Counter(Traced& traced, int kill_before) : traced_(traced), kill_before_(kill_before) {}

  bool wants_kill(pid_t pid) {
    __ptrace_syscall_info call{};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof call, &call) <= 0) return false;
    if (call.op != PTRACE_SYSCALL_INFO_ENTRY) return false;
    const std::string name = name_of_change(call);
    if (name.empty()) return false;
    const auto descriptor = static_cast<long>(call.entry.args[0]);
    const bool goes_on = name == "write" && descriptor == writing_;
    writing_ = name == "write" ? descriptor : -1;
    if (goes_on) return false;
    ++traced_.changes;
    if (traced_.changes != kill_before_) return false;
    traced_.last = name;
    return true;
  }

 private:
  Traced& traced_;
  int kill_before_;
  long writing_ = -1;
};

void follow(pid_t pid, Traced& traced, int kill_before) {
  Counter counter(traced, kill_before);
  int status = 0;
  if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return;
  traced.possible =
      ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0;
  int signal = 0;
  while (ptrace(PTRACE_SYSCALL, pid, nullptr, signal) == 0 && waitpid(pid, &status, 0) == pid) {
    signal = 0;
    if (WIFEXITED(status) || WIFSIGNALED(status)) break;
    const bool at_call = WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80);
    if (at_call && counter.wants_kill(pid)) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      traced.killed = true;
      return;
    }
    if (!at_call && WSTOPSIG(status) != SIGTRAP) signal = WSTOPSIG(status);
  }
  traced.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

}  // namespace

Traced run_traced(const std::vector<std::string>& argv, const std::string& directory,
                  const git::Environment& environment, int kill_before) {
  Traced traced;
  // What the killed process had started becomes a child of this one, and is waited for.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t pid = fork();
  if (pid == 0) become_traced(argv, directory, environment);
  if (pid > 0) follow(pid, traced, kill_before);
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  return traced;
}

}  // namespace masc::testing
