#include "replay/merges.h"

#include "base/file.h"
#include "base/text.h"
#include "git/merge.h"
#include "store/takebacks.h"

namespace masc::replay {
namespace {

// Where a branch left the line that it came back to: the parent of its first own commit, which is
// older than the merge base if the line was merged into it on the way.
Result<std::string> began(const git::Git& git, const std::string& base, const std::string& tip) {
  MASC_TRY(const std::string own,
           git.output({"rev-list", "--first-parent", "--parents", tip, "^" + base}));
  const auto lines = split_lines(own);
  if (lines.empty()) return "";
  std::string_view last = lines.back();
  take_until(last, ' ');
  return std::string(take_until(last, ' '));
}

}  // namespace

Result<MergeFigures> check_merges(const std::string& repository, const std::string& scratch,
                                  const git::Environment& environment, int limit, bool verbose) {
  MASC_CHECK(make_directories(scratch + "/objects"));
  const git::Git plain(environment, repository);
  MASC_TRY(const std::string objects, plain.output({"rev-parse", "--git-path", "objects"}));
  const git::Git git =
      plain.with_variable("GIT_OBJECT_DIRECTORY", scratch + "/objects")
          .with_variable("GIT_ALTERNATE_OBJECT_DIRECTORIES", join_path(repository, objects));
  MASC_TRY(const std::string listed,
           git.output({"rev-list", "--merges", "--parents", "--max-parents=2",
                       fmt::format("--max-count={}", limit), "HEAD"}));
  MergeFigures figures;
  for (std::string_view line : split_lines(listed)) {
    const std::string merge(take_until(line, ' '));
    const std::string base(take_until(line, ' '));
    const std::string tip(line);
    ++figures.merges;
    MASC_TRY(const auto merged,
             git.run({"merge-tree", "--write-tree", "-z", "--name-only", base, tip}));
    if (!merged.ok()) continue;
    ++figures.clean;
    std::string_view out(merged.out);
    MASC_TRY(const std::string begin, began(git, base, tip));
    const std::string tree(take_until(out, '\0'));
    MASC_TRY(const auto found, store::find_takebacks(git, {begin, base, tree, tip, ""}));
    if (found.empty()) continue;
    ++figures.alarms;
    if (!verbose) continue;
    MASC_TRY(const std::string subject, git.output({"log", "-1", "--format=%h %s", merge}));
    fmt::print("{}\n", subject);
    for (const store::Takeback& one : found) {
      fmt::print("  {}:{} {} {}   (landed by {})\n", one.what.path, one.what.line,
                 one.what.returns ? "returns:" : "goes:", printable(one.what.text),
                 one.commit.substr(0, 9));
    }
  }
  return figures;
}

}  // namespace masc::replay
