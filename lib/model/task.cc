#include "model/task.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace masc::model {
namespace {

constexpr std::array<std::string_view, 4> kStatusNames = {"open", "claimed", "done", "cancelled"};

class Writer {
 public:
  explicit Writer(std::vector<Trailer>& out) : out_(out) {}
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) out_.push_back({"Masc-" + std::string(key), std::string(value)});
  }
  void number(std::string_view key, std::int64_t value) { text(key, std::to_string(value)); }
  void time(std::string_view key, Instant at) { text(key, format_time_exact(at)); }
  void flag(std::string_view key, bool yes) { text(key, yes ? "true" : ""); }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    for (const std::string& value : values) text(key, value);
  }
  void ids(std::string_view key, const std::vector<TaskId>& ids) {
    for (const TaskId& id : ids) text(key, id.str());
  }

 private:
  std::vector<Trailer>& out_;
};

void write_claim(Writer& out, const Claim& claim) {
  out.text("Holder", claim.agent);
  out.text("Holder-Session", claim.session);
  out.text("Holder-Clone", claim.clone);
  out.number("Holder-Generation", claim.generation);
  out.time("Granted", claim.granted);
  out.time("Renewed", claim.renewed);
  out.number("Lease-Ms", claim.lease.count());
  out.text("Branch", claim.branch);
  out.text("Base", claim.base);
  out.text("Base-Commit", claim.base_commit);
  out.text("Worktree", claim.worktree);
  for (const int port : claim.ports) out.number("Port", port);
  out.flag("Runner", claim.runner);
}

void write_result(Writer& out, const Outcome& result) {
  out.text("Result-Agent", result.agent);
  out.number("Result-Generation", result.generation);
  out.text("Result-Branch", result.branch);
  out.text("Result-Commit", result.commit);
  out.flag("Result-Landed", result.landed);
}

void write_change(Writer& out, const Change& change) {
  out.text("Event", change.event);
  out.text("Clone", change.clone);
  out.text("Agent", change.agent);
  out.text("Session", change.session);
  out.text("Note-Kind", change.note_kind);
  out.text("Note-Text", change.note);
}

void write_state(Writer& out, const Task& task) {
  out.text("Task", task.id.str());
  out.text("Status", status_name(task.status));
  out.text("Title", task.title);
  out.number("Priority", task.priority);
  out.text("Key", task.key);
  out.texts("Label", task.labels);
  out.ids("After", task.after);
  out.text("Parent", task.parent.str());
  out.ids("Child", task.children);
  out.texts("Path", task.paths);
  out.time("Created", task.created);
  out.text("Created-By", task.created_by);
  out.time("Updated", task.updated);
  if (task.claim) write_claim(out, *task.claim);
  out.texts("Former", task.former);
  if (task.reserved) {
    out.text("Reserved", task.reserved->agent);
    out.time("Reserved-Until", task.reserved->until);
  }
  if (task.result) write_result(out, *task.result);
  out.text("Note", task.note);
  out.text("Landing", task.landing);
  out.text("Keep", task.keep);
  out.text("Check", task.check);
}

// Takes trailers one by one; the first value that does not parse is the error.
class Reader {
 public:
  explicit Reader(Step& step) : task_(step.task), change_(step.change) {}

  Result<void> take(const Trailer& trailer) {
    constexpr std::string_view kPrefix = "Masc-";
    const std::string_view key(trailer.key);
    if (!key.starts_with(kPrefix)) return {};
    const std::string_view name = key.substr(kPrefix.size());
    MASC_TRY(const bool known, take_named(name, trailer.value));
    if (!known) task_.unknown.push_back(trailer);
    return {};
  }

 private:
  Result<bool> take_named(std::string_view name, const std::string& value) {
    for (const auto step : {&Reader::take_meta, &Reader::take_text, &Reader::take_list,
                            &Reader::take_claim, &Reader::take_result}) {
      MASC_TRY(const bool taken, (this->*step)(name, value));
      if (taken) return true;
    }
    return false;
  }

  Result<std::int64_t> number(std::string_view value) {
    std::int64_t parsed = 0;
    const char* const end = value.data() + value.size();
    const auto [stop, failed] = std::from_chars(value.data(), end, parsed);
    if (failed == std::errc{} && stop == end) return parsed;
    return fail(ErrorCode::kFormat, "a damaged number in state.git: '{}'", printable(value));
  }

  Result<bool> set_time(Instant& field, std::string_view value) {
    MASC_TRY(field, parse_time(value));
    return true;
  }
  Result<bool> set_number(std::int64_t& field, std::string_view value) {
    MASC_TRY(field, number(value));
    return true;
  }

  Result<bool> take_meta(std::string_view name, const std::string& value) {
    if (name == "Format") {
      MASC_TRY(const std::int64_t version, number(value));
      if (version <= kFormatVersion) return true;
      return fail(error(ErrorCode::kFormat, "this workspace has format {}; this masc knows {}",
                        version, kFormatVersion)
                      .hint("install a newer masc"));
    }
    if (name == "Lamport") return set_number(task_.lamport, value);
    if (name == "Generation") return set_number(task_.generation, value);
    if (name == "Created") return set_time(task_.created, value);
    if (name == "Updated") {
      MASC_TRY(change_.at, parse_time(value));
      task_.updated = change_.at;
      return true;
    }
    if (name == "Status") {
      MASC_TRY(task_.status, parse_status(value));
      return true;
    }
    if (name != "Priority") return false;
    MASC_TRY(const std::int64_t priority, number(value));
    task_.priority = static_cast<int>(std::clamp<std::int64_t>(priority, 0, 4));
    return true;
  }

