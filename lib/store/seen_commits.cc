#include "store/seen_commits.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "git/objects.h"
#include "store/trail_events.h"

namespace masc::store {
namespace {

// More than that were never waited for; the newest count.
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
  if (all.size() > kMost) all.erase(all.begin(), all.end() - kMost);
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
  return append_file(path_of(masc_dir),
                     fmt::format("{} {} {} {} {}\n", format_time_exact(seen.at), seen.agent,
                                 seen.task.str(), seen.from, seen.to));
}

Result<void> settle_commits(Workspace& workspace, const model::Policy& policy, const git::Git& git,
                            Instant now) {
  const std::string path = path_of(workspace.masc_dir());
  if (!exists(path)) return {};
  // Whoever renames the list away settles it; the others go on.
  const std::string mine = fmt::format("{}.{}", path, getpid());
  if (!rename_path(path, mine)) return {};
  MASC_TRY(const std::string text, read_file(mine));
  const std::vector<SeenCommit> all = parse(text);
  std::vector<std::string> names;
  for (const SeenCommit& seen : all) names.insert(names.end(), {seen.from, seen.to});
  MASC_TRY(const auto objects, git::read_objects(git, names));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!is_work(objects[2 * i], objects[2 * i + 1])) continue;
    MASC_TRY(auto changed, changed_paths(git, {all[i].from, all[i].to}));
    MASC_CHECK(TrailEvents(workspace, policy, git, std::min(now, all[i].at))
                   .committed(all[i].task, all[i].agent, all[i].to, std::move(changed)));
  }
  return remove_file(mine);
}

}  // namespace masc::store
