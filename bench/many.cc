// Times what must stay quick in a workspace that has grown, and prints it beside what must be
// reached: 200 worktrees and 2,000 tasks; 10,000 tasks in one import.
//
//   masc_bench_many MASC
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "measure.h"

namespace {

using namespace masc::bench;

std::string directory;  // where commands run

double run(const Args& args) { return masc::bench::run(directory, args); }

void row(const std::string& name, const Args& args, int rounds, double most_seconds) {
  absolute(
      name, rounds, [&](int) { return run(args); }, most_seconds * 1e6);
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
  const std::string root = make_root();
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
