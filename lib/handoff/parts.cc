#include "handoff/parts.h"

#include <unordered_map>

#include "base/json.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace masc::handoff {
namespace {

// Writes a part fact by fact, each with its id and source.
class Part {
 public:
  explicit Part(std::string_view name) : name_(name) {}

  JsonWriter& open(std::string_view key, Place at) {
    json_ = JsonWriter();
    std::string id = fact_id(name_, key);
    if (const int number = ++seen_[id]; number > 1) id += fmt::format("-{}", number);
    json_.begin_object().field("id", id).field("source", place_text(at));
    return json_;
  }
  void close() { text_ += json_.end_object().str() + "\n"; }
  std::string take() { return std::move(text_); }

 private:
  std::string name_, text_;
  std::unordered_map<std::string, int> seen_;
  JsonWriter json_;
};

std::string_view state_word(FailureState state) {
  switch (state) {
    case FailureState::kOpen: return "open";
    case FailureState::kSuperseded: return "superseded";
    case FailureState::kFixed: return "fixed";
    case FailureState::kUnrepeated: return "unrepeated";
    case FailureState::kUnclear: return "unclear";
    case FailureState::kPassed: return "passed";
    case FailureState::kEnded: return "ended";
  }
  return "";
}

std::string_view todo_word(TodoState state) {
  switch (state) {
    case TodoState::kOpen: return "open";
    case TodoState::kActive: return "in_progress";
    case TodoState::kDone: return "done";
    case TodoState::kDropped: return "dropped";
  }
  return "";
}

std::string user_part(const Work& work) {
  Part part("user");
  for (const Said& said : work.user()) {
    part.open(place_text(said.at), said.at).field("text", said.text);
    part.close();
  }
  return part.take();
}

std::string file_part(const Work& work) {
  Part part("files");
  for (const FileFact& file : work.files()) {
    if (file.edits == 0 && file.reads == 0) continue;
    JsonWriter& json = part.open(file.path, file.at);
    json.field("path", file.path).field("edits", file.edits).field("reads", file.reads);
    json.field("created", file.created).field("removed", file.removed);
    json.key("symbols").strings(file.symbols);
    part.close();
  }
  return part.take();
}

std::string command_part(const Work& work) {
  Part part("commands");
  for (const CommandFact& fact : work.commands()) {
    JsonWriter& json = part.open(fact.text, fact.at);
    json.field("command", fact.text);
    json.field_or_null("outcome", fact.outcome == Outcome::kOk       ? "ok"
                                  : fact.outcome == Outcome::kFailed ? "failed"
                                                                     : "");
    json.key("status");
    fact.status ? json.value(*fact.status) : json.null();
    json.field("result", fact.result).field("runs", fact.runs);
    part.close();
  }
  return part.take();
}

std::string failure_part(const Work& work) {
  Part part("failures");
  for (const Failure& failure : work.failures()) {
    JsonWriter& json = part.open(failure.command + "\n" + place_text(failure.at), failure.at);
    json.field("command", failure.command).field("state", state_word(failure.state));
    json.field_or_null("settled", failure.settled.record == 0 ? "" : place_text(failure.settled));
    json.key("lines").strings(failure.lines);
    part.close();
  }
  return part.take();
}

std::string small_parts(const Work& work, std::string_view which) {
  Part part(which);
  if (which == "todos") {
    for (const Todo& todo : work.todos()) {
      part.open(todo.text, work.todos_at())
          .field("text", todo.text)
          .field("state", todo_word(todo.state));
      part.close();
    }
  } else if (which == "commits") {
    for (const CommitFact& commit : work.commits()) {
      part.open(commit.id, commit.at).field("commit", commit.id).field("subject", commit.subject);
      part.close();
    }
  } else {
    for (const Decision& decision : work.decisions()) {
      part.open(decision.text, decision.at).field("text", decision.text);
      part.close();
    }
  }
  return part.take();
}

}  // namespace

std::string fact_id(std::string_view part, std::string_view key) {
  const XXH64_hash_t hash = XXH3_64bits(key.data(), key.size());
  return fmt::format("{}-{:010x}", part.substr(0, 1), hash >> 24);
}

Parts make_parts(const Dna&, const Work& work) {
  Parts parts;
  parts["user.ndjson"] = user_part(work);
  parts["files.ndjson"] = file_part(work);
  parts["commands.ndjson"] = command_part(work);
  parts["failures.ndjson"] = failure_part(work);
  for (const char* name : {"todos", "commits", "decisions"}) {
    parts[std::string(name) + ".ndjson"] = small_parts(work, name);
  }
  std::erase_if(parts, [](const auto& part) { return part.second.empty(); });
  return parts;
}

}  // namespace masc::handoff
