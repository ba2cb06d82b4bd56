#include "store/announce.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/file.h"
#include "wire/datagram.h"
#include "wire/frame.h"

namespace masc::store {

std::string socket_folder(const std::string& masc_dir) { return masc_dir + "/sock"; }

bool is_listening(const std::string& masc_dir, const std::string& agent) {
  const auto sockets = list_directory(socket_folder(masc_dir));
  if (!sockets) return false;
  return std::any_of(sockets->begin(), sockets->end(), [&](std::string_view name) {
    if (!name.starts_with(agent + ".")) return false;
    name.remove_prefix(agent.size() + 1);
    pid_t process = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), process);
    // Behind it at most ".63": what is longer is the process of an agent with a dot in its name.
    const auto more = name.data() + name.size() - read.ptr;
    const bool number = read.ec == std::errc{} && process > 0 && more <= 3;
    return number && (kill(process, 0) == 0 || errno == EPERM);
  });
}

void announce(const std::string& masc_dir, const wire::Event& event) {
  const std::string folder = socket_folder(masc_dir);
  if (!wire::has_listeners(folder)) return;
  wire::Encoder encoder;
  std::string frame;
  if (encoder.encode(wire::event_text(event), frame)) wire::tell_listeners(folder, frame);
}

void announce(const std::string& masc_dir, const model::Change& change, const model::TaskId& task,
              std::int64_t generation) {
  wire::Event event;
  event.name = change.event;
  event.at = change.at;
  event.agent = change.agent;
  event.task = task.str();
  event.generation = generation;
  event.text = change.note.empty() ? change.text : change.note;
  announce(masc_dir, event);
}

}  // namespace masc::store
