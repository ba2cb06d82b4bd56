// What only the operating system knows: processes, file systems, random bytes. One .cc a system.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace masc {

struct Process {
  pid_t pid = 0;
  std::string command;  // its short name, as `ps` shows it
};

// Processes of any user whose current directory is `directory` or lies below it, as far as this
// process may see (on Linux: /proc/<pid>/cwd). `directory` is absolute, as real_path gives it.
std::vector<Process> processes_standing_in(const std::string& directory);
// This process and its ancestors.
std::vector<pid_t> own_lineage();

// Whether `path` is on a network or FUSE file system, where mtimes and locks can't be trusted.
bool on_network_file_system(const std::string& path);

std::uint64_t random_bits();  // 64 bits from the kernel
std::string host_name();

}  // namespace masc
