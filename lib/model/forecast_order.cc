#include "model/forecast_order.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace masc::model {
namespace {

constexpr std::size_t kMostExact = 20;

using Set = std::uint32_t;

// The largest set without an edge among `left`: with the first one, or without it.
Set largest(const std::vector<Set>& edges, Set left) {
  if (left == 0) return 0;
  const auto first = static_cast<std::size_t>(std::countr_zero(left));
  const Set bit = Set{1} << first;
  const Set others = left & ~bit;
  const Set with = bit | largest(edges, others & ~edges[first]);
  // Nothing is better than a claim that excludes no other one.
  if ((edges[first] & others) == 0) return with;
  const Set without = largest(edges, others);
  return std::popcount(without) > std::popcount(with) ? without : with;
}

}  // namespace

std::vector<std::size_t> landing_order(
    std::size_t count, const std::vector<std::pair<std::size_t, std::size_t>>& conflicts) {
  std::vector<std::vector<bool>> edge(count, std::vector<bool>(count));
  std::vector<std::size_t> degree(count);
  std::vector<bool> never(count);
  for (const auto& [a, b] : conflicts) {
    if (a == b) never[a] = true;
    edge[a][b] = edge[b][a] = true;
    ++degree[a];
    ++degree[b];
  }
  std::vector<std::size_t> by_degree(count);
  for (std::size_t i = 0; i < count; ++i) by_degree[i] = i;
  std::stable_sort(by_degree.begin(), by_degree.end(),
                   [&](std::size_t a, std::size_t b) { return degree[a] < degree[b]; });
  std::vector<bool> chosen(count);
  if (count <= kMostExact) {
    std::vector<Set> edges(count);
    Set all = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!never[i]) all |= Set{1} << i;
      for (std::size_t j = 0; j < count; ++j) {
        if (edge[i][j]) edges[i] |= Set{1} << j;
      }
    }
    const Set best = largest(edges, all);
    for (std::size_t i = 0; i < count; ++i) chosen[i] = (best >> i & 1U) != 0;
  } else {
    for (const std::size_t i : by_degree) {
      bool free = !never[i];
      for (std::size_t j = 0; j < count; ++j) free = free && !(chosen[j] && edge[i][j]);
      chosen[i] = free;
    }
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < count; ++i) {
    if (chosen[i]) order.push_back(i);
  }
  for (const std::size_t i : by_degree) {
    if (!chosen[i]) order.push_back(i);
  }
  return order;
}

}  // namespace masc::model
