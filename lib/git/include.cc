#include "git/include.h"

#include <charconv>

#include "base/file.h"
#include "base/text.h"
#include "git/work_files.h"
#include "model/trailers.h"

namespace masc::git {
namespace {

std::string note_path(const Place& place) { return join_path(place.git_dir, "masc-included"); }

// Nested repositories end in '/': they are not entered.
std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::string_view name = take_until(text, '\0');
    if (!name.empty() && !name.ends_with('/')) names.emplace_back(name);
  }
  return names;
}

Result<std::string> note_line(const WorkFiles& files, const std::string& path) {
  MASC_TRY(const WorkFiles::Seen seen, files.look(path));
  MASC_TRY(const std::int64_t modified, files.modified(path));
  return fmt::format("{} {} {}\n", seen.size, modified, model::escape_value(path));
}

std::int64_t number(std::string_view text) {
  std::int64_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Result<std::vector<std::string>> included_paths(const Git& git, const Place& source) {
  const std::string patterns = join_path(source.path, kIncludeFile);
  if (read_symlink(patterns) || !exists(patterns)) return std::vector<std::string>{};
  MASC_TRY(const std::string matching,
           output_at(git, source,
                     {"ls-files", "-z", "--others", "--ignored", "--exclude-from=" + patterns}));
  const auto candidates = split_names(matching);
  if (candidates.empty()) return candidates;
  std::string input;
  for (const std::string& path : candidates) input += path + '\0';
  // Exit status 1: none of them is ignored.
  MASC_TRY(const Finished ignored,
           run_at(git, source, {"check-ignore", "-z", "--stdin"}, std::move(input)));
  if (ignored.status > 1) return fail(git_error(ignored, "git check-ignore"));
  return split_names(ignored.out);
}

Result<std::size_t> bring_included(const Git& git, const Place& source, const Place& target) {
  MASC_TRY(const auto paths, included_paths(git, source));
  if (paths.empty()) return 0;
  MASC_TRY(const WorkFiles from, WorkFiles::open(source.path));
  MASC_TRY(WorkFiles to, WorkFiles::open(target.path));
  std::size_t copied = 0;
  std::string notes;
  for (const std::string& path : paths) {
    MASC_TRY(const bool came, to.copy_from(from, path));
    if (!came) continue;
    ++copied;
    MASC_TRY(const std::string line, note_line(to, path));
    notes += line;
  }
  MASC_CHECK(write_file(note_path(target), notes));
  return copied;
}

Result<std::vector<std::string>> changed_included(const Place& place) {
  std::vector<std::string> changed;
  MASC_TRY(const auto notes, read_file_if_any(note_path(place)));
  if (!notes) return changed;
  MASC_TRY(const WorkFiles files, WorkFiles::open(place.path));
  for (std::string_view line : split_lines(*notes)) {
    const std::int64_t size = number(take_until(line, ' '));
    const std::int64_t modified = number(take_until(line, ' '));
    MASC_TRY(const std::string path, model::unescape_value(line));
    MASC_TRY(const WorkFiles::Seen seen, files.look(path));
    if (seen.kind == WorkFiles::Kind::kAbsent) continue;
    MASC_TRY(const std::int64_t now, files.modified(path));
    if (seen.size != size || now != modified) changed.push_back(path);
  }
  return changed;
}

}  // namespace masc::git
