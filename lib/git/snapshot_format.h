// How a snapshot lies in state.git: see snapshot.h. For snapshot*.cc and their tests.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/snapshot.h"
#include "git/state_repo.h"

namespace masc::git {

struct Manifest {
  std::vector<KeptPath> paths;          // sorted by path
  std::vector<LeftBehind> left_behind;  // sorted
  bool operator==(const Manifest&) const = default;
};
std::string format_manifest(const Manifest& manifest);
// kFormat names the line.
Result<Manifest> parse_manifest(std::string_view text);

// A tree with all its subtrees as one map: path → mode and blob.
struct FlatEntry {
  unsigned mode = 0;
  ObjectId id;
};
using FlatTree = std::map<std::string, FlatEntry>;
// kConflict where one path lies below another.
Result<ObjectId> write_flat_tree(StateRepo& state, const FlatTree& flat);
Result<FlatTree> read_flat_tree(const StateRepo& state, const ObjectId& tree);

constexpr std::string_view kManifest = "manifest";
std::string work_entry(std::string_view path);
std::string index_entry(std::string_view path);
std::string operation_entry(std::string_view name);
std::string stage_entry(std::size_t stage, std::string_view path);  // 1–3

std::string format_snapshot_message(const KeepOptions& options, std::string_view head,
                                    std::size_t paths);
// Fills what the message says. kFormat.
Result<void> read_snapshot_message(std::string_view message, Snapshot& snapshot);

}  // namespace masc::git
