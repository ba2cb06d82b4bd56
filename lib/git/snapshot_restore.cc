#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "git/snapshot.h"
#include "git/snapshot_format.h"
#include "git/work_files.h"

namespace masc::git {
namespace {

using Kind = WorkFiles::Kind;
using Paths = std::set<std::string>;

constexpr std::size_t kNamedPaths = 3;

Error conflict_at(std::string_view why, const Paths& paths) {
  std::string named;
  std::size_t count = 0;
  for (const std::string& path : paths) {
    if (count++ == kNamedPaths) break;
    named += (named.empty() ? "" : ", ") + printable(path);
  }
  if (count > kNamedPaths) named += fmt::format(" and {} more", paths.size() - kNamedPaths);
  const std::vector<std::string> list(paths.begin(), paths.end());
  return error(ErrorCode::kConflict, "the snapshot does not fit here: {}: {}", why, named)
      .fact_json("paths", JsonWriter().strings(list).take());
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
using Dirty = std::map<std::string, std::vector<StatusEntry>>;

Dirty dirty_paths(const Status& status) {
  Dirty dirty;
  for (const StatusEntry& entry : status.entries) dirty[entry.path].push_back(entry);
  return dirty;
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
Result<bool> replaceable(const WorkFiles& files, const KeptPath& kept, const Dirty& dirty) {
  if (dirty.contains(kept.path)) return false;
  if (kept.head.mode != 0) return true;
  // Not tracked and not untracked: what is there now is ignored, and somebody's all the same.
  MASC_TRY(const auto seen, files.look(kept.path));
  return seen.kind == Kind::kAbsent || seen.kind == Kind::kDirectory;
}

bool index_fits(const KeptPath& kept, const Dirty& dirty) {
  const auto found = dirty.find(kept.path);
  if (found == dirty.end()) return true;
  const auto& entries = found->second;
  return std::all_of(entries.begin(), entries.end(), [&](const StatusEntry& entry) {
    if (entry.kind == 'u') return entry.stages == kept.stages;
    if (entry.kind != '1' || entry.staged == '.') return true;
    return kept.index && *kept.index == entry.index;
  });
}

// The kept paths whose files have to be written or removed.
Result<Paths> find_work(const WorkFiles& files, const Snapshot& snapshot, const FlatTree& flat,
                        const Dirty& dirty) {
  Paths todo;
  Paths conflicts;
  for (const KeptPath& kept : snapshot.paths) {
    if (!index_fits(kept, dirty)) conflicts.insert(kept.path);
    if (!kept.work) continue;
    MASC_TRY(const bool done, in_place(files, kept, flat));
    if (done) continue;
    MASC_TRY(const bool may, replaceable(files, kept, dirty));
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

// --- the index ---

// A blob that an index entry needs in the user's repository.
struct Staged {
  Version version;
  std::string entry;  // in the snapshot's tree
};

bool has_bytes(const Version& version) {
  return version.mode != 0 && version.mode != kSubmoduleMode;
}

std::vector<Staged> staged_blobs(const Snapshot& snapshot) {
  std::vector<Staged> blobs;
  for (const KeptPath& kept : snapshot.paths) {
    if (kept.index && has_bytes(*kept.index)) {
      blobs.push_back({*kept.index, index_entry(kept.path)});
    }
    for (std::size_t i = 0; i < 3; ++i) {
      if (has_bytes(kept.stages[i])) {
        blobs.push_back({kept.stages[i], stage_entry(i + 1, kept.path)});
      }
    }
  }
  return blobs;
}

// A folder in the git directory, gone when this is.
class Scratch {
 public:
  explicit Scratch(const Place& place)
      : path_(fmt::format("{}/masc-restore.{}", place.git_dir, getpid())) {}
  ~Scratch() { static_cast<void>(remove_tree(path_)); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

// Writes the blobs into the user's repository, which makes them young again if they are there, so
// that no gc takes them before the index names them.
Result<void> write_blobs(const StateRepo& state, const Git& git, const Place& place,
                         const std::vector<Staged>& blobs, const FlatTree& flat) {
  if (blobs.empty()) return {};
  const Scratch scratch(place);
  MASC_CHECK(make_directories(scratch.path()));
  std::string names;
  std::string expected;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    MASC_TRY(const std::string bytes, state.blob(flat.at(blobs[i].entry).id));
    MASC_CHECK(write_file(fmt::format("{}/{}", scratch.path(), i), bytes));
    names += fmt::format("{}\n", i);
    expected += blobs[i].version.id + '\n';
  }
  MASC_TRY(const Finished finished, git.in(scratch.path())
                                        .run({"--git-dir=" + place.git_dir, "hash-object", "-w",
                                              "--no-filters", "--stdin-paths"},
                                             names));
  if (!finished.ok()) return fail(git_error(finished, "git hash-object"));
  if (finished.out == expected) return {};
  return fail(ErrorCode::kFormat,
              "a snapshot's staged bytes are not those that its manifest names");
}

void add_removal(std::string& input, const KeptPath& kept, std::size_t id_size) {
  input += fmt::format("0 {}\t{}", std::string(id_size, '0'), kept.path) + '\0';
}

void add_version(std::string& input, const KeptPath& kept, const Version& version,
                 std::size_t stage) {
  if (version.mode == 0) return;
  input += fmt::format("{:o} {} {}\t{}", version.mode, version.id, stage, kept.path) + '\0';
}

// Input of `git update-index -z --index-info`, removals first.
std::string index_info(const Snapshot& snapshot, std::size_t id_size) {
  std::string input;
  for (const KeptPath& kept : snapshot.paths) {
    if (kept.unmerged() || (kept.index && kept.index->mode == 0)) {
      add_removal(input, kept, id_size);
    }
  }
  for (const KeptPath& kept : snapshot.paths) {
    if (kept.index) add_version(input, kept, *kept.index, 0);
    for (std::size_t i = 0; i < 3; ++i) add_version(input, kept, kept.stages[i], i + 1);
  }
  return input;
}

Result<void> restore_intents(const Git& git, const Place& place, const Snapshot& snapshot) {
  std::string list;
  for (const KeptPath& kept : snapshot.paths) {
    if (kept.intent_to_add && kept.work.value_or(0) != 0) (list += kept.path) += '\0';
  }
  if (list.empty()) return {};
  auto added = output_at(git.with_variable("GIT_LITERAL_PATHSPECS", "1"), place,
                         {"add", "--intent-to-add", "--force", "--sparse", "--pathspec-from-file=-",
                          "--pathspec-file-nul"},
                         list);
  if (!added) return fail(std::move(added).error());
  return {};
}

Result<void> restore_index(const StateRepo& state, const Git& git, const Place& place,
                           const Snapshot& snapshot, const FlatTree& flat) {
  MASC_CHECK(write_blobs(state, git, place, staged_blobs(snapshot), flat));
  const std::size_t id_size = snapshot.head.empty() ? 40 : snapshot.head.size();
  const std::string input = index_info(snapshot, id_size);
  if (!input.empty()) {
    auto updated = output_at(git, place, {"update-index", "-z", "--index-info"}, input);
    if (!updated) return fail(std::move(updated).error());
  }
  return restore_intents(git, place, snapshot);
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
  MASC_TRY(const Status status, read_status(git, place));
  MASC_CHECK(check_head(git, place, snapshot, status.head));
  MASC_TRY(WorkFiles files, WorkFiles::open(place.path));
  MASC_TRY(const Paths todo, find_work(files, snapshot, flat, dirty_paths(status)));
  MASC_CHECK(restore_files(state, files, snapshot, flat, todo));
  MASC_CHECK(restore_index(state, git, place, snapshot, flat));
  return snapshot;
}

}  // namespace masc::git
