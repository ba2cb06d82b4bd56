#include <algorithm>
#include <map>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "git/path_list.h"
#include "git/refs.h"
#include "git/snapshot.h"
#include "git/snapshot_format.h"
#include "git/snapshot_index.h"
#include "git/standing.h"
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

// --- another HEAD ---

// Mode and blob of everything in a commit; nothing for "".
Result<std::map<std::string, Version>> versions_in(const Git& git, const Place& place,
                                                   const std::string& commit) {
  std::map<std::string, Version> versions;
  if (commit.empty()) return versions;
  MASC_TRY(const std::string listed,
           output_at(git, place, {"ls-tree", "-r", "-z", "--full-tree", commit}));
  for (std::string_view rest(listed); !rest.empty();) {
    // "<mode> <type> <id>\t<path>"
    std::string_view record = take_until(rest, '\0');
    Version version;
    version.mode = static_cast<unsigned>(
        std::strtoul(std::string(take_until(record, ' ')).c_str(), nullptr, 8));
    take_until(record, ' ');
    version.id = std::string(take_until(record, '\t'));
    versions.emplace(record, std::move(version));
  }
  return versions;
}

// Whether a folder on the way to it is a file there, or it is a folder itself.
bool is_blocked(const std::map<std::string, Version>& versions, const std::string& path) {
  for (std::string_view above = dir_name(path); above != "."; above = dir_name(above)) {
    if (versions.contains(std::string(above))) return true;
  }
  const auto below = versions.lower_bound(path + '/');
  return below != versions.end() && below->first.starts_with(path + '/');
}

// Takes the paths out of `snapshot` that HEAD does not have any more as they were.
std::vector<KeptPath> take_moved(Snapshot& snapshot,
                                 const std::map<std::string, Version>& versions) {
  std::vector<KeptPath> moved;
  std::erase_if(snapshot.paths, [&](const KeptPath& kept) {
    const auto now = versions.find(kept.path);
    const bool same = now == versions.end()
                          ? kept.head.mode == 0 && !is_blocked(versions, kept.path)
                          : now->second == kept.head;
    if (!same) moved.push_back(kept);
    return !same;
  });
  return moved;
}

// Merges one kept text into the one that HEAD has there now.
class Merger {
 public:
  Merger(const Git& git, const Place& place, WorkFiles& files)
      : git_(git), place_(place), files_(files) {}
  ~Merger() {
    for (const char* name : {"base", "kept", "now"}) static_cast<void>(remove_file(scratch(name)));
  }
  Merger(const Merger&) = delete;
  Merger& operator=(const Merger&) = delete;

  // What is to be said of it; "" where the work tree has it already.
  Result<std::string> bring(const KeptPath& kept, const std::string& bytes) {
    const std::string name = printable(kept.path);
    MASC_TRY(const auto seen, files_.look(kept.path));
    if (*kept.work == 0) {
      if (seen.kind == Kind::kAbsent) return std::string();
      return fmt::format("{} was deleted there, but has changed since: it stays", name);
    }
    if (seen.kind == Kind::kAbsent) return beside(kept, bytes, "was deleted since");
    MASC_TRY(const auto now, files_.read(kept.path));
    if (now && *now == bytes && seen.mode == *kept.work) return std::string();
    const bool text =
        now && seen.kind == Kind::kFile && *kept.work != kLinkMode && !kept.unmerged();
    if (!text) return beside(kept, bytes, "has changed since");
    MASC_TRY(const std::string base, base_of(kept));
    MASC_CHECK(write_file(scratch("base"), base));
    MASC_CHECK(write_file(scratch("kept"), bytes));
    MASC_CHECK(write_file(scratch("now"), *now));
    MASC_TRY(const Finished merged,
             run_at(git_, place_,
                    {"merge-file", "-p", "-L", "committed since", "-L", "before", "-L",
                     "not committed", scratch("now"), scratch("base"), scratch("kept")}));
    if (merged.status > 127) return beside(kept, bytes, "has changed since");
    MASC_CHECK(files_.write(kept.path, seen.mode, merged.out));
    return fmt::format("{} has changed since: {} in it", name,
                       merged.ok() ? "both changes are" : "conflicts are marked");
  }

