// The take-back check over the merges of a repository's own history.
#pragma once

#include <string>

#include "base/result.h"
#include "git/process.h"

namespace masc::replay {

struct MergeFigures {
  int merges = 0;
  int clean = 0;   // that git makes without conflict
  int alarms = 0;  // of those
};

// Of the merges that HEAD of `repository` (bare or not) reaches, the newest `limit`. Writes nothing
// there. `verbose`: lists each alarm on standard output.
Result<MergeFigures> check_merges(const std::string& repository, const std::string& scratch,
                                  const git::Environment& environment, int limit, bool verbose);

}  // namespace masc::replay
