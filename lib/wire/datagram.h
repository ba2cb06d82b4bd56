// Telling whoever listens that something happened: one datagram to each socket in a folder.
//
// A listener binds <folder>/<agent>.<pid>[.<n>], a sender sends to every socket there and never
// waits. A datagram is a frame and only a hint to look again: one that is lost loses nothing.
// unix(7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "base/time.h"

namespace masc::wire {

// Longer frames are not sent; a datagram with the first two bytes alone says "look again".
inline constexpr std::size_t kMostDatagram = std::size_t{16} << 10;

class Listener {
 public:
  // Binds a socket for `agent`; makes `folder` (0700) where there is none. Folders with paths of
  // any length.
  static Result<Listener> open(const std::string& folder, std::string_view agent);
  Listener(Listener&& other) noexcept = default;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int fd() const noexcept { return socket_.get(); }
  // A datagram that has arrived, nullopt if there is none. Those of other users and cut ones are
  // dropped.
  std::optional<std::string> receive();
  // Takes all that have arrived and says how many.
  std::size_t drain();

 private:
  Listener(Fd folder, Fd socket, std::string name)
      : folder_(std::move(folder)), socket_(std::move(socket)), name_(std::move(name)) {}
  Fd folder_;
  Fd socket_;
  std::string name_;
};

struct Told {
  std::size_t reached = 0;  // sockets that took it
  std::size_t full = 0;     // whose queue was full: they will look anyway
  std::size_t dead = 0;     // that were removed
};
// Sends `frame` to every listener. Never waits, never fails.
Told tell_listeners(const std::string& folder, std::string_view frame);
// Whether any socket is there, to save making the frame.
bool has_listeners(const std::string& folder);

}  // namespace masc::wire
