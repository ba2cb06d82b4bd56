#include "store/chain.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "model/trailers.h"

namespace masc::store {
namespace {

// Clocks of several machines: what lies this far behind the time that is asked for is older.
constexpr Duration kSkew = std::chrono::hours(24);

Result<model::Step> step_of(const wire::Event& event, const git::ObjectId& id) {
  model::Step step;
  step.change.event = event.name;
  step.change.agent = event.agent;
  step.change.at = event.at;
  step.change.text = event.text;
  if (!event.task.empty()) {
    MASC_TRY(step.task.id, model::TaskId::parse(event.task));
  }
  step.task.generation = event.generation;
  step.task.version = id.hex();
  return step;
}

}  // namespace

std::optional<wire::Event> event_in(const git::Commit& commit) {
  const auto message = model::parse_message(commit.message);
  if (!message) return std::nullopt;
  wire::Event event;
  event.at = Instant(std::chrono::seconds(commit.seconds));
  event.agent = commit.author;
  event.text = message->subject;
  for (const auto& [key, value] : message->trailers) {
    if (key == "Masc-Event") event.name = value;
    if (key == "Masc-At") event.at = parse_time(value).value_or(event.at);
    if (key == "Masc-Agent") event.agent = value;
    if (key == "Masc-Task" || key == "Masc-On") event.task = value;
    if (key == "Masc-Generation") event.generation = std::strtoll(value.c_str(), nullptr, 10);
    if (key == "Masc-Note-Text") event.text = value;
    if (key == "Masc-Joined") event.name = value == "true" ? "agent_join" : "agent_leave";
    if (key == "Masc-Portal") event.id = value;
    if (key == "Masc-State") event.state = value;
  }
  if (event.name == "portal") {
    std::string from, to;
    for (const auto& [key, value] : message->trailers) {
      if (key == "Masc-From") from = value;
      if (key == "Masc-To") to = value;
    }
    event.to = event.agent == from ? to : from;
  }
  if (event.name.empty()) return std::nullopt;
  return event;
}

Result<std::vector<model::Step>> past_of(const git::StateRepo& state, std::string_view prefix,
                                         Instant since) {
  MASC_TRY(const auto refs, state.refs(std::string(prefix)));
  std::vector<git::ObjectId> next;
  next.reserve(refs.size());
  for (const git::Ref& ref : refs) next.push_back(ref.id);
  std::set<git::ObjectId> seen;
  std::vector<model::Step> steps;
  for (std::size_t at = 0; at < next.size(); ++at) {
    if (!seen.insert(next[at]).second) continue;
    MASC_TRY(const git::Commit commit, state.commit(next[at]));
    if (Instant(std::chrono::seconds(commit.seconds)) + kSkew < since) continue;
    next.insert(next.end(), commit.parents.begin(), commit.parents.end());
    const auto event = event_in(commit);
    if (!event || event->at < since) continue;
    MASC_TRY(auto step, step_of(*event, next[at]));
    steps.push_back(std::move(step));
  }
  std::stable_sort(steps.begin(), steps.end(), [](const model::Step& a, const model::Step& b) {
    return a.change.at > b.change.at;
  });
  return steps;
}

}  // namespace masc::store
