#include "git/include.h"

#include <sys/stat.h>

#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

using Paths = std::vector<std::string>;

class Include : public WorktreeTest {
 protected:
  Include() : slot_(add_slot("m-0001")) {
    put(repository_.common_dir + "/info/exclude", ".env*\nbuild/\n*.key\n");
  }
  Place source() { return must(place_at(repo())); }
  Place target() { return must(place_at(slot_.path)); }
  Paths included() { return must(included_paths(git_, source())); }
  std::string at(std::string_view name) { return join_path(slot_.path, name); }

  Worktree slot_;
};

TEST_F(Include, NamesNothingWithoutItsFile) {
  put(repo(".env"), "x");
  EXPECT_EQ(included(), Paths{});
}

TEST_F(Include, NamesOnlyFilesThatGitIgnores) {
  put(repo(".worktreeinclude"), "# comment\n*.txt\nnew\n.env\nbuild/\n!build/big\n");
  put(repo(".env"), "x");
  put(repo(".env.local"), "not named");
  put(repo("new"), "untracked, not ignored");
  put(repo("build/deep/cache"), "x");
  put(repo("build/big"), "x");
  const Paths paths = included();
  // A pattern for a whole folder can't be taken back for a file in it (gitignore(5)).
  EXPECT_EQ(paths, (Paths{".env", "build/big", "build/deep/cache"}));
}

TEST_F(Include, KeepsToGitignoresSyntax) {
  put(repo(".worktreeinclude"), "/.env\nbuild/**/*.json\n!build/no.json\n");
  put(repo(".env"), "x");
  put(repo("dir/.env"), "anchored pattern: not this one");
  put(repo("build/a.json"), "x");
  put(repo("build/deep/b.json"), "x");
  put(repo("build/no.json"), "x");
  EXPECT_EQ(included(), (Paths{".env", "build/a.json", "build/deep/b.json"}));
}

TEST_F(Include, BringsBytesPermissionsAndOddNames) {
  put(repo(".worktreeinclude"), ".env*\n*.key\n");
  const std::string odd = ".env a'b\"c\nd\\é";
  put(repo(odd), std::string("x\0y\r\n", 5));
  put(repo("s.key"), "secret");
  chmod(repo("s.key").c_str(), 0600);
  EXPECT_EQ(must(bring_included(git_, source(), target())), 2U);
  EXPECT_EQ(must(read_file(at(odd))), std::string("x\0y\r\n", 5));
  EXPECT_EQ(stat_of(at("s.key"))->st_mode & 0777, 0600U);
  EXPECT_EQ(must(changed_included(target())), Paths{});
  put(at(odd), "z");
  EXPECT_EQ(must(changed_included(target())), Paths{odd});
}

TEST_F(Include, OverwritesNothing) {
  put(repo(".worktreeinclude"), ".env\n");
  put(repo(".env"), "main's");
  put(at(".env"), "here before");
  EXPECT_EQ(must(bring_included(git_, source(), target())), 0U);
  EXPECT_EQ(must(read_file(at(".env"))), "here before");
}

TEST_F(Include, FollowsNoLinkedFolderOnEitherSide) {
  put(repo(".worktreeinclude"), "build/\n.env.d\n");
  put(folder("outside/x"), "x");
  put(repo("build/x"), "x");
  must(make_symlink(folder("outside"), repo(".env.d")));
  // In the worktree a link stands where the main work tree has a folder.
  must(make_symlink(folder("outside"), at("build")));
  put(repo("build/new"), "must not land outside");
  EXPECT_EQ(must(bring_included(git_, source(), target())), 1U);
  EXPECT_EQ(read_symlink(at(".env.d")), folder("outside"));
  EXPECT_FALSE(exists(folder("outside/new")));
}

TEST_F(Include, DoesNotEnterRepositoriesInside) {
  put(repo(".worktreeinclude"), "build/\n");
  git_in(folder(), {"init", "--quiet", "--template=", repo("build/nested")});
  put(repo("build/nested/file"), "x");
  put(repo("build/plain"), "x");
  EXPECT_EQ(must(bring_included(git_, source(), target())), 1U);
  EXPECT_FALSE(exists(at("build/nested")));
}

}  // namespace
}  // namespace masc::git
