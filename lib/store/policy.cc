#include "store/policy.h"

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <functional>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "model/proposal.h"

namespace masc::store {
namespace {

using model::Policy;
using model::Strictness;

Error bad(const YAML::Node& node, std::string_view why) {
  const YAML::Mark mark = node.Mark();
  return error(ErrorCode::kInvalid, "{}:{}:{}: {}", kPolicyFile, mark.line + 1, mark.column + 1,
               why)
      .hint("`masc help init` lists the keys; fix the file on the base branch")
      .fact("line", mark.line + 1)
      .fact("column", mark.column + 1);
}

using Setter = std::function<Result<void>(const YAML::Node&)>;
using Keys = std::map<std::string, Setter, std::less<>>;

Result<void> read_map(const YAML::Node& node, const Keys& keys, std::string_view where) {
  if (node.IsNull()) return {};
  if (!node.IsMap()) return fail(bad(node, fmt::format("{} must be a map", where)));
  for (const auto& entry : node) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const auto key = keys.find(name);
    if (key == keys.end()) {
      return fail(bad(entry.first, fmt::format("unknown key '{}' in {}", printable(name), where)));
    }
    MASC_CHECK(key->second(entry.second));
  }
  return {};
}

Result<std::string> scalar(const YAML::Node& node, std::string_view wanted) {
  if (node.IsScalar()) return node.Scalar();
  return fail(bad(node, fmt::format("{} expected", wanted)));
}

Setter text(std::string& out) {
  return [&out](const YAML::Node& node) -> Result<void> {
    if (node.IsNull()) return {};
    MASC_TRY(out, scalar(node, "a text"));
    return {};
  };
}

Setter choice(std::string& out, const std::vector<std::string>& allowed) {
  return [&out, allowed](const YAML::Node& node) -> Result<void> {
    MASC_TRY(const std::string value, scalar(node, "a word"));
    std::string list;
    for (const std::string& word : allowed) {
      if (word == value) return out = word, Result<void>{};
      list += (list.empty() ? "" : ", ") + word;
    }
    return fail(bad(node, fmt::format("'{}' is none of {}", printable(value), list)));
  };
}

Setter flag(bool& out) {
  return [&out](const YAML::Node& node) -> Result<void> {
    if (node.IsScalar() && YAML::convert<bool>::decode(node, out)) return {};
    return fail(bad(node, "true or false expected"));
  };
}

Setter number(int& out, int least, int most) {
  return [&out, least, most](const YAML::Node& node) -> Result<void> {
    int value = 0;
    if (node.IsScalar() && YAML::convert<int>::decode(node, value) && value >= least &&
        value <= most) {
      return out = value, Result<void>{};
    }
    return fail(bad(node, fmt::format("a whole number from {} to {} expected", least, most)));
  };
}

Setter duration(Duration& out) {
  return [&out](const YAML::Node& node) -> Result<void> {
    MASC_TRY(const std::string value, scalar(node, "a duration such as 45m"));
    const auto parsed = parse_duration(value);
    if (!parsed) return fail(bad(node, parsed.error().message));
    out = *parsed;
    return {};
  };
}

Setter threshold(std::string& out) {
  return [&out](const YAML::Node& node) -> Result<void> {
    MASC_TRY(std::string value, scalar(node, "a quorum such as 2/3"));
    if (!value.empty()) {
      const auto parsed = model::Threshold::parse(value);
      if (!parsed) return fail(bad(node, parsed.error().message));
    }
    return out = std::move(value), Result<void>{};
  };
}

Setter strictness(Strictness& out) {
  return [&out](const YAML::Node& node) -> Result<void> {
    // YAML 1.1 reads a bare `off` as a boolean; its text is what was meant.
    const std::string value = node.IsScalar() ? node.Scalar() : "";
    if (value == "enforce") return out = Strictness::kEnforce, Result<void>{};
    if (value == "warn") return out = Strictness::kWarn, Result<void>{};
    if (value == "off") return out = Strictness::kOff, Result<void>{};
    return fail(bad(node, "enforce, warn or off expected"));
  };
}

Setter texts(std::vector<std::string>& out) {
  return [&out](const YAML::Node& node) -> Result<void> {
    if (!node.IsSequence()) return fail(bad(node, "a list expected"));
    out.clear();
    for (const auto& item : node) {
      MASC_TRY(std::string value, scalar(item, "a text"));
      out.push_back(std::move(value));
    }
    return {};
  };
}

Setter section(std::string_view name, Keys keys) {
  return [name, keys = std::move(keys)](const YAML::Node& node) {
    return read_map(node, keys, fmt::format("'{}'", name));
  };
}

Keys claim_keys(Policy& p) {
  return {{"lease", duration(p.claim.lease)},
          {"max", number(p.claim.max, 0, 1000000)},
          {"choose", choice(p.claim.choose, {"priority", "flock"})},
          {"lock_paths", flag(p.claim.lock_paths)},
          {"worktrees", text(p.claim.worktrees)},
          {"setup", text(p.claim.setup)},
          {"setup_timeout", duration(p.claim.setup_timeout)},
          {"ports", number(p.claim.ports, 0, 1000)}};
}

Keys land_keys(Policy& p) {
  return {{"strategy", choice(p.land.strategy, {"ff", "rebase", "merge", "squash"})},
          {"check", text(p.land.check)},
          {"timeout", duration(p.land.timeout)},
          {"who", choice(p.land.who, {"all", "humans"})},
          {"quorum", threshold(p.land.quorum)},
          {"takeback", strictness(p.land.takeback)}};
}

Keys top_keys(Policy& p, int& version) {
  return {
      {"version", number(version, 1, 1)},
      {"base", text(p.base)},
      {"override", flag(p.override_)},
      {"claim", section("claim", claim_keys(p))},
      {"guard", section("guard", {{"fencing", strictness(p.guard.fencing)},
                                  {"isolation", strictness(p.guard.isolation)},
                                  {"locks", strictness(p.guard.locks)},
                                  {"protected", strictness(p.guard.protected_)}})},
      {"protected", texts(p.protected_branches)},
      {"land", section("land", land_keys(p))},
      {"agents", section("agents", {{"live", duration(p.agents.live)}})},
      {"pool", section("pool", {{"max", number(p.pool.max, 0, 100000)},
                                {"rest", duration(p.pool.rest)},
                                {"age", duration(p.pool.age)},
                                {"keep_ignored", flag(p.pool.keep_ignored)}})},
      {"trails", section("trails", {{"success", duration(p.trails.success)},
                                    {"failure", duration(p.trails.failure)},
                                    {"hazard", duration(p.trails.hazard)},
                                    {"explored", duration(p.trails.explored)}})},
  };
}

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

}  // namespace

Result<Policy> parse_policy(std::string_view yaml) {
  Policy policy;
  if (trim(yaml).empty()) return policy;
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    int version = 1;
    MASC_CHECK(read_map(root, top_keys(policy, version), "the policy"));
  } catch (const YAML::Exception& e) {
    return fail(error(ErrorCode::kInvalid, "{}:{}:{}: {}", kPolicyFile, e.mark.line + 1,
                      e.mark.column + 1, printable(e.msg))
                    .fact("line", e.mark.line + 1)
                    .fact("column", e.mark.column + 1));
  }
  return policy;
}

Result<std::string> main_branch(const git::Repository& repository) {
  MASC_TRY(const std::string head, read_file(repository.common_dir + "/HEAD"));
  constexpr std::string_view kPrefix = "ref: refs/heads/";
  if (!head.starts_with(kPrefix)) return "";
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

Result<Policy> load_policy(const git::Repository& repository, const git::Git& git) {
  MASC_TRY(const std::string yaml, policy_text(repository, git));
  return parse_policy(yaml);
}

}  // namespace masc::store
