// Locks, hooks, forecast and landings as whole processes, beside git's on the same warm repository.
//
//   masc_bench_locks MASC [--files N]     N: of the repository in which hooks are measured; 50,000
#include "measure.h"

namespace {

using namespace masc::bench;
using masc::write_file;

struct Place {
  std::string root, repo, masc;

  double git(const Args& args, const std::string& where = "") const {
    Args all = {"git"};
    all.insert(all.end(), args.begin(), args.end());
    return run(where.empty() ? repo : where, all);
  }
  double ours(const Args& args, const std::string& where = "") const {
    Args all = {masc};
    all.insert(all.end(), args.begin(), args.end());
    return run(where.empty() ? repo : where, all);
  }
  std::string ask(const Args& args) const {
    Args all = {masc};
    all.insert(all.end(), args.begin(), args.end());
    return capture(repo, all);
  }
  std::string claim() const { return ask({"--agent", "bench", "add", "t", "-q", "--claim"}); }
  std::string worktree(const std::string& id) const { return ask({"worktree", "path", id}); }
};

void put(const std::string& path, const std::string& text) {
  if (!masc::make_directories(std::string(masc::dir_name(path))) || !write_file(path, text))
    std::abort();
}

Place make_place(const std::string& masc, int files) {
  Place place;
  place.masc = masc;
  place.root = make_root();
  place.repo = place.root + "/repo";
  for (int i = 0; i < files; ++i)
    put(fmt::format("{}/d{}/f{}", place.repo, i / 100, i), fmt::format("file {}\n", i));
  place.git({"init", "-q", "-b", "main"});
  place.git({"add", "-A"});
  place.git({"commit", "-q", "-m", "start"});
  place.ours({"--agent", "person", "init"});
  return place;
}

void bench_locks(const Place& place) {
  const Step git = [&](int) { return place.git({"rev-parse", "HEAD"}); };
  std::vector<double> unlocks;
  row("lock", 200,
      [&](int i) {
        const double took = place.ours({"lock", fmt::format("free/{}", i)});
        unlocks.push_back(place.ours({"unlock", fmt::format("free/{}", i)}));
        return took;
      },
      git, {1.5});
  row("unlock", 200, [&](int i) { return unlocks[static_cast<std::size_t>(i)]; }, git, {1.5});
  Args many = {"--agent", "other", "lock"};
  for (int i = 0; i < 500; ++i) many.push_back(fmt::format("held/by/other/{}", i));
  place.ours(many);
  row("lock among 500 held", 200,
      [&](int i) {
        return place.ours({"lock", fmt::format("free/{}", i)});
      },
      git, {2});
  place.ours({"--agent", "other", "unlock", "--all"});
  place.ours({"unlock", "--all"});
}

void bench_hooks(const Place& place) {
  const std::string id = place.claim();
  const std::string there = place.worktree(id);
  for (int i = 0; i < 20; ++i) put(fmt::format("{}/d{}/f{}", there, i, 100 * i), "changed\n");
  place.git({"add", "-u"}, there);
  place.ours({"--agent", "other", "lock", "elsewhere"});
  row(
      "pre-commit, 20 staged files", 30,
      [&](int) {
        return place.ours({"hook", "run", "pre-commit"}, there);
      },
      [&](int) {
        return place.git({"diff", "--cached", "--raw", "-z"}, there);
      },
      {.ratio = 1.3, .plus_us = 2000});
  const std::string head = capture(there, {"git", "rev-parse", "HEAD"});
  const std::string input = place.root + "/transaction";
  put(input, fmt::format("{} {} refs/heads/masc/{}\n", std::string(40, '0'), head, id));
  absolute(
      "reference-transaction", 200,
      [&](int) {
        return run(there, {place.masc, "hook", "run", "reference-transaction", "prepared"},
                   "/dev/null", input);
      },
      1000);
}

void bench_forecast(const std::string& masc) {
  const Place place = make_place(masc, 5000);
  for (int i = 0; i < 20; ++i) {
    const std::string id = place.claim();
    const std::string there = place.worktree(id);
    put(there + "/d0/f0", fmt::format("changed by {}\n", i));
    for (int j = 1; j < 10; ++j) put(fmt::format("{}/d{}/f{}", there, j, 100 * j + i), "changed\n");
    place.git({"add", "-A"}, there);
    place.git({"commit", "-q", "-m", "work"}, there);
    if (i % 4 == 0) put(there + "/d9/uncommitted", "draft\n");
  }
  absolute(
      "forecast of 20 claims, 5,000 files", 3, [&](int) { return place.ours({"forecast"}); },
      2'000'000);
  if (!masc::remove_tree(place.root)) std::abort();
}

// Without an agent's name in the environment: what is done by hand is a person's.
// By hand: look, bring the branch up to date, move the base, take worktree and branch away.
void bench_land(const std::string& masc) {
  const Place place = make_place(masc, 5000);
  std::vector<std::string> ids;
  std::vector<std::string> places;
  constexpr int kRounds = 10;
  unsetenv("MASC_AGENT");
  for (int i = 0; i < kRounds; ++i) {
    ids.push_back(place.claim());
    places.push_back(place.worktree(ids.back()));
    put(fmt::format("{}/d1/mine{}", places.back(), i), "mine\n");
    place.git({"add", "-A"}, places.back());
    place.git({"commit", "-q", "-m", "work"}, places.back());
    const std::string plain = fmt::format("{}/plain{}", place.root, i);
    place.git({"worktree", "add", "-q", "-b", fmt::format("plain{}", i), plain});
    put(fmt::format("{}/d2/hand{}", plain, i), "hand\n");
    place.git({"add", "-A"}, plain);
    place.git({"commit", "-q", "-m", "work"}, plain);
  }
  row(
      "land a one-file change, 5,000 files", kRounds,
      [&](int i) {
        return place.ours({"--agent", "bench", "land", ids[static_cast<std::size_t>(i)]});
      },
      [&](int i) {
        const std::string plain = fmt::format("{}/plain{}", place.root, i);
        const std::string branch = fmt::format("plain{}", i);
        return place.git({"status", "--porcelain"}, plain) +
               place.git({"rebase", "-q", "main"}, plain) +
               place.git({"merge", "-q", "--ff-only", branch}) +
               place.git({"worktree", "remove", plain}) + place.git({"branch", "-q", "-d", branch});
      },
      {1.5});
  if (!masc::remove_tree(place.root)) std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: masc_bench_locks MASC [--files N]\n");
    return 2;
  }
  setenv("MASC_AGENT", "bench", 1);
  const std::string masc = masc::real_path(argv[1]).value();
  const int files = argc > 3 ? std::atoi(argv[3]) : 50'000;
  const Place place = make_place(masc, files);
  bench_locks(place);
  bench_hooks(place);
  if (!masc::remove_tree(place.root)) return 1;
  bench_forecast(masc);
  bench_land(masc);
  return 0;
}
