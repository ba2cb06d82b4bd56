#include "model/policy_text.h"

#include <functional>
#include <map>

#include "base/text.h"
#include "model/document.h"
#include "model/proposal.h"

namespace masc::model {
namespace {

using Setter = std::function<Result<void>(const Node&)>;
using Keys = std::map<std::string, Setter, std::less<>>;

Result<void> read_map(const Node& node, const Keys& keys, std::string_view where) {
  if (node.is_null()) return {};
  if (node.kind != Node::Kind::kMap)
    return fail(error_at(node.mark, fmt::format("{} must be a map", where)));
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const auto key = keys.find(node.keys[i]);
    if (key == keys.end()) {
      return fail(error_at(node.key_marks[i],
                           fmt::format("unknown key '{}' in {}", printable(node.keys[i]), where)));
    }
    MASC_CHECK(key->second(node.items[i]));
  }
  return {};
}

Setter text(std::string& out) {
  return [&out](const Node& node) -> Result<void> {
    if (node.is_null()) return {};
    MASC_TRY(out, text_of(node));
    return {};
  };
}

Setter choice(std::string& out, const std::vector<std::string>& allowed) {
  return [&out, allowed](const Node& node) -> Result<void> {
    MASC_TRY(const std::string value, text_of(node, "a word"));
    std::string list;
    for (const std::string& word : allowed) {
      if (word == value) return out = word, Result<void>{};
      list += (list.empty() ? "" : ", ") + word;
    }
    return fail(error_at(node.mark, fmt::format("'{}' is none of {}", printable(value), list)));
  };
}

Setter flag(bool& out) {
  return [&out](const Node& node) -> Result<void> {
    MASC_TRY(out, flag_of(node));
    return {};
  };
}

Setter number(int& out, int least, int most) {
  return [&out, least, most](const Node& node) -> Result<void> {
    MASC_TRY(const std::int64_t value, number_of(node, least, most));
    out = static_cast<int>(value);
    return {};
  };
}

Setter duration(Duration& out) {
  return [&out](const Node& node) -> Result<void> {
    MASC_TRY(const std::string value, text_of(node, "a duration such as 45m"));
    const auto parsed = parse_duration(value);
    if (!parsed) return fail(error_at(node.mark, parsed.error().message));
    out = *parsed;
    return {};
  };
}

Setter threshold(std::string& out) {
  return [&out](const Node& node) -> Result<void> {
    MASC_TRY(std::string value, text_of(node, "a quorum such as 2/3"));
    if (!value.empty()) {
      const auto parsed = Threshold::parse(value);
      if (!parsed) return fail(error_at(node.mark, parsed.error().message));
    }
    return out = std::move(value), Result<void>{};
  };
}

Setter strictness(Strictness& out) {
  return [&out](const Node& node) -> Result<void> {
    // YAML 1.1 reads a bare `off` as a boolean; its text is what was meant.
    const std::string& value = node.text;
    if (value == "enforce") return out = Strictness::kEnforce, Result<void>{};
    if (value == "warn") return out = Strictness::kWarn, Result<void>{};
    if (value == "off") return out = Strictness::kOff, Result<void>{};
    return fail(error_at(node.mark, "enforce, warn or off expected"));
  };
}

Setter texts(std::vector<std::string>& out) {
  return [&out](const Node& node) -> Result<void> {
    MASC_TRY(out, texts_of(node));
    return {};
  };
}

Setter section(std::string_view name, Keys keys) {
  return [name, keys = std::move(keys)](const Node& node) {
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
                                    {"explored", duration(p.trails.explored)},
                                    {"lift", threshold(p.trails.lift)}})},
  };
}

}  // namespace

Result<Policy> parse_policy(std::string_view yaml) {
  Policy policy;
  if (yaml.empty()) return policy;  // no file: nothing to start a parser for
  int version = 1;
  auto root = parse_yaml(yaml);
  Result<void> read;
  if (root) read = read_map(*root, top_keys(policy, version), "the policy");
  if (root && read) return policy;
  Error why = root ? std::move(read).error() : std::move(root).error();
  return fail(in_file(kPolicyFile, std::move(why))
                  .hint("`masc help masc` lists the keys; fix the file on the base branch"));
}

}  // namespace masc::model
