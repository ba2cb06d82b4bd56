// Timing whole processes, and rows of two medians.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"

extern char** environ;

namespace masc::bench {

using Args = std::vector<std::string>;

inline long peak_kib = 0;  // of the largest masc process so far

// A fresh folder below $TMPDIR, else /tmp.
inline std::string make_root() {
  const char* named = std::getenv("TMPDIR");
  std::string root = std::string(named == nullptr ? "/tmp" : named) + "/masc-bench-XXXXXX";
  if (mkdtemp(root.data()) == nullptr) std::abort();
  return root;
}

// Microseconds that `args` takes in `directory`; standard input and output are files. Ends the
// program where the command fails.
inline double run(const std::string& directory, const Args& args,
                  const std::string& output = "/dev/null", const std::string& input = "/dev/null") {
  std::vector<char*> argv;
  for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  posix_spawn_file_actions_addopen(&actions, 0, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  const auto start = std::chrono::steady_clock::now();
  pid_t pid = 0;
  int status = 0;
  rusage usage{};
  if (posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ) != 0) std::abort();
  wait4(pid, &status, 0, &usage);
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  posix_spawn_file_actions_destroy(&actions);
  if (base_name(args[0]) == "masc") peak_kib = std::max(peak_kib, usage.ru_maxrss);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fmt::print(stderr, "failed: {}\n", fmt::join(args, " "));
    std::exit(1);
  }
  return took.count();
}

inline std::string capture(const std::string& directory, const Args& args) {
  std::string file = "/tmp/masc-bench-out-XXXXXX";
  const Fd made(mkstemp(file.data()));
  run(directory, args, file);
  std::string text(trim(read_file(file).value()));
  static_cast<void>(remove_file(file));
  return text;
}

inline double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

using Step = std::function<double(int round)>;

// What a row must reach: at most `ratio` times theirs plus `plus_us`, or theirs plus `or_plus_us`.
struct Goal {
  double ratio;
  double plus_us = 0;
  double or_plus_us = 0;

  bool reached(double ours, double theirs) const {
    return ours <= theirs * ratio + plus_us || (or_plus_us > 0 && ours <= theirs + or_plus_us);
  }
  std::string text() const {
    std::string text = fmt::format("{:.2f}x", ratio);
    if (plus_us > 0) text += fmt::format(" + {:.0f} ms", plus_us / 1000);
    if (or_plus_us > 0) text += fmt::format(" or + {:.0f} ms", or_plus_us / 1000);
    return text;
  }
};

// Both in turn (A B A B …), so that a slow moment of the machine hits both sides.
inline void row(const std::string& name, int rounds, const Step& ours, const Step& theirs,
                const Goal& goal) {
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 0; i < rounds; ++i) {
    a.push_back(ours(i));
    b.push_back(theirs(i));
  }
  const double x = median(a);
  const double y = median(b);
  fmt::print("{:44} {:9.0f} us {:9.0f} us  {:5.2f}x  (must be <= {}) {}\n", name, x, y, x / y,
             goal.text(), goal.reached(x, y) ? "" : "NOT REACHED");
}

// One that must take at most so long.
inline void absolute(const std::string& name, int rounds, const Step& ours, double most_us) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) times.push_back(ours(i));
  const double x = median(times);
  fmt::print("{:44} {:9.0f} us  (must be <= {:.0f} us) {}\n", name, x, most_us,
             x <= most_us ? "" : "NOT REACHED");
}

}  // namespace masc::bench
