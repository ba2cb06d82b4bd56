#include "git/conflict.h"

#include <algorithm>
#include <map>

#include "base/json.h"
#include "base/text.h"

namespace masc::git {
namespace {

// In front of a commit's trailers, so that they can't be taken for a path.
constexpr char kMark = '\x01';

using Tasks = std::map<std::string, std::vector<std::string>, std::less<>>;

void add(std::vector<std::string>& tasks, std::string_view names) {
  for (const std::string_view name : split(names, ' ')) {
    if (name.empty() || std::find(tasks.begin(), tasks.end(), name) != tasks.end()) continue;
    tasks.push_back(printable(name));
  }
}

// <mark><ids> NUL newline <path> NUL <path> NUL … for each commit.
Tasks parse(std::string_view log) {
  Tasks tasks;
  std::string_view names;
  while (!log.empty()) {
    std::string_view token = take_until(log, '\0');
    if (token.starts_with(kMark)) {
      names = token.substr(1);
    } else {
      if (token.starts_with('\n')) token.remove_prefix(1);
      add(tasks[std::string(token)], names);
    }
  }
  return tasks;
}

}  // namespace

Result<std::vector<ConflictPath>> name_conflicts(const Git& git, const std::string& base,
                                                 const std::string& tip,
                                                 const std::vector<std::string>& paths) {
  std::vector<std::string> args = {
      "--literal-pathspecs",
      "log",
      "-z",
      "--full-history",
      "--diff-merges=first-parent",
      "--name-only",
      "--no-renames",
      "--no-show-signature",
      "--format=%x01%(trailers:key=Masc-Task,valueonly,separator=%x20)",
      base,
      "^" + tip,
      "--"};
  args.insert(args.end(), paths.begin(), paths.end());
  MASC_TRY(const Finished finished, git.run(std::move(args)));
  if (!finished.ok()) return fail(git_error(finished, "git log"));
  Tasks tasks = parse(finished.out);
  std::vector<ConflictPath> conflicts;
  conflicts.reserve(paths.size());
  for (const std::string& path : paths) conflicts.push_back({path, std::move(tasks[path])});
  return conflicts;
}

std::string conflicts_json(const std::vector<ConflictPath>& conflicts) {
  JsonWriter json;
  json.begin_array();
  for (const ConflictPath& conflict : conflicts) {
    json.begin_object().field("path", conflict.path).key("tasks").strings(conflict.tasks);
    json.end_object();
  }
  json.end_array();
  return json.take();
}

}  // namespace masc::git
