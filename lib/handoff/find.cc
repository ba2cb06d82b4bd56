#include "handoff/find.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "handoff/sha256.h"

namespace masc::handoff {
namespace {

constexpr std::size_t kMostLooked = 60;  // files that are read
constexpr std::size_t kBeginningBytes = 32768;
constexpr std::size_t kPiece = std::size_t{1} << 20;

// How a file shows that its session worked in the folder.
enum class Proof {
  kPlace,      // it lies in it
  kBeginning,  // it names it at its beginning
  kCwd,        // a record was written there, or none says where
  kMoved,      // a record was written there
  kHash,       // its beginning has the hash of the folder's path, or none
};

struct Candidate {
  std::string path;
  Client client;
  Proof proof;
  timespec at{};
};

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

// Hands the file to `look` in pieces, each behind the end of the one before, until it is satisfied.
template <typename Look>
bool any_piece(const std::string& path, std::size_t overlap, Look look) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  std::string piece(kPiece, '\0');
  std::size_t kept = 0;
  while (true) {
    const ssize_t n = ::read(fd.get(), piece.data() + kept, piece.size() - kept);
    if (n <= 0) return false;
    const std::string_view text(piece.data(), kept + static_cast<std::size_t>(n));
    if (look(text)) return true;
    kept = std::min(overlap, text.size());
    piece.replace(0, kept, std::string(text.substr(text.size() - kept)));
  }
}

std::string beginning_of(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string beginning(kBeginningBytes, '\0');
  const ssize_t n = fd ? ::read(fd.get(), beginning.data(), beginning.size()) : 0;
  beginning.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  return beginning;
}

// "cwd":"/a/b" or a folder below it. In a string of a record the quotes would be escaped.
bool worked_in(const std::string& path, const std::string& directory) {
  std::string needle = "\"cwd\":" + json_string(directory);
  needle.pop_back();
  return any_piece(path, needle.size(), [&](std::string_view text) {
    for (std::size_t at = 0; (at = text.find(needle, at)) != text.npos; ++at) {
      const char next = at + needle.size() < text.size() ? text[at + needle.size()] : '\0';
      if (next == '"' || next == '/') return true;
    }
    return false;
  });
}

bool is_proven(const Candidate& one, const std::string& directory) {
  switch (one.proof) {
    case Proof::kPlace: return true;
    case Proof::kBeginning:
      return beginning_of(one.path).find(json_string(directory)) != std::string::npos;
    case Proof::kCwd:
      return worked_in(one.path, directory) ||
             beginning_of(one.path).find("\"cwd\":") == std::string::npos;
    case Proof::kMoved: return worked_in(one.path, directory);
    case Proof::kHash: {
      const std::string beginning = beginning_of(one.path);
      return beginning.find("\"projectHash\"") == std::string::npos ||
             beginning.find('"' + sha256_hex(directory) + '"') != std::string::npos;
    }
  }
  return false;
}

class Search {
 public:
  explicit Search(const WantedTranscript& wanted) : wanted_(wanted) {}

  std::optional<FoundTranscript> run() {
    const std::string claude = home_of(wanted_.claude_home, ".claude");
    const std::string codex = home_of(wanted_.codex_home, ".codex");
    const std::string& directory = wanted_.directory;
    if (!claude.empty()) {
      const std::string projects = join_path(claude, "projects");
      add_folder(join_path(projects, dashed(directory)), 0, Client::kClaude, Proof::kCwd);
      if (!wanted_.checkout.empty()) {
        add_folder(join_path(projects, dashed(wanted_.checkout)), 0, Client::kClaude,
                   Proof::kMoved);
      }
    }
    if (!codex.empty())
      add_folder(join_path(codex, "sessions"), 3, Client::kCodex, Proof::kBeginning);
    if (!wanted_.home.empty()) {
      const auto below = [&](std::string_view path) { return join_path(wanted_.home, path); };
      for (const std::string& name : {std::string(base_name(directory)), sha256_hex(directory)}) {
        const std::string chats = join_path(below(".gemini/tmp"), name + "/chats");
        add_folder(chats, 0, Client::kGemini, Proof::kHash);
        add_folder(chats, 0, Client::kGemini, Proof::kHash, ".json");
      }
      add_folder(below(".copilot/session-state"), 1, Client::kCopilot, Proof::kBeginning,
                 "events.jsonl");
      add_folder(join_path(below(".pi/agent/sessions"), pi_folder(directory)), 0, Client::kPi,
                 Proof::kCwd);
    }
    add_file(join_path(directory, ".aider.chat.history.md"), Client::kAider, Proof::kPlace);
    add_folder(join_path(directory, ".specstory/history"), 0, Client::kSpecStory, Proof::kPlace,
               ".md");
    const auto found = newest();
    return found ? found : by_session(claude, codex);
  }

 private:
  std::string home_of(const std::string& said, std::string_view usual) const {
    if (!said.empty() || wanted_.home.empty()) return said;
    return join_path(wanted_.home, usual);
  }

  void add_file(std::string path, Client client, Proof proof) {
    if (wanted_.client && client != *wanted_.client) return;
    const auto stat = stat_of(path);
    if (!stat || !S_ISREG(stat->st_mode) || stat->st_mtim.tv_sec < wanted_.since) return;
    all_.push_back({std::move(path), client, proof, stat->st_mtim});
  }

  // Files with this ending in a folder, and in folders below it down to `depth`.
  void add_folder(const std::string& folder, int depth, Client client, Proof proof,
                  std::string_view ending = ".jsonl") {
    const auto names = list_directory(folder);
    if (!names) return;
    for (const std::string& name : *names) {
      std::string path = join_path(folder, name);
      if (depth > 0 && is_directory(path)) {
        add_folder(path, depth - 1, client, proof, ending);
      } else if (name.ends_with(ending)) {
        add_file(std::move(path), client, proof);
      }
    }
  }

  // Claude Code: <project>/<session>.jsonl; Codex: rollout-<time>-<session>.jsonl.
  std::optional<FoundTranscript> by_session(const std::string& claude, const std::string& codex) {
    if (wanted_.session.empty() || wanted_.session.find('/') != std::string::npos)
      return std::nullopt;
    all_.clear();
    const std::string file = wanted_.session + ".jsonl";
    if (!claude.empty())
      add_folder(join_path(claude, "projects"), 1, Client::kClaude, Proof::kPlace, file);
    if (!codex.empty())
      add_folder(join_path(codex, "sessions"), 3, Client::kCodex, Proof::kPlace, "-" + file);
    std::erase_if(all_, [&](const Candidate& one) {
      return one.client == Client::kClaude && base_name(one.path) != file;
    });
    return newest();
  }

  std::optional<FoundTranscript> newest() {
    std::stable_sort(all_.begin(), all_.end(), [](const Candidate& a, const Candidate& b) {
      return a.at.tv_sec != b.at.tv_sec ? a.at.tv_sec > b.at.tv_sec : a.at.tv_nsec > b.at.tv_nsec;
    });
    if (all_.size() > kMostLooked) all_.resize(kMostLooked);
    for (const Candidate& one : all_) {
      if (is_proven(one, wanted_.directory)) return FoundTranscript{one.path, one.client};
    }
    return std::nullopt;
  }

  const WantedTranscript& wanted_;
  std::vector<Candidate> all_;
};

}  // namespace

std::optional<FoundTranscript> find_transcript(const WantedTranscript& wanted) {
  return Search(wanted).run();
}

}  // namespace masc::handoff
