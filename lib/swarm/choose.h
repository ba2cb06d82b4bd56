// Which ready task an agent should take: a score with its terms. Pure; `masc next`, `claim` under
// the policy `choose: flock`, and the simulation in bench/swarm share it.
//
// Priority with ageing leads: a level of priority is worth 1, so is a day of waiting, without an
// upper limit, so nothing waits for ever. Beside it stand the forces of a flock (C. W. Reynolds,
// "Flocks, Herds, and Schools: A Distributed Behavioral Model", SIGGRAPH 1987), over sets of files
// in place of positions, squashed into ±Weights::reach together:
//
//   separation  away from files that others' live claims and locks touch
//   alignment   towards labels that the agent has done well with so far, by a response threshold
//               (E. Bonabeau, G. Theraulaz, J.-L. Deneubourg, "Quantitative Study of the Fixed
//               Threshold Model for the Regulation of Division of Labour in Insect Societies",
//               Proc. R. Soc. B 263, 1996): s²/(s² + θ²) with the stimulus s = 1 and a threshold θ
//               that falls with its record on the label; and towards paths whose trails say success
//               rather than hazard
//   cohesion    towards the epic it works on already, and away from one that others crowd
//
// and two of foresight: what others wait for goes first, and so does what overlaps with much that
// is still to come, so that hot files don't all meet at the end. Equal inputs give equal scores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace masc::swarm {

using FileId = std::uint32_t;  // any dense numbering of paths

struct Share {
  FileId file = 0;
  float chance = 1;  // that the task touches it
};

// The files that a task will touch, as far as anybody can say: some by name, and `unknown` more
// that are spread as all work is (Field::heat).
struct Files {
  std::vector<Share> named;
  float unknown = 0;
};

struct Candidate {
  double priority = 2;     // 0 (first) to 4
  double waited_days = 0;  // since it was created
  Files files;
  std::vector<std::uint32_t> labels;
  std::uint32_t epic = 0;  // 0: of none
  double behind = 0;       // unfinished tasks that wait for it, at first or at second hand
};

// What an agent sees at a moment. By file: indexed by FileId; files beyond the end have 0.
class Field {
 public:
  // Another's live claim, or a lock (chance 1 on its files).
  void add_live(const Files& files) { live_.add(files, 1, heat_); }
  void drop_live(const Files& files) { live_.add(files, -1, heat_); }
  // A task that can be taken, the candidate itself among them.
  void add_ready(const Files& files) { ready_.add(files, 1, heat_); }
  void drop_ready(const Files& files) { ready_.add(files, -1, heat_); }
  // Where work happens at all: trails and declared paths, in any unit.
  void add_heat(FileId file, double amount);

  // Expected files that both `files` and others' live claims touch, counted once a claim.
  double shared_with_live(const Files& files) const { return live_.shared(files, heat_); }
  // The same with the other tasks that can be taken.
  double shared_with_ready(const Files& files) const;
  // -1 (hazard, failure) to 1 (success) over the task's named files.
  double trail(const Files& files) const;
  // What the trails say of a file: the strengths of success, and of hazard and failure.
  void set_trail(FileId file, double good, double bad);

 private:
  struct Heat {
    std::vector<float> by_file;
    double sum = 0;
    double squares = 0;  // of by_file
    double share(FileId file) const {
      return file < by_file.size() && sum > 0 ? by_file[file] / sum : 0;
    }
  };
  struct Load {
    std::vector<float> by_file;
    double unknown = 0;
    double hot = 0;  // Σ by_file × heat, kept up to date by add() and by Field::add_heat()
    void add(const Files& files, float sign, const Heat& heat);
    double shared(const Files& files, const Heat& heat) const;
  };
  Heat heat_;
  Load live_;
  Load ready_;
  std::vector<float> trail_;
};

// What the agent that asks brings along.
struct Self {
  std::vector<double> record;   // by label: see record_of(); labels beyond the end have 0
  std::uint32_t epic = 0;       // of the task it worked on last; 0: none
  std::vector<double> in_epic;  // by epic: others at work in it
};

struct Weights {
  double ageing = 1;       // a level of priority, a day of waiting
  double reach = 2;        // the forces together stay within ±reach
  double separation = 20;  // of 1 − e^(−shared files)
  double alignment = 3;    // of the response, −1 to 1
  double steepness = 2;    // how fast a threshold falls with the record
  double trail = 0.2;      // of success (1) against hazard (−1) on its paths
  double cohesion = 0.4;   // of the own epic
  double crowding = 4;     // of 1 − e^(−others in its epic / 2)
  double line = 0.4;       // of log2(1 + tasks that wait behind it)
  double foresight = 1.5;  // of log2(1 + files shared with other ready tasks)
};
// Tuned by bench/swarm on seeds other than those that it reports.
const Weights& tuned_weights();

enum class TermKind {
  kPriority,
  kWaiting,
  kSeparation,
  kResponse,
  kTrail,
  kCohesion,
  kCrowding,
  kLine,
  kForesight
};
inline constexpr std::size_t kTerms = 9;
std::string_view term_name(TermKind kind) noexcept;

// weight × value adds up, the forces squashed: score = priority + waiting + reach × x / (1 + |x|)
// with x the sum of the others.
struct Term {
  TermKind kind{};
  double weight = 0;
  double value = 0;
};
struct Score {
  double total = 0;
  Term terms[kTerms];
};
double score(const Candidate& candidate, const Field& field, const Self& self,
             const Weights& weights);
Score explain(const Candidate& candidate, const Field& field, const Self& self,
              const Weights& weights);

// How an agent has done with a label so far: 0 for as everybody does, 0.7 for twice as fast. From
// the mean natural logarithm of the time its own `own.count` tasks with the label took, against
// that of `all` of them; a landing's check that failed counts as one more that took twice as long
// as everybody's. Few count for little.
struct Times {
  double count = 0;
  double log_sum = 0;  // of ln(seconds)
  double broke = 0;    // checks that failed
};
double record_of(const Times& own, const Times& all) noexcept;

}  // namespace masc::swarm
