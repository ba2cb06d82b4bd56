#include "store/archive.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"

namespace masc::store {
namespace {

using git::ObjectId;
using git::TreeEntry;
using model::TaskId;

constexpr unsigned kBlob = 0100644;
constexpr unsigned kTree = 0040000;
constexpr std::string_view kCommitPrefix = "commit ";

const TreeEntry* find_entry(const std::vector<TreeEntry>& entries, std::string_view name) {
  for (const TreeEntry& entry : entries) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

void put(std::vector<TreeEntry>& entries, TreeEntry entry) {
  std::erase_if(entries, [&](const TreeEntry& old) { return old.name == entry.name; });
  entries.push_back(std::move(entry));
}

std::string tree_line(std::string_view raw) {
  return std::string(raw.substr(0, raw.find('\n')));  // "tree <hex>"
}

// What one task adds to its folder: its blob, and the trees that hold long text.
struct Folded {
  TaskId id;
  ObjectId version;
  std::vector<TreeEntry> entries;
};

Result<std::vector<std::string>> chain_of(const git::StateRepo& state, ObjectId id) {
  std::vector<std::string> commits;
  for (;;) {
    MASC_TRY(std::string raw, state.raw_commit(id));
    MASC_TRY(const git::Commit commit, state.commit(id));
    commits.push_back(std::move(raw));
    if (commit.parents.empty()) break;
    if (commit.parents.size() > 1)
      return fail(ErrorCode::kFormat, "a merged history is not folded");
    id = commit.parents[0];
  }
  std::reverse(commits.begin(), commits.end());
  return commits;
}

Result<std::vector<TreeEntry>> trees_of(const std::vector<std::string>& commits) {
  std::vector<TreeEntry> trees;
  for (const std::string& raw : commits) {
    MASC_TRY(const ObjectId tree, ObjectId::parse(tree_line(raw).substr(5)));
    if (tree != git::StateRepo::empty_tree()) put(trees, {kTree, tree.hex(), tree});
  }
  return trees;
}

Result<std::optional<Folded>> fold_one(git::StateRepo& state, const TaskId& id) {
  MASC_TRY(const auto version, state.ref(id.ref()));
  if (!version) return std::nullopt;
  auto commits = chain_of(state, *version);
  if (!commits) return std::nullopt;  // merged or damaged: it stays a ref
  Folded folded{id, *version, {}};
  MASC_TRY(const ObjectId blob, state.write_blob(format_entry(*commits)));
  folded.entries.push_back({kBlob, id.str(), blob});
  MASC_TRY(const auto trees, trees_of(*commits));
  if (!trees.empty()) {
    MASC_TRY(const ObjectId tree, state.write_tree(trees));
    folded.entries.push_back({kTree, id.str() + ".d", tree});
  }
  return folded;
}

Result<std::vector<TreeEntry>> subtree(const git::StateRepo& state,
                                       const std::vector<TreeEntry>& entries,
                                       std::string_view name) {
  const TreeEntry* found = find_entry(entries, name);
  if (found == nullptr) return std::vector<TreeEntry>{};
  return state.tree(found->id);
}

// root → c1 → c2 → entries, rewriting only what changed.
Result<ObjectId> add_entries(git::StateRepo& state, std::vector<TreeEntry> root,
                             const std::vector<Folded>& tasks) {
  std::map<std::string, std::map<std::string, std::vector<const Folded*>>> places;
  for (const Folded& task : tasks) {
    const std::string_view digits = task.id.digits();
    places[std::string(digits.substr(0, 1))][std::string(digits.substr(1, 1))].push_back(&task);
  }
  for (const auto& [c1, seconds] : places) {
    MASC_TRY(auto level1, subtree(state, root, c1));
    for (const auto& [c2, list] : seconds) {
      MASC_TRY(auto level2, subtree(state, level1, c2));
      for (const Folded* task : list) {
        for (const TreeEntry& entry : task->entries) put(level2, entry);
      }
      MASC_TRY(const ObjectId id, state.write_tree(level2));
      put(level1, {kTree, c2, id});
    }
    MASC_TRY(const ObjectId id, state.write_tree(level1));
    put(root, {kTree, c1, id});
  }
  return state.write_tree(root);
}

}  // namespace

std::string format_entry(const std::vector<std::string>& commits) {
  std::string blob;
  for (const std::string& raw : commits) blob += fmt::format("commit {}\n{}\n", raw.size(), raw);
  return blob;
}

Result<std::vector<std::string>> parse_entry(std::string_view blob) {
  std::vector<std::string> commits;
  while (!blob.empty()) {
    std::string_view line = take_until(blob, '\n');
    if (!line.starts_with(kCommitPrefix))
      return fail(ErrorCode::kFormat, "a damaged archive entry");
    line.remove_prefix(kCommitPrefix.size());
    std::size_t size = 0;
    const auto [end, failed] = std::from_chars(line.data(), line.data() + line.size(), size);
    if (failed != std::errc{} || end != line.data() + line.size() || size >= blob.size()) {
      return fail(ErrorCode::kFormat, "a damaged archive entry");
    }
    commits.emplace_back(blob.substr(0, size));
    blob.remove_prefix(size + 1);
  }
  if (commits.empty()) return fail(ErrorCode::kFormat, "an empty archive entry");
  return commits;
}

Result<std::optional<ObjectId>> Archive::root_tree() const {
  MASC_TRY(const auto ref, state_.ref(kArchiveRef));
  if (!ref) return std::nullopt;
  MASC_TRY(const git::Commit commit, state_.commit(*ref));
  return commit.tree;
}

Result<std::optional<Archived>> Archive::find(const TaskId& id) const {
  MASC_TRY(const auto root, root_tree());
  if (!root) return std::nullopt;
  ObjectId at = *root;
  const std::string_view digits = id.digits();
  for (const std::string_view name :
       {digits.substr(0, 1), digits.substr(1, 1), std::string_view(id.str())}) {
    MASC_TRY(const auto entries, state_.tree(at));
    const TreeEntry* entry = find_entry(entries, name);
    if (entry == nullptr) return std::nullopt;
    at = entry->id;
  }
  MASC_TRY(const std::string blob, state_.blob(at));
  MASC_TRY(auto commits, parse_entry(blob));
  return Archived{id, std::move(commits)};
}

Result<std::vector<TaskId>> Archive::ids(std::string_view prefix) const {
  std::vector<TaskId> found;
  MASC_TRY(const auto root, root_tree());
  if (!root) return found;
  const std::string_view digits = prefix.substr(std::min<std::size_t>(2, prefix.size()));
  MASC_TRY(const auto level1, state_.tree(*root));
  for (const TreeEntry& first : level1) {
    if (!digits.empty() && first.name != digits.substr(0, 1)) continue;
    MASC_TRY(const auto level2, state_.tree(first.id));
    for (const TreeEntry& second : level2) {
      if (digits.size() > 1 && second.name != digits.substr(1, 1)) continue;
      MASC_TRY(const auto entries, state_.tree(second.id));
      for (const TreeEntry& entry : entries) {
        if (entry.mode != kBlob || !entry.name.starts_with(prefix)) continue;
        MASC_TRY(TaskId id, TaskId::parse(entry.name));
        found.push_back(std::move(id));
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::size_t> Archive::fold(const std::vector<TaskId>& tasks, std::string_view agent,
                                  std::int64_t seconds) {
  MASC_TRY(const FileLock lock, state_.lock(kArchiveRef));
  MASC_TRY(const auto old, state_.ref(kArchiveRef));
  git::Commit commit;
  std::vector<TreeEntry> root;
  if (old) {
    MASC_TRY(const git::Commit last, state_.commit(*old));
    MASC_TRY(root, state_.tree(last.tree));
    commit.parents = {*old};
  }
  std::vector<Folded> folded;
  for (const TaskId& id : tasks) {
    if (folded.size() == kMostFolded) break;
    MASC_TRY(auto one, fold_one(state_, id));
    if (one) folded.push_back(std::move(*one));
  }
  if (folded.empty()) return 0;
  MASC_TRY(commit.tree, add_entries(state_, std::move(root), folded));
  commit.author = std::string(agent);
  commit.seconds = seconds;
  commit.message = fmt::format("fold {} finished tasks\n\nMasc-Format: 1\n", folded.size());
  MASC_TRY(const ObjectId next, state_.write_commit(commit));
  MASC_CHECK(state_.swap(kArchiveRef, old, next));
  std::size_t gone = 0;
  for (const Folded& task : folded) {
    // A task that changed meanwhile keeps its ref, which wins over the entry.
    if (state_.swap(task.id.ref(), task.version, std::nullopt)) ++gone;
  }
  return gone;
}

Result<ObjectId> Archive::unfold(const Archived& entry) {
  ObjectId last;
  for (const std::string& raw : entry.commits) {
    MASC_TRY(last, state_.write_raw_commit(raw));
  }
  return last;
}

}  // namespace masc::store
