#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/system.h"
#include "base/watch.h"

namespace masc {
namespace {

constexpr std::chrono::milliseconds kBlindNap{500};

}  // namespace

Watch::Watch() : fd_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)), blind_(!fd_) {}

void Watch::add(const std::string& path, unsigned events) {
  if (!fd_ || on_network_file_system(path)) {
    blind_ = true;
    return;
  }
  const bool watched = inotify_add_watch(fd_.get(), path.c_str(), events) >= 0;
  if (!watched && errno != ENOENT && errno != ENOTDIR) blind_ = true;
}

void Watch::add_folder(const std::string& folder) {
  add(folder, IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
}

void Watch::add_closing(const std::string& path) { add(path, IN_CLOSE | IN_DELETE_SELF); }

void Watch::wait(std::chrono::milliseconds limit, int also, const std::function<bool()>& matters) {
  if (blind_) limit = std::min(limit, kBlindNap);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  pollfd ready[] = {{fd_.get(), POLLIN, 0}, {also, POLLIN, 0}};  // poll(2) passes over -1
  do {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto most = std::clamp<std::int64_t>(left.count(), 0, 3'600'000);
    if (poll(ready, 2, static_cast<int>(most)) <= 0) return;
  } while (ready[0].revents == 0 && !matters());
  char events[4096];
  while (read(fd_.get(), events, sizeof events) > 0) continue;
}

}  // namespace masc
