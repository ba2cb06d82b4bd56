#include "git/snapshot.h"

#include <algorithm>

#include "base/file.h"
#include "git/snapshot_draft.h"
#include "git/snapshot_format.h"

namespace masc::git {
namespace {

Result<Snapshot> record(StateRepo& state, const Draft& draft, const KeepOptions& options) {
  const std::string ref = options.task.keep_ref();
  MASC_TRY(const FileLock lock, state.lock(ref));
  MASC_TRY(const auto last, state.ref(ref));
  Commit commit;
  if (last) {
    // One that can't be read is no reason not to keep the next.
    auto former = load(state, *last);
    if (former && former->tree == draft.tree && former->head == draft.head) return former;
    commit.parents.push_back(*last);
  }
  commit.tree = draft.tree;
  commit.author = options.agent;
  commit.seconds = std::chrono::floor<std::chrono::seconds>(options.at).time_since_epoch().count();
  commit.message = format_snapshot_message(options, draft.head, draft.manifest.paths.size());
  MASC_TRY(const ObjectId id, state.write_commit(commit));
  MASC_CHECK(state.swap(ref, last, id));
  return load(state, id);
}

}  // namespace

Result<std::optional<Snapshot>> capture(StateRepo& state, const Git& git, const std::string& path,
                                        const KeepOptions& options) {
  MASC_TRY(const Place place, place_at(path));
  MASC_TRY(const auto draft, steady_draft(state, git, place, options.max_untracked_bytes));
  if (!draft) return std::nullopt;
  MASC_TRY(Snapshot snapshot, record(state, *draft, options));
  return snapshot;
}

Result<Snapshot> load(const StateRepo& state, const ObjectId& id) {
  MASC_TRY(const Commit commit, state.commit(id));
  Snapshot snapshot;
  snapshot.id = id;
  snapshot.tree = commit.tree;
  snapshot.at = Instant(std::chrono::seconds(commit.seconds));
  MASC_CHECK(read_snapshot_message(commit.message, snapshot));
  MASC_TRY(const auto entries, state.tree(commit.tree));
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [](const TreeEntry& entry) { return entry.name == kManifest; });
  if (found == entries.end()) {
    return fail(ErrorCode::kFormat, "the snapshot {} has no manifest", id.hex());
  }
  MASC_TRY(const std::string text, state.blob(found->id));
  MASC_TRY(Manifest manifest, parse_manifest(text));
  snapshot.paths = std::move(manifest.paths);
  snapshot.left_behind = std::move(manifest.left_behind);
  return snapshot;
}

Result<Cleanliness> prove_kept(StateRepo& state, const Git& git, const std::string& path,
                               const Snapshot& kept) {
  MASC_TRY(Cleanliness proof, prove_clean(git, path));
  if (proof.clean || !proof.only_changes || !kept.left_behind.empty()) return proof;
  MASC_TRY(const Place place, place_at(path));
  MASC_TRY(const auto draft, steady_draft(state, git, place, KeepOptions{}.max_untracked_bytes));
  if (draft && draft->tree == kept.tree && draft->head == kept.head) {
    proof.clean = true;
    proof.only_changes = false;
    proof.reasons.clear();
    proof.paths.clear();
  }
  return proof;
}

}  // namespace masc::git
