#include "git/snapshot_draft.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "git/snapshot_look.h"
#include "git/work_files.h"

namespace masc::git {
namespace {

using Kind = WorkFiles::Kind;
using Reason = LeftBehind::Reason;

constexpr int kAttempts = 3;

using PathMap = std::map<std::string, KeptPath>;

void note_changed(const StatusEntry& entry, KeptPath& kept) {
  if (entry.kind == 'u') {
    kept.stages = entry.stages;
    kept.head = entry.stages[1];
    return;
  }
  kept.intent_to_add = entry.intent_to_add();
  kept.head = entry.head;
  if (entry.staged != '.') kept.index = entry.index;
}

// Records of one path come together: taken out of the index and still there is two of them.
PathMap paths_of(const Look& look, std::vector<LeftBehind>& left_behind) {
  PathMap paths;
  for (const StatusEntry& entry : look.status.entries) {
    if (entry.path.ends_with('/')) {
      left_behind.push_back({Reason::kRepository, entry.path.substr(0, entry.path.size() - 1)});
      continue;
    }
    KeptPath& kept = paths[entry.path];
    kept.path = entry.path;
    if (entry.kind != '?') note_changed(entry, kept);
    if (entry.is_submodule()) left_behind.push_back({Reason::kSubmodule, entry.path});
  }
  return paths;
}

bool is_untracked(const KeptPath& kept) {
  return kept.head.mode == 0 && !kept.index && !kept.intent_to_add && !kept.unmerged();
}

bool is_submodule(const Draft& draft, const std::string& path) {
  const auto& left = draft.manifest.left_behind;
  return std::find(left.begin(), left.end(), LeftBehind{Reason::kSubmodule, path}) != left.end();
}

class Collector {
 public:
  Collector(StateRepo& state, const Git& git, const Place& place, WorkFiles& files, Draft& draft)
      : state_(state), git_(git), place_(place), files_(files), draft_(draft) {}

  Result<void> collect(PathMap& paths, std::int64_t max_untracked_bytes) {
    for (auto& [path, kept] : paths) MASC_CHECK(take_work(kept, max_untracked_bytes));
    for (auto& [path, kept] : paths) want_staged(kept);
    MASC_CHECK(take_staged());
    for (auto& [path, kept] : paths) {
      if (!is_untracked(kept) || kept.work) draft_.manifest.paths.push_back(std::move(kept));
    }
    auto& left = draft_.manifest.left_behind;
    std::sort(left.begin(), left.end());
    left.erase(std::unique(left.begin(), left.end()), left.end());
    return {};
  }

 private:
  void leave(Reason reason, const KeptPath& kept) {
    draft_.manifest.left_behind.push_back({reason, kept.path});
  }

  Result<void> take_work(KeptPath& kept, std::int64_t max_untracked_bytes) {
    if (is_submodule(draft_, kept.path)) return {};
    auto seen = files_.look(kept.path);
    if (!seen) return cannot_read(kept, std::move(seen).error());
    if (seen->kind == Kind::kOther) {
      leave(Reason::kSpecial, kept);
      return {};
    }
    if (seen->kind == Kind::kAbsent || seen->kind == Kind::kDirectory) {
      draft_.stable = draft_.stable && !is_untracked(kept);
      kept.work = 0;
      return {};
    }
    if (is_untracked(kept) && seen->size > max_untracked_bytes) {
      leave(Reason::kTooLarge, kept);
      return {};
    }
    return take_bytes(kept, seen->mode);
  }

  Result<void> take_bytes(KeptPath& kept, unsigned mode) {
    auto bytes = files_.read(kept.path);
    if (!bytes) return cannot_read(kept, std::move(bytes).error());
    if (!*bytes) {
      draft_.stable = false;
      return {};
    }
    MASC_TRY(const ObjectId id, state_.write_blob(**bytes));
    draft_.files[work_entry(kept.path)] = {mode, id};
    kept.work = mode;
    return {};
  }

  // A file without the right to read it is named; anything else ends the capture.
  Result<void> cannot_read(const KeptPath& kept, Error why) {
    if (why.code != ErrorCode::kUnwritable) return fail(std::move(why));
    leave(Reason::kUnreadable, kept);
    return {};
  }

  void want(const Version& version, std::string entry, const std::string& path) {
    if (version.mode == 0 || version.mode == kSubmoduleMode) return;
    // Most staged bytes are those on disk: no need to ask git for them.
    const auto work = draft_.files.find(work_entry(path));
    if (work != draft_.files.end() && work->second.id.hex() == version.id) {
      draft_.files[entry] = {version.mode, work->second.id};
    } else {
      wanted_.push_back({version, std::move(entry)});
    }
  }

  void want_staged(const KeptPath& kept) {
    if (kept.index) want(*kept.index, index_entry(kept.path), kept.path);
    for (std::size_t i = 0; i < 3; ++i) {
      want(kept.stages[i], stage_entry(i + 1, kept.path), kept.path);
    }
  }

