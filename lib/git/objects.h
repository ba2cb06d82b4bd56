// Objects of the user's repository, read and written by the `git` program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/process.h"

namespace masc::git {

struct Object {
  std::string id;
  std::string type;  // "commit", "blob", …
  std::string data;
};

// The objects that `names` stand for (ids or revisions, without newlines), in their order; nullopt
// where there is none. One git for all of them: git-cat-file(1), --batch.
Result<std::vector<std::optional<Object>>> read_objects(const Git& git,
                                                        const std::vector<std::string>& names);

// A commit of the user's repository, byte by byte as it is stored, signatures aside.
struct StoredCommit {
  std::string id;
  std::string tree;
  std::vector<std::string> parents;
  std::string author;     // "Name <mail> seconds zone"
  std::string committer;  // the same
  std::string encoding;   // of the message; "" = UTF-8
  std::string message;
};

// kFormat where the header has no tree, author or committer.
Result<StoredCommit> parse_commit(std::string id, std::string_view data);
std::string format_commit(const StoredCommit& commit);
// kGit where one of them is missing or no commit.
Result<std::vector<StoredCommit>> read_commits(const Git& git, const std::vector<std::string>& ids);
// Writes it and returns its id.
Result<std::string> write_commit(const Git& git, const StoredCommit& commit);

}  // namespace masc::git
