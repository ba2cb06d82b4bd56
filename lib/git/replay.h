// Bringing a branch into its base: which commit the base would become. Nothing but objects is
// written; no ref, index or checked-out file is touched.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "git/merge.h"
#include "git/objects.h"
#include "git/process.h"
#include "git/repository.h"

namespace masc::git {

enum class Strategy { kFf, kRebase, kMerge, kSquash };
std::string_view strategy_name(Strategy strategy) noexcept;  // "ff", "rebase", "merge", "squash"
Result<Strategy> parse_strategy(std::string_view text);      // kInvalid

// What a commit made by a merge or a squash says.
struct CommitText {
  std::string subject;
  std::string body;                   // "" = none
  std::vector<std::string> trailers;  // "Masc-Task: m-7k3q9fxa"
};
// `commits`, oldest first: of more than one the subjects are listed; their trailers join those of
// the text, each line once.
std::string compose(const CommitText& text, const std::vector<StoredCommit>& commits);

struct Combining {
  Strategy strategy = Strategy::kRebase;
  std::string base;  // full commit ids: the base's tip, and the branch's
  std::string tip;
  CommitText text;  // for merge and squash
};

struct Combined {
  enum class Outcome {
    kReady,      // `commit` is what the base would become
    kNothing,    // the branch has no commit that the base lacks
    kContained,  // its commits change nothing that is not in the base already
    kConflict,   // `conflicts` names the paths
    kDiverged,   // ff, and the base has moved on
    kMerges,     // rebase, and the branch is no chain of ordinary commits
  };
  Outcome outcome = Outcome::kReady;
  std::string commit;
  std::size_t commits = 0;  // how many commits of the branch come in
  std::vector<std::string> conflicts;
  std::vector<std::pair<std::string, std::string>> rewritten;  // commits, and what they became
  std::string culprit;  // rebase: "1a2b3c4 subject" of the commit that is in conflict
};

// Where the base is an ancestor of the branch, ff and rebase land the branch's tip itself. A rebase
// keeps author, date, message and encoding of each commit, and drops those that would become empty;
// the committer is whoever runs git. Gits: 1 for a fast-forward; a rebase of n commits 3 + 2n, and
// n - 1 more, less where trees tell the answer; a merge 3; a squash 4.
Result<Combined> combine(const Repository& repository, const Git& git, const Combining& wanted);

}  // namespace masc::git
