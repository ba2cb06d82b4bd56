#include "swarm/choose.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace masc::swarm {
namespace {

constexpr double kMostPriority = 4;
// A record of this many tasks counts half.
constexpr double kHalfTrust = 2;

template <class T>
double at(const std::vector<T>& list, std::size_t index) {
  return index < list.size() ? static_cast<double>(list[index]) : 0;
}

template <class T>
T& grown(std::vector<T>& list, std::size_t index) {
  if (index >= list.size()) list.resize(index + 1);
  return list[index];
}

// s²/(s² + θ²) with s = 1 and θ = e^(−steepness × record), moved from (0, 1) to (−1, 1).
double response(double record, double steepness) { return std::tanh(steepness * record); }

double best_record(const Candidate& candidate, const Self& self) {
  if (candidate.labels.empty()) return 0;
  double sum = 0;
  for (const std::uint32_t label : candidate.labels) sum += at(self.record, label);
  return sum / static_cast<double>(candidate.labels.size());
}

// The values of the forces, in the order of TermKind from kSeparation on.
struct Forces {
  double separation, response, trail, cohesion, crowding, line, foresight;
};

Forces forces_of(const Candidate& candidate, const Field& field, const Self& self,
                 const Weights& weights) {
  Forces f{};
  f.separation = std::exp(-field.shared_with_live(candidate.files)) - 1;
  f.response = response(best_record(candidate, self), weights.steepness);
  f.trail = field.trail(candidate.files);
  if (candidate.epic != 0) {
    f.cohesion = candidate.epic == self.epic ? 1 : 0;
    f.crowding = std::exp(-at(self.in_epic, candidate.epic) / 2) - 1;
  }
  f.line = std::log2(1 + candidate.behind);
  f.foresight = std::log2(1 + field.shared_with_ready(candidate.files));
  return f;
}

double squash(double x) { return x / (1 + std::abs(x)); }

}  // namespace

void Field::add_heat(FileId file, double amount) {
  float& heat = grown(heat_.by_file, file);
  const double old = heat;
  heat += static_cast<float>(amount);
  heat_.sum += heat - old;
  heat_.squares += static_cast<double>(heat) * heat - old * old;
  live_.hot += (heat - old) * at(live_.by_file, file);
  ready_.hot += (heat - old) * at(ready_.by_file, file);
}

void Field::Load::add(const Files& files, float sign, const Heat& heat) {
  for (const Share& share : files.named) {
    grown(by_file, share.file) += sign * share.chance;
    hot += static_cast<double>(sign) * share.chance * at(heat.by_file, share.file);
  }
  unknown += static_cast<double>(sign) * files.unknown;
}

// With h the normalised heat: the named files meet the named load and the unknown one that is
// spread by h; the unknown ones, spread by h, meet both as well.
double Field::Load::shared(const Files& files, const Heat& h) const {
  double sum = 0;
  for (const Share& share : files.named)
    sum += share.chance * (at(by_file, share.file) + unknown * h.share(share.file));
  if (files.unknown > 0 && h.sum > 0)
    sum += files.unknown * (hot / h.sum + unknown * h.squares / (h.sum * h.sum));
  return std::max(0.0, sum);
}

void Field::set_trail(FileId file, double good, double bad) {
  grown(trail_, file) = static_cast<float>((good - bad) / (good + bad + 1));
}

// Without what the task shares with itself.
double Field::shared_with_ready(const Files& files) const {
  double own = 0;
  for (const Share& share : files.named)
    own += share.chance * (share.chance + 2 * files.unknown * heat_.share(share.file));
  if (files.unknown > 0 && heat_.sum > 0)
    own += files.unknown * files.unknown * heat_.squares / (heat_.sum * heat_.sum);
  return std::max(0.0, ready_.shared(files, heat_) - own);
}

double Field::trail(const Files& files) const {
  double sum = 0;
  double chances = 0;
  for (const Share& share : files.named) {
    sum += share.chance * at(trail_, share.file);
    chances += share.chance;
  }
  return chances > 0 ? sum / chances : 0;
}

double score(const Candidate& candidate, const Field& field, const Self& self,
             const Weights& weights) {
  const Forces f = forces_of(candidate, field, self, weights);
  const double x = weights.separation * f.separation + weights.alignment * f.response +
                   weights.trail * f.trail + weights.cohesion * f.cohesion +
                   weights.crowding * f.crowding + weights.line * f.line +
                   weights.foresight * f.foresight;
  return weights.ageing * (kMostPriority - candidate.priority + candidate.waited_days) +
         weights.reach * squash(x);
}

Score explain(const Candidate& candidate, const Field& field, const Self& self,
              const Weights& weights) {
  const Forces f = forces_of(candidate, field, self, weights);
  Score result;
  result.total = score(candidate, field, self, weights);
  const Term terms[kTerms] = {
      {TermKind::kPriority, weights.ageing, kMostPriority - candidate.priority},
      {TermKind::kWaiting, weights.ageing, candidate.waited_days},
      {TermKind::kSeparation, weights.separation, f.separation},
      {TermKind::kResponse, weights.alignment, f.response},
      {TermKind::kTrail, weights.trail, f.trail},
      {TermKind::kCohesion, weights.cohesion, f.cohesion},
      {TermKind::kCrowding, weights.crowding, f.crowding},
      {TermKind::kLine, weights.line, f.line},
      {TermKind::kForesight, weights.foresight, f.foresight}};
  std::copy(std::begin(terms), std::end(terms), std::begin(result.terms));
  return result;
}

std::string_view term_name(TermKind kind) noexcept {
  switch (kind) {
    case TermKind::kPriority: return "priority";
    case TermKind::kWaiting: return "waiting";
    case TermKind::kSeparation: return "separation";
    case TermKind::kResponse: return "response";
    case TermKind::kTrail: return "trail";
    case TermKind::kCohesion: return "cohesion";
    case TermKind::kCrowding: return "crowding";
    case TermKind::kLine: return "line";
    case TermKind::kForesight: return "foresight";
  }
  return "priority";
}

double record_of(const Times& own, const Times& all) noexcept {
  const double tries = own.count + own.broke;
  if (tries <= 0) return 0;
  const double gained = own.count > 0 ? own.count * all.log_sum / all.count - own.log_sum : 0;
  return (gained - own.broke * std::numbers::ln2) / (tries + kHalfTrust);
}

const Weights& tuned_weights() {
  static const Weights weights;
  return weights;
}

}  // namespace masc::swarm
