// Waiting one behind the other: tickets in a folder, oldest first.
//
// A ticket is a file that its process holds a flock on, so that a process that dies leaves the
// queue. Names sort by the time of entry. Nothing breaks if the folder is deleted: order is lost,
// no more.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace masc::store {

class Queue {
 public:
  explicit Queue(std::string folder) : folder_(std::move(folder)) {}
  const std::string& folder() const noexcept { return folder_; }

  // A place in the queue, given up at the end of its life.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : folder_(std::move(other.folder_)),
          name_(std::exchange(other.name_, "")),
          lock_(std::move(other.lock_)) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket();
    const std::string& name() const noexcept { return name_; }

   private:
    friend class Queue;
    Ticket(std::string folder, std::string name, FileLock lock)
        : folder_(std::move(folder)), name_(std::move(name)), lock_(std::move(lock)) {}
    std::string folder_;
    std::string name_;
    FileLock lock_;
  };
  // `note`: what others may read while this waits.
  Result<Ticket> enter(std::string_view note) const;

  struct Waiting {
    std::string name;
    std::string note;
  };
  // Who waits before `ticket` (without one: everybody), oldest first. Removes what the dead left.
  Result<std::vector<Waiting>> before(const Ticket* ticket) const;
  // Sleeps until nobody is before `ticket`. kBusy after `patience`.
  Result<void> wait_for_turn(const Ticket& ticket, std::chrono::milliseconds patience) const;

 private:
  std::string folder_;
};

}  // namespace masc::store
