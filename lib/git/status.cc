#include "git/status.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/file.h"
#include "base/text.h"

namespace masc::git {
namespace {

Error bad_record(std::string_view record) {
  return error(ErrorCode::kFormat, "git status gave a record that masc does not know: '{}'",
               printable(record.substr(0, 120)));
}

unsigned octal(std::string_view text) {
  unsigned mode = 0;
  std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  return mode;
}

// The next field of a record; its last field, the path, may hold spaces and is what is left then.
std::string_view field(std::string_view& record) { return take_until(record, ' '); }

Version version_of(std::string_view mode, std::string_view id) {
  Version version{octal(mode), ""};
  if (version.mode != 0) version.id = std::string(id);
  return version;
}

// XY sub mH mI mW hH hI path
Result<StatusEntry> parse_changed(std::string_view record) {
  StatusEntry entry;
  entry.kind = '1';
  const std::string_view whole = record;
  const std::string_view states = field(record);
  entry.submodule = std::string(field(record));
  const std::string_view head_mode = field(record);
  const std::string_view index_mode = field(record);
  entry.work_mode = octal(field(record));
  const std::string_view head_id = field(record);
  entry.head = version_of(head_mode, head_id);
  entry.index = version_of(index_mode, field(record));
  entry.path = std::string(record);
  if (states.size() != 2 || entry.submodule.size() != 4 || entry.path.empty()) {
    return fail(bad_record(whole));
  }
  entry.staged = states[0];
  entry.unstaged = states[1];
  return entry;
}

// XY sub m1 m2 m3 mW h1 h2 h3 path
Result<StatusEntry> parse_unmerged(std::string_view record) {
  StatusEntry entry;
  entry.kind = 'u';
  const std::string_view whole = record;
  const std::string_view states = field(record);
  entry.submodule = std::string(field(record));
  std::array<std::string_view, 3> modes;
  for (std::string_view& mode : modes) mode = field(record);
  entry.work_mode = octal(field(record));
  for (std::size_t i = 0; i < 3; ++i) entry.stages[i] = version_of(modes[i], field(record));
  entry.path = std::string(record);
  if (states.size() != 2 || entry.submodule.size() != 4 || entry.path.empty()) {
    return fail(bad_record(whole));
  }
  entry.staged = states[0];
  entry.unstaged = states[1];
  return entry;
}

Result<StatusEntry> parse_entry(std::string_view record) {
  if (record.size() < 3 || record[1] != ' ') return fail(bad_record(record));
  const std::string_view rest = record.substr(2);
  switch (record[0]) {
    case '1': return parse_changed(rest);
    case 'u': return parse_unmerged(rest);
    case '?':
    case '!': break;
    default: return fail(bad_record(record));
  }
  StatusEntry entry;
  entry.kind = record[0];
  entry.path = std::string(rest);
  return entry;
}

void parse_header(std::string_view record, Status& status) {
  constexpr std::string_view kOid = "# branch.oid ";
  constexpr std::string_view kHead = "# branch.head ";
  if (record.starts_with(kOid) && record != "# branch.oid (initial)") {
    status.head = std::string(record.substr(kOid.size()));
  } else if (record.starts_with(kHead) && record != "# branch.head (detached)") {
    status.branch = std::string(record.substr(kHead.size()));
  }
}

// "warning: could not open directory 'a/b/': Permission denied"; "" for other warnings.
std::string unread_folder(std::string_view warning) {
  constexpr std::string_view kBefore = "warning: could not open directory '";
  constexpr std::string_view kAfter = "/': ";
  const std::size_t end = warning.rfind(kAfter);
  if (!warning.starts_with(kBefore) || end == warning.npos || end <= kBefore.size()) return "";
  return std::string(warning.substr(kBefore.size(), end - kBefore.size()));
}

bool speaks_of_blindness(std::string_view warning) {
  return warning.starts_with("error:") ||
         warning.find("could not open directory") != warning.npos ||
         warning.find("could not lstat") != warning.npos ||
         warning.find("unable to stat") != warning.npos;
}

// What git could not read may hold anything.
void read_warnings(std::string_view warnings, Status& status) {
  status.warnings = std::string(warnings);
  for (const std::string_view line : split_lines(warnings)) {
    if (std::string folder = unread_folder(line); !folder.empty()) {
      status.unread.push_back(std::move(folder));
    } else if (speaks_of_blindness(line)) {
      status.blind = true;
    }
  }
}

std::vector<std::string> placed(const Place& place, std::vector<std::string> args) {
  args.insert(args.begin(), {"--git-dir=" + place.git_dir, "--work-tree=" + place.path});
  return args;
}

// "<tag> <mode> <id> <stage>\t<path>", see git-ls-files(1) for -v and -s.
void note_entry(std::string_view record, IndexFacts& facts) {
  const std::size_t tab = record.find('\t');
  if (record.empty() || tab == record.npos) return;
  const std::string_view path = record.substr(tab + 1);
  const char tag = record[0];
  if (tag >= 'a' && tag <= 'z') facts.assume_unchanged.emplace_back(path);
  if (tag == 'S' || tag == 's') facts.skip_worktree.emplace_back(path);
  if (record.substr(1).starts_with(" 160000 ")) facts.submodules.emplace_back(path);
  // The listing is sorted, so a folder's files mostly follow each other.
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return;
  const std::string_view folder = path.substr(0, slash);
  if (facts.folders.empty() || facts.folders.back() != folder) facts.folders.emplace_back(folder);
}

// With the folders above them, each once.
std::vector<std::string> closed_upwards(const std::vector<std::string>& folders) {
  std::set<std::string> all;
  for (std::string folder : folders) {
    while (folder != "." && all.insert(folder).second) folder = std::string(dir_name(folder));
  }
  return {all.begin(), all.end()};
}

}  // namespace

Result<Place> place_at(const std::string& path) {
  Place place;
  MASC_TRY(place.path, real_path(path));
  const std::string dot_git = join_path(place.path, ".git");
  place.git_dir = dot_git;
  if (!is_directory(dot_git)) {
    MASC_TRY(const auto text, read_file_if_any(dot_git));
    constexpr std::string_view kPrefix = "gitdir: ";
    if (!text || !text->starts_with(kPrefix)) {
      return fail(ErrorCode::kNotARepository, "'{}' is no git worktree", printable(path));
    }
    std::string_view target = std::string_view(*text).substr(kPrefix.size());
    if (target.ends_with('\n')) target.remove_suffix(1);
    place.git_dir = join_path(place.path, target);
  }
  auto git_dir = real_path(place.git_dir);
  if (!git_dir || !exists(*git_dir + "/HEAD")) {
    return fail(ErrorCode::kNotARepository, "'{}' has lost its git directory '{}'", printable(path),
                printable(place.git_dir));
  }
  place.git_dir = std::move(*git_dir);
  return place;
}

Result<Finished> run_at(const Git& git, const Place& place, std::vector<std::string> args,
                        std::string input) {
  return git.in(place.path).run(placed(place, std::move(args)), std::move(input));
}

Result<std::string> output_at(const Git& git, const Place& place, std::vector<std::string> args,
                              std::string input) {
  const std::string what = "git " + args[0];
  MASC_TRY(Finished finished, run_at(git, place, std::move(args), std::move(input)));
  if (!finished.ok()) return fail(git_error(finished, what));
  return std::move(finished.out);
}

Result<Status> parse_status(std::string_view output) {
  Status status;
  status.raw = std::string(output);
  while (!output.empty()) {
    const std::string_view record = take_until(output, '\0');
    if (record.starts_with("# ")) {
      parse_header(record, status);
    } else {
      MASC_TRY(StatusEntry entry, parse_entry(record));
      status.entries.push_back(std::move(entry));
    }
  }
  return status;
}

Result<Status> read_status(const Git& git, const Place& place, const StatusOptions& options) {
  Git careful = git;
  for (const char* setting :
       {"status.showUntrackedFiles=all", "core.fsmonitor=false", "core.untrackedCache=false",
        "core.checkStat=default", "core.trustctime=true",
        "sparse.expectFilesOutsideOfPatterns=false"}) {
    careful = careful.with_config(setting);
  }
  if (!options.index_file.empty()) {
    careful = careful.with_variable("GIT_INDEX_FILE", options.index_file);
  }
  std::vector<std::string> args = {"status",
                                   "--porcelain=v2",
                                   "-z",
                                   "--branch",
                                   "--no-renames",
                                   "--no-ahead-behind",
                                   "--untracked-files=all",
                                   "--ignore-submodules=none"};
  if (options.ignored) args.emplace_back("--ignored=matching");
  MASC_TRY(const Finished finished, run_at(careful, place, std::move(args)));
  if (!finished.ok()) return fail(git_error(finished, "git status"));
  MASC_TRY(Status status, parse_status(finished.out));
  read_warnings(finished.err, status);
  return status;
}

Result<IndexFacts> read_index_facts(const Git& git, const Place& place) {
  MASC_TRY(const std::string listed,
           output_at(git.with_config("sparse.expectFilesOutsideOfPatterns=false"), place,
                     {"ls-files", "-v", "-s", "-z"}));
  IndexFacts facts;
  std::string_view rest = listed;
  while (!rest.empty()) note_entry(take_until(rest, '\0'), facts);
  facts.folders = closed_upwards(facts.folders);
  return facts;
}

std::vector<std::string> repositories_among_files(const Place& place, const IndexFacts& facts) {
  std::vector<std::string> found;
  for (const std::string& folder : facts.folders) {
    std::string dot_git = folder + "/.git";
    if (exists(join_path(place.path, dot_git))) found.push_back(std::move(dot_git));
  }
  return found;
}

std::vector<std::string> unfinished_operations(const std::string& git_dir) {
  std::vector<std::string> found;
  for (const char* name : {"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG",
                           "rebase-merge", "rebase-apply", "sequencer"}) {
    if (exists(join_path(git_dir, name))) found.emplace_back(name);
  }
  return found;
}

}  // namespace masc::git
