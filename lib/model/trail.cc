#include "model/trail.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>

#include "base/text.h"
#include "model/trailers.h"

namespace masc::model {
namespace {

constexpr std::size_t kCloneDigits = 16;

template <class T>
std::optional<T> number_of(std::string_view text) {
  T number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  return number;
}

Error no_deposit(std::string_view line) {
  return error(ErrorCode::kFormat, "no deposit: '{}'", printable(line.substr(0, 80)));
}

// "<clone>.<number>[+<count>]"
bool read_origin(std::string_view text, Deposit& deposit) {
  deposit.clone = std::string(take_until(text, '.'));
  const std::size_t plus = text.find('+');
  const auto number = number_of<std::int64_t>(text.substr(0, plus));
  if (deposit.clone.size() != kCloneDigits || !number) return false;
  deposit.number = *number;
  if (plus == text.npos) return true;
  const auto count = number_of<std::int64_t>(text.substr(plus + 1));
  if (!count || *count < 0) return false;
  deposit.count = *count;
  return true;
}

bool is_sum(std::string_view origin) { return origin.find('+') != origin.npos; }

using Key = std::tuple<std::string, TrailKind, std::string>;  // path, kind, agent

}  // namespace

std::string_view trail_kind_name(TrailKind kind) noexcept {
  switch (kind) {
    case TrailKind::kSuccess: return "success";
    case TrailKind::kFailure: return "failure";
    case TrailKind::kHazard: return "hazard";
    case TrailKind::kExplored: return "explored";
    case TrailKind::kTook: return "took";
    case TrailKind::kBroke: return "broke";
  }
  return "success";
}

Result<TrailKind> parse_trail_kind(std::string_view text) {
  for (const TrailKind kind : {TrailKind::kSuccess, TrailKind::kFailure, TrailKind::kHazard,
                               TrailKind::kExplored, TrailKind::kTook, TrailKind::kBroke}) {
    if (text == trail_kind_name(kind)) return kind;
  }
  return fail(error(ErrorCode::kInvalid, "'{}' is no kind of trail", printable(text.substr(0, 80)))
                  .hint("use success, failure, hazard or explored"));
}

std::optional<Duration> half_life(const Policy& policy, TrailKind kind) noexcept {
  switch (kind) {
    case TrailKind::kSuccess: return policy.trails.success;
    case TrailKind::kFailure: return policy.trails.failure;
    case TrailKind::kHazard: return policy.trails.hazard;
    case TrailKind::kExplored: return policy.trails.explored;
    case TrailKind::kTook:
    case TrailKind::kBroke: return std::nullopt;
  }
  return std::nullopt;
}

double evaporation(Duration age, const std::optional<Duration>& half_life) noexcept {
  if (!half_life || age.count() <= 0) return 1;
  return std::exp2(-static_cast<double>(age.count()) / static_cast<double>(half_life->count()));
}

std::string format_deposit(const Deposit& deposit) {
  std::string line =
      fmt::format("{} {} {} {:.9g} {}.{}", format_time_exact(deposit.at), deposit.agent,
                  trail_kind_name(deposit.kind), deposit.strength, deposit.clone, deposit.number);
  if (deposit.count > 0) line += fmt::format("+{}", deposit.count);
  line += fmt::format(" {} {}", deposit.task.empty() ? "-" : deposit.task.str(),
                      escape_value(deposit.path));
  if (!deposit.note.empty()) line += "\t" + escape_value(deposit.note);
  return line;
}

Result<Deposit> parse_deposit(std::string_view line) {
  const std::string_view whole = line;
  Deposit deposit;
  const auto at = parse_time(take_until(line, ' '));
  deposit.agent = std::string(take_until(line, ' '));
  const auto kind = parse_trail_kind(take_until(line, ' '));
  const auto strength = number_of<double>(take_until(line, ' '));
  const std::string_view origin = take_until(line, ' ');
  const std::string_view task = take_until(line, ' ');
  const std::string_view path = take_until(line, '\t');
  if (!at || !kind || !strength || !std::isfinite(*strength) || path.empty())
    return fail(no_deposit(whole));
  if (*strength < 0 && *kind != TrailKind::kHazard) return fail(no_deposit(whole));
  if (!read_origin(origin, deposit)) return fail(no_deposit(whole));
  if (is_sum(origin) && deposit.count == 0) return fail(no_deposit(whole));
  deposit.at = *at;
  deposit.kind = *kind;
  deposit.strength = *strength;
  if (task != "-") {
    MASC_TRY(deposit.task, TaskId::parse(task));
  }
  MASC_TRY(deposit.path, unescape_value(path));
  MASC_TRY(deposit.note, unescape_value(line));
  return deposit;
}

std::vector<Deposit> live_deposits(std::span<const Deposit> lines) {
  std::map<std::string_view, std::int64_t> summed;
  for (const Deposit& line : lines) {
    if (line.count == 0) continue;
    std::int64_t& last = summed[line.clone];
    last = std::max(last, line.number);
  }
  const auto counts = [&](const Deposit& line) {
    const auto found = summed.find(line.clone);
    if (found == summed.end()) return true;
    return line.count > 0 ? line.number == found->second : line.number > found->second;
  };
  std::vector<Deposit> live;
  for (const Deposit& line : lines) {
    if (counts(line)) live.push_back(line);
  }
  // A number is one deposit; of a sum there is one line for each path, kind and agent.
  const auto key = [](const Deposit& one) {
    return std::tie(one.clone, one.number, one.count, one.path, one.kind, one.agent);
  };
  std::sort(live.begin(), live.end(),
            [&](const Deposit& a, const Deposit& b) { return key(a) < key(b); });
  const auto same = [&](const Deposit& a, const Deposit& b) { return key(a) == key(b); };
  live.erase(std::unique(live.begin(), live.end(), same), live.end());
  return live;
}

std::vector<Deposit> fold_deposits(std::span<const Deposit> own, std::int64_t last,
                                   const Policy& policy, Instant now) {
  std::map<Key, Deposit> sums;
  for (const Deposit& one : own) {
    if (one.number > last) continue;
    auto [place, fresh] = sums.try_emplace({one.path, one.kind, one.agent}, one);
    Deposit& sum = place->second;
    const std::int64_t count = std::max<std::int64_t>(1, one.count);
    if (fresh) {
      sum.count = count;
      sum.note.clear();
      sum.task = {};
      continue;
    }
    const auto half = half_life(policy, one.kind);
    const Instant newest = std::max(sum.at, one.at);
    sum.strength = sum.strength * evaporation(newest - sum.at, half) +
                   one.strength * evaporation(newest - one.at, half);
    sum.at = newest;
    sum.count += count;
  }
  std::vector<Deposit> folded;
  for (auto& [key, sum] : sums) {
    sum.number = last;
    const auto half = half_life(policy, sum.kind);
    if (half && std::abs(sum.strength) * evaporation(now - sum.at, half) < kNothing) continue;
    folded.push_back(std::move(sum));
  }
  if (!folded.empty() || sums.empty()) return folded;
  // The mark alone: it stands for all, and adds nothing.
  Deposit mark = std::move(sums.begin()->second);
  mark.strength = 0;
  return {std::move(mark)};
}

bool lies_at(std::string_view path, std::string_view at) noexcept {
  if (at == "." || path == at) return true;
  return path.size() > at.size() && path.starts_with(at) && path[at.size()] == '/';
}

Trail read_trail(std::span<const Deposit> live, std::string_view path, TrailKind kind,
                 const Policy& policy, Instant now) {
  Trail trail;
  trail.path = std::string(path);
  trail.kind = kind;
  const auto half = half_life(policy, kind);
  std::map<std::string_view, double> by_agent;
  for (const Deposit& one : live) {
    if (one.kind != kind || !lies_at(one.path, path) || one.strength == 0) continue;
    by_agent[one.agent] += one.strength * evaporation(now - one.at, half);
    trail.deposits += std::max<std::int64_t>(1, one.count);
    trail.last = std::max(trail.last, one.at);
  }
  for (const auto& [agent, strength] : by_agent)
    trail.strength += std::clamp(strength, 0.0, kMostOfOneAgent);
  return trail;
}

std::vector<Deposit> lift_hazards(std::span<const Deposit> live, std::string_view path,
                                  const Policy& policy, Instant decided, std::string_view note) {
  const auto half = half_life(policy, TrailKind::kHazard);
  std::map<std::pair<std::string_view, std::string_view>, double> there;
  for (const Deposit& one : live) {
    if (one.kind != TrailKind::kHazard || one.at > decided || !lies_at(one.path, path)) continue;
    there[{one.path, one.agent}] += one.strength * evaporation(decided - one.at, half);
  }
  std::vector<Deposit> lifts;
  for (const auto& [key, strength] : there) {
    if (strength < kNothing) continue;
    Deposit& lift = lifts.emplace_back();
    lift.at = decided;
    lift.path = key.first;
    lift.agent = key.second;
    lift.kind = TrailKind::kHazard;
    lift.strength = -strength;
    lift.note = note;
  }
  return lifts;
}

}  // namespace masc::model
