// Sleeping until something changes in some folders. Linux: inotify(7).
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace masc {

// Set it up, look at the state, then wait: a change after add() is never missed. Where the system
// can't watch (too many watches, network file systems) wait() returns after half a second, so that
// its caller looks again. Not thread-safe.
class Watch {
 public:
  Watch();
  // Entries of `folder` that appear, vanish, are replaced or closed after writing. Fine if there is
  // no such folder: then nothing is watched there.
  void add_folder(const std::string& folder);
  // The moment at which any process closes the file `path`, its own end included.
  void add_closing(const std::string& path);
  // Sleeps at most `limit`, or until descriptor `also` can be read and `matters` (which reads it)
  // says that this is a reason to wake. What has happened so far is over.
  void wait(
      std::chrono::milliseconds limit, int also = -1,
      const std::function<bool()>& matters = [] { return true; });

 private:
  void add(const std::string& path, unsigned events);
  Fd fd_;
  bool blind_ = false;  // something could not be watched
};

}  // namespace masc
