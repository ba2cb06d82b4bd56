#include "git/advance.h"

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "base/text.h"
#include "git/config.h"
#include "git/left_locks.h"
#include "git/path_list.h"
#include "git/refs.h"
#include "git/status.h"
#include "git/worktree.h"

namespace masc::git {
namespace {

bool mentions(const Finished& finished, std::string_view words) {
  return finished.err.find(words) != std::string::npos;
}

bool refused_by_hook(const Finished& finished) { return mentions(finished, "aborted by hook"); }

Error dirty(const std::string& path, const std::vector<std::string>& paths,
            std::string_view message) {
  return error(ErrorCode::kBaseDirty, "{}", message)
      .fact("path", path)
      .fact_json("paths", path_list_json(paths));
}

Error overwritten(const Advance& move, const std::string& path,
                  const std::vector<std::string>& paths) {
  return dirty(path, paths,
               fmt::format("{} is checked out in '{}', and what is there would be overwritten: {}",
                           printable(move.branch), printable(path), path_list(paths)))
      .hint(fmt::format("commit or stash them there: git -C {} status", shell_quote(path)));
}

Error hook_said_no(std::string_view what, const Finished& finished) {
  return error(ErrorCode::kRefused, "a hook of this repository refused {}: {}", what,
               printable(first_line(finished.err)))
      .hint("`git config core.hooksPath` and .git/hooks/reference-transaction say what it wants");
}

// Paths in the messages of unpack-trees: a line each behind a tab, or in quotes.
std::vector<std::string> named_paths(const Finished& finished) {
  std::vector<std::string> paths;
  for (const std::string_view line : split_lines(finished.err)) {
    const std::size_t open = line.find('\'');
    const std::size_t close = line.rfind('\'');
    if (line.starts_with('\t')) {
      paths.emplace_back(line.substr(1));
    } else if (line.starts_with("error: ") && open != line.npos && open < close) {
      paths.emplace_back(line.substr(open + 1, close - open - 1));
    }
  }
  return paths;
}

// The one place where the branch is checked out and can be moved; nullopt where it is none.
Result<std::optional<Checkout>> ground_of(const Repository& repository, const Git& git,
                                          const Advance& move) {
  MASC_TRY(const auto checkouts, checkouts_of(repository, git, move.branch));
  if (checkouts.empty()) return std::nullopt;
  const Checkout& first = checkouts.front();
  const std::string branch = printable(move.branch);
  const std::string path = printable(first.path);
  if (checkouts.size() > 1) {
    return fail(
        dirty(first.path, {},
              fmt::format(
                  "{} is checked out in '{}' and in '{}'; only one can be brought forward with it",
                  branch, path, printable(checkouts[1].path)))
            .hint(fmt::format("git -C {} switch --detach", shell_quote(checkouts[1].path))));
  }
  if (first.missing) {
    return fail(dirty(first.path, {},
                      fmt::format("{} is checked out in '{}', which is not there", branch, path))
                    .hint("if it is gone for good: git worktree prune"));
  }
  const auto under_way = unfinished_operations(first.git_dir);
  if (first.by != Checkout::By::kHead || !under_way.empty()) {
    return fail(
        dirty(first.path, under_way,
              fmt::format("a merge, rebase or the like is under way in '{}', on {}", path, branch))
            .hint(fmt::format("end it there: git -C {} status", shell_quote(first.path))));
  }
  return first;
}

// The branch moved meanwhile if it is not at `from`; where it contains `to`, somebody else was as
// good.
Result<std::optional<Advanced>> look_again(const Repository& repository, const Git& git,
                                           const Advance& move) {
  MASC_TRY(const auto tip, branch_tip(repository, git, move.branch));
  if (tip == move.from) return std::nullopt;
  if (!tip) return Advanced::kMeanwhile;
  MASC_TRY(const bool contained, is_ancestor(git, move.to, *tip));
  return contained ? Advanced::kMoved : Advanced::kMeanwhile;
}

Result<Advanced> move_ref(const Repository& repository, const Git& git, const Advance& move) {
  MASC_TRY(const Finished finished, git.run({"update-ref", "-m", move.why,
                                             "refs/heads/" + move.branch, move.to, move.from}));
  if (finished.ok()) return Advanced::kMoved;
  MASC_TRY(const auto seen, look_again(repository, git, move));
  if (seen) return *seen;
  const std::string what = "moving " + printable(move.branch);
  if (refused_by_hook(finished)) return fail(hook_said_no(what, finished));
  return fail(git_error(finished, what));
}

// Without what the user's configuration could make of it: a stash, a squash, a demand for
// signatures.
std::vector<std::string> forward_args(const std::string& to) {
  return {"merge",
          "--ff-only",
          "--quiet",
          "--no-stat",
          "--no-autostash",
          "--no-squash",
          "--no-verify-signatures",
          "--no-overwrite-ignore",
          to};
}

// Whoever refuses the ref, a hook or a lock, has left index and files moved. They go back where
// nobody changed them; where they never moved, nothing happens.
void put_back(const Git& there, const Advance& move) {
  const auto undone = there.run({"read-tree", "-m", "-u", move.to, "HEAD"});
  static_cast<void>(undone);  // the refusal that led here is what is reported
}

Result<Advanced> move_checkout(const Repository& repository, const Git& git, const Advance& move,
                               const Checkout& checkout) {
  // The listing is of a moment ago; the merge would take whatever HEAD is on.
  MASC_TRY(const auto before, look_again(repository, git, move));
  if (before) return *before;
  const Git there = with_user_hooks(repository, git, checkout.git_dir)
                        .in(checkout.path)
                        .with_config("maintenance.auto=false")
                        .with_variable("GIT_REFLOG_ACTION", move.why);
  MASC_TRY(const Finished finished, there.run(forward_args(move.to)));
  MASC_TRY(const auto after, look_again(repository, git, move));
  if (after == Advanced::kMoved) return *after;
  const auto paths = named_paths(finished);
  if (mentions(finished, "would be overwritten") || mentions(finished, "would lose untracked")) {
    return fail(overwritten(move, checkout.path, paths));
  }
  const std::string what =
      fmt::format("moving {} in '{}'", printable(move.branch), printable(checkout.path));
  put_back(there, move);
  if (after) return *after;
  if (refused_by_hook(finished)) return fail(hook_said_no(what, finished));
  return fail(git_error(finished, what));
}

}  // namespace

std::string user_hooks_path(const Repository& repository, const Git& git) {
  const UserConfig config = UserConfig::load(repository, git.environment());
  return config.get("core.hooksPath").value_or(repository.common_dir + "/hooks");
}

Git with_user_hooks(const Repository& repository, const Git& git, const std::string& git_dir) {
  const bool chosen =
      base_name(dir_name(git_dir)) == "worktrees" && base_name(git_dir).starts_with(kSlotPrefix);
  if (!chosen) return git;
  return git.with_config("core.hooksPath=" + user_hooks_path(repository, git));
}

Result<Advanced> advance_branch(const Repository& repository, const Git& git, const Advance& move) {
  MASC_TRY(const auto checkout, ground_of(repository, git, move));
  MASC_CHECK(break_left_lock(repository, branch_lock(repository, move.branch)));
  if (!checkout) return move_ref(repository, git, move);
  for (const char* name : {"/HEAD.lock", "/index.lock"})
    MASC_CHECK(break_left_lock(repository, checkout->git_dir + name));
  return move_checkout(repository, git, move, *checkout);
}

Result<void> try_advance(const Repository& repository, const Git& git, const Advance& move) {
  MASC_TRY(const auto checkout, ground_of(repository, git, move));
  if (!checkout) return {};
  MASC_TRY(const Finished finished,
           git.in(checkout->path).run({"read-tree", "-n", "-m", "-u", move.from, move.to}));
  if (finished.ok()) return {};
  return fail(overwritten(move, checkout->path, named_paths(finished)));
}

}  // namespace masc::git
