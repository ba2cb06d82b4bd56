// Where a worktree stands: its HEAD, and the operation that is under way there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/process.h"
#include "git/worktree.h"

namespace masc::git {

struct Standing {
  std::string branch;     // short; "" if HEAD is detached
  std::string head;       // commit id; "" before a first commit
  std::string operation;  // see operation_under_way()
};
// Starts one git, one more where HEAD is in no file.
Result<Standing> standing_of(const Git& git, const Worktree& worktree);

// "rebase of masc/m-7k3q9fxa onto 1a2b3c4d5e (step 2 of 5)", "merge of 1a2b3c4d5e", …; "" if none
// is.
std::string operation_under_way(const std::string& git_dir);

// The files of a git directory that make a merge, cherry-pick or revert of one commit what it is,
// and which can so be gone on with elsewhere on the same HEAD; none where nothing of the kind is
// under way.
std::vector<std::string> operation_files(const std::string& git_dir);
bool is_operation_file(std::string_view name) noexcept;

// What whoever goes on there has to know, where it is not simply `branch`, whose commit is `tip`
// ("" if there is no such branch), a sentence each.
std::vector<std::string> unusual(const Standing& standing, std::string_view branch,
                                 std::string_view tip);

}  // namespace masc::git
