// The repositories that people have: each kind goes through a whole day of verbs, and is afterwards
// as it was before. tests/repositories.md is the table that a reader sees.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>

#include "base/file.h"
#include "base/text.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

namespace fs = std::filesystem;

// Where a day begins, and what is special about it.
struct Ground {
  std::string directory;  // one stands here
  std::string common;     // the git directory that all worktrees share
  bool lands = true;      // the base has a branch that can be landed into
  bool pushes_base = true;
  std::string slots;  // the folder of slots
};

struct Kind {
  const char* name;
  std::function<Ground(Sandbox&)> make;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

Ground plain(Sandbox& box) {
  return {box.repo(), box.repo() + "/.git", true, true, box.repo() + ".masc"};
}

void seed(Sandbox& box) {
  box.write("a.txt", "one\n");
  box.write("dir/b.txt", "two\n");
  box.git({"add", "-A"});
  box.git({"commit", "-q", "-m", "seed"});
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"Plain", [](Sandbox& box) { return plain(box); }},
      {"SubdirectoryOfIt",
       [](Sandbox& box) {
         Ground ground = plain(box);
         ground.directory += "/dir";
         return ground;
       }},
      {"LinkedWorktree",
       [](Sandbox& box) {
         Ground ground = plain(box);
         ground.directory = box.root() + "/linked";
         box.git({"worktree", "add", "-q", "-b", "side", ground.directory});
         return ground;
       }},
      {"BareWithWorktrees",
       [](Sandbox& box) {
         const std::string bare = box.root() + "/bare.git";
         box.git({"clone", "-q", "--bare", box.repo(), bare});
         box.git({"worktree", "add", "-q", box.root() + "/main", "main"}, bare);
         return Ground{box.root() + "/main", bare, true, true, box.root() + "/bare.masc"};
       }},
      {"BareItself",
       [](Sandbox& box) {
         const std::string bare = box.root() + "/bare.git";
         box.git({"clone", "-q", "--bare", box.repo(), bare});
         return Ground{bare, bare, true, true, box.root() + "/bare.masc"};
       }},
      {"SafeBareRepositoryExplicit",
       [](Sandbox& box) {
         const std::string bare = box.root() + "/bare.git";
         box.git({"clone", "-q", "--bare", box.repo(), bare});
         box.git({"worktree", "add", "-q", box.root() + "/main", "main"}, bare);
         box.git({"config", "--global", "safe.bareRepository", "explicit"});
         return Ground{box.root() + "/main", bare, true, true, box.root() + "/bare.masc"};
       }},
      {"GitFile",
       [](Sandbox& box) {
         const std::string apart = box.root() + "/apart";
         box.git({"init", "-q", "--separate-git-dir", apart});
         return Ground{box.repo(), apart, true, true, box.repo() + ".masc"};
       }},
      {"SymlinkedGitFolder",
       [](Sandbox& box) {
         const std::string apart = box.root() + "/apart";
         EXPECT_TRUE(rename_path(box.repo() + "/.git", apart));
         EXPECT_TRUE(make_symlink("../apart", box.repo() + "/.git"));
         return Ground{box.repo(), apart, true, true, box.repo() + ".masc"};
       }},
      {"GitDirSet",
       [](Sandbox& box) {
         box.environment().set("GIT_DIR", box.repo() + "/.git");
         box.environment().set("GIT_WORK_TREE", box.repo());
         Ground ground = plain(box);
         ground.directory = box.root();
         return ground;
       }},
      {"ShallowClone",
       [](Sandbox& box) {
         const std::string clone = box.root() + "/shallow";
         box.git({"clone", "-q", "--depth", "1", "file://" + box.repo(), clone});
         return Ground{clone, clone + "/.git", true, true, clone + ".masc"};
       }},
      {"PartialClone",
       [](Sandbox& box) {
         box.git({"config", "uploadpack.allowFilter", "true"});
         const std::string clone = box.root() + "/partial";
         box.git({"clone", "-q", "--filter=blob:none", "file://" + box.repo(), clone});
         return Ground{clone, clone + "/.git", true, true, clone + ".masc"};
       }},
      {"WithASubmodule",
       [](Sandbox& box) {
         const std::string library = box.root() + "/library";
         box.git({"clone", "-q", box.repo(), library});
         box.git(
             {"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib"});
         box.git({"commit", "-q", "-m", "submodule"});
         return plain(box);
       }},
      {"InsideASubmodule",
       [](Sandbox& box) {
         const std::string library = box.root() + "/library";
         box.git({"clone", "-q", box.repo(), library});
         box.git(
             {"-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib"});
         box.git({"commit", "-q", "-m", "submodule"});
         return Ground{box.repo() + "/lib", box.repo() + "/.git/modules/lib", true, true,
                       box.repo() + "/lib.masc"};
       }},
      {"SparseCheckout",
       [](Sandbox& box) {
         box.git({"sparse-checkout", "set", "--no-cone", "/a.txt", "/new.txt"});
         return plain(box);
       }},
      {"SparseIndex",
       [](Sandbox& box) {
         box.git({"sparse-checkout", "set", "--cone", "--sparse-index"});
         return plain(box);
       }},
      {"WorktreeConfig",
       [](Sandbox& box) {
         box.git({"config", "extensions.worktreeConfig", "true"});
         box.git({"config", "--worktree", "core.hooksPath", "my hooks"});
         return plain(box);
       }},
      {"PackedRefsOnly",
       [](Sandbox& box) {
         box.git({"branch", "other"});
         box.git({"pack-refs", "--all", "--prune"});
         box.git({"gc", "-q"});
         return plain(box);
       }},
      {"Sha256",
       [](Sandbox& box) {
         EXPECT_TRUE(remove_tree(box.repo()));
         EXPECT_TRUE(make_directories(box.repo()));
         box.git({"init", "-q", "--object-format=sha256"});
         seed(box);
         return plain(box);
       }},
      {"CaseClash",
       [](Sandbox& box) {
         box.write("README", "one\n");
         box.write("readme", "two\n");
         box.git({"add", "-A"});
         box.git({"commit", "-q", "-m", "clash"});
         box.git({"config", "core.ignoreCase", "true"});
         return plain(box);
       }},
      {"Husky",  // as `npx husky init` leaves it
       [](Sandbox& box) {
         box.write(".husky/pre-commit", "echo husky >> \"$HUSKY_LOG\"\n");
         box.git({"add", "-A"});
         box.git({"commit", "-q", "-m", "husky"});
         box.write(".husky/_/.gitignore", "*");
         box.write(".husky/_/h",
                   "#!/usr/bin/env sh\ns=$(dirname \"$(dirname \"$0\")\")/$(basename "
                   "\"$0\")\n[ ! -f \"$s\" ] && exit 0\nsh -e \"$s\" \"$@\"\n");
         for (const char* hook : {"pre-commit", "pre-push", "commit-msg"}) {
           const std::string path = box.repo() + "/.husky/_/" + hook;
           EXPECT_TRUE(write_file(path, "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"\n", 0755));
         }
         box.git({"config", "core.hooksPath", ".husky/_"});
         box.environment().set("HUSKY_LOG", box.root() + "/husky.log");
         return plain(box);
       }},
      {"Lefthook",  // as `lefthook install` leaves it
       [](Sandbox& box) {
         for (const char* hook : {"pre-commit", "prepare-commit-msg"}) {
           EXPECT_TRUE(write_file(box.repo() + "/.git/hooks/" + hook,
                                  "#!/bin/sh\n\nif [ \"$LEFTHOOK\" = \"0\" ]; then\n  exit 0\nfi\n"
                                  "echo lefthook >> \"$HUSKY_LOG\"\n",
                                  0755));
         }
         box.environment().set("HUSKY_LOG", box.root() + "/husky.log");
         return plain(box);
       }},
      {"FilterDrivers",  // what LFS is to git
       [](Sandbox& box) {
         box.git({"config", "filter.rot.clean", "tr a-z n-za-m"});
         box.git({"config", "filter.rot.smudge", "tr a-z n-za-m"});
         box.git({"config", "filter.rot.required", "true"});
         box.write(".gitattributes", "*.bin filter=rot\n*.txt text eol=crlf\n");
         box.write("big.bin", "hello\n");
         box.git({"add", "--renormalize", "-A"});
         box.git({"add", "-A"});
         box.git({"commit", "-q", "-m", "filters"});
         return plain(box);
       }},
      {"SharedByAGroup",
       [](Sandbox& box) {
         box.git({"config", "core.sharedRepository", "group"});
         return plain(box);
       }},
  };
  return all;
}

// Every file below the git directory that git does not write by itself, with its bytes.
std::string trace(const std::string& common) {
  std::string all;
  std::vector<std::string> lines;
  for (auto at = fs::recursive_directory_iterator(common); at != fs::end(at); ++at) {
    const std::string path = fs::relative(at->path(), common).string();
    if (path == "objects" || path == "logs" || path == "index" || path == "modules" ||
        path == "info" || path == "refs/heads/main" || path == "packed-refs") {
      at.disable_recursion_pending();
      continue;
    }
    // Moved on by landing and fetching, as any work would.
    if (path.ends_with("ORIG_HEAD") || path.ends_with("/index") ||
        path.ends_with("COMMIT_EDITMSG") || path.find("/logs/") != path.npos)
      continue;
    std::string line = path;
    if (at->is_symlink()) {
      line += " -> " + read_symlink(at->path().string()).value_or("");
    } else if (at->is_regular_file()) {
      line += " = " + read_file(at->path().string()).value_or("");
    }
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

class Repositories : public ::testing::TestWithParam<Kind> {
 protected:
  Repositories() { seed(box); }
  std::string ok(std::vector<std::string> args) {
    return box.ok(std::move(args), ground.directory);
  }
  // By the real binary, hooks and all.
  void act(std::vector<std::string> args) {
    const std::string what = args[2];
    const git::Finished got = box.binary(std::move(args), ground.directory);
    EXPECT_EQ(got.status, 0) << what << ": " << got.err << got.out;
  }
  void commit(const std::string& place, const std::string& file) {
    ASSERT_TRUE(write_file(place + "/" + file, "x\n"));
    // Whatever binds the caller to its repository.
    const git::Environment caller = box.environment();
    box.environment() = caller.without_git();
    box.git({"add", "-A"}, place);
    box.git({"commit", "-q", "-m", "work"}, place);
    EXPECT_EQ(box.git({"status", "--porcelain"}, place), "");
    box.environment() = caller;
  }
  void remove_masc() {
    ok({"hook", "remove"});
    EXPECT_TRUE(remove_tree(ground.slots));
    box.git({"--git-dir=" + ground.common, "worktree", "prune"});
    EXPECT_TRUE(remove_tree(ground.common + "/masc"));
    const std::string branches = box.git(
        {"--git-dir=" + ground.common, "for-each-ref", "--format=%(refname)", "refs/heads/masc/"});
    for (const std::string_view line : split_lines(branches))
      box.git({"--git-dir=" + ground.common, "update-ref", "-d", std::string(line)});
    rmdir((ground.common + "/refs/heads/masc").c_str());
    rmdir((ground.common + "/logs/refs/heads/masc").c_str());
    rmdir((ground.common + "/worktrees").c_str());
  }

  Sandbox box{"a répo's \"dir\"\nin two lines"};
  Ground ground;
};

TEST_P(Repositories, GoThroughADayAndAreAfterwardsAsTheyWere) {
  ground = GetParam().make(box);
  const std::string log = box.root() + "/husky.log";
  const std::string before = trace(ground.common);
  ok({"init"});
  const std::string one = ok({"add", "One", "-q"});
  const std::string two = ok({"add", "Two", "--after", one, "-q"});
  EXPECT_EQ(field(ok({"list", "--json"}), "count"), "2");
  ok({"--agent", "al", "claim", one});
  const std::string place = ok({"worktree", "path", one});
  EXPECT_TRUE(place.starts_with(ground.slots + "/masc-")) << place;
  EXPECT_EQ(ok({"doctor"}), "no problems");
  commit(place, "new.txt");
  EXPECT_EQ(box.git({"--git-dir=" + ground.common, "log", "-1",
                     "--format=%(trailers:key=Masc-Task,valueonly)", "masc/" + one}),
            one)
      << "masc's hooks did not fire";
  EXPECT_EQ(field(ok({"worktree", "list", "--json"}), "worktrees.0.state"), "clean");
  ok({"status"});
  ok({"--agent", "al", "note", "found it", one});
  ok({"--agent", "al", "land", one, "--dry-run"});
  act({"--agent", "al", "land", one});
  EXPECT_EQ(box.git({"--git-dir=" + ground.common, "cat-file", "-t", "main:new.txt"}), "blob");
  if (exists(ground.directory + "/a.txt") &&
      box.try_git({"symbolic-ref", "HEAD"}, ground.directory).out == "refs/heads/main\n") {
    EXPECT_TRUE(exists(ground.directory + "/new.txt"));
    EXPECT_EQ(box.git({"status", "--porcelain"}, ground.directory), "");
  }
  act({"--agent", "bo", "run", two, "--done", "--", "git", "status", "--short"});
  EXPECT_EQ(field(ok({"export", "--json"}), "count"), "2");
  ok({"gc"});
  EXPECT_EQ(ok({"doctor"}), "no problems");
  if (exists(log)) {
    EXPECT_NE(read_file(log).value(), "");
  }
  remove_masc();
  EXPECT_EQ(trace(ground.common), before);
}

std::string name_of(const ::testing::TestParamInfo<Kind>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Of, Repositories, ::testing::ValuesIn(kinds()), name_of);

class OddRepositories : public ::testing::Test {
 protected:
  OddRepositories() { seed(box); }
  std::string code(const cmd::Printed& got) { return field(got.out, "error.code"); }
  bool root() const { return geteuid() == 0; }
  // The binary as another user, who has a home of its own.
  git::Finished as_nobody(std::vector<std::string> args, const std::string& directory) {
    git::Command command;
    command.argv = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                    std::getenv("MASC_BINARY")};
    command.argv.insert(command.argv.end(), args.begin(), args.end());
    command.directory = directory;
    command.environment = box.environment();
    command.environment.set("HOME", box.root() + "/nobody");
    command.environment.set("USER", "nobody");
    return git::run(command).value();
  }
  void make_home(const std::string& config) {
    const std::string home = box.root() + "/nobody";
    ASSERT_TRUE(make_directories(home));
    ASSERT_TRUE(write_file(home + "/.gitconfig", config));
    ASSERT_EQ(chown(home.c_str(), 65534, 65534), 0);
    ASSERT_EQ(chmod(box.root().c_str(), 0777), 0);
  }
  Sandbox box{"a répo's \"dir\""};
};

TEST_F(OddRepositories, WithoutACommitGetAClearErrorWhereABaseIsNeeded) {
  const std::string empty = box.root() + "/empty";
  box.git({"init", "-q", empty});
  box.ok({"init"}, empty);
  const std::string id = box.ok({"add", "T", "-q"}, empty);
  const cmd::Printed got = box.masc({"--json", "--agent", "al", "claim", id}, empty);
  EXPECT_EQ(got.status, 4);
  EXPECT_NE(field(got.out, "error.message").find("no commit yet"), std::string::npos) << got.out;
  EXPECT_EQ(field(box.ok({"show", id, "--json"}, empty), "task.status"), "open");
  EXPECT_EQ(box.ok({"doctor"}, empty), "no problems");
  box.ok({"--agent", "al", "claim", id, "--no-worktree"}, empty);
  box.ok({"--agent", "al", "done", id}, empty);
  EXPECT_EQ(box.git({"status", "--porcelain"}, empty), "");
}

TEST_F(OddRepositories, WithADetachedHeadAskForTheBranchToLandInto) {
  box.git({"switch", "-q", "--detach"});
  box.ok({"init"});
  const std::string id = box.ok({"add", "T", "-q"});
  EXPECT_EQ(box.masc({"--agent", "al", "claim", id}).status, 2);
  box.ok({"--agent", "al", "claim", id, "--onto", "main"});
}

TEST_F(OddRepositories, ThatAreReadOnlyAreExit7AndStillRead) {
  if (!root()) GTEST_SKIP() << "only root can mount";
  box.ok({"init"});
  const std::string id = box.ok({"add", "T", "-q"});
  const std::string held = box.ok({"--agent", "al", "add", "H", "--claim", "-q"});
  const char* at = box.repo().c_str();
  if (mount(at, at, nullptr, MS_BIND, nullptr) != 0) GTEST_SKIP() << "no right to mount here";
  ASSERT_EQ(mount(nullptr, at, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
  EXPECT_EQ(box.masc({"list"}).status, 0);
  EXPECT_EQ(box.masc({"show", id}).status, 0);
  EXPECT_EQ(box.masc({"status"}).status, 0);
  EXPECT_EQ(box.masc({"export"}).status, 0);
  EXPECT_EQ(box.masc({"doctor"}).status, 0);
  const std::vector<std::vector<std::string>> writes = {
      {"add", "T"},
      {"claim", id},
      {"claim"},
      {"--agent", "al", "renew", held},
      {"edit", id, "-p", "0"},
      {"--agent", "al", "release", held},
      {"done", id},
      {"cancel", id},
      {"note", "x", id},
      {"join"},
      {"--agent", "al", "land", held},
      {"init"},
      {"hook", "install"},
      {"gc"},
  };
  for (const auto& args : writes) {
    std::vector<std::string> with = {"--json"};
    with.insert(with.end(), args.begin(), args.end());
    const cmd::Printed got = box.masc(with);
    EXPECT_EQ(got.status, 7) << args[0] << got.out;
    EXPECT_EQ(code(got), "unwritable") << args[0] << got.out;
  }
  umount2(at, MNT_DETACH);
}

TEST_F(OddRepositories, OfAnotherUserAreRefusedWithGitsAdvice) {
  if (!root()) GTEST_SKIP() << "only root can become another user";
  box.ok({"init"});
  box.ok({"add", "T"});
  make_home("");
  const git::Finished got = as_nobody({"--json", "list"}, box.repo());
  EXPECT_EQ(got.status, 1) << got.out;
  EXPECT_EQ(field(got.out, "error.code"), "git");
  EXPECT_NE(field(got.out, "error.message").find("dubious ownership"), std::string::npos);
  EXPECT_NE(field(got.out, "error.hint").find("git config --global --add safe.directory"),
            std::string::npos);
  make_home("[safe]\n\tdirectory = *\n");
  EXPECT_EQ(as_nobody({"list"}, box.repo()).status, 0);
  const git::Finished write = as_nobody({"--json", "add", "T"}, box.repo());
  EXPECT_EQ(write.status, 7) << write.out;
}

TEST_F(OddRepositories, SharedByAGroupTakeTwoUsers) {
  if (!root()) GTEST_SKIP() << "only root can become another user";
  const std::string shared = box.root() + "/shared";
  box.git({"clone", "-q", box.repo(), shared});
  box.git({"config", "core.sharedRepository", "group"}, shared);
  // A group that both are in: the other user's.
  for (auto at = fs::recursive_directory_iterator(shared); at != fs::end(at); ++at) {
    ASSERT_EQ(lchown(at->path().c_str(), 0, 65534), 0);
    if (at->is_directory()) chmod(at->path().c_str(), 02775);
    if (at->is_regular_file()) chmod(at->path().c_str(), 0664);
  }
  ASSERT_EQ(chown(shared.c_str(), 0, 65534), 0);
  ASSERT_EQ(chmod(shared.c_str(), 02775), 0);
  make_home("[safe]\n\tdirectory = *\n[user]\n\tname = No Body\n\temail = n@example.org\n");
  const auto as_root = [&](std::vector<std::string> args) {
    const git::Finished got = box.binary(std::move(args), shared);
    EXPECT_EQ(got.status, 0) << got.err << got.out;
    return std::string(trim(got.out));
  };
  as_root({"init"});
  const std::string mine = as_root({"add", "mine", "-q"});
  const git::Finished added = as_nobody({"add", "theirs", "-q"}, shared);
  EXPECT_EQ(added.status, 0) << added.err;
  const git::Finished claimed = as_nobody({"--agent", "bo", "claim", mine}, shared);
  EXPECT_EQ(claimed.status, 0) << claimed.err;
  as_root({"--agent", "al", "claim"});
  as_root({"list"});
  EXPECT_EQ(as_nobody({"--agent", "bo", "release", mine}, shared).status, 0);
  as_root({"--agent", "al", "claim", mine});
  EXPECT_EQ(as_nobody({"status"}, shared).status, 0);
}

TEST_F(OddRepositories, WithAnOperationUnderWayInTheMainWorktreeCanBeClaimedButNotLandedInto) {
  box.ok({"init"});
  box.git({"switch", "-q", "-c", "side"});
  box.write("a.txt", "side\n");
  box.git({"commit", "-q", "-am", "side"});
  box.git({"switch", "-q", "main"});
  box.write("a.txt", "main\n");
  box.git({"commit", "-q", "-am", "main"});
  struct Case {
    std::vector<std::string> begin, end;
  };
  const Case cases[] = {{{"merge", "-q", "side"}, {"merge", "--abort"}},
                        {{"rebase", "-q", "side"}, {"rebase", "--abort"}},
                        {{"bisect", "start", "HEAD", "HEAD~1"}, {"bisect", "reset"}}};
  for (const Case& one : cases) {
    static_cast<void>(box.try_git(one.begin));
    const std::string id = box.ok({"add", "T", "-q"});
    // During a rebase or bisection HEAD is on no branch: the base has to be named.
    box.ok({"--agent", "al", "claim", id, "--onto", "main"});
    const std::string place = box.ok({"worktree", "path", id});
    box.git({"commit", "-q", "--allow-empty", "-m", "work"}, place);
    const std::string before = box.git({"rev-parse", "main"});
    const cmd::Printed got = box.masc({"--json", "--agent", "al", "land", id});
    EXPECT_EQ(got.status, 3) << one.begin[0] << got.out;
    EXPECT_EQ(code(got), "base_dirty");
    EXPECT_EQ(box.git({"rev-parse", "main"}), before);
    box.git(one.end);
    EXPECT_EQ(box.masc({"--agent", "al", "land", id}).status, 0) << one.begin[0];
  }
}

TEST_F(OddRepositories, WithFiftyThousandFilesAreClaimedAndLanded) {
  const std::string big = box.root() + "/big.git";
  box.git({"init", "-q", "--bare", big});
  std::string stream =
      "blob\nmark :1\ndata 2\nx\n\ncommit refs/heads/main\ncommitter T <t@e> 1 +0000\n"
      "data 1\nx\n";
  for (int i = 0; i < 50'000; ++i) {
    stream += "M 100644 :1 d" + std::to_string(i / 500) + "/f" + std::to_string(i) + "\n";
  }
  git::Command import;
  import.argv = {"git", "fast-import", "--quiet"};
  import.directory = big;
  import.environment = box.environment();
  import.input = stream;
  ASSERT_TRUE(git::run(import).value().ok());
  box.ok({"init"}, big);
  const std::string id = box.ok({"--agent", "al", "add", "T", "--claim", "-q"}, big);
  const std::string place = box.ok({"worktree", "path", id}, big);
  ASSERT_TRUE(write_file(place + "/d7/f3500", "changed\n"));
  box.git({"commit", "-q", "-am", "work"}, place);
  box.ok({"--agent", "al", "land", id}, big);
  EXPECT_EQ(box.git({"cat-file", "blob", "main:d7/f3500"}, big), "changed");
  EXPECT_FALSE(exists(place));
}

TEST_F(OddRepositories, WhoseHookInstallerComesBackKeepBothHooks) {
  box.ok({"init"});
  // lefthook and pre-commit write to .git/hooks without asking what a link there leads to.
  const std::string hook = box.repo() + "/.git/hooks/pre-commit";
  ASSERT_TRUE(remove_file(hook));
  ASSERT_TRUE(write_file(hook, "#!/bin/sh\necho theirs >> \"$HOME/ran\"\n", 0755));
  EXPECT_NE(box.masc({"doctor"}).status, 0);
  EXPECT_EQ(box.masc({"doctor", "--fix"}).status, 0);
  const std::string id = box.ok({"--agent", "al", "add", "T", "--claim", "-q"});
  const std::string place = box.ok({"worktree", "path", id});
  box.git({"commit", "-q", "--allow-empty", "-m", "in the claim"}, place);
  box.git({"commit", "-q", "--allow-empty", "-m", "in the main worktree"});
  EXPECT_EQ(read_file(box.root() + "/ran").value_or(""), "theirs\ntheirs\n");
}

}  // namespace
}  // namespace masc::testing
