// Times whole masc processes in pairs with git's on the same warm repository, and prints the ratios
// of the medians beside what each must reach.
//
//   masc_bench MASC NOOP [--files N]…     MASC: the binary; NOOP: bench/noop, for hooks that do
//   nothing
//
// Pairs run in turn (A B A B …), so that a slow moment of the machine hits both sides.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "measure.h"

namespace {

using namespace masc::bench;

std::string directory;  // where commands run

double run(const Args& args) { return masc::bench::run(directory, args); }
std::string capture(const Args& args) { return masc::bench::capture(directory, args); }

void make_repository(int files) {
  run({"git", "init", "-q", "-b", "main"});
  for (int i = 0; i < files; ++i) {
    const std::string folder = fmt::format("{}/d{}", directory, i / 100);
    if (i % 100 == 0 && !masc::make_directories(folder)) std::abort();
    if (!masc::write_file(fmt::format("{}/f{}", folder, i), fmt::format("file {}\n", i)))
      std::abort();
  }
  run({"git", "add", "-A"});
  run({"git", "commit", "-q", "--allow-empty", "-m", "start"});
}

void bench_verbs(const std::string& masc) {
  const Args rev_parse = {"git", "rev-parse", "HEAD"};
  const Step git = [&](int) { return run(rev_parse); };
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i)
    ids.push_back(capture({masc, "add", fmt::format("task {}", i), "-q"}));
  const auto id = [&](int round) { return ids[static_cast<std::size_t>(round)]; };
  row("version", 200, [&](int) { return run({masc, "version"}); }, git, {0.7});
  row("whoami", 200, [&](int) { return run({masc, "whoami"}); }, git, {0.9});
  row("show ID", 100, [&](int i) { return run({masc, "show", id(i)}); }, git, {0.9});
  row("list of 100 tasks", 100, [&](int) { return run({masc, "list"}); }, git, {2.5});
  row("claim ID --no-worktree", 100,
      [&](int i) {
        return run({masc, "claim", id(i), "--no-worktree"});
      },
      git, {1.15});
  row("done ID", 100, [&](int i) { return run({masc, "done", id(i)}); }, git, {1.15});
}

void bench_worktrees(const std::string& masc, int files) {
  const int rounds = files > 10000 ? 5 : 15;
  std::vector<std::string> ids;
  for (int i = 0; i < rounds; ++i) ids.push_back(capture({masc, "add", "t", "-q"}));
  row(
      fmt::format("claim with worktree, {} files", files), rounds,
      [&](int i) {
        return run({masc, "claim", ids[static_cast<std::size_t>(i)]});
      },
      [&](int i) {
        return run({"git", "worktree", "add", "-q", "-b", fmt::format("b{}", i),
                    fmt::format("../plain-{}", i)});
      },
      {.ratio = 1.15, .or_plus_us = 3000});
}

// The same commit in a claim's worktree under masc's hooks, and in a plain one under hooks that do
// nothing.
void bench_commit(const std::string& masc, const std::string& noop) {
  const std::string main = directory;
  const std::string id = capture({masc, "add", "c", "-q", "--claim"});
  const std::string claim = capture({masc, "worktree", "path", id});
  run({"git", "worktree", "add", "-q", "-b", "plain", "../plain"});
  const std::string plain = masc::real_path(main + "/../plain").value();
  const std::string hooks = masc::real_path(main + "/..").value() + "/noop-hooks";
  if (!masc::make_directories(hooks)) std::abort();
  for (const char* name : {"pre-commit", "prepare-commit-msg", "reference-transaction"}) {
    if (!masc::make_symlink(noop, hooks + "/" + name)) std::abort();
  }
  const Args commit = {"commit", "-q", "--allow-empty", "-m", "x"};
  row(
      "git commit in a claim's worktree", 60,
      [&](int) {
        directory = claim;
        return run({"git", "commit", "-q", "--allow-empty", "-m", "x"});
      },
      [&](int) {
        directory = plain;
        return run(
            {"git", "-c", "core.hooksPath=" + hooks, "commit", "-q", "--allow-empty", "-m", "x"});
      },
      {1.25});
  directory = main;
}

