#include "git/repack.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace masc::git {
namespace {

constexpr std::chrono::hours kYoung{24};

struct Stored {
  std::string path;
  std::uint64_t bytes = 0;
  Instant changed{};
};

std::optional<Stored> stored_at(const std::string& path) {
  const auto info = stat_of(path);
  if (!info || !S_ISREG(info->st_mode)) return std::nullopt;
  return Stored{path, static_cast<std::uint64_t>(info->st_blocks) * 512,
                Instant(std::chrono::seconds(info->st_mtim.tv_sec))};
}

bool is_fan_out(std::string_view name) {
  return name.size() == 2 && name.find_first_not_of("0123456789abcdef") == name.npos;
}

// Loose objects and what lies in objects/pack.
Result<std::vector<Stored>> all_stored(const std::string& objects, bool packs) {
  std::vector<Stored> found;
  MASC_TRY(const auto folders, list_directory(objects));
  for (const std::string& folder : folders) {
    if (packs ? folder != "pack" : !is_fan_out(folder)) continue;
    const std::string directory = join_path(objects, folder);
    MASC_TRY(const auto names, list_directory(directory));
    for (const std::string& name : names) {
      if (auto one = stored_at(join_path(directory, name))) found.push_back(std::move(*one));
    }
  }
  return found;
}

std::uint64_t bytes_of(const std::vector<Stored>& all) {
  std::uint64_t bytes = 0;
  for (const Stored& one : all) bytes += one.bytes;
  return bytes;
}

Result<std::uint64_t> size_of(const std::string& objects) {
  MASC_TRY(const auto loose, all_stored(objects, false));
  MASC_TRY(const auto packs, all_stored(objects, true));
  return bytes_of(loose) + bytes_of(packs);
}

}  // namespace

Result<std::uint64_t> repack(const Git& git, const StateRepo& state, Instant now) {
  const Git here = git.in(state.directory());
  const std::string objects = state.directory() + "/objects";
  MASC_TRY(const std::uint64_t before, size_of(objects));
  MASC_TRY(const auto loose, all_stored(objects, false));
  MASC_TRY(const auto old_packs, all_stored(objects, true));
  const std::string dir = "--git-dir=" + state.directory();
  // Without a name there was nothing to pack.
  MASC_TRY(const std::string name, here.output({dir, "pack-objects", "--quiet", "--all",
                                                "--non-empty", objects + "/pack/pack"}));
  MASC_CHECK(here.output({dir, "prune-packed", "--quiet"}));
  for (const Stored& pack : old_packs) {
    // An older pack held what refs reached then; what they reach now is in the new one.
    const bool fresh = !name.empty() && pack.path.find(name) != std::string::npos;
    if (!fresh && !name.empty() && now - pack.changed >= kYoung) MASC_CHECK(remove_file(pack.path));
  }
  for (const Stored& object : loose) {
    // Those that are in the pack are gone already; nothing reaches the others.
    if (now - object.changed >= kYoung) MASC_CHECK(remove_file(object.path));
  }
  MASC_TRY(const std::uint64_t after, size_of(objects));
  return before > after ? before - after : 0;
}

}  // namespace masc::git
