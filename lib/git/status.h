// What `git status` says about one worktree, whatever the user has configured.
//
// git-status(1), "Porcelain Format Version 2", with -z: names are bytes, nothing is quoted.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/process.h"

namespace masc::git {

// A worktree's folder and the git directory that belongs to it. git is told both, so that a broken
// `.git` file can't send it to a repository further up.
struct Place {
  std::string path;     // absolute, without symbolic links
  std::string git_dir;  // the same; in a linked worktree below <common dir>/worktrees
};

// Looks at `<path>/.git`, folder or file, and nowhere else. kNotARepository.
Result<Place> place_at(const std::string& path);

// Runs git in that worktree and nowhere else.
Result<Finished> run_at(const Git& git, const Place& place, std::vector<std::string> args,
                        std::string input = "");
// The same, failing where git fails.
Result<std::string> output_at(const Git& git, const Place& place, std::vector<std::string> args,
                              std::string input = "");

// A path's mode and blob in HEAD, in the index or in one stage of a merge. mode 0: not there.
struct Version {
  unsigned mode = 0;  // git's
  std::string id;     // the user repository's object id, 40 or 64 hex digits
  bool operator==(const Version&) const = default;
};

struct StatusEntry {
  // '1' changed, 'u' unmerged, '?' untracked, '!' ignored: the record's first byte.
  char kind = '?';
  // '.' unchanged, else M, T, A, D, U: HEAD against index, index against work tree. Unmerged: the
  // two sides.
  char staged = '.';
  char unstaged = '.';
  std::string submodule = "N...";  // "S" and what changed in it: C commit, M files, U untracked
  Version head;                    // '1' only
  Version index;                   // '1' only
  std::array<Version, 3> stages;   // 'u' only: base, ours, theirs
  unsigned work_mode = 0;          // '1' and 'u'; 0: not there
  std::string path;                // a final '/': a whole folder, for example a nested repository

  // `git add --intent-to-add`: in the index without content, possibly after `git rm --cached`.
  bool intent_to_add() const { return kind == '1' && unstaged == 'A'; }
  bool is_submodule() const { return submodule[0] == 'S'; }
};

struct Status {
  std::string head;    // commit id; "" before the first commit
  std::string branch;  // short name; "" if HEAD is detached
  std::vector<StatusEntry> entries;
  std::vector<std::string> unread;  // folders that git had no right to look into
  bool blind = false;               // git could not look everywhere else; see `warnings`
  std::string warnings;
  std::string raw;  // git's output, to compare one look with the next
};

// kFormat where a record is none that this knows.
Result<Status> parse_status(std::string_view output);

struct StatusOptions {
  bool ignored = false;    // list ignored files, and folders that are ignored as a whole
  std::string index_file;  // another index than the worktree's own
};

// Untracked files one by one, submodules looked into, renames as deletion and addition, and no
// setting, file system monitor or cache trusted that could hide a change. Writes nothing.
Result<Status> read_status(const Git& git, const Place& place, const StatusOptions& options = {});

// What the index holds, and what it hides from `git status`.
struct IndexFacts {
  std::vector<std::string> assume_unchanged;
  std::vector<std::string> skip_worktree;  // outside of the sparse patterns as well
  std::vector<std::string> submodules;     // every gitlink, changed or not
  std::vector<std::string> folders;        // that hold tracked files, "" for the root aside
};
Result<IndexFacts> read_index_facts(const Git& git, const Place& place);

// Repositories in folders of tracked files, which `git status` does not tell of: the paths of their
// `.git`.
std::vector<std::string> repositories_among_files(const Place& place, const IndexFacts& facts);

// Files in the git directory that tell of an unfinished merge, rebase, cherry-pick, revert or
// bisection.
std::vector<std::string> unfinished_operations(const std::string& git_dir);

}  // namespace masc::git
