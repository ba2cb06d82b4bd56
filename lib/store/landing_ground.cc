#include "store/landing_ground.h"

#include "base/text.h"
#include "git/advance.h"
#include "git/path_list.h"
#include "git/refs.h"

namespace masc::store {
namespace {

using model::Task;

bool belongs_to(const git::Worktree& worktree, const Task& task) {
  if (worktree.missing || worktree.prunable || worktree.half_made()) return false;
  if (!worktree.token) return worktree.branch == task.id.branch();
  return worktree.token->task == task.id.str() &&
         worktree.token->generation == task.claim->generation;
}

Error uncommitted(const Ground& ground, const std::vector<std::string>& paths,
                  std::string_view what) {
  return error(ErrorCode::kUncommitted, "{} in '{}'{}{}", what, printable(ground.worktree.path),
               paths.empty() ? "" : ": ", git::path_list(paths))
      .fact("path", ground.worktree.path)
      .fact_json("paths", git::path_list_json(paths));
}

// A claim that has ended can't commit there any more.
Error uncommitted_changes(const Ground& ground, const Task& task) {
  Error made = uncommitted(ground, ground.changed, "there are changes that are not committed");
  if (task.claim) {
    made =
        std::move(made).hint(fmt::format("git -C {} commit -a", shell_quote(ground.worktree.path)));
  }
  return std::move(made).hint(fmt::format(
      "masc land {} --leave-changes   (lands the commits, keeps the rest as a snapshot)",
      task.id.str()));
}

Error stray_commits(const Ground& ground, const Task& task) {
  const std::string& branch = ground.status.branch;
  const std::string head = ground.status.head.substr(0, 7);
  const std::string where = branch.empty()
                                ? "HEAD is detached at " + head
                                : fmt::format("HEAD is on {} at {}", printable(branch), head);
  return uncommitted(ground, {}, fmt::format("{}, which is not on {},", where, task.id.branch()))
      .hint(fmt::format("git -C {} log {}..HEAD   (what would be left behind)",
                        shell_quote(ground.worktree.path), task.id.branch()))
      .hint(fmt::format("git -C {} switch {}   (then `git merge {}` brings it in)",
                        shell_quote(ground.worktree.path), task.id.branch(),
                        ground.status.head.substr(0, 12)));
}

bool same_head(const git::Worktree& a, const git::Worktree& b) {
  return a.head == b.head && a.branch == b.branch;
}

// As it is now; nullopt if somebody moved its HEAD since, or took it away.
Result<std::optional<git::Worktree>> still(const git::Repository& repository,
                                           const git::Worktree& worktree) {
  MASC_TRY(auto now, git::worktree_at(repository, worktree.path));
  if (!now || now->git_dir != worktree.git_dir || !same_head(*now, worktree)) return std::nullopt;
  return now;
}

// git in that worktree, with the user's hooks only.
git::Git in_ground(const git::Repository& repository, const git::Git& git, const Ground& ground) {
  return git::with_user_hooks(repository, git, ground.worktree.git_dir).in(ground.worktree.path);
}

Result<std::optional<std::string>> move_branch(const git::Repository& repository,
                                               const git::Git& git, const Arrival& arrival) {
  MASC_TRY(const auto others, git::checkouts_of(repository, git, arrival.branch));
  if (!others.empty()) {
    return fmt::format("{} stays at {}: it is checked out in '{}'", arrival.branch,
                       arrival.tip.substr(0, 7), printable(others.front().path));
  }
  MASC_CHECK(git.output({"update-ref", "-m", "masc: landed", "refs/heads/" + arrival.branch,
                         arrival.commit, arrival.tip}));
  return std::nullopt;
}

}  // namespace

Result<std::optional<Ground>> look_at_ground(const git::Repository& repository, const git::Git& git,
                                             const Task& task) {
  if (!task.claim || task.claim->worktree.empty()) return std::nullopt;
  MASC_TRY(auto worktree, git::worktree_at(repository, task.claim->worktree));
  if (!worktree || !belongs_to(*worktree, task)) return std::nullopt;
  Ground ground;
  ground.worktree = std::move(*worktree);
  MASC_TRY(ground.status, git::read_status(git, {ground.worktree.path, ground.worktree.git_dir}));
  for (const git::StatusEntry& entry : ground.status.entries) {
    (entry.kind == '?' ? ground.untracked : ground.changed).push_back(entry.path);
  }
  return ground;
}

Result<void> check_ground(const git::Git& git, const Ground& ground, const Task& task,
                          const std::vector<std::string>& landing, bool leave_changes) {
  const auto under_way = git::unfinished_operations(ground.worktree.git_dir);
  if (!under_way.empty()) {
    return fail(uncommitted(ground, under_way, "a merge, rebase or the like is under way")
                    .hint(fmt::format("end it there: git -C {} status",
                                      shell_quote(ground.worktree.path))));
  }
  if (!ground.changed.empty() && !leave_changes) return fail(uncommitted_changes(ground, task));
  const std::string& head = ground.status.head;
  if (ground.status.branch == task.id.branch() || head == landing.front() || head.empty())
    return {};
  std::vector<std::string> args = {"rev-list", "-1", head, "--not"};
  args.insert(args.end(), landing.begin(), landing.end());
  args.emplace_back("--");
  MASC_TRY(const std::string stray, git.output(std::move(args)));
  if (!stray.empty()) return fail(stray_commits(ground, task));
  return {};
}

Result<void> leave_ground(const git::Repository& repository, const git::Git& git,
                          const Ground& ground, const Arrival& arrival) {
  MASC_TRY(const auto now, still(repository, ground.worktree));
  if (now && ground.clean() && now->head != arrival.commit) {
    MASC_TRY(const git::Finished moved, in_ground(repository, git, ground)
                                            .run({"checkout", "--quiet", "--no-overwrite-ignore",
                                                  "--detach", arrival.commit, "--"}));
    if (moved.ok()) return {};
  }
  if (now && now->unborn()) return {};
  return git::detach_head(git::with_user_hooks(repository, git, ground.worktree.git_dir),
                          ground.worktree.git_dir);
}

Result<std::optional<std::string>> move_ground(const git::Repository& repository,
                                               const git::Git& git,
                                               const std::optional<Ground>& ground,
                                               const Arrival& arrival) {
  if (arrival.tip == arrival.commit) return std::nullopt;
  MASC_TRY(const auto tip, git::branch_tip(repository, git, arrival.branch));
  if (tip != arrival.tip) {
    return fmt::format("{} has moved on since; it stays where it is", arrival.branch);
  }
  if (!ground || ground->worktree.branch != arrival.branch) {
    return move_branch(repository, git, arrival);
  }
  MASC_TRY(const git::Finished moved, in_ground(repository, git, *ground)
                                          .run({"checkout", "--quiet", "--no-overwrite-ignore",
                                                "-B", arrival.branch, arrival.commit, "--"}));
  if (moved.ok()) return std::nullopt;
  return fmt::format("{} stays at {}, since changes in '{}' are in the way", arrival.branch,
                     arrival.tip.substr(0, 7), printable(ground->worktree.path));
}

Result<std::optional<std::string>> drop_branch(const git::Repository& repository,
                                               const git::Git& git, const Arrival& arrival) {
  MASC_TRY(const auto tip, git::branch_tip(repository, git, arrival.branch));
  if (!tip) return std::nullopt;
  if (*tip != arrival.tip) {
    return fmt::format("{} has moved on since; it stays", arrival.branch);
  }
  MASC_TRY(const auto checkouts, git::checkouts_of(repository, git, arrival.branch));
  if (!checkouts.empty()) {
    return fmt::format("{} stays: it is checked out in '{}'", arrival.branch,
                       printable(checkouts.front().path));
  }
  MASC_CHECK(git::delete_branch(git, arrival.branch, arrival.tip));
  return std::nullopt;
}

}  // namespace masc::store
