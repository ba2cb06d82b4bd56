#include "store/ports.h"

#include <algorithm>

#include "base/system.h"

namespace masc::store {
namespace {

constexpr std::chrono::seconds kPatience{10};

std::uint64_t seed_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a: any fixed spread will do
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

}  // namespace

std::vector<int> choose_ports(int count, std::uint64_t seed, const std::vector<int>& taken,
                              const std::function<bool(int)>& free) {
  const int blocks = count > 0 ? (kLastPort - kFirstPort + 1) / count : 0;
  for (int i = 0; i < blocks; ++i) {
    const auto block = (seed + static_cast<std::uint64_t>(i)) % static_cast<std::uint64_t>(blocks);
    std::vector<int> ports;
    ports.reserve(static_cast<std::size_t>(count));
    for (int j = 0; j < count; ++j)
      ports.push_back(kFirstPort + static_cast<int>(block) * count + j);
    const bool usable = std::all_of(ports.begin(), ports.end(), [&](int port) {
      return std::find(taken.begin(), taken.end(), port) == taken.end() && free(port);
    });
    if (usable) return ports;
  }
  return {};
}

Result<PortLease> lease_ports(const Workspace& workspace, const TaskStore& tasks, int count) {
  PortLease lease;
  if (count == 0) return lease;
  MASC_TRY(lease.lock, FileLock::acquire(workspace.masc_dir() + "/flock/ports", kPatience));
  MASC_TRY(const auto all, tasks.unfolded());
  std::vector<int> taken;
  for (const model::Task& task : all) {
    if (!task.claim) continue;
    taken.insert(taken.end(), task.claim->ports.begin(), task.claim->ports.end());
  }
  lease.ports = choose_ports(count, seed_of(workspace.masc_dir()), taken, port_is_free);
  if (!lease.ports.empty()) return lease;
  return fail(ErrorCode::kIo, "no {} ports in a row are free from {} to {}", count, kFirstPort,
              kLastPort);
}

std::string format_ports(const std::vector<int>& ports) {
  if (ports.empty()) return "";
  if (ports.size() == 1) return std::to_string(ports.front());
  return fmt::format("{}-{}", ports.front(), ports.back());
}

}  // namespace masc::store
