// Times what must stay quick in a workspace that has grown, and prints it beside what must be
// reached: 200 worktrees and 2,000 tasks; 10,000 tasks in one import.
//
//   masc_bench_many MASC
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"

extern char** environ;

namespace {

using Args = std::vector<std::string>;

std::string directory;  // where commands run

double run(const Args& args, const std::string& output = "/dev/null") {
  std::vector<char*> argv;
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  const auto start = std::chrono::steady_clock::now();
  pid_t pid = 0;
  int status = 0;
  if (posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ) != 0) std::abort();
  waitpid(pid, &status, 0);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  posix_spawn_file_actions_destroy(&actions);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::string words;
    for (const std::string& arg : args) words += arg + " ";
    fmt::print(stderr, "failed: {}\n", words);
    std::exit(1);
  }
  return took.count();
}

// The median of some runs.
void row(const std::string& name, const Args& args, int rounds, double most) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) times.push_back(run(args));
  std::sort(times.begin(), times.end());
  const double took = times[times.size() / 2];
  fmt::print("{:40} {:7.3f} s  (must be <= {:.0f} s) {}\n", name, took, most,
             took <= most ? "" : "NOT REACHED");
}

std::string records(int count, const std::string& prefix) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const std::string after = i % 3 == 2 ? fmt::format("\"{}{}\"", prefix, i - 1) : "";
    text += fmt::format(
        "{{\"key\":\"{0}{1}\",\"title\":\"Task {1} of the list\",\"body\":\"What is to be done, "
        "and "
        "why: {1}\",\"labels\":[\"l{2}\"],\"after\":[{3}]}}\n",
        prefix, i, i % 7, after);
  }
  return text;
}

void must(const masc::Result<void>& result) {
  if (!result) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: masc_bench_many MASC\n");
    return 2;
  }
  const std::string masc = masc::real_path(argv[1]).value();
  std::string root = "/tmp/masc-bench-XXXXXX";
  if (mkdtemp(root.data()) == nullptr) return 1;
  directory = root + "/repo";
  must(masc::make_directories(directory));
  run({"git", "init", "-q", "-b", "main"});
  for (int i = 0; i < 50; ++i) must(masc::write_file(fmt::format("{}/f{}", directory, i), "x\n"));
  run({"git", "add", "-A"});
  run({"git", "commit", "-q", "-m", "start"});
  run({masc, "init"});
  const std::string file = root + "/tasks.jsonl";
  must(masc::write_file(file, records(2'000, "a")));
  run({masc, "import", file});
  for (int i = 0; i < 200; ++i) run({masc, "--agent", fmt::format("agent-{}", i), "claim"});
  row("status, 200 worktrees, 2,000 tasks", {masc, "status"}, 5, 1);
  row("doctor, 200 worktrees, 2,000 tasks", {masc, "doctor"}, 5, 1);
  row("worktree list, 200 worktrees", {masc, "worktree", "list"}, 5, 1);
  must(masc::write_file(file, records(10'000, "b")));
  row("import of 10,000 tasks", {masc, "import", file}, 1, 10);
  row("export of 12,000 tasks", {masc, "export"}, 1, 10);
  row("gc of 12,000 tasks", {masc, "gc"}, 1, 10);
  must(masc::remove_tree(root));
  return 0;
}
