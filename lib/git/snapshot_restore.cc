#include <algorithm>
#include <map>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "git/path_list.h"
#include "git/snapshot.h"
#include "git/snapshot_format.h"
#include "git/snapshot_index.h"
#include "git/work_files.h"

namespace masc::git {
namespace {

using Kind = WorkFiles::Kind;
using Paths = std::set<std::string>;

Error conflict_at(std::string_view why, const Paths& paths) {
  const std::vector<std::string> list(paths.begin(), paths.end());
  return error(ErrorCode::kConflict, "the snapshot does not fit here: {}: {}", why, path_list(list))
      .fact_json("paths", path_list_json(list));
}

// --- HEAD ---

// Whether `paths` has `path`, a folder above it or anything below it.
bool touches(const Paths& paths, const std::string& path) {
  for (std::string_view above = path; above != "."; above = dir_name(above)) {
    if (paths.contains(std::string(above))) return true;
  }
  const auto below = paths.lower_bound(path + '/');
  return below != paths.end() && below->starts_with(path + '/');
}

Result<Paths> changed_between(const Git& git, const Place& place, const std::string& from,
                              const std::string& to) {
  MASC_TRY(const std::string output,
           output_at(git, place,
                     {"diff-tree", "-r", "-z", "--name-only", "--no-renames",
                      "--ignore-submodules=none", from, to}));
  Paths paths;
  std::string_view rest = output;
  while (!rest.empty()) paths.emplace(take_until(rest, '\0'));
  return paths;
}

Result<void> check_head(const Git& git, const Place& place, const Snapshot& snapshot,
                        const std::string& head) {
  if (head == snapshot.head) return {};
  const auto elsewhere = [&] {
    return fail(error(ErrorCode::kConflict,
                      "the snapshot was taken at commit {}, and HEAD is at {}, which is no "
                      "descendant of it",
                      snapshot.head.substr(0, 12), head.substr(0, 12))
                    .fact("head", snapshot.head));
  };
  if (head.empty() || snapshot.head.empty()) return elsewhere();
  MASC_TRY(const Finished ancestry,
           run_at(git, place, {"merge-base", "--is-ancestor", snapshot.head, head}));
  if (ancestry.status == 1) return elsewhere();
  if (!ancestry.ok()) return fail(git_error(ancestry, "git merge-base"));
  MASC_TRY(const Paths changed, changed_between(git, place, snapshot.head, head));
  Paths conflicts;
  for (const KeptPath& kept : snapshot.paths) {
    if (touches(changed, kept.path)) conflicts.insert(kept.path);
  }
  if (conflicts.empty()) return {};
  return fail(conflict_at("changed since by commits", conflicts));
}

// --- what is in the way ---

// What the worktree says about each path that is not as in HEAD.
struct Ground {
  std::string head;
  std::map<std::string, std::vector<StatusEntry>> dirty;
  Paths hidden;  // flagged, so that git would not tell
};

Result<Ground> look_around(const Git& git, const Place& place) {
  MASC_TRY(const Status status, read_status(git, place));
  MASC_TRY(const IndexFacts facts, read_index_facts(git, place));
  Ground ground;
  ground.head = status.head;
  for (const StatusEntry& entry : status.entries) ground.dirty[entry.path].push_back(entry);
  ground.hidden.insert(facts.assume_unchanged.begin(), facts.assume_unchanged.end());
  for (const std::string& path : facts.skip_worktree) {
    if (exists(join_path(place.path, path))) ground.hidden.insert(path);
  }
  return ground;
}

// Whether the work tree has at this path what the snapshot has.
Result<bool> in_place(const WorkFiles& files, const KeptPath& kept, const FlatTree& flat) {
  MASC_TRY(const auto seen, files.look(kept.path));
  if (*kept.work == 0) return seen.kind == Kind::kAbsent || seen.kind == Kind::kDirectory;
  if (seen.mode != *kept.work) return false;
  MASC_TRY(const auto bytes, files.read(kept.path));
  return bytes && StateRepo::blob_id(*bytes) == flat.at(work_entry(kept.path)).id;
}

// Whether the file that is there may be replaced: it is HEAD's, or there is none.
Result<bool> replaceable(const WorkFiles& files, const KeptPath& kept, const Ground& ground) {
  if (ground.dirty.contains(kept.path) || ground.hidden.contains(kept.path)) return false;
  if (kept.head.mode != 0) return true;
  // Not tracked and not untracked: what is there now is ignored, and somebody's all the same.
  MASC_TRY(const auto seen, files.look(kept.path));
  return seen.kind == Kind::kAbsent || seen.kind == Kind::kDirectory;
}

bool index_fits(const KeptPath& kept, const Ground& ground) {
  const auto found = ground.dirty.find(kept.path);
  if (found == ground.dirty.end()) return true;
  const auto& entries = found->second;
  return std::all_of(entries.begin(), entries.end(), [&](const StatusEntry& entry) {
    if (entry.kind == 'u') return entry.stages == kept.stages;
    if (entry.kind != '1' || entry.staged == '.') return true;
    return kept.index && *kept.index == entry.index;
  });
}

// The kept paths whose files have to be written or removed.
Result<Paths> find_work(const WorkFiles& files, const Snapshot& snapshot, const FlatTree& flat,
                        const Ground& ground) {
  Paths todo;
  Paths conflicts;
  for (const KeptPath& kept : snapshot.paths) {
    if (!index_fits(kept, ground)) conflicts.insert(kept.path);
    if (!kept.work) continue;
    MASC_TRY(const bool done, in_place(files, kept, flat));
    if (done) continue;
    MASC_TRY(const bool may, replaceable(files, kept, ground));
    (may ? todo : conflicts).insert(kept.path);
  }
  if (conflicts.empty()) return todo;
  return fail(conflict_at("something that is not committed is in the way", conflicts));
}

// --- files ---

// Removals first: a folder may have become a file, or the other way round.
Result<void> restore_files(const StateRepo& state, WorkFiles& files, const Snapshot& snapshot,
                           const FlatTree& flat, const Paths& todo) {
  for (const KeptPath& kept : snapshot.paths) {
    if (todo.contains(kept.path) && *kept.work == 0) MASC_CHECK(files.remove(kept.path));
  }
  for (const KeptPath& kept : snapshot.paths) {
    if (!todo.contains(kept.path) || *kept.work == 0) continue;
    MASC_TRY(const std::string bytes, state.blob(flat.at(work_entry(kept.path)).id));
    MASC_CHECK(files.write(kept.path, *kept.work, bytes));
  }
  return {};
}

// The tree must hold what the manifest names, before anything is touched.
Result<void> check_complete(const Snapshot& snapshot, const FlatTree& flat) {
  auto needed = staged_blobs(snapshot);
  for (const KeptPath& kept : snapshot.paths) {
    if (kept.work.value_or(0) != 0) needed.push_back({{}, work_entry(kept.path)});
  }
  for (const Staged& one : needed) {
    if (!flat.contains(one.entry)) {
      return fail(ErrorCode::kFormat, "the snapshot {} lacks '{}'", snapshot.id.hex(),
                  printable(one.entry));
    }
  }
  return {};
}

}  // namespace

Result<Snapshot> restore(StateRepo& state, const Git& git, const std::string& path,
                         const ObjectId& id) {
  MASC_TRY(Snapshot snapshot, load(state, id));
  MASC_TRY(const FlatTree flat, read_flat_tree(state, snapshot.tree));
  MASC_CHECK(check_complete(snapshot, flat));
  MASC_TRY(const Place place, place_at(path));
  MASC_TRY(const Ground ground, look_around(git, place));
  MASC_CHECK(check_head(git, place, snapshot, ground.head));
  MASC_TRY(WorkFiles files, WorkFiles::open(place.path));
  MASC_TRY(const Paths todo, find_work(files, snapshot, flat, ground));
  MASC_CHECK(restore_files(state, files, snapshot, flat, todo));
  MASC_CHECK(restore_index(state, git, place, snapshot, flat));
  return snapshot;
}

}  // namespace masc::git