// `count` deposits of eight agents on `files` files below src: a thousand a process, each thousand
// on a commit of its own, as work that lands brings them.
void leave_trails(const std::string& masc, int count, int files) {
  const char* kinds[] = {"success", "hazard", "explored", "failure"};
  for (int i = 0; i < count / 1000; ++i) {
    setenv("MASC_AGENT", fmt::format("bench-{}", i % 8).c_str(), 1);
    Args mark = {masc, "trail", "mark"};
    for (int k = 0; k < 1000; ++k) {
      const int file = (i * 1000 + k * 7) % files;
      mark.push_back(fmt::format("src/d{}/f{}", file % 50, file));
    }
    mark.insert(mark.end(), {"--as", kinds[i % 4], "-q"});
    run(mark);
    unsetenv("MASC_AGENT");
    run({"git", "commit", "-q", "--allow-empty", "-m", "work"});
  }
  setenv("MASC_AGENT", "bench", 1);
}

void bench_trails(const std::string& masc) {
  const Step git = [&](int) { return run({"git", "rev-parse", "HEAD"}); };
  leave_trails(masc, 100'000, 5000);
  run({masc, "trails", "src/"});
  row("trails src/ of 100,000 deposits, warm", 60,
      [&](int) {
        return run({masc, "trails", "src/"});
      },
      git, {3});
  absolute(
      "trails src/, the index made anew", 9,
      [&](int) {
        if (!masc::remove_file(directory + "/.git/masc/cache/trails")) std::abort();
        return run({masc, "trails", "src/"});
      },
      1'000'000);
  row("trail mark PATH", 60,
      [&](int) {
        return run({masc, "trail", "mark", "src/d1/f1", "--as", "success"});
      },
      git, {2});
}

void bench_next(const std::string& masc) {
  leave_trails(masc, 10'000, 5000);
  for (int i = 0; i < 1000; ++i) {
    run({masc, "add", fmt::format("task {} of module f{}", i, i), "-q", "-p",
         fmt::format("{}", i % 5), "-l", fmt::format("l{}", i % 6), "--path",
         fmt::format("src/d{}/f{}", i % 50, i)});
  }
  run({masc, "next"});
  absolute(
      "next among 1,000 tasks, 10,000 deposits", 30,
      [&](int) {
        return run({masc, "next"});
      },
      40'000);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: masc_bench MASC NOOP [--files N]…\n");
    return 2;
  }
  const std::string masc = masc::real_path(argv[1]).value();
  const std::string noop = masc::real_path(argv[2]).value();
  std::vector<int> sizes = {100, 5000};
  for (int i = 3; i + 1 < argc; i += 2) sizes.push_back(std::atoi(argv[i + 1]));
  setenv("MASC_AGENT", "bench", 1);
  // `measure` in a workspace of its own with so many files.
  const auto in_workspace = [&](int files, const std::function<void()>& measure) {
    const std::string root = make_root();
    directory = root + "/repo";
    if (!masc::make_directories(directory)) std::abort();
    make_repository(files);
    unsetenv("MASC_AGENT");
    run({masc, "init"});
    setenv("MASC_AGENT", "bench", 1);
    measure();
    if (!masc::remove_tree(root)) std::abort();
  };
  for (const int files : sizes) {
    in_workspace(files, [&] {
      if (files == sizes.front()) {
        bench_verbs(masc);
        bench_commit(masc, noop);
      }
      bench_worktrees(masc, files);
      // The kernel's figure includes the git that it starts, which grows with the tree.
      if (files == sizes.front()) {
        fmt::print("peak memory of a masc process and its git: {:.1f} MiB (must be <= 15)\n",
                   static_cast<double>(peak_kib) / 1024);
      }
    });
  }
  in_workspace(100, [&] { bench_trails(masc); });
  in_workspace(100, [&] { bench_next(masc); });
  return 0;
}
