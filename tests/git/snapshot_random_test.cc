#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "git/snapshot_fixture.h"

namespace masc::git {
namespace {

constexpr int kRounds = 6;
constexpr int kChanges = 14;

// A random worktree and random things done to it.
class Chaos {
 public:
  Chaos(std::uint64_t seed, Git git, std::string root)
      : random_(seed),
        git_(git.in(root).with_variable("GIT_LITERAL_PATHSPECS", "1")),
        root_(std::move(root)) {}

  void plant(int files) {
    for (int i = 0; i < files; ++i) put(any_name(), any_mode());
  }
  void disturb() {
    const auto names = tracked();
    const std::string old = names[pick(names.size())];
    switch (pick(14)) {
      case 0: return put(any_name(), any_mode());
      case 1: return add(put_new());
      case 2: return put(old, any_mode());
      case 3: return put(old, any_mode()), add(old);
      case 4: return put(old, any_mode()), add(old), put(old, any_mode());
      case 5: return put(old, any_mode()), add(old), clear(old);
      case 6: return clear(old);
      case 7: return git({"rm", "--quiet", "--force", "--", old});
      case 8: return git({"rm", "--quiet", "--cached", "--", old});
      case 9: return rename(old);
      case 10: return flip(old);
      case 11: return intend(put_new());
      case 12: return clear(old), put(old + "/below", kFileMode);
      case 13: return clear(std::string(old.substr(0, old.find('/')))), put(old, any_mode());
    }
  }
  // An intent to add a file that is not there is nothing that a snapshot could hold.
  void forget_ghosts() {
    const auto added = names({"diff-index", "--cached", "--ita-invisible-in-index", "--name-only",
                              "--diff-filter=A", "--no-renames", "-z", "HEAD"});
    const WorkFiles files = must(WorkFiles::open(root_));
    for (const auto& name :
         names({"diff-index", "--cached", "--ita-visible-in-index", "--name-only",
                "--diff-filter=A", "--no-renames", "-z", "HEAD"})) {
      const bool intended = std::find(added.begin(), added.end(), name) == added.end();
      if (intended && must(files.look(name)).mode == 0)
        git({"rm", "-q", "-f", "--cached", "--", name});
    }
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }

  std::string any_name() {
    static const std::vector<std::string> kParts = {
        "a",    "b c",   "d\ne", "\xc3\xa4\xe2\x82\xac", "\xff\xfe",   "\"q\"", "-x",
        "h*?[", "tab\t", " s ",  "back\\slash",          "MERGE_HEAD", "masc-1"};
    std::string name = kParts[pick(kParts.size())];
    for (std::size_t depth = pick(3); depth > 0; --depth) name += '/' + kParts[pick(kParts.size())];
    return name + fmt::format("{}", pick(4));
  }
  unsigned any_mode() {
    constexpr unsigned kModes[] = {kFileMode, kFileMode, kExecutableMode, kLinkMode};
    return kModes[pick(4)];
  }
  std::string any_bytes() {
    std::string bytes;
    const std::size_t size = pick(5) == 0 ? 0 : pick(5) == 0 ? pick(100'000) : pick(200);
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random_());
    return bytes;
  }
  // A file in the way of a folder, or a folder in the way of a file, goes.
  void put(const std::string& path, unsigned mode) {
    for (std::size_t slash = 0; (slash = path.find('/', slash)) != path.npos; ++slash) {
      const std::string above = join_path(root_, path.substr(0, slash));
      if (exists(above) && (read_symlink(above) || !is_directory(above))) must(remove_file(above));
    }
    clear(path);
    WorkFiles files = must(WorkFiles::open(root_));
    must(files.write(path, mode, mode == kLinkMode ? any_name() : any_bytes()));
  }
  std::string put_new() {
    std::string name = any_name();
    put(name, any_mode());
    return name;
  }
  void clear(const std::string& path) { static_cast<void>(remove_tree(join_path(root_, path))); }
  void flip(const std::string& path) {
    const std::string full = join_path(root_, path);
    struct stat info {};
    const bool file = lstat(full.c_str(), &info) == 0 && S_ISREG(info.st_mode);
    if (file) chmod(full.c_str(), info.st_mode ^ 0111);
  }
  void rename(const std::string& from) {
    const std::string to = any_name();
    const auto moved = git_.run({"mv", "-k", "--", from, to});
    ASSERT_TRUE(good(moved));
  }
  void add(const std::string& path) { git({"add", "--", path}); }
  void intend(const std::string& path) { git({"add", "--intent-to-add", "--", path}); }
  void git(std::vector<std::string> args) {
    // Some make no sense after what was done before; then nothing happens.
    EXPECT_TRUE(good(git_.run(std::move(args))));
  }
  std::vector<std::string> names(std::vector<std::string> args) {
    const std::string listed = must(git_.run(std::move(args))).out;
    std::vector<std::string> all;
    for (const std::string_view name : split(listed, '\0')) all.emplace_back(name);
    all.pop_back();
    return all;
  }
  std::vector<std::string> tracked() {
    auto all = names({"ls-files", "-z"});
    if (all.empty()) all.emplace_back("a.txt");
    return all;
  }

  std::mt19937_64 random_;
  Git git_;
  std::string root_;
};

class RandomSnapshots : public SnapshotTest, public testing::WithParamInterface<const char*> {
 protected:
  RandomSnapshots() : SnapshotTest(GetParam()) {}
};

std::uint64_t first_seed() {
  if (const char* chosen = std::getenv("MASC_SEED")) return std::strtoull(chosen, nullptr, 10);
  return std::random_device{}();
}

TEST_P(RandomSnapshots, AreRestoredByteForByteWithTheSameStatus) {
  const std::uint64_t first = first_seed();
  for (std::uint64_t seed = first; seed < first + kRounds && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("MASC_SEED={}", seed));
    Chaos(seed, git_, repo()).plant(12);
    git_in(repo(), {"add", "--all"});
    git_in(repo(), {"commit", "--quiet", "--allow-empty", "-m", "planted"});
    const Worktree from = add_slot(fmt::format("m-{:04}", 2 * (seed - first)));
    const Worktree to = add_slot(fmt::format("m-{:04}", 2 * (seed - first) + 1));
    Chaos chaos(seed, git_, from.path);
    for (int i = 0; i < kChanges; ++i) chaos.disturb();
    chaos.forget_ghosts();
    if (!must(keep(from))) continue;
    const Snapshot snapshot = carry(from, to);
    EXPECT_TRUE(snapshot.left_behind.empty());
    EXPECT_TRUE(good(restore(state_, git_, to.path, snapshot.id)));
    EXPECT_EQ(must(keep(to))->id, snapshot.id);
  }
}

INSTANTIATE_TEST_SUITE_P(ObjectFormats, RandomSnapshots, testing::Values("sha1", "sha256"));

}  // namespace
}  // namespace masc::git
