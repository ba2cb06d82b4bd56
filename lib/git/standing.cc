#include "git/standing.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "base/file.h"
#include "base/text.h"
#include "git/status.h"

namespace masc::git {
namespace {

constexpr std::size_t kShort = 10;
// The commits of an operation under way.
constexpr std::string_view kMovable[] = {"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"};

// The first line of a small file, "" where there is none.
std::string line_of(const std::string& git_dir, std::string_view name) {
  const auto text = read_file(join_path(git_dir, name));
  return text ? printable(first_line(*text)) : "";
}

std::string commit_in(const std::string& git_dir, std::string_view name) {
  return line_of(git_dir, name).substr(0, kShort);
}

std::string step(const std::string& now, const std::string& last) {
  return now.empty() || last.empty() ? "" : fmt::format(" (step {} of {})", now, last);
}

std::string rebase(const std::string& folder, std::string_view now, std::string_view last) {
  std::string text = "rebase";
  std::string what = line_of(folder, "head-name");
  constexpr std::string_view kHeads = "refs/heads/";
  if (what.starts_with(kHeads)) what.erase(0, kHeads.size());
  if (!what.empty()) text += " of " + what;
  const std::string onto = commit_in(folder, "onto");
  if (!onto.empty()) text += " onto " + onto;
  return text + step(line_of(folder, now), line_of(folder, last));
}

}  // namespace

bool is_operation_file(std::string_view name) noexcept {
  return std::find(std::begin(kMovable), std::end(kMovable), name) != std::end(kMovable) ||
         name == "MERGE_MSG" || name == "MERGE_MODE";
}

std::vector<std::string> operation_files(const std::string& git_dir) {
  const auto has = [&](std::string_view name) { return exists(join_path(git_dir, name)); };
  std::vector<std::string> files;
  // A rebase has such files as well, and keeps the rest of itself elsewhere.
  if (has("rebase-merge") || has("rebase-apply")) return files;
  for (const std::string_view name : kMovable) {
    if (has(name)) files.emplace_back(name);
  }
  if (files.empty()) return files;
  for (const char* more : {"MERGE_MSG", "MERGE_MODE"}) {
    if (has(more)) files.emplace_back(more);
  }
  return files;
}

std::string operation_under_way(const std::string& git_dir) {
  const auto path = [&](std::string_view name) { return join_path(git_dir, name); };
  // A rebase that has stopped has a CHERRY_PICK_HEAD as well.
  if (exists(path("rebase-merge"))) return rebase(path("rebase-merge"), "msgnum", "end");
  if (exists(path("rebase-apply/applying"))) {
    return "am" +
           step(line_of(git_dir, "rebase-apply/next"), line_of(git_dir, "rebase-apply/last"));
  }
  if (exists(path("rebase-apply"))) return rebase(path("rebase-apply"), "next", "last");
  if (exists(path("MERGE_HEAD"))) return "merge of " + commit_in(git_dir, "MERGE_HEAD");
  if (exists(path("CHERRY_PICK_HEAD"))) {
    return "cherry-pick of " + commit_in(git_dir, "CHERRY_PICK_HEAD");
  }
  if (exists(path("REVERT_HEAD"))) return "revert of " + commit_in(git_dir, "REVERT_HEAD");
  if (exists(path("sequencer"))) return "cherry-pick or revert of several commits";
  return exists(path("BISECT_LOG")) ? "bisection" : "";
}

Result<Standing> standing_of(const Git& git, const Worktree& worktree) {
  const Place place{worktree.path, worktree.git_dir};
  Standing standing;
  MASC_TRY(const Finished head, run_at(git, place, {"rev-parse", "--verify", "--quiet", "HEAD"}));
  // Quiet means: no such commit, as before a first one.
  if (!head.ok() && !head.err.empty()) return fail(git_error(head, "git rev-parse"));
  if (head.ok()) standing.head = trim(head.out);
  standing.branch = worktree.branch;
  if (worktree.opaque) {
    MASC_TRY(const Finished named,
             run_at(git, place, {"symbolic-ref", "--quiet", "--short", "HEAD"}));
    if (named.ok()) standing.branch = trim(named.out);
  }
  standing.operation = operation_under_way(worktree.git_dir);
  return standing;
}

std::vector<std::string> unusual(const Standing& standing, std::string_view branch,
                                 std::string_view tip) {
  std::vector<std::string> said;
  if (standing.branch != branch) {
    const std::string where = standing.branch.empty()
                                  ? "detached"
                                  : fmt::format("on branch {}", printable(standing.branch));
    const std::string there = tip.empty() ? std::string("does not exist")
                              : tip == standing.head
                                  ? std::string("is at the same commit")
                                  : fmt::format("is at {}", tip.substr(0, kShort));
    const std::string at = standing.head.empty()
                               ? ", which has no commit yet"
                               : fmt::format(" at {}", standing.head.substr(0, kShort));
    said.push_back(
        fmt::format("HEAD is {}{}; {}, which is what lands, {}", where, at, branch, there));
  }
  if (!standing.operation.empty()) {
    said.push_back(fmt::format("under way: {}; git status says how to go on", standing.operation));
  }
  return said;
}

}  // namespace masc::git
