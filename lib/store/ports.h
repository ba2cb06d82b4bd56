// Ports for the servers that work on a task starts: a block of them is leased with the claim.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "store/tasks.h"
#include "store/workspace.h"

namespace masc::store {

// Below Linux's and the IANA's ranges of ephemeral ports, so no client socket is given one.
inline constexpr int kFirstPort = 20'000;
inline constexpr int kLastPort = 29'999;

// The first block of `count` ports (aligned to `count`) from a place that `seed` chooses onwards,
// round the range once, none of which is in `taken` and all of which are `free`. "" if there is
// none.
std::vector<int> choose_ports(int count, std::uint64_t seed, const std::vector<int>& taken,
                              const std::function<bool(int)>& free);

// Ports that no claim has: nobody else is given them while `lock` is held, and afterwards only once
// the claim that they were written into has ended.
struct PortLease {
  std::vector<int> ports;
  std::optional<FileLock> lock;
};
// kIo if the range is used up.
Result<PortLease> lease_ports(const Workspace& workspace, const TaskStore& tasks, int count);

// "20010-20019", "20010"; "" for none.
std::string format_ports(const std::vector<int>& ports);

}  // namespace masc::store
