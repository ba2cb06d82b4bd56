#include "store/queue.h"

#include <unistd.h>

#include "base/system.h"
#include "base/watch.h"

namespace masc::store {
namespace {

using std::chrono::steady_clock;

// All processes of a machine share this clock; a ticket of an earlier boot has no owner any more.
std::string fresh_name() {
  const auto at = std::chrono::nanoseconds(steady_clock::now().time_since_epoch()).count();
  return fmt::format("{:020}.{}.{:08x}", at, getpid(), random_bits() & 0xFFFFFFFFU);
}

}  // namespace

Queue::Ticket::~Ticket() {
  if (!name_.empty()) static_cast<void>(remove_file(join_path(folder_, name_)));
}

// Locked and written before it shows under its name, so that a ticket without an owner is a dead
// one's.
Result<Queue::Ticket> Queue::enter(std::string_view note) const {
  MASC_CHECK(make_directories(folder_));
  const std::string name = fresh_name();
  const std::string hidden = join_path(folder_, ".new." + name);
  MASC_TRY(auto lock, FileLock::try_acquire(hidden));
  if (!lock) return fail(ErrorCode::kBug, "'{}' is locked already", hidden);
  MASC_CHECK(write_all(lock->fd(), note, hidden));
  MASC_CHECK(rename_path(hidden, join_path(folder_, name)));
  return Ticket(folder_, name, std::move(*lock));
}

Result<std::vector<Queue::Waiting>> Queue::before(const Ticket* ticket) const {
  std::vector<Waiting> waiting;
  MASC_TRY(const auto names, list_directory(folder_));
  for (const std::string& name : names) {
    const std::string path = join_path(folder_, name);
    if (ticket != nullptr && name >= ticket->name()) break;
    if (name.starts_with('.')) continue;
    if (!FileLock::is_held(path)) {
      static_cast<void>(remove_file(path));
      continue;
    }
    MASC_TRY(auto note, read_file_if_any(path));
    if (note) waiting.push_back({name, std::move(*note)});
  }
  return waiting;
}

Result<void> Queue::wait_for_turn(const Ticket& ticket, std::chrono::milliseconds patience) const {
  const auto deadline = steady_clock::now() + patience;
  for (;;) {
    Watch watch;
    watch.add_folder(folder_);
    MASC_TRY(const auto waiting, before(&ticket));
    if (waiting.empty()) return {};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0)
      return fail(ErrorCode::kBusy, "{} others were first for {} s", waiting.size(),
                  std::chrono::duration_cast<std::chrono::seconds>(patience).count());
    watch.wait(left);
  }
}

}  // namespace masc::store
