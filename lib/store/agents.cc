#include "store/agents.h"

#include <algorithm>
#include <map>

#include "base/system.h"
#include "base/text.h"
#include "model/trailers.h"
#include "store/announce.h"

namespace masc::store {
namespace {

constexpr const char* kAgentRefs = "refs/masc/agents/";
constexpr std::string_view kLivePrefix = "agent.";
// A process that stands in a worktree keeps a claim alive for at most this many leases.
constexpr int kStandingLeases = 3;

Instant mtime_of(const struct stat& info) {
  return Instant(std::chrono::duration_cast<Duration>(
      std::chrono::seconds(info.st_mtim.tv_sec) + std::chrono::nanoseconds(info.st_mtim.tv_nsec)));
}

std::string format_live(const AgentRecord& agent) {
  return fmt::format("kind {}\nhost {}\nclient {}\n", agent.human ? "human" : "agent", agent.host,
                     agent.client);
}

void read_live(std::string_view text, AgentRecord& agent) {
  for (std::string_view line : split_lines(text)) {
    const std::string_view key = take_until(line, ' ');
    if (key == "kind") agent.human = line == "human";
    if (key == "host") agent.host = std::string(line);
    if (key == "client") agent.client = std::string(line);
  }
}

std::string format_record(const AgentRecord& agent, bool joined) {
  model::Message message;
  message.subject = fmt::format("{} {}", joined ? "join" : "leave", agent.name);
  message.trailers = {{"Masc-Format", "1"},
                      {"Masc-Agent", agent.name},
                      {"Masc-Kind", agent.human ? "human" : "agent"},
                      {"Masc-Joined", joined ? "true" : "false"},
                      {"Masc-Host", agent.host},
                      {"Masc-Client", agent.client}};
  for (const std::string& label : agent.can) message.trailers.push_back({"Masc-Can", label});
  return model::format_message(message);
}

AgentRecord read_record(const model::Message& message) {
  AgentRecord agent;
  for (const auto& [key, value] : message.trailers) {
    if (key == "Masc-Agent") agent.name = value;
    if (key == "Masc-Kind") agent.human = value == "human";
    if (key == "Masc-Joined") agent.joined = value == "true";
    if (key == "Masc-Host") agent.host = value;
    if (key == "Masc-Client") agent.client = value;
    if (key == "Masc-Can") agent.can.push_back(value);
  }
  return agent;
}

Result<void> append_record(Workspace& workspace, const AgentRecord& agent, bool joined,
                           Instant now) {
  MASC_CHECK(workspace.id());
  git::StateRepo& state = workspace.state();
  const std::string ref = kAgentRefs + agent.name;
  MASC_TRY(const FileLock lock, state.lock(ref));
  MASC_TRY(const auto old, state.ref(ref));
  git::Commit commit;
  commit.tree = git::StateRepo::empty_tree();
  if (old) commit.parents = {*old};
  commit.author = agent.name;
  commit.seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  commit.message = format_record(agent, joined);
  MASC_TRY(const git::ObjectId next, state.write_commit(commit));
  MASC_CHECK(state.swap(ref, old, next));
  model::Change change;
  change.event = joined ? "agent_join" : "agent_leave";
  change.agent = agent.name;
  change.at = now;
  change.text = fmt::format("{} {}", joined ? "join" : "leave", agent.name);
  announce(workspace.masc_dir(), change, {}, 0);
  return {};
}

}  // namespace

std::string AgentStore::live_path(std::string_view name) const {
  return fmt::format("{}/live/{}{}", workspace_.masc_dir(), kLivePrefix, name);
}

void AgentStore::seen(std::string_view name, bool human, std::string_view client) const {
  const std::string path = live_path(name);
  if (exists(path)) {
    static_cast<void>(touch_file(path));
    return;
  }
  AgentRecord agent;
  agent.human = human;
  agent.host = host_name();
  agent.client = std::string(client);
  static_cast<void>(write_file(path, format_live(agent)));
}

std::optional<Instant> AgentStore::last_seen(std::string_view name) const {
  const auto info = stat_of(live_path(name));
  if (!info) return std::nullopt;
  return mtime_of(*info);
}

Result<std::optional<AgentRecord>> AgentStore::joined(std::string_view name) const {
  MASC_TRY(const auto ref, workspace_.state().ref(kAgentRefs + std::string(name)));
  if (!ref) return std::nullopt;
  MASC_TRY(const git::Commit commit, workspace_.state().commit(*ref));
  MASC_TRY(const model::Message message, model::parse_message(commit.message));
  return read_record(message);
}

Result<std::optional<AgentRecord>> AgentStore::find(std::string_view name) const {
  MASC_TRY(auto record, joined(name));
  MASC_TRY(const auto live, read_file_if_any(live_path(name)));
  if (!record && !live) return std::nullopt;
  if (!record) record.emplace();
  record->name = std::string(name);
  if (live) read_live(*live, *record);
  record->last_seen = last_seen(name);
  return record;
}

Result<std::vector<AgentRecord>> AgentStore::list() const {
  std::vector<std::string> names;
  MASC_TRY(const auto refs, workspace_.state().refs(kAgentRefs));
  for (const git::Ref& ref : refs) names.emplace_back(base_name(ref.name));
  MASC_TRY(const auto files, list_directory(workspace_.masc_dir() + "/live"));
  for (const std::string& file : files) {
    if (file.starts_with(kLivePrefix) && !file.ends_with(".tmp")) {
      names.push_back(file.substr(kLivePrefix.size()));
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<AgentRecord> agents;
  for (const std::string& name : names) {
    MASC_TRY(auto agent, find(name));
    if (agent) agents.push_back(std::move(*agent));
  }
  return agents;
}

Result<AgentRecord> AgentStore::join(const AgentRecord& agent, Instant now) {
  AgentRecord record = agent;
  MASC_TRY(const auto old, joined(agent.name));
  if (old && old->joined && agent.can.empty()) record.can = old->can;
  record.joined = true;
  if (old && old->joined && old->can == record.can) return record;
  MASC_CHECK(append_record(workspace_, record, true, now));
  return record;
}

Result<void> AgentStore::leave(std::string_view name, Instant now) {
  MASC_TRY(auto record, joined(name));
  if (record && record->joined) {
    record->can.clear();
    MASC_CHECK(append_record(workspace_, *record, false, now));
  }
  return remove_file(live_path(name));
}

std::string runner_path(const std::string& masc_dir, const model::TaskId& id,
                        std::int64_t generation) {
  return fmt::format("{}/live/{}.{}", masc_dir, id.str(), generation);
}

model::Liveness liveness_of(const Workspace& workspace, const model::Task& task) {
  model::Liveness liveness;
  if (!task.claim) return liveness;
  const std::string name =
      fmt::format("{}/live/{}{}", workspace.masc_dir(), kLivePrefix, task.claim->agent);
  if (const auto info = stat_of(name)) liveness.touched = mtime_of(*info);
  if (task.claim->runner) {
    const std::string path = runner_path(workspace.masc_dir(), task.id, task.claim->generation);
    liveness.runner_gone = !FileLock::is_held(path);
  }
  return liveness;
}

model::Liveness liveness_with_processes(const Workspace& workspace, const model::Task& task,
                                        Instant now) {
  model::Liveness liveness = liveness_of(workspace, task);
  if (!task.claim || task.claim->worktree.empty()) return liveness;
  if (!model::expired(*task.claim, liveness, now)) return liveness;
  const Instant ended = model::expires_at(*task.claim, liveness);
  if (now >= ended + kStandingLeases * task.claim->lease) return liveness;
  const std::vector<pid_t> own = own_lineage();
  const auto place = real_path(task.claim->worktree);
  if (!place) return liveness;
  for (const Process& process : processes_standing_in(*place)) {
    if (std::find(own.begin(), own.end(), process.pid) != own.end()) continue;
    liveness.standing = fmt::format("{} ({})", process.pid, printable(process.command));
    break;
  }
  return liveness;
}

}  // namespace masc::store