  Result<void> take_staged() {
    if (wanted_.empty()) return {};
    std::string request;
    for (const Wanted& one : wanted_) (request += one.version.id) += '\n';
    MASC_TRY(const std::string answer,
             output_at(git_, place_, {"cat-file", "--batch"}, std::move(request)));
    std::string_view rest = answer;
    for (const Wanted& one : wanted_) MASC_CHECK(take_answer(one.version, one.entry, rest));
    return {};
  }

  // "<id> blob <size>\n<bytes>\n"
  Result<void> take_answer(const Version& version, const std::string& entry,
                           std::string_view& rest) {
    std::string_view header = take_until(rest, '\n');
    const std::string_view id = take_until(header, ' ');
    const std::string_view type = take_until(header, ' ');
    std::size_t size = 0;
    std::from_chars(header.data(), header.data() + header.size(), size);
    if (id != version.id || type != "blob" || rest.size() <= size) {
      return fail(ErrorCode::kGit, "the staged blob {} can't be read from the repository",
                  version.id);
    }
    MASC_TRY(const ObjectId written, state_.write_blob(rest.substr(0, size)));
    rest.remove_prefix(size + 1);
    const bool comparable = version.id.size() == written.hex().size();
    if (comparable && written.hex() != version.id) {
      return fail(ErrorCode::kBug, "the staged blob {} came out as {}", version.id, written.hex());
    }
    draft_.files[entry] = {version.mode, written};
    return {};
  }

  struct Wanted {
    Version version;
    std::string entry;
  };

  StateRepo& state_;
  const Git& git_;
  const Place& place_;
  WorkFiles& files_;
  Draft& draft_;
  std::vector<Wanted> wanted_;
};

Result<Draft> make_draft(StateRepo& state, const Git& git, const Place& place, WorkFiles& files,
                         const Look& look, std::int64_t max_untracked_bytes) {
  Draft draft;
  draft.head = look.status.head;
  draft.manifest.left_behind = look.left_behind;
  PathMap paths = paths_of(look, draft.manifest.left_behind);
  Collector collector(state, git, place, files, draft);
  MASC_CHECK(collector.collect(paths, max_untracked_bytes));
  for (const auto& [name, bytes] : look.operation) {
    MASC_TRY(const ObjectId id, state.write_blob(bytes));
    draft.files[operation_entry(name)] = {kFileMode, id};
  }
  MASC_TRY(const ObjectId manifest, state.write_blob(format_manifest(draft.manifest)));
  draft.files[std::string(kManifest)] = {kFileMode, manifest};
  auto tree = write_flat_tree(state, draft.files);
  if (tree) {
    draft.tree = *tree;
  } else if (tree.error().code == ErrorCode::kConflict) {
    draft.stable = false;  // a file became a folder between two of our looks
  } else {
    return fail(std::move(tree).error());
  }
  return draft;
}

// --- verifying ---

Result<bool> is_on_disk(const WorkFiles& files, const KeptPath& kept, const FlatEntry& entry) {
  MASC_TRY(const auto seen, files.look(kept.path));
  if (seen.mode != entry.mode) return false;
  MASC_TRY(const auto bytes, files.read(kept.path));
  return bytes && StateRepo::blob_id(*bytes) == entry.id;
}

// Every kept byte again, from the disk and from state.git.
Result<bool> matches_disk(const StateRepo& state, const WorkFiles& files, const Draft& draft) {
  for (const KeptPath& kept : draft.manifest.paths) {
    const auto entry = draft.files.find(work_entry(kept.path));
    if (entry == draft.files.end()) continue;
    MASC_TRY(const bool same, is_on_disk(files, kept, entry->second));
    if (!same) return false;
  }
  for (const auto& [path, entry] : draft.files) {
    MASC_TRY(const std::string bytes, state.blob(entry.id));
    if (StateRepo::blob_id(bytes) == entry.id) continue;
    return fail(ErrorCode::kFormat, "'{}' was not written to state.git as it was read",
                printable(path));
  }
  return true;
}

// One attempt: a draft that was true of the whole worktree at one moment, or one that is not
// stable.
Result<std::optional<Draft>> attempt(StateRepo& state, const Git& git, const Place& place,
                                     std::int64_t max_untracked_bytes) {
  MASC_TRY(const Look before, look_at(git, place));
  if (before.empty()) return std::nullopt;
  MASC_TRY(WorkFiles files, WorkFiles::open(place.path));
  MASC_TRY(Draft draft, make_draft(state, git, place, files, before, max_untracked_bytes));
  if (!draft.stable) return draft;
  MASC_TRY(const Look after, look_at(git, place));
  draft.stable = before.same_as(after);
  if (!draft.stable) return draft;
  MASC_TRY(draft.stable, matches_disk(state, files, draft));
  return draft;
}

}  // namespace

Result<std::optional<Draft>> steady_draft(StateRepo& state, const Git& git, const Place& place,
                                          std::int64_t max_untracked_bytes) {
  for (int count = 0; count < kAttempts; ++count) {
    MASC_TRY(auto draft, attempt(state, git, place, max_untracked_bytes));
    if (!draft || draft->stable) return draft;
  }
  return fail(error(ErrorCode::kConflict, "files in '{}' keep changing", printable(place.path))
                  .hint("wait until nothing writes there, then repeat the command")
                  .fact("path", place.path));
}

}  // namespace masc::git
