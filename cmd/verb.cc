#include "cmd/verb.h"

#include <algorithm>
#include <array>

namespace masc::cmd {

#define MASC_VERB(name) const Verb& verb_##name();
#include "cmd/verbs.def"
#undef MASC_VERB

namespace {

struct Row {
  std::string_view name;
  const Verb& (*get)();
};

constexpr Row kRows[] = {
#define MASC_VERB(name) {#name, verb_##name},
#include "cmd/verbs.def"
#undef MASC_VERB
};

constexpr bool sorted_rows() {
  for (std::size_t i = 1; i < std::size(kRows); ++i) {
    if (!(kRows[i - 1].name < kRows[i].name)) return false;
  }
  return true;
}
static_assert(sorted_rows(), "cmd/verbs.def must be sorted");

}  // namespace

const std::vector<const Verb*>& verbs() {
  static const std::vector<const Verb*> all = [] {
    std::vector<const Verb*> list;
    for (const Row& row : kRows) list.push_back(&row.get());
    return list;
  }();
  return all;
}

const Verb* find_verb(std::string_view name) {
  const auto* const row =
      std::lower_bound(std::begin(kRows), std::end(kRows), name,
                       [](const Row& a, std::string_view wanted) { return a.name < wanted; });
  if (row == std::end(kRows) || row->name != name) return nullptr;
  return &row->get();
}

}  // namespace masc::cmd
