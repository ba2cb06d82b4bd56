// `hook status`: what is installed, proven by letting git itself run it.
#include "git/status.h"

#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "git/slot.h"
#include "git/worktree.h"
#include "guard/hooks.h"

namespace masc::guard {
namespace {

// A worktree for which git chooses masc's hooks, without files; gone when this goes.
class Probe {
 public:
  Probe(git::Git git, std::string path) : git_(std::move(git)), path_(std::move(path)) {}
  ~Probe() {
    static_cast<void>(git_.run({"worktree", "remove", "--force", path_}));
    static_cast<void>(remove_tree(path_));
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  Result<void> make() {
    MASC_TRY(const git::Finished made,
             git::run_past_races(
                 git_.with_config("core.hooksPath=/dev/null"),
                 {"worktree", "add", "--quiet", "--detach", "--no-checkout", path_, "HEAD"}));
    if (!made.ok()) return fail(git::git_error(made, "git worktree add"));
    MASC_TRY(const git::Place place, git::place_at(path_));
    return git::step_aside(git_, place.git_dir);
  }

 private:
  git::Git git_;
  std::string path_;
};

// Which of `names` say that git ran them there.
std::vector<std::string> fire(const git::Git& git, const std::string& record,
                              const std::vector<std::string>& names) {
  static_cast<void>(remove_file(record));
  const git::Git there = git.with_variable(kProbeVariable, record);
  for (const std::string& name : names) {
    static_cast<void>(there.run({"hook", "run", "--ignore-missing", name, "--", "committed"}));
  }
  const auto text = read_file_if_any(record);
  std::vector<std::string> answered;
  if (text && *text) {
    for (const std::string_view line : split_lines(**text)) answered.emplace_back(line);
  }
  static_cast<void>(remove_file(record));
  return answered;
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

void judge(HookState& state, bool fired) {
  state.fires = fired;
  if (!fired && state.remark.empty()) state.remark = "git does not run it: masc hook install";
}

}  // namespace

Result<std::vector<HookState>> hook_status(const git::Repository& repository, const git::Git& git) {
  const std::string hooks_path = user_hooks_path(repository, git.environment());
  const std::string record = fmt::format("{}/cache/probe.{}", repository.masc_dir(), getpid());
  std::vector<HookState> states;
  std::vector<std::string> fired;
  std::string why;
  {
    Probe probe(git, fmt::format("{}/cache/masc-probe-{}", repository.masc_dir(), getpid()));
    if (const auto made = probe.make(); made) {
      const std::string place =
          fmt::format("{}/cache/masc-probe-{}", repository.masc_dir(), getpid());
      // Where git would choose the user's hooks, those are not run for a trial.
      const auto chosen = git.in(place).output({"rev-parse", "--git-path", "hooks"});
      if (chosen && *chosen == repository.masc_dir() + "/hooks")
        fired = fire(git.in(place), record, own_hooks());
    } else {
      why = "cannot be tried before the first commit";
    }
  }
  for (const std::string& name : own_hooks()) {
    HookState state;
    state.name = name;
    state.installed = read_symlink(repository.masc_dir() + "/hooks/" + name).has_value();
    state.chained = !chained_hook(repository, hooks_path, name).empty();
    state.remark = why;
    judge(state, contains(fired, name));
    states.push_back(std::move(state));
  }
  git::Repository main = repository;
  main.work_tree = git::main_root(repository);
  const std::string main_path = user_hooks_path(main, git.environment());
  for (const std::string name : {"pre-commit", "pre-push"}) {
    HookState state = main_state(repository, main_path, name);
    // A hook that never asks masc is not run to find that out.
    const auto in_main = state.installed ? fire(git, record, {name}) : std::vector<std::string>();
    judge(state, contains(in_main, name));
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace masc::guard
