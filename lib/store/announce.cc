#include "store/announce.h"

#include "wire/datagram.h"
#include "wire/frame.h"

namespace masc::store {

std::string socket_folder(const std::string& masc_dir) { return masc_dir + "/sock"; }

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
