#include "git/snapshot_index.h"

#include <unistd.h>

#include "base/file.h"
#include "git/work_files.h"

namespace masc::git {
namespace {

bool has_bytes(const Version& version) {
  return version.mode != 0 && version.mode != kSubmoduleMode;
}

// A folder in the git directory, gone when this is.
class BlobFolder {
 public:
  explicit BlobFolder(const Place& place)
      : path_(fmt::format("{}/masc-restore.{}", place.git_dir, getpid())) {}
  ~BlobFolder() { static_cast<void>(remove_tree(path_)); }
  BlobFolder(const BlobFolder&) = delete;
  BlobFolder& operator=(const BlobFolder&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

// Writes the blobs into the user's repository, which makes them young again if they are there, so
// that no gc takes them before the index names them.
Result<void> write_blobs(const StateRepo& state, const Git& git, const Place& place,
                         const std::vector<Staged>& blobs, const FlatTree& flat) {
  if (blobs.empty()) return {};
  const BlobFolder scratch(place);
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

}  // namespace

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

}  // namespace masc::git
