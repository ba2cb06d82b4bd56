#include "git/merge.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "git/objects.h"

namespace masc::git {
namespace {

constexpr std::string_view kAttributes = ".gitattributes";

// One message: <number of paths> NUL <path> NUL … <type> NUL <text> NUL.
Result<void> parse_message(std::string_view& rest, Merged& merged) {
  const std::string_view count = take_until(rest, '\0');
  std::size_t number = 0;
  const auto [end, failed] = std::from_chars(count.data(), count.data() + count.size(), number);
  if (failed != std::errc{} || end != count.data() + count.size()) {
    return fail(ErrorCode::kFormat, "git merge-tree gave a message that masc does not know: '{}'",
                printable(count));
  }
  std::vector<std::string> paths;
  for (; number > 0 && !rest.empty(); --number) paths.emplace_back(take_until(rest, '\0'));
  const std::string_view type = take_until(rest, '\0');
  take_until(rest, '\0');
  if (type == "Auto-merging")
    std::move(paths.begin(), paths.end(), std::back_inserter(merged.mixed));
  return {};
}

// "a/b/c" needs the attributes of "", "a" and "a/b".
std::set<std::string> folders_above(const std::vector<std::string>& paths) {
  std::set<std::string> folders = {""};
  for (const std::string& path : paths) {
    for (std::size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1)) {
      folders.insert(path.substr(0, at + 1));
    }
  }
  return folders;
}

// Macros are defined with the word as well, `binary` aside.
bool speaks_of_merging(std::string_view attributes) {
  return attributes.find("merge") != attributes.npos ||
         attributes.find("binary") != attributes.npos;
}

}  // namespace

Result<Merged> parse_merge(std::string_view output) {
  Merged merged;
  merged.tree = std::string(take_until(output, '\0'));
  if (merged.tree.size() < 40) {
    return fail(ErrorCode::kFormat, "git merge-tree named no tree: '{}'", printable(merged.tree));
  }
  while (!output.empty() && output.front() != '\0') {
    merged.conflicts.emplace_back(take_until(output, '\0'));
  }
  take_until(output, '\0');
  while (!output.empty()) MASC_CHECK(parse_message(output, merged));
  return merged;
}

Result<Merged> Merger::merge_in(const std::string& folder, const std::string& ours,
                                const std::string& theirs) const {
  std::vector<std::string> args = {"merge-tree", "--write-tree", "-z",  "--name-only",
                                   "--messages", ours,           theirs};
  const bool empty_folder = !scratch_ || folder != scratch_->path();
  if (empty_folder) args.insert(args.begin(), "--git-dir=" + repository_.common_dir);
  MASC_TRY(const Finished finished, git_.in(folder).run(std::move(args)));
  if (finished.status > 1) return fail(git_error(finished, "git merge-tree"));
  MASC_TRY(Merged merged, parse_merge(finished.out));
  if (finished.status == 1 && merged.conflicts.empty()) {
    return fail(git_error(finished, "git merge-tree"));
  }
  if (finished.status == 0) merged.conflicts.clear();
  return merged;
}

Result<bool> Merger::attributes_matter(const std::string& commit,
                                       const std::vector<std::string>& paths) const {
  std::vector<std::string> names;
  for (const std::string& folder : folders_above(paths)) {
    if (folder.find('\n') != folder.npos) return true;  // can't be asked for: look at the files
    names.push_back(fmt::format("{}:{}{}", commit, folder, kAttributes));
  }
  MASC_TRY(const auto objects, read_objects(git_, names));
  return std::any_of(objects.begin(), objects.end(), [](const std::optional<Object>& object) {
    return object && speaks_of_merging(object->data);
  });
}

Result<void> Merger::show(const std::string& commit) {
  if (scratch_) return scratch_->show(commit);
  MASC_TRY(Scratch made, Scratch::make(repository_, git_, commit));
  scratch_.emplace(std::move(made));
  return {};
}

Result<Merged> Merger::merge(const std::string& ours, const std::string& theirs) {
  MASC_TRY(const std::string folder, scratch_folder(repository_));
  MASC_TRY(Merged merged, merge_in(folder, ours, theirs));
  if (merged.mixed.empty()) return merged;
  MASC_TRY(const bool files, attributes_matter(ours, merged.mixed));
  if (!files) return merged;
  MASC_CHECK(show(ours));
  return merge_in(scratch_->path(), ours, theirs);
}

}  // namespace masc::git
