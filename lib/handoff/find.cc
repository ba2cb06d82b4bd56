#include "handoff/find.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"

namespace masc::handoff {
namespace {

constexpr std::size_t kMostLooked = 60;  // files whose beginning is read

struct Candidate {
  std::string path;
  Client client;
  timespec at{};
  bool must_name = false;  // its beginning has to name the folder
};

void add_file(std::string path, Client client, bool must_name, std::vector<Candidate>& out) {
  const auto stat = stat_of(path);
  if (!stat || !S_ISREG(stat->st_mode)) return;
  out.push_back({std::move(path), client, stat->st_mtim, must_name});
}

// Files with this ending in a folder, and in folders below it down to `depth`.
void add_folder(const std::string& folder, std::string_view ending, int depth, Client client,
                bool must_name, std::vector<Candidate>& out) {
  const auto names = list_directory(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    std::string path = join_path(folder, name);
    if (depth > 0 && is_directory(path)) {
      add_folder(path, ending, depth - 1, client, must_name, out);
    } else if (name.ends_with(ending)) {
      add_file(std::move(path), client, must_name, out);
    }
  }
}

// Claude Code names a project's folder by its path, all but letters and digits made '-'.
std::string dashed(std::string_view path) {
  std::string out(path);
  for (char& c : out) {
    const bool keeps = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!keeps) c = '-';
  }
  return out;
}

// pi: "--" + the path with '-' for '/' + "--".
std::string pi_folder(std::string_view path) {
  std::string out(path.substr(path.starts_with('/') ? 1 : 0));
  std::replace(out.begin(), out.end(), '/', '-');
  return "--" + out + "--";
}

bool names_folder(const std::string& path, const std::string& directory) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  std::string beginning(32768, '\0');
  const ssize_t n = ::read(fd.get(), beginning.data(), beginning.size());
  if (n <= 0) return false;
  beginning.resize(static_cast<std::size_t>(n));
  return beginning.find(json_string(directory)) != beginning.npos;
}

}  // namespace

std::optional<FoundTranscript> find_transcript(const std::string& home,
                                               const std::string& directory,
                                               std::optional<Client> client) {
  std::vector<Candidate> all;
  const auto below = [&](std::string_view path) { return join_path(home, path); };
  if (!home.empty()) {
    add_folder(join_path(below(".claude/projects"), dashed(directory)), ".jsonl", 0,
               Client::kClaude, false, all);
    add_folder(below(".codex/sessions"), ".jsonl", 3, Client::kCodex, true, all);
    add_folder(join_path(below(".gemini/tmp"), std::string(base_name(directory)) + "/chats"),
               ".jsonl", 0, Client::kGemini, false, all);
    add_folder(below(".copilot/session-state"), "events.jsonl", 1, Client::kCopilot, true, all);
    add_folder(join_path(below(".pi/agent/sessions"), pi_folder(directory)), ".jsonl", 0,
               Client::kPi, false, all);
  }
  add_file(join_path(directory, ".aider.chat.history.md"), Client::kAider, false, all);
  add_folder(join_path(directory, ".specstory/history"), ".md", 0, Client::kSpecStory, false, all);
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return a.at.tv_sec != b.at.tv_sec ? a.at.tv_sec > b.at.tv_sec : a.at.tv_nsec > b.at.tv_nsec;
  });
  std::size_t looked = 0;
  for (const Candidate& one : all) {
    if (client && one.client != *client) continue;
    if (one.must_name && (++looked > kMostLooked || !names_folder(one.path, directory))) continue;
    return FoundTranscript{one.path, one.client};
  }
  return std::nullopt;
}

}  // namespace masc::handoff
