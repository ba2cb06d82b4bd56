#include "store/seen_commits.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "git/objects.h"
#include "store/trail_events.h"

namespace masc::store {
namespace {

// So many are dealt with at a time; the rest waits for the next look.
constexpr std::size_t kMost = 500;

std::string path_of(const std::string& masc_dir) { return masc_dir + "/cache/commits"; }

std::vector<SeenCommit> parse(std::string_view text) {
  std::vector<SeenCommit> all;
  for (std::string_view line : split_lines(text)) {
    SeenCommit seen;
    const auto at = parse_time(take_until(line, ' '));
    seen.agent = std::string(take_until(line, ' '));
    const auto task = model::TaskId::parse(take_until(line, ' '));
    seen.from = std::string(take_until(line, ' '));
    seen.to = std::string(line);
    if (!at || !task || seen.to.size() < 40) continue;
    seen.at = *at;
    seen.task = *task;
    all.push_back(std::move(seen));
  }
  return all;
}

// Whether `to` is a commit on top of `from`, or `from` amended.
bool is_work(const std::optional<git::Object>& from, const std::optional<git::Object>& to) {
  if (!from || !to) return false;
  const auto old = git::parse_commit(from->id, from->data);
  const auto next = git::parse_commit(to->id, to->data);
  if (!old || !next || next->parents.size() > 1) return false;
  return next->parents == std::vector{old->id} || next->parents == old->parents;
}

}  // namespace

Result<void> note_commit(const std::string& masc_dir, const SeenCommit& seen) {
  const std::string line = fmt::format("{} {} {} {} {}\n", format_time_exact(seen.at), seen.agent,
                                       seen.task.str(), seen.from, seen.to);
  auto noted = append_file(path_of(masc_dir), line);
  if (noted || noted.error().code != ErrorCode::kNotFound) return noted;
  // The cache may be deleted at any time.
  MASC_CHECK(make_directories(masc_dir + "/cache"));
  return append_file(path_of(masc_dir), line);
}

Result<void> settle_commits(Workspace& workspace, const model::Policy& policy, const git::Git& git,
                            Instant now) {
  const std::string path = path_of(workspace.masc_dir());
  const std::string taken = path + ".taken";
  if (!exists(path) && !exists(taken)) return {};
  // Whoever has this settles them; the others go on.
  const std::string flocks = workspace.masc_dir() + "/flock";
  if (!is_directory(flocks)) MASC_CHECK(make_directories(flocks));
  MASC_TRY(const auto lock, FileLock::try_acquire(flocks + "/commits"));
  if (!lock) return {};
  // What another process took and did not come to an end with comes first.
  if (!exists(taken)) MASC_CHECK(rename_path(path, taken));
  MASC_TRY(const std::string text, read_file(taken));
  const auto lines = split_lines(text);
  const auto first = std::min(lines.size(), kMost);
  std::string now_text, rest;
  for (std::size_t i = 0; i < lines.size(); ++i)
    (i < first ? now_text : rest).append(lines[i]).append("\n");
  const std::vector<SeenCommit> all = parse(now_text);
  std::vector<std::string> names;
  for (const SeenCommit& seen : all) names.insert(names.end(), {seen.from, seen.to});
  MASC_TRY(const auto objects, git::read_objects(git, names));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!is_work(objects[2 * i], objects[2 * i + 1])) continue;
    MASC_TRY(auto changed, changed_paths(git, {all[i].from, all[i].to}));
    MASC_CHECK(TrailEvents(workspace, policy, git, std::min(now, all[i].at))
                   .committed(all[i].task, all[i].agent, all[i].to, std::move(changed)));
  }
  if (rest.empty()) return remove_file(taken);
  return write_file(taken, rest);
}

}  // namespace masc::store
