#include "store/takebacks.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "git/patch.h"

namespace masc::store {
namespace {

using model::TakenBack;

constexpr std::size_t kMostNamed = 3;

struct Overlap {
  std::vector<std::string> before;  // names of what landed since, old and new
  std::vector<std::string> after;   // names that the landing changes among them
};

// The paths that both have changed. Where there are none, nothing can be taken back.
Result<Overlap> overlap_of(const git::Git& git, const LandingCase& landing) {
  MASC_TRY(const auto mine, git::changed_paths(git, landing.base, landing.result, false));
  MASC_TRY(const auto theirs, git::changed_paths(git, landing.begin, landing.base, true));
  std::set<std::string> landed;
  for (const git::ChangedPath& path : mine)
    landed.insert(path.old_path.empty() ? path.new_path : path.old_path);
  Overlap overlap;
  for (const git::ChangedPath& path : theirs) {
    const std::string& now = path.new_path.empty() ? path.old_path : path.new_path;
    if (!landed.contains(now)) continue;
    overlap.after.push_back(now);
    for (const std::string& name : {path.old_path, path.new_path}) {
      if (!name.empty()) overlap.before.push_back(name);
    }
  }
  return overlap;
}

// A work that began beside the base is compared with where the two parted.
Result<std::string> common_begin(const git::Git& git, const LandingCase& landing) {
  MASC_TRY(const git::Finished found, git.run({"merge-base", landing.begin, landing.base}));
  return found.ok() ? std::string(trim(found.out)) : "";
}

// Who brought the lines of a file, by line: git-blame(1), --porcelain.
Result<std::map<std::size_t, std::string>> blame(const git::Git& git, const LandingCase& landing,
                                                 const std::string& path, std::size_t first,
                                                 std::size_t last) {
  MASC_TRY(const git::Finished blamed,
           git.run({"blame", "--porcelain", "-L", fmt::format("{},{}", first, last),
                    landing.begin + ".." + landing.base, "--", path}));
  std::map<std::size_t, std::string> commits;
  for (std::string_view line : split_lines(blamed.out)) {
    if (line.starts_with('\t')) continue;
    const std::string id(take_until(line, ' '));
    if (id.size() < 40 || id.find_first_not_of("0123456789abcdef") != id.npos) continue;
    take_until(line, ' ');
    const std::string_view number = take_until(line, ' ');
    std::size_t at = 0;
    std::from_chars(number.data(), number.data() + number.size(), at);
    commits[at] = id;
  }
  return commits;
}

// Fills in the commits that landed what is taken back of one path.
Result<void> find_commits(const git::Git& git, const LandingCase& landing,
                          std::vector<Takeback*>& group) {
  const std::string& path = group.front()->what.path;
  std::size_t first = 0;
  std::size_t last = 0;
  for (const Takeback* one : group) {
    if (one->what.returns || one->what.line == 0) continue;
    first = first == 0 ? one->what.line : std::min(first, one->what.line);
    last = std::max(last, one->what.line);
  }
  std::map<std::size_t, std::string> commits;
  if (first > 0) {
    MASC_TRY(commits, blame(git, landing, path, first, last));
  }
  std::string newest;
  for (Takeback* one : group) {
    const auto known = commits.find(one->what.line);
    if (!one->what.returns && known != commits.end()) {
      one->commit = known->second;
      continue;
    }
    if (newest.empty()) {
      MASC_TRY(newest, git.output({"log", "-1", "--format=%H", landing.begin + ".." + landing.base,
                                   "--", path}));
    }
    one->commit = newest;
  }
  return {};
}

Result<void> find_tasks(const git::Git& git, std::vector<Takeback>& takebacks) {
  std::vector<std::string> args = {
      "log", "--no-walk=unsorted",
      "--format=%H %(trailers:key=Masc-Task,valueonly,separator=%x20)"};
  std::set<std::string> commits;
  for (const Takeback& one : takebacks) {
    if (!one.commit.empty()) commits.insert(one.commit);
  }
  if (commits.empty()) return {};
  args.insert(args.end(), commits.begin(), commits.end());
  MASC_TRY(const std::string listed, git.output(std::move(args)));
  std::map<std::string, std::string> tasks;
  for (std::string_view line : split_lines(listed)) {
    const std::string id(take_until(line, ' '));
    tasks[id] = std::string(take_until(line, ' '));
  }
  for (Takeback& one : takebacks) one.task = tasks[one.commit];
  return {};
}

// One commit of the branch, as far as it changes one path.
struct BranchCommit {
  std::string message;
  std::set<std::string, std::less<>> removed;
  std::set<std::string, std::less<>> added;
};

Result<std::vector<BranchCommit>> read_branch(const git::Git& git, const LandingCase& landing,
                                              const std::string& path) {
  MASC_TRY(const std::string log,
           git.output({"log", "-m", "-p", "-U0", "--no-renames", "--no-color", "--no-ext-diff",
                       "--no-textconv", "--format=%x01%B%x02", landing.tip, "^" + landing.base,
                       "--", path}));
  std::vector<BranchCommit> commits;
  for (const std::string_view block : split(log, '\x01')) {
    std::string_view rest = block;
    BranchCommit commit;
    commit.message = std::string(take_until(rest, '\x02'));
    bool in_hunk = false;
    for (const std::string_view line : split_lines(rest)) {
      if (line.starts_with("diff --git ")) in_hunk = false;
      if (line.starts_with("@@ ")) in_hunk = true;
      if (!in_hunk || line.empty()) continue;
      if (line[0] == '-') commit.removed.emplace(line.substr(1));
      if (line[0] == '+') commit.added.emplace(line.substr(1));
    }
    commits.push_back(std::move(commit));
  }
  return commits;
}

bool is_meant(const Takeback& one, const std::vector<BranchCommit>& commits) {
  return std::any_of(commits.begin(), commits.end(), [&](const BranchCommit& commit) {
    const auto& lines = one.what.returns ? commit.added : commit.removed;
    const bool did = one.what.line == 0 || lines.contains(one.what.text);
    return did && model::says_so(commit.message, one.what.path, {one.commit, one.task});
  });
}

Result<std::vector<Takeback>> judge(const git::Git& git, const LandingCase& landing,
                                    std::vector<TakenBack> found) {
  std::vector<Takeback> takebacks;
  takebacks.reserve(found.size());
  for (TakenBack& one : found) takebacks.push_back({std::move(one), "", ""});
  std::map<std::string, std::vector<Takeback*>> by_path;
  for (Takeback& one : takebacks) by_path[one.what.path].push_back(&one);
  for (auto& [path, group] : by_path) MASC_CHECK(find_commits(git, landing, group));
  MASC_CHECK(find_tasks(git, takebacks));
  std::set<std::string> silent;
  std::map<std::string, std::vector<BranchCommit>> branch;
  for (const auto& [path, group] : by_path) {
    MASC_TRY(branch[path], read_branch(git, landing, path));
  }
  std::erase_if(takebacks, [&](const Takeback& one) {
    const bool own = !one.task.empty() && one.task == landing.task;
    return own || is_meant(one, branch[one.what.path]);
  });
  return takebacks;
}

}  // namespace

Result<std::vector<Takeback>> find_takebacks(const git::Git& user_git, const LandingCase& landing) {
  std::vector<Takeback> none;
  if (landing.begin.empty() || landing.begin == landing.base) return none;
  const git::Git git = user_git.with_variable("GIT_LITERAL_PATHSPECS", "1");
  MASC_TRY(const Overlap overlap, overlap_of(git, landing));
  if (overlap.after.empty()) return none;
  LandingCase look = landing;
  MASC_TRY(look.begin, common_begin(git, landing));
  if (look.begin.empty() || look.begin == look.base) return none;
  git::DiffOptions since_options;
  since_options.renames = true;
  since_options.paths = overlap.before;
  MASC_TRY(const auto since, git::read_patch(git, look.begin, look.base, since_options));
  MASC_TRY(const auto mine, git::read_patch(git, look.base, look.result, {}));
  auto found = model::find_takebacks(since, mine);
  if (found.empty()) return none;
  return judge(git, look, std::move(found));
}

Result<std::string> work_began(const TaskStore& tasks, const model::Task& task) {
  MASC_TRY(const auto steps, tasks.history(task));
  std::string begin;
  for (const model::Step& step : steps) {
    const auto& result = step.task.result;
    if (step.change.event == "task_landed" && result && result->landed) {
      // The work of a claim that stayed went on from there.
      return begin.empty() ? begin : result->commit;
    }
    if (step.task.claim && !step.task.claim->base_commit.empty())
      begin = step.task.claim->base_commit;
  }
  return begin;
}

std::string describe_takebacks(const std::vector<Takeback>& takebacks) {
  std::string text;
  for (std::size_t i = 0; i < std::min(takebacks.size(), kMostNamed); ++i) {
    const Takeback& one = takebacks[i];
    text += (i == 0 ? "" : ", ") + printable(one.what.path);
    if (one.what.line > 0) text += fmt::format(":{}", one.what.line);
    if (!one.task.empty()) text += fmt::format(" ({})", one.task);
  }
  if (takebacks.size() > kMostNamed)
    text += fmt::format(" and {} more", takebacks.size() - kMostNamed);
  return text;
}

std::string takebacks_json(const std::vector<Takeback>& takebacks) {
  JsonWriter json;
  json.begin_array();
  for (const Takeback& one : takebacks) {
    json.begin_object().field("path", one.what.path);
    json.field("line", static_cast<std::uint64_t>(one.what.line)).field("text", one.what.text);
    json.field("returns", one.what.returns).field_or_null("task", one.task);
    json.field_or_null("commit", one.commit).end_object();
  }
  json.end_array();
  return json.take();
}

}  // namespace masc::store
