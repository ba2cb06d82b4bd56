// What only the operating system knows: processes, file systems, random bytes. One .cc a system.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

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

// Fills the empty file `to` with all bytes of the file `from`: a shared extent where the file
// system can (FICLONE), else a copy. errno-style failure: kIo, kUnwritable.
Result<void> clone_bytes(int from, int to, std::string_view what);

// Whether a server could listen on this TCP port of all local addresses now.
bool port_is_free(int port);

// Whether `path` is on a network or FUSE file system, where mtimes and locks can't be trusted.
bool on_network_file_system(const std::string& path);

// From here on the files that this process makes can be written by their group as well.
void share_with_group() noexcept;

std::uint64_t random_bits();  // 64 bits from the kernel
std::string host_name();

}  // namespace masc
