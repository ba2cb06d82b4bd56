#include <algorithm>
#include <cmath>

#include "wire/train.h"

namespace masc::wire {
namespace {

constexpr int kRounds = 10;

double entropy_term(double n) { return n > 0.5 ? n * std::log2(n) : 0; }

struct Neighbour {
  std::uint32_t other;
  std::uint64_t count;
};
using Lists = std::vector<std::vector<Neighbour>>;

// A table of counts of which one side, "lines", is being changed: its sums and the terms of its
// entropy.
class Table {
 public:
  Table(std::size_t lines, std::size_t across)
      : across_(across), count_(lines * across, 0), term_(lines * across, 0), sum_(lines, 0) {}

  void add(std::size_t line, std::size_t column, double n) {
    double& cell = count_[line * across_ + column];
    cell += n;
    term_[line * across_ + column] = entropy_term(cell);
    sum_[line] += n;
  }
  // What the objective gains if `profile` (column, count) goes to a line, or leaves it with `sign`
  // -1.
  double gain(std::size_t line, const std::vector<std::pair<std::uint32_t, double>>& profile,
              double total, double sign) const {
    const double* counts = count_.data() + line * across_;
    const double* terms = term_.data() + line * across_;
    double gain = 0;
    for (const auto& [column, n] : profile)
      gain += entropy_term(counts[column] + sign * n) - terms[column];
    return gain - (entropy_term(sum_[line] + sign * total) - entropy_term(sum_[line]));
  }

 private:
  std::size_t across_;
  std::vector<double> count_, term_, sum_;
};

// One round: every entry goes to the line where it helps most. `place` says where entries are,
// `across` where their neighbours are on the other side.
std::size_t exchange(const Lists& lists, const std::vector<std::uint32_t>& across,
                     std::size_t across_count, std::vector<std::uint32_t>& place,
                     std::uint32_t movable, std::uint32_t lines, std::size_t all_lines) {
  Table table(all_lines, across_count);
  for (std::size_t w = 0; w < lists.size(); ++w)
    for (const Neighbour& n : lists[w])
      table.add(place[w], across[n.other], static_cast<double>(n.count));
  std::vector<std::uint32_t> members(all_lines, 0);
  for (std::uint32_t w = 0; w < movable; ++w) ++members[place[w]];
  std::size_t moved = 0;
  std::vector<double> sums(across_count, 0);
  std::vector<std::pair<std::uint32_t, double>> profile;
  for (std::uint32_t w = 0; w < movable; ++w) {
    if (members[place[w]] == 1) continue;  // no line gets empty
    profile.clear();
    double total = 0;
    for (const Neighbour& n : lists[w]) {
      sums[across[n.other]] += static_cast<double>(n.count);
      total += static_cast<double>(n.count);
    }
    for (std::uint32_t c = 0; c < across_count; ++c) {
      if (sums[c] > 0) profile.emplace_back(c, sums[c]);
      sums[c] = 0;
    }
    const std::uint32_t old = place[w];
    double best = -table.gain(old, profile, total, -1);
    std::uint32_t chosen = old;
    for (std::uint32_t line = 0; line < lines; ++line) {
      if (line == old) continue;
      const double gain = table.gain(line, profile, total, 1);
      if (gain > best + 1e-9) {
        best = gain;
        chosen = line;
      }
    }
    if (chosen == old) continue;
    for (const auto& [column, n] : profile) {
      table.add(old, column, -n);
      table.add(chosen, column, n);
    }
    --members[old];
    ++members[chosen];
    place[w] = chosen;
    ++moved;
  }
  return moved;
}

}  // namespace

Classes learn_classes(const std::vector<Pair>& pairs, std::uint32_t count, std::uint32_t contexts,
                      std::uint32_t fixed, std::uint32_t rows, std::uint32_t classes) {
  const std::uint32_t lone = count - fixed;
  Lists after(count + contexts), before(count);
  for (const Pair& pair : pairs) {
    after[pair.before].push_back({pair.after, pair.count});
    before[pair.after].push_back({pair.before, pair.count});
  }
  Classes made;
  made.row.resize(count + contexts);
  made.cls.resize(count);
  for (std::uint32_t w = 0; w < count; ++w) {
    made.row[w] = w < fixed ? w % (rows - lone) : rows - lone + (w - fixed);
    made.cls[w] = w < fixed ? w % (classes - lone) : classes - lone + (w - fixed);
  }
  for (std::uint32_t c = 0; c < contexts; ++c) made.row[count + c] = rows + c;
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t one =
        exchange(before, made.row, rows + contexts, made.cls, fixed, classes - lone, classes);
    const std::size_t two =
        exchange(after, made.cls, classes, made.row, fixed, rows - lone, rows + contexts);
    if (one + two < fixed / 100) break;
  }
  made.row.resize(count);
  return made;
}

}  // namespace masc::wire
