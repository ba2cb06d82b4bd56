#include "store/policy.h"

#include <chrono>

#include "base/file.h"
#include "base/text.h"

namespace masc::store {
namespace {

// What the policy's text depends on, as one line.
struct Stamp {
  std::string text;
  bool settled = true;  // false: a file changed so lately that its times can't tell versions apart
};

std::string identity_of(const std::string& path, bool& settled) {
  const auto info = stat_of(path);
  if (!info) return "-";
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto changed =
      std::chrono::seconds(info->st_ctim.tv_sec) + std::chrono::nanoseconds(info->st_ctim.tv_nsec);
  if (now - changed < std::chrono::milliseconds(100)) settled = false;
  return fmt::format("{}.{}.{}.{}", info->st_ino, info->st_size, info->st_mtim.tv_sec,
                     info->st_mtim.tv_nsec);
}

Result<Stamp> stamp_of(const git::Repository& repository, const std::string& branch) {
  Stamp stamp;
  const std::string& dir = repository.common_dir;
  MASC_TRY(const auto loose, read_file_if_any(dir + "/refs/heads/" + branch));
  std::string value;
  if (loose) {
    value = std::string(trim(*loose));
  } else {
    value = identity_of(dir + "/packed-refs", stamp.settled) + "," +
            identity_of(dir + "/reftable/tables.list", stamp.settled);
  }
  stamp.text = branch + " " + value;
  return stamp;
}

Result<std::string> text_at(const git::Repository& repository, const git::Git& git,
                            const std::string& branch) {
  const std::string cache = repository.masc_dir() + "/cache/policy";
  MASC_TRY(const Stamp stamp, stamp_of(repository, branch));
  MASC_TRY(const auto cached, read_file_if_any(cache));
  if (cached) {
    std::string_view rest(*cached);
    if (take_until(rest, '\n') == stamp.text) return std::string(rest);
  }
  const std::string path = fmt::format("refs/heads/{}:{}", branch, kPolicyFile);
  MASC_TRY(const git::Finished shown, git.run({"cat-file", "blob", path}));
  const std::string yaml = shown.ok() ? shown.out : "";
  // A cache that can't be written is only slower.
  if (stamp.settled) static_cast<void>(write_file(cache, stamp.text + "\n" + yaml));
  return yaml;
}

// The branch that a rebase or bisection under way will come back to; "" if there is none.
std::string interrupted_branch(const std::string& git_dir) {
  constexpr std::string_view kHeads = "refs/heads/";
  for (const char* name : {"rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"}) {
    const auto text = read_file_if_any(join_path(git_dir, name));
    if (!text || !*text) continue;
    std::string_view branch = trim(**text);
    if (branch.starts_with(kHeads)) {
      branch.remove_prefix(kHeads.size());
    } else if (branch.find_first_not_of("0123456789abcdef") == branch.npos || branch[0] == '(') {
      continue;  // it began at a commit, "detached HEAD"
    }
    return std::string(branch);
  }
  return "";
}

}  // namespace

Result<std::string> main_branch(const git::Repository& repository) {
  MASC_TRY(const std::string head, read_file(repository.common_dir + "/HEAD"));
  constexpr std::string_view kPrefix = "ref: refs/heads/";
  if (!head.starts_with(kPrefix)) return interrupted_branch(repository.common_dir);
  return std::string(trim(std::string_view(head).substr(kPrefix.size())));
}

Result<std::string> policy_text(const git::Repository& repository, const git::Git& git) {
  MASC_TRY(const std::string branch, main_branch(repository));
  if (branch.empty()) return "";
  MASC_TRY(std::string yaml, text_at(repository, git, branch));
  if (yaml.find("base") == std::string::npos) return yaml;
  // The policy of the branch it names as its base is the one that counts.
  const auto policy = parse_policy(yaml);
  if (!policy || policy->base.empty() || policy->base == branch) return yaml;
  MASC_TRY(
      const git::Finished shown,
      git.run({"cat-file", "blob", fmt::format("refs/heads/{}:{}", policy->base, kPolicyFile)}));
  return shown.ok() ? shown.out : yaml;
}

Result<model::Policy> load_policy(const git::Repository& repository, const git::Git& git) {
  MASC_TRY(const std::string yaml, policy_text(repository, git));
  return parse_policy(yaml);
}

}  // namespace masc::store
