// How a repository keeps facts: for each generation what changed, so that it grows by what is new.
//
// A log is NDJSON. A fact that is new or says something else than before stands in it whole, its
// "part" before its "id"; one that is no fact any more as {"part":…,"id":…,"gone":true}. All logs
// applied in order give the parts: changed facts keep their place, new ones come behind.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "handoff/dna.h"

namespace masc::handoff {

// What changed from `before` to `now`; "" if nothing did.
std::string facts_between(const Parts& before, const Parts& now);

// Makes `now` the parts of `dna` and adds the log of its generation, or one log of all facts in
// the place of the earlier ones where these would be several times as long.
void log_facts(Dna& dna, Parts now);

// Puts logs together again. Borrows what it is given until parts() is done.
class FactBook {
 public:
  // All facts of a part, as a generation without logs has them. kFormat.
  Result<void> add_part(std::string_view name, std::string_view lines);
  Result<void> apply(std::string_view log);  // kFormat
  Parts parts() const;

 private:
  // Lines from their "id" on; an empty one is gone.
  struct Part {
    std::vector<std::string_view> lines;
    std::unordered_map<std::string_view, std::size_t> index;
  };
  std::map<std::string, Part, std::less<>> parts_;

  static void put(Part& part, std::string_view id, std::string_view line);
};

}  // namespace masc::handoff
