// Finished tasks, folded into one tree behind refs/masc/archive.
//
// An entry is one blob at <c1>/<c2>/<id> (the id's first two digits): the task's raw commits,
// oldest first, each as "commit <size>\n<raw>\n". Its non-empty trees lie in the tree <id>.d beside
// it, by their ids. Entries are never removed; a task's own ref always wins over its entry.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/state_repo.h"
#include "model/id.h"

namespace masc::store {

inline constexpr const char* kArchiveRef = "refs/masc/archive";
inline constexpr std::size_t kMostFolded = 64;

struct Archived {
  model::TaskId id;
  std::vector<std::string> commits;  // raw, oldest first; never empty
};

std::string format_entry(const std::vector<std::string>& commits);
Result<std::vector<std::string>> parse_entry(std::string_view blob);  // kFormat

class Archive {
 public:
  explicit Archive(git::StateRepo& state) : state_(state) {}

  Result<std::optional<Archived>> find(const model::TaskId& id) const;
  // Ids that begin with `prefix` ("m-" = all), sorted.
  Result<std::vector<model::TaskId>> ids(std::string_view prefix) const;
  // Adds entries for these tasks in one swap (at most kMostFolded), then deletes each ref that
  // still has the value read. Returns how many refs went. Skips at once if somebody else folds.
  Result<std::size_t> fold(const std::vector<model::TaskId>& tasks, std::string_view agent,
                           std::int64_t seconds);
  // Writes the entry's commits again as objects (identical ids) and returns the newest.
  Result<git::ObjectId> unfold(const Archived& entry);

 private:
  Result<std::optional<git::ObjectId>> root_tree() const;
  git::StateRepo& state_;
};

}  // namespace masc::store
