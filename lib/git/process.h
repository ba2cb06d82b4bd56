// Child processes: the one place in masc that starts any.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace masc::git {

// The variables a program was started with, as "NAME=value". main() takes them once; libraries
// never read the process's own.
class Environment {
 public:
  Environment() = default;
  explicit Environment(std::vector<std::string> variables) : variables_(std::move(variables)) {}

  std::string get(std::string_view name) const;  // "" if unset
  bool has(std::string_view name) const;
  void set(std::string_view name, std::string_view value);
  void unset(std::string_view name);
  // Without the GIT_* variables that bind git to one repository, index or config (GIT_DIR,
  // GIT_WORK_TREE, GIT_CONFIG_PARAMETERS, …); what only says how git behaves (GIT_SSH_COMMAND,
  // GIT_AUTHOR_*, GIT_TRACE*, GIT_CONFIG_{GLOBAL,SYSTEM,NOSYSTEM}, …) stays.
  Environment without_git() const;
  const std::vector<std::string>& variables() const noexcept { return variables_; }

 private:
  std::vector<std::string> variables_;
};

struct Command {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  std::string directory;          // "" = the caller's
  Environment environment;
  std::string input;                               // the child's standard input; "" = /dev/null
  std::optional<std::chrono::milliseconds> limit;  // then its process group is killed
  bool merge_output = false;                       // standard error goes where standard output goes
  bool own_group = false;  // a process group of its own (implied by `limit`)
};

struct Finished {
  int status = 0;  // exit status; 128 + n for signal n
  bool timed_out = false;
  std::string out;
  std::string err;
  bool ok() const noexcept { return status == 0 && !timed_out; }
};

// Runs it to its end and collects what it prints. kGit if it can't be started. Not for terminals.
Result<Finished> run(const Command& command);

// Becomes the program at `path` (argv[0] = path), with `input`, if given, as its standard input.
// Only returns where that fails: kIo.
Error become(const std::string& path, const std::vector<std::string>& args,
             const Environment& environment, const std::optional<std::string>& input);

// The `git` program, always in one directory. Its environment lacks what without_git() drops and
// has LC_ALL=C, GIT_OPTIONAL_LOCKS=0, GIT_TERMINAL_PROMPT=0. Not thread-safe.
class Git {
 public:
  Git(const Environment& environment, std::string directory);

  // Runs `git ARGS…`; a failing git is an answer, look at `status`.
  Result<Finished> run(std::vector<std::string> args, std::string input = "") const;
  // Runs it and fails with kGit and git's own words where it fails; else its output, final newline
  // taken off.
  Result<std::string> output(std::vector<std::string> args, std::string input = "") const;
  // The same in another directory.
  Git in(std::string directory) const;
  // The same with one more "-c NAME=VALUE".
  Git with_config(std::string_view assignment) const;
  // The same with "--git-dir=DIRECTORY", as long as it stays where it is (see in()).
  Git with_git_dir(std::string directory) const;
  Git with_variable(std::string_view name, std::string_view value) const;
  const std::string& directory() const noexcept { return directory_; }
  const Environment& environment() const noexcept { return environment_; }

 private:
  Environment environment_;
  std::string directory_;
  std::string git_dir_;
  std::vector<std::string> config_;
};

// A failed git as an error: kUnwritable where it says so, kBusy where it met a lock file, else
// kGit; the last "fatal:"/"error:" line of its output as message.
Error git_error(const Finished& finished, std::string_view what);
// Whether it died of a lock file: "Unable to create '….lock': File exists."
bool locked_out(const Finished& finished);

}  // namespace masc::git
