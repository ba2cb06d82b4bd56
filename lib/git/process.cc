#include "git/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/text.h"

namespace masc::git {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Variables that would bind a child to another repository, index or one-off configuration.
constexpr std::array<std::string_view, 17> kBinding = {"GIT_DIR",
                                                       "GIT_WORK_TREE",
                                                       "GIT_INDEX_FILE",
                                                       "GIT_PREFIX",
                                                       "GIT_COMMON_DIR",
                                                       "GIT_NAMESPACE",
                                                       "GIT_OBJECT_DIRECTORY",
                                                       "GIT_CONFIG",
                                                       "GIT_CONFIG_PARAMETERS",
                                                       "GIT_CONFIG_COUNT",
                                                       "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                                       "GIT_GRAFT_FILE",
                                                       "GIT_SHALLOW_FILE",
                                                       "GIT_QUARANTINE_PATH",
                                                       "GIT_REFLOG_ACTION",
                                                       "GIT_INTERNAL_SUPER_PREFIX",
                                                       "GIT_REPLACE_REF_BASE"};

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

bool binds(std::string_view name) {
  if (!name.starts_with("GIT_")) return false;
  return std::find(kBinding.begin(), kBinding.end(), name) != kBinding.end() ||
         name.starts_with("GIT_CONFIG_KEY_") || name.starts_with("GIT_CONFIG_VALUE_");
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

struct Pipe {
  Fd reader;
  Fd writer;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(os_error(errno, "cannot make a pipe"));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// posix_spawn's two attribute objects, freed on every path.
struct SpawnPlan {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

bool has_own_group(const Command& command) { return command.limit || command.own_group; }

struct Child {
  pid_t pid = -1;
  Fd in, out, err;
};

Result<Child> start(const Command& command) {
  MASC_TRY(Pipe out, make_pipe());
  MASC_TRY(Pipe err, make_pipe());
  SpawnPlan plan;
  Pipe in;
  if (command.input.empty()) {
    posix_spawn_file_actions_addopen(&plan.actions, 0, "/dev/null", O_RDONLY, 0);
  } else {
    MASC_TRY(in, make_pipe());
    posix_spawn_file_actions_adddup2(&plan.actions, in.reader.get(), 0);
  }
  posix_spawn_file_actions_adddup2(&plan.actions, out.writer.get(), 1);
  const int errors = command.merge_output ? out.writer.get() : err.writer.get();
  posix_spawn_file_actions_adddup2(&plan.actions, errors, 2);
  if (!command.directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&plan.actions, command.directory.c_str());
  }
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&plan.attributes, &defaults);
  short flags = POSIX_SPAWN_SETSIGDEF;
  if (has_own_group(command)) {
    posix_spawnattr_setpgroup(&plan.attributes, 0);
    flags |= POSIX_SPAWN_SETPGROUP;
  }
  posix_spawnattr_setflags(&plan.attributes, flags);
  Child child;
  const int failed =
      posix_spawnp(&child.pid, command.argv[0].c_str(), &plan.actions, &plan.attributes,
                   pointers(command.argv).data(), pointers(command.environment.variables()).data());
  if (failed != 0) {
    return fail(ErrorCode::kGit, "cannot run '{}': {}", command.argv[0], std::strerror(failed));
  }
  child.in = std::move(in.writer);
  child.out = std::move(out.reader);
  child.err = std::move(err.reader);
  return child;
}

// Moves what one pipe has to give into `text`; closes it at its end.
void drain(Fd& pipe, std::string& text) {
  char buffer[16384];
  const ssize_t got = read(pipe.get(), buffer, sizeof buffer);
  if (got > 0) text.append(buffer, static_cast<std::size_t>(got));
  if (got == 0 || (got < 0 && errno != EINTR)) pipe.reset();
}

void feed(Fd& pipe, std::string_view& input) {
  const ssize_t written =
      write(pipe.get(), input.data(), std::min<std::size_t>(input.size(), 4096));
  if (written > 0) input.remove_prefix(static_cast<std::size_t>(written));
  if (input.empty() || (written < 0 && errno != EINTR)) pipe.reset();
}

// -1: no limit.
int milliseconds_left(const std::optional<SteadyClock::time_point>& deadline) {
  if (!deadline) return -1;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - SteadyClock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

void collect(Child& child, const Command& command, Finished& finished) {
  std::optional<SteadyClock::time_point> deadline;
  if (command.limit) deadline = SteadyClock::now() + *command.limit;
  std::string_view input = command.input;
  while (child.out || child.err) {
    pollfd polls[3] = {
        {child.out.get(), POLLIN, 0}, {child.err.get(), POLLIN, 0}, {child.in.get(), POLLOUT, 0}};
    const int ready = poll(polls, 3, milliseconds_left(deadline));
    if (ready == 0 && deadline) {
      finished.timed_out = true;
      kill(-child.pid, SIGKILL);
      return;
    }
    if (ready <= 0) continue;
    if (polls[0].revents != 0) drain(child.out, finished.out);
    if (polls[1].revents != 0) drain(child.err, finished.err);
    if (polls[2].revents != 0) feed(child.in, input);
  }
}

// A reader that closes early must not kill this process.
class IgnoreSigpipe {
 public:
  IgnoreSigpipe() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &ignore, &former_);
  }
  ~IgnoreSigpipe() { sigaction(SIGPIPE, &former_, nullptr); }
  IgnoreSigpipe(const IgnoreSigpipe&) = delete;
  IgnoreSigpipe& operator=(const IgnoreSigpipe&) = delete;

 private:
  struct sigaction former_ {};
};

// A child in a process group of its own does not get the terminal's ^C: what ends this process ends
// that group as well.
std::atomic<pid_t> group_to_end{0};

extern "C" void end_with_group(int signal) {
  if (const pid_t group = group_to_end; group > 0) kill(-group, SIGKILL);
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  sigaction(signal, &plain, nullptr);
  raise(signal);
}

class EndsWithUs {
 public:
  explicit EndsWithUs(pid_t group) {
    group_to_end = group;
    struct sigaction ours {};
    ours.sa_handler = end_with_group;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], nullptr, &former_[i]);
      // Who catches or ignores it has other plans.
      if (former_[i].sa_handler == SIG_DFL) sigaction(kSignals[i], &ours, nullptr);
    }
  }
  ~EndsWithUs() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &former_[i], nullptr);
    group_to_end = 0;
  }
  EndsWithUs(const EndsWithUs&) = delete;
  EndsWithUs& operator=(const EndsWithUs&) = delete;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> former_{};
};

}  // namespace