 private:
  std::string scratch(std::string_view name) const {
    return fmt::format("{}/masc-merge-{}", place_.git_dir, name);
  }
  // As git would write it into the work tree; "" where it is not to be had any more.
  Result<std::string> base_of(const KeptPath& kept) const {
    if (kept.head.mode == 0) return std::string();
    MASC_TRY(const Finished shown,
             run_at(git_, place_, {"cat-file", "--filters", "--path=" + kept.path, kept.head.id}));
    return shown.ok() ? shown.out : std::string();
  }
  Result<std::string> beside(const KeptPath& kept, const std::string& bytes, std::string_view why) {
    const std::string other = kept.path + ".masc-kept";
    const auto written = files_.write(other, *kept.work, bytes);
    if (!written)
      return fmt::format("{} {}: what was not committed stays in its snapshot ({})",
                         printable(kept.path), why, written.error().message);
    return fmt::format("{} {}: what was not committed is in {}", printable(kept.path), why,
                       printable(other));
  }

  const Git& git_;
  const Place& place_;
  WorkFiles& files_;
};

// --- the operation ---

// Puts a merge, cherry-pick or revert under way again, if it can be gone on with there.
Result<void> restore_operation(const StateRepo& state, const Git& git, const Place& place,
                               const FlatTree& flat, bool same_head, Restored& back) {
  std::map<std::string, std::string> files;
  const std::string folder = operation_entry("");
  for (auto at = flat.lower_bound(folder); at != flat.end() && at->first.starts_with(folder);
       ++at) {
    const std::string name = at->first.substr(folder.size());
    if (!is_operation_file(name)) continue;
    MASC_TRY(files[name], state.blob(at->second.id));
  }
  bool fits = same_head;
  std::string commits;
  for (const auto& [name, bytes] : files) {
    if (!name.ends_with("_HEAD")) continue;
    for (const std::string_view id : split_lines(bytes)) {
      commits += fmt::format(" {} {}", name, printable(id.substr(0, 10)));
      fits = fits && resolve_commit(git, std::string(id)).has_value();
    }
  }
  if (files.empty()) return {};
  if (!fits) {
    back.notes.push_back(fmt::format("an operation was under way and is not any more:{}", commits));
    return {};
  }
  for (const auto& [name, bytes] : files) {
    MASC_CHECK(write_file(join_path(place.git_dir, name), bytes));
  }
  back.operation = operation_under_way(place.git_dir);
  return {};
}

}  // namespace

Result<Restored> restore(StateRepo& state, const Git& git, const std::string& path,
                         const ObjectId& id) {
  Restored back;
  MASC_TRY(back.snapshot, load(state, id));
  MASC_TRY(const FlatTree flat, read_flat_tree(state, back.snapshot.tree));
  MASC_CHECK(check_complete(back.snapshot, flat));
  MASC_TRY(const Place place, place_at(path));
  MASC_TRY(const Ground ground, look_around(git, place));
  MASC_TRY(WorkFiles files, WorkFiles::open(place.path));
  Snapshot exact = back.snapshot;
  std::vector<KeptPath> moved;
  if (ground.head != exact.head) {
    MASC_TRY(const auto versions, versions_in(git, place, ground.head));
    moved = take_moved(exact, versions);
  }
  MASC_TRY(const Paths todo, find_work(files, exact, flat, ground));
  MASC_CHECK(restore_files(state, files, exact, flat, todo));
  MASC_CHECK(restore_index(state, git, place, exact, flat));
  Merger merger(git, place, files);
  for (const KeptPath& kept : moved) {
    if (!kept.work) continue;
    std::string bytes;
    if (*kept.work != 0) {
      MASC_TRY(bytes, state.blob(flat.at(work_entry(kept.path)).id));
    }
    MASC_TRY(std::string note, merger.bring(kept, bytes));
    if (!note.empty()) back.notes.push_back(std::move(note));
  }
  MASC_CHECK(restore_operation(state, git, place, flat, ground.head == back.snapshot.head, back));
  return back;
}

}  // namespace masc::git