  Result<bool> take_text(std::string_view name, const std::string& value) {
    struct Field {
      std::string_view name;
      std::string* target;
    };
    const Field fields[] = {
        {"Title", &task_.title},
        {"Key", &task_.key},
        {"Note", &task_.note},
        {"Landing", &task_.landing},
        {"Event", &change_.event},
        {"Clone", &change_.clone},
        {"Agent", &change_.agent},
        {"Session", &change_.session},
        {"Note-Kind", &change_.note_kind},
        {"Note-Text", &change_.note},
        {"Created-By", &task_.created_by},
        {"Keep", &task_.keep},
        {"Check", &task_.check},
    };
    for (const Field& field : fields) {
      if (field.name != name) continue;
      *field.target = value;
      return true;
    }
    return false;
  }

  Result<bool> take_list(std::string_view name, const std::string& value) {
    if (name == "Label") return push(task_.labels, value);
    if (name == "Path") return push(task_.paths, value);
    if (name == "Former") return push(task_.former, value);
    if (name == "After") return push_id(task_.after, value);
    if (name == "Child") return push_id(task_.children, value);
    if (name == "Task") return set_id(task_.id, value);
    if (name == "Parent") return set_id(task_.parent, value);
    return false;
  }
  bool push(std::vector<std::string>& list, const std::string& value) {
    list.push_back(value);
    return true;
  }
  Result<bool> push_id(std::vector<TaskId>& list, std::string_view value) {
    return set_id(list.emplace_back(), value);
  }
  Result<bool> set_id(TaskId& id, std::string_view value) {
    MASC_TRY(id, TaskId::parse(value));
    return true;
  }

  Claim& claim() {
    if (!task_.claim) task_.claim.emplace();
    return *task_.claim;
  }
  Result<bool> take_claim(std::string_view name, const std::string& value) {
    if (name == "Holder") return claim().agent = value, true;
    if (name == "Holder-Session") return claim().session = value, true;
    if (name == "Holder-Clone") return claim().clone = value, true;
    if (name == "Holder-Generation") return set_number(claim().generation, value);
    if (name == "Granted") return set_time(claim().granted, value);
    if (name == "Renewed") return set_time(claim().renewed, value);
    if (name == "Branch") return claim().branch = value, true;
    if (name == "Base") return claim().base = value, true;
    if (name == "Base-Commit") return claim().base_commit = value, true;
    if (name == "Worktree") return claim().worktree = value, true;
    if (name == "Runner") return claim().runner = value == "true", true;
    if (name == "Lease-Ms" || name == "Port") {
      MASC_TRY(const std::int64_t parsed, number(value));
      if (name == "Port") {
        claim().ports.push_back(static_cast<int>(parsed));
      } else {
        claim().lease = Duration(parsed);
      }
      return true;
    }
    return false;
  }

  Outcome& result() {
    if (!task_.result) task_.result.emplace();
    return *task_.result;
  }
  Reservation& reservation() {
    if (!task_.reserved) task_.reserved.emplace();
    return *task_.reserved;
  }
  Result<bool> take_result(std::string_view name, const std::string& value) {
    if (name == "Result-Agent") return result().agent = value, true;
    if (name == "Result-Generation") return set_number(result().generation, value);
    if (name == "Result-Branch") return result().branch = value, true;
    if (name == "Result-Commit") return result().commit = value, true;
    if (name == "Result-Landed") return result().landed = value == "true", true;
    if (name == "Reserved") return reservation().agent = value, true;
    if (name == "Reserved-Until") return set_time(reservation().until, value);
    return false;
  }

  Task& task_;
  Change& change_;
};

}  // namespace

std::string_view status_name(Status status) noexcept {
  return kStatusNames[static_cast<std::size_t>(status)];
}

Result<Status> parse_status(std::string_view text) {
  const auto found = std::find(kStatusNames.begin(), kStatusNames.end(), text);
  if (found != kStatusNames.end()) return static_cast<Status>(found - kStatusNames.begin());
  return fail(error(ErrorCode::kInvalid, "'{}' is no status", printable(text))
                  .hint("use open, claimed, done or cancelled"));
}

bool Task::held_before_by(std::string_view agent) const {
  return std::find(former.begin(), former.end(), agent) != former.end();
}

std::string format_step(const Task& task, const Change& change) {
  Message message;
  message.subject = change.text;
  Writer out(message.trailers);
  out.number("Format", kFormatVersion);
  out.number("Lamport", task.lamport);
  write_change(out, change);
  out.number("Generation", task.generation);
  write_state(out, task);
  message.trailers.insert(message.trailers.end(), task.unknown.begin(), task.unknown.end());
  return format_message(message);
}

Result<Step> parse_step(std::string_view text) {
  MASC_TRY(const Message message, parse_message(text));
  Step step;
  Reader reader(step);
  for (const Trailer& trailer : message.trailers) MASC_CHECK(reader.take(trailer));
  step.change.text = message.subject;
  if (step.task.id.empty()) return fail(ErrorCode::kFormat, "a commit of a task without its id");
  return step;
}

}  // namespace masc::model