std::string Environment::get(std::string_view name) const {
  for (const std::string& variable : variables_) {
    if (name_of(variable) == name)
      return variable.substr(std::min(variable.size(), name.size() + 1));
  }
  return "";
}

bool Environment::has(std::string_view name) const {
  return std::any_of(variables_.begin(), variables_.end(),
                     [&](const std::string& variable) { return name_of(variable) == name; });
}

void Environment::unset(std::string_view name) {
  std::erase_if(variables_, [&](const std::string& variable) { return name_of(variable) == name; });
}

void Environment::set(std::string_view name, std::string_view value) {
  unset(name);
  variables_.push_back(fmt::format("{}={}", name, value));
}

Environment Environment::without_git() const {
  Environment result = *this;
  std::erase_if(result.variables_,
                [](const std::string& variable) { return binds(name_of(variable)); });
  return result;
}

Result<Finished> run(const Command& command) {
  const IgnoreSigpipe ignore;
  MASC_TRY(Child child, start(command));
  std::optional<EndsWithUs> bound;
  if (has_own_group(command)) bound.emplace(child.pid);
  Finished finished;
  collect(child, command, finished);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  finished.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return finished;
}

Error become(const std::string& path, const std::vector<std::string>& args,
             const Environment& environment, const std::optional<std::string>& input) {
  if (input) {
    const Fd memory(memfd_create("masc-input", MFD_CLOEXEC));
    if (!memory) return os_error(errno, "cannot hand on the input");
    if (auto written = write_all(memory.get(), *input, "the input"); !written)
      return written.error();
    lseek(memory.get(), 0, SEEK_SET);
    dup2(memory.get(), STDIN_FILENO);
  }
  std::vector<std::string> argv = {path};
  argv.insert(argv.end(), args.begin(), args.end());
  execve(path.c_str(), pointers(argv).data(), pointers(environment.variables()).data());
  return os_error(errno, "cannot run " + path);
}

Git::Git(const Environment& environment, std::string directory)
    : environment_(environment.without_git()), directory_(std::move(directory)) {
  environment_.set("LC_ALL", "C");
  environment_.set("GIT_OPTIONAL_LOCKS", "0");
  environment_.set("GIT_TERMINAL_PROMPT", "0");
}

Result<Finished> Git::run(std::vector<std::string> args, std::string input) const {
  Command command;
  command.argv = {"git"};
  if (!git_dir_.empty()) command.argv.push_back("--git-dir=" + git_dir_);
  for (const std::string& assignment : config_) {
    command.argv.insert(command.argv.end(), {"-c", assignment});
  }
  command.argv.insert(command.argv.end(), args.begin(), args.end());
  command.directory = directory_;
  command.environment = environment_;
  command.input = std::move(input);
  return git::run(command);
}

Result<std::string> Git::output(std::vector<std::string> args, std::string input) const {
  const std::string what = fmt::format("git {}", args.empty() ? "" : args[0]);
  MASC_TRY(Finished finished, run(std::move(args), std::move(input)));
  if (!finished.ok()) return fail(git_error(finished, what));
  if (!finished.out.empty() && finished.out.back() == '\n') finished.out.pop_back();
  return std::move(finished.out);
}

Git Git::in(std::string directory) const {
  Git other = *this;
  other.directory_ = std::move(directory);
  other.git_dir_.clear();
  return other;
}

Git Git::with_git_dir(std::string directory) const {
  Git other = *this;
  other.git_dir_ = std::move(directory);
  return other;
}

Git Git::with_config(std::string_view assignment) const {
  Git other = *this;
  other.config_.emplace_back(assignment);
  return other;
}

Git Git::with_variable(std::string_view name, std::string_view value) const {
  Git other = *this;
  other.environment_.set(name, value);
  return other;
}

Error git_error(const Finished& finished, std::string_view what) {
  std::string_view words;
  for (const std::string_view line : split_lines(finished.err)) {
    if (line.starts_with("fatal: ") || line.starts_with("error: ") || words.empty()) words = line;
  }
  const bool unwritable = finished.err.find("Read-only file system") != std::string::npos ||
                          finished.err.find("Permission denied") != std::string::npos;
  if (locked_out(finished)) {
    return error(ErrorCode::kBusy, "{}: another git is at work, or was killed ({})", what,
                 printable(trim(words)))
        .hint("repeat the command when it has ended")
        .hint("masc doctor --fix   (if it was killed)");
  }
  return error(
      unwritable ? ErrorCode::kUnwritable : ErrorCode::kGit, "{} failed: {}", what,
      words.empty() ? fmt::format("exit status {}", finished.status) : printable(trim(words)));
}

bool locked_out(const Finished& finished) {
  return finished.err.find(".lock': File exists") != std::string::npos;
}

}  // namespace masc::git
