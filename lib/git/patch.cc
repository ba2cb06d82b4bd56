#include "git/patch.h"

#include <charconv>

#include "base/text.h"

namespace masc::git {
namespace {

using model::FilePatch;
using model::Hunk;

constexpr std::string_view kHeader = "diff --git ";
constexpr std::size_t kMostPaths = 1000;

Error unknown(std::string_view what) {
  return error(ErrorCode::kFormat, "git diff-tree printed what masc does not know: '{}'",
               printable(what.substr(0, 100)));
}

bool is_none(std::string_view id) { return id.find_first_not_of('0') == id.npos; }

// ":<mode> <mode> <id> <id> <status>" NUL path NUL [path NUL]
Result<ChangedPath> take_entry(std::string_view& rest, char& status) {
  std::string_view meta = take_until(rest, '\0');
  const std::string_view whole = meta;
  take_until(meta, ' ');
  take_until(meta, ' ');
  ChangedPath entry;
  entry.old_id = std::string(take_until(meta, ' '));
  entry.new_id = std::string(take_until(meta, ' '));
  if (meta.empty() || entry.old_id.size() < 40) return fail(unknown(whole));
  status = meta[0];
  entry.old_path = std::string(take_until(rest, '\0'));
  const bool two = status == 'R' || status == 'C';
  entry.new_path = two ? std::string(take_until(rest, '\0')) : entry.old_path;
  if (is_none(entry.old_id) && status == 'A') entry.old_path.clear();
  if (is_none(entry.new_id) && status == 'D') entry.new_path.clear();
  if (status == 'A') entry.old_path.clear();
  if (status == 'D') entry.new_path.clear();
  return entry;
}

std::size_t take_number(std::string_view& text) {
  std::size_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return failed == std::errc{} ? number : 0;
}

// "@@ -12,3 +14 @@ …"
Hunk parse_place(std::string_view line) {
  Hunk hunk;
  line.remove_prefix(line.find('-') + 1);
  hunk.old_line = take_number(line);
  line.remove_prefix(std::min(line.size(), line.find('+') + 1));
  hunk.new_line = take_number(line);
  return hunk;
}

// One "diff --git" section, up to the next.
void parse_section(std::string_view& rest, FilePatch& patch) {
  take_until(rest, '\n');
  bool in_hunk = false;
  while (!rest.empty() && !rest.starts_with(kHeader)) {
    const std::string_view line = take_until(rest, '\n');
    if (line.starts_with("@@ ")) {
      patch.hunks.push_back(parse_place(line));
      in_hunk = true;
    } else if (!in_hunk) {
      if (line.starts_with("Binary files ")) patch.binary = true;
      if (line.starts_with("new file mode ")) patch.old_path.clear();
      if (line.starts_with("deleted file mode ")) patch.new_path.clear();
    } else if (line.starts_with('-')) {
      patch.hunks.back().removed.emplace_back(line.substr(1));
    } else if (line.starts_with('+')) {
      patch.hunks.back().added.emplace_back(line.substr(1));
    }
  }
}

std::vector<std::string> diff_args(const std::string& from, const std::string& to, bool renames) {
  return {"diff-tree",
          "-r",
          "-z",
          "--no-color",
          renames ? "-M" : "--no-renames",
          "--ignore-submodules=none",
          "--raw",
          "--no-abbrev",
          from,
          to};
}

}  // namespace

Result<std::vector<ChangedPath>> changed_paths(const Git& git, const std::string& from,
                                               const std::string& to, bool renames) {
  MASC_TRY(const Finished diff, git.run(diff_args(from, to, renames)));
  if (!diff.ok()) return fail(git_error(diff, "git diff-tree"));
  std::vector<ChangedPath> changed;
  char status = ' ';
  for (std::string_view rest(diff.out); !rest.empty();) {
    MASC_TRY(ChangedPath entry, take_entry(rest, status));
    changed.push_back(std::move(entry));
  }
  return changed;
}

// The raw part names each path as it is; the sections follow in the same order, two for a change of
// type.
Result<std::vector<FilePatch>> parse_patch(std::string_view output) {
  std::vector<FilePatch> patches;
  std::vector<char> kinds;
  std::string_view rest(output);
  while (!rest.empty() && rest[0] == ':') {
    char status = ' ';
    MASC_TRY(ChangedPath entry, take_entry(rest, status));
    for (int i = 0; i < (status == 'T' ? 2 : 1); ++i)
      patches.push_back({entry.old_path, entry.new_path, entry.old_id, entry.new_id, false, {}});
  }
  if (!rest.empty() && rest[0] == '\0') rest.remove_prefix(1);
  for (FilePatch& patch : patches) {
    if (!rest.starts_with(kHeader)) return fail(unknown(rest));
    parse_section(rest, patch);
  }
  if (!rest.empty()) return fail(unknown(rest));
  return patches;
}

Result<std::vector<FilePatch>> read_patch(const Git& git, const std::string& from,
                                          const std::string& to, const DiffOptions& options) {
  std::vector<std::string> args = diff_args(from, to, options.renames);
  args.insert(args.begin() + 1,
              {"-p", "-U0", "--full-index", "--no-ext-diff", "--no-textconv",
               "--diff-algorithm=histogram", "--src-prefix=a/", "--dst-prefix=b/"});
  args.emplace_back("--");
  if (options.paths.size() <= kMostPaths)
    args.insert(args.end(), options.paths.begin(), options.paths.end());
  const Git literal = git.with_variable("GIT_LITERAL_PATHSPECS", "1");
  MASC_TRY(const Finished diff, literal.run(args));
  if (!diff.ok()) return fail(git_error(diff, "git diff-tree"));
  return parse_patch(diff.out);
}

}  // namespace masc::git
