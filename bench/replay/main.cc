// Histories of several agents, landed by masc and by git alone; and the take-back check over real
// merges.
//
//   masc_replay --masc MASC [--seed N] [--count N] [--planted N] [--histories DIR] [--write DIR]
//   [--verbose] masc_replay --merges REPOSITORY… [--limit N] [--verbose]
//
// Ends with 1 where something must be otherwise.
#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "replay/merges.h"
#include "replay/play.h"

extern char** environ;

namespace {

using namespace masc;
using namespace masc::replay;

struct Options {
  std::string masc, histories, write;
  std::vector<std::string> merges;
  unsigned seed = 1;
  int count = 200;
  int planted = 50;
  int limit = 1'000'000;
  bool verbose = false;
};

Options read_options(int argc, char** argv) {
  Options o;
  bool merges = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
    if (word == "--masc")
      o.masc = value();
    else if (word == "--seed")
      o.seed = static_cast<unsigned>(std::atol(value().c_str()));
    else if (word == "--count")
      o.count = std::atoi(value().c_str());
    else if (word == "--planted")
      o.planted = std::atoi(value().c_str());
    else if (word == "--histories")
      o.histories = value();
    else if (word == "--write")
      o.write = value();
    else if (word == "--limit")
      o.limit = std::atoi(value().c_str());
    else if (word == "--verbose")
      o.verbose = true;
    else if (word == "--merges")
      merges = true;
    else if (merges)
      o.merges.push_back(word);
    else {
      fmt::print(stderr, "masc_replay: '{}' is not known\n", word);
      std::exit(2);
    }
  }
  return o;
}

git::Environment clean_environment(const std::string& home) {
  std::vector<std::string> variables;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string_view text(*one);
    if (!text.starts_with("GIT_") && !text.starts_with("MASC_") && !text.starts_with("HOME="))
      variables.emplace_back(text);
  }
  git::Environment environment(std::move(variables));
  environment.set("HOME", home);
  environment.set("GIT_CONFIG_NOSYSTEM", "1");
  for (const char* who : {"AUTHOR", "COMMITTER"}) {
    environment.set(fmt::format("GIT_{}_NAME", who), "replay");
    environment.set(fmt::format("GIT_{}_EMAIL", who), "replay@example.org");
  }
  return environment;
}

struct Sum {
  int histories = 0, landings = 0, conflicts = 0, planted = 0, caught = 0, false_alarms = 0;
  int other_trees = 0, lost = 0;
};

bool add(Sum& sum, const std::string& name, const Result<Played>& played, bool verbose) {
  if (!played) {
    fmt::print("{}: {}\n", name, played.error().message);
    return false;
  }
  ++sum.histories;
  sum.landings += played->landings;
  sum.conflicts += played->conflicts;
  sum.planted += played->planted;
  sum.caught += played->caught;
  sum.false_alarms += played->false_alarms;
  sum.other_trees += played->same_tree ? 0 : 1;
  sum.lost += static_cast<int>(played->lost.size());
  if (!played->same_tree) fmt::print("{}: another tree than the serial integration's\n", name);
  for (const std::string& line : played->lost) fmt::print("{}: lost: {}\n", name, line);
  if (verbose || played->planted > played->caught) {
    for (const std::string& note : played->notes) fmt::print("{}: {}\n", name, note);
  }
  return true;
}

int check_repositories(const Options& o, const std::string& root) {
  int status = 0;
  for (const std::string& repository : o.merges) {
    const auto figures =
        check_merges(repository, root, clean_environment(root), o.limit, o.verbose);
    if (!figures) {
      fmt::print("{}: {}\n", repository, figures.error().message);
      return 1;
    }
    const double share = figures->clean == 0 ? 0 : 100.0 * figures->alarms / figures->clean;
    fmt::print("{}: {} merges, {} without conflict, {} alarms: {:.2f} % (must be <= 1 %)\n",
               base_name(repository), figures->merges, figures->clean, figures->alarms, share);
    if (share > 1) status = 1;
  }
  return status;
}

int play_all(const Options& o, const std::string& root) {
  Sum sum;
  bool whole = true;
  const auto one = [&](const std::string& name, const History& history, unsigned order) {
    const std::string place = root + "/one";
    if (!make_directories(place)) std::abort();
    whole =
        add(sum, name, play(history, o.masc, place, clean_environment(place), order), o.verbose) &&
        whole;
    if (!remove_tree(place)) std::abort();
  };
  if (!o.histories.empty()) {
    for (const std::string& name : list_directory(o.histories).value()) {
      const auto history = parse_history(read_file(o.histories + "/" + name).value());
      if (!history) {
        fmt::print("{}: {}\n", name, history.error().message);
        return 2;
      }
      one(name, *history, o.seed);
    }
  } else {
    for (int i = 0; i < o.count; ++i) {
      const unsigned seed = o.seed * 100'000U + static_cast<unsigned>(i);
      const History history = make_history(seed, i < o.planted);
      const std::string name = fmt::format("{}-{:03}", o.seed, i);
      if (!o.write.empty() && !write_file(o.write + "/" + name, format_history(history))) return 1;
      // What is played has gone through its text.
      one(name, parse_history(format_history(history)).value(), seed);
    }
  }
  fmt::print(
      "{} histories, {} landings, {} conflicts\n"
      "take-backs planted and in force: {}, caught: {} (must be all)\n"
      "false alarms: {} (must be <= 2 in 150)\n"
      "other trees than the serial integration's: {} (must be 0)\n"
      "landed lines lost: {} (must be 0)\n",
      sum.histories, sum.landings, sum.conflicts, sum.planted, sum.caught, sum.false_alarms,
      sum.other_trees, sum.lost);
  const bool good = whole && sum.caught == sum.planted && sum.false_alarms <= 2 &&
                    sum.other_trees == 0 && sum.lost == 0;
  return good ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options o = read_options(argc, argv);
  std::string root = "/tmp/masc-replay-XXXXXX";
  if (mkdtemp(root.data()) == nullptr) return 1;
  int status = 2;
  if (!o.merges.empty()) {
    status = check_repositories(o, root);
  } else if (const auto masc = masc::real_path(o.masc)) {
    o.masc = *masc;
    status = play_all(o, root);
  } else {
    fmt::print(stderr, "masc_replay: --masc MASC names the binary\n");
  }
  static_cast<void>(masc::remove_tree(root));
  return status;
}
