#include "git/worktree_fixture.h"

#include <cstdlib>
#include <filesystem>
#include <map>

namespace masc::git {
namespace {

Environment clean_environment(const std::string& home) {
  Environment environment;
  const char* const path = std::getenv("PATH");
  environment.set("PATH", path == nullptr ? "/usr/bin:/bin" : path);
  environment.set("HOME", home);
  environment.set("GIT_CONFIG_NOSYSTEM", "1");
  for (const char* role : {"AUTHOR", "COMMITTER"}) {
    environment.set(fmt::format("GIT_{}_NAME", role), "Test");
    environment.set(fmt::format("GIT_{}_EMAIL", role), "test@example.org");
    environment.set(fmt::format("GIT_{}_DATE", role), "1772366400 +0000");
  }
  return environment;
}

std::string make_temp_folder() {
  std::string pattern = testing::TempDir() + "masc-test-XXXXXX";
  const char* const made = mkdtemp(pattern.data());
  EXPECT_NE(made, nullptr);
  return must(real_path(pattern));
}

// One commit on main. Made once a process and object format, and copied from then on.
const std::string& template_repository(std::string_view object_format) {
  static std::map<std::string, TempFolder, std::less<>> made;
  const auto known = made.find(object_format);
  if (known != made.end()) return known->second.path();
  const std::string& path = made[std::string(object_format)].path();
  const Git git(clean_environment(path), path);
  must(write_file(path + "/a.txt", "one\n"));
  must(make_directories(path + "/dir"));
  must(write_file(path + "/dir/b.txt", "two\n"));
  must(git.output({"init", "--quiet", "--template=", "--initial-branch=main",
                   fmt::format("--object-format={}", object_format)}));
  must(git.output({"add", "."}));
  must(git.output({"commit", "--quiet", "-m", "first"}));
  return path;
}

}  // namespace

TempFolder::TempFolder() : path_(make_temp_folder()) {}
TempFolder::~TempFolder() { EXPECT_TRUE(good(remove_tree(path_))); }

WorktreeTest::WorktreeTest(std::string_view object_format)
    : environment_(clean_environment(top_.path())), git_(environment_, repo()) {
  std::filesystem::copy(template_repository(object_format), repo(),
                        std::filesystem::copy_options::recursive);
  repository_ = must(find_repository(repo(), environment_));
}

std::string WorktreeTest::git_in(const std::string& directory, std::vector<std::string> args) {
  return must(git_.in(directory).output(std::move(args)));
}

Worktree WorktreeTest::add_slot(std::string_view id, std::string start) {
  const SlotReservation slot = must(reserve_slot(repository_, root()));
  NewWorktree wanted;
  wanted.branch = fmt::format("masc/{}", id);
  wanted.start = start.empty() ? head_of(repo()) : std::move(start);
  return must(add_worktree(git_, slot, wanted, kNoon)).worktree;
}

void WorktreeTest::put(const std::string& path, std::string_view data) {
  must(make_directories(std::string(dir_name(path))));
  must(write_file(path, data));
}

StateRepo WorktreeTest::open_state() {
  must(make_directories(repository_.masc_dir()));
  must(StateRepo::create(repository_.state_dir(), ""));
  return must(StateRepo::open(repository_.state_dir()));
}

}  // namespace masc::git
