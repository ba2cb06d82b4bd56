// kill -9 before each change of the disk: afterwards the repository is legal, a retry succeeds, the
// user's files are there, and `doctor --fix` leaves no problems.
//
// By default every verb is killed at a few of its points, others in every run; a failure names the
// point. MASC_KILLS=all: at each of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>

#include "base/file.h"
#include "base/text.h"
#include "store/tasks.h"
#include "support/sandbox.h"
#include "support/tracer.h"

namespace masc::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kPoints = 4;

struct Scene {
  std::vector<std::string> args;      // the verb that is killed
  std::vector<std::string> retry;     // and repeated
  std::function<void(Sandbox&)> end;  // what must hold afterwards
};

class Killed : public ::testing::Test {
 protected:
  void SetUp() override {
    box.write("a", "one\n");
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "base"});
    box.write("mine", "the user's, not committed\n");
    box.write("a", "the user's change\n");
    box.environment().set("ASAN_OPTIONS", "detect_leaks=0");  // it can't trace what is traced
  }

  std::string add(const std::string& title) { return box.ok({"add", title, "-q"}); }
  std::string held(const std::string& agent) {
    return box.ok({"--agent", agent, "add", "T", "--claim", "-q"});
  }
  std::string place(const std::string& id) { return box.ok({"worktree", "path", id}); }
  std::string status_of(Sandbox& in, const std::string& id) {
    return field(in.ok({"show", id, "--json"}), "task.status");
  }

  // All that lies beside `work/`: the repository and its slots, as they are before the verb.
  void save() { copy(box.root() + "/work", box.root() + "/saved"); }
  void restore() { copy(box.root() + "/saved", box.root() + "/work"); }
  static void copy(const std::string& from, const std::string& to) {
    ASSERT_TRUE(remove_tree(to));
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  }

  Traced run(const Scene& scene, int kill_before) {
    const char* binary = std::getenv("MASC_BINARY");
    std::vector<std::string> argv = {binary ? binary : "masc"};
    argv.insert(argv.end(), scene.args.begin(), scene.args.end());
    return run_traced(argv, box.repo(), box.environment(), kill_before);
  }

  void legal() {
    EXPECT_EQ(box.git({"fsck", "--strict", "--no-dangling"}), "");
    EXPECT_EQ(box.read("mine"), "the user's, not committed\n");
    EXPECT_EQ(box.read("a"), "the user's change\n");
    const std::string state = box.repo() + "/.git/masc/state.git";
    if (exists(state)) {
      const git::Finished checked =
          box.try_git({"--git-dir=" + state, "fsck", "--strict", "--no-dangling"});
      EXPECT_TRUE(checked.ok()) << checked.err << checked.out;
    }
  }
  void retried(const Scene& scene) {
    const cmd::Printed got = box.masc(scene.retry);
    EXPECT_EQ(got.status, 0) << got.err << got.out;
  }
  void mended() {
    const cmd::Printed got = box.masc({"doctor", "--fix"});
    EXPECT_TRUE(got.status == 0 || got.status == 4) << got.out << got.err;
    if (got.status == 4) return;  // no workspace yet
    const cmd::Printed again = box.masc({"doctor"});
    EXPECT_EQ(again.status, 0) << again.out << again.err;
  }

  void kill_everywhere(const Scene& scene) {
    save();
    const Traced whole = run(scene, 0);
    if (!whole.possible) GTEST_SKIP() << "nobody may trace here";
    ASSERT_EQ(whole.status, 0) << "the verb itself fails";
    const bool all = std::getenv("MASC_KILLS") != nullptr;
    const int step = all ? 1 : std::max(1, whole.changes / kPoints);
    const int first = 1 + static_cast<int>(std::random_device()() % static_cast<unsigned>(step));
    for (int point = first; point <= whole.changes; point += step) {
      restore();
      const Traced got = run(scene, point);
      SCOPED_TRACE("killed before change " + std::to_string(point) + " of " +
                   std::to_string(whole.changes) + ", " + got.last);
      legal();
      const bool doctor_first = point % 2 == 0;
      if (doctor_first) mended();
      retried(scene);
      if (!doctor_first) mended();
      scene.end(box);
      legal();
      if (HasFailure()) return;
    }
  }

  Sandbox box{"work/a repo"};
};

TEST_F(Killed, Init) {
  kill_everywhere({{"init"}, {"init"}, [](Sandbox& in) {
                     EXPECT_EQ(in.masc({"add", "T"}).status, 0);
                     EXPECT_EQ(in.masc({"hook", "status"}).status, 0);
                   }});
}

TEST_F(Killed, HookInstall) {
  box.ok({"init", "--no-hooks"});
  const std::string config = box.git({"config", "--list", "--local"});
  kill_everywhere({{"hook", "install"}, {"hook", "install"}, [config](Sandbox& in) {
                     EXPECT_EQ(in.masc({"hook", "status"}).status, 0);
                     EXPECT_EQ(in.masc({"hook", "remove"}).status, 0);
                     EXPECT_EQ(in.git({"config", "--list", "--local"}), config);
                   }});
}

TEST_F(Killed, Claim) {
  box.ok({"init"});
  const std::string id = add("T");
  kill_everywhere(
      {{"--agent", "al", "claim", id}, {"--agent", "al", "claim", id}, [this, id](Sandbox& in) {
         const std::string json = in.ok({"show", id, "--json"});
         EXPECT_EQ(field(json, "task.claim.agent"), "al");
         const std::string slot = place(id);
         EXPECT_EQ(in.git({"status", "--porcelain"}, slot), "");
         EXPECT_EQ(in.masc({"--agent", "al", "renew", id}).status, 0);
       }});
}

TEST_F(Killed, Release) {
  box.ok({"init"});
  const std::string id = held("al");
  ASSERT_TRUE(write_file(place(id) + "/work", "not committed\n"));
  kill_everywhere(
      {{"--agent", "al", "release", id}, {"--agent", "al", "release", id}, [this, id](Sandbox& in) {
         EXPECT_EQ(status_of(in, id), "open");
         // The work comes back with the next claim.
         in.ok({"--agent", "bo", "claim", id});
         EXPECT_EQ(read_file(place(id) + "/work").value_or(""), "not committed\n");
       }});
}

TEST_F(Killed, Done) {
  box.ok({"init"});
  const std::string id = held("al");
  box.git({"commit", "-q", "--allow-empty", "-m", "work"}, place(id));
  kill_everywhere(
      {{"--agent", "al", "done", id}, {"--agent", "al", "done", id}, [this, id](Sandbox& in) {
         EXPECT_EQ(status_of(in, id), "done");
         EXPECT_NE(in.git({"branch", "--list", "masc/" + id}), "");
       }});
}

TEST_F(Killed, Land) {
  box.ok({"init"});
  const std::string id = held("al");
  ASSERT_TRUE(write_file(place(id) + "/new", "landed\n"));
  box.git({"add", "-A"}, place(id));
  box.git({"commit", "-q", "-m", "work"}, place(id));
  kill_everywhere(
      {{"--agent", "al", "land", id}, {"--agent", "al", "land", id}, [this, id](Sandbox& in) {
         EXPECT_EQ(status_of(in, id), "done");
         EXPECT_EQ(in.read("new"), "landed\n");
         EXPECT_EQ(in.git({"rev-list", "--count", "main"}), "3");
       }});
}

TEST_F(Killed, Takeover) {
  box.ok({"init"});
  const std::string id = box.ok({"--agent", "al", "add", "T", "-q"});
  box.ok({"--agent", "al", "claim", id, "--lease", "1s"});
  const std::string former = place(id);
  ASSERT_TRUE(write_file(former + "/work", "not committed\n"));
  // The lease is over for the binary too: its holder was last heard of long ago.
  ASSERT_TRUE(remove_file(box.repo() + "/.git/masc/live/agent.al"));
  ASSERT_TRUE(git::run({{"sleep", "1.1"}, "", box.environment(), "", {}, false, false}));
  box.clock().advance(std::chrono::seconds(5));
  kill_everywhere({{"--agent", "bo", "claim", id},
                   {"--agent", "bo", "claim", id},
                   [this, id, former](Sandbox& in) {
                     EXPECT_EQ(field(in.ok({"show", id, "--json"}), "task.claim.agent"), "bo");
                     EXPECT_NE(place(id), former);
                     EXPECT_EQ(read_file(place(id) + "/work").value_or(""), "not committed\n");
                     EXPECT_EQ(read_file(former + "/work").value_or(""), "not committed\n");
                   }});
}

TEST_F(Killed, Import) {
  box.ok({"init"});
  std::string text;
  for (int i = 0; i < 4; ++i) {
    const std::string n = std::to_string(i);
    text += "{\"key\":\"k" + n + "\",\"title\":\"T\",\"body\":\"b" + n + "\",\"after\":[" +
            (i == 0 ? "" : "\"k" + std::to_string(i - 1) + "\"") + "]}\n";
  }
  const std::string file = box.root() + "/tasks.jsonl";
  ASSERT_TRUE(write_file(file, text));
  save();
  Scene scene{{"import", file}, {"import", file}, [](Sandbox& in) {
                EXPECT_EQ(field(in.ok({"list", "--json"}), "count"), "4");
              }};
  kill_everywhere(scene);
  // All or nothing, whenever it was killed.
  for (int point = 1;; point += 9) {
    restore();
    const Traced got = run(scene, point);
    if (!got.possible || !got.killed) break;
    const std::string count = field(box.ok({"list", "--json"}), "count");
    EXPECT_TRUE(count == "0" || count == "4") << count << " after a kill before " << got.last;
  }
}

// All have the message or nobody has it, but for a kill between the renames that are done one right
// after the other. (Each run has another id, so other folders to make, and other points.)
TEST_F(Killed, SendToSeveral) {
  box.ok({"init"});
  const std::vector<std::string> names = {"bo", "cy", "di", "ed"};
  for (const std::string& name : names) box.ok({"--agent", "al", "send", name, "before"});
  save();
  const Scene scene{{"--agent", "al", "send", "bo", "cy", "di", "ed", "x"}, {}, {}};
  const Traced whole = run(scene, 0);
  if (!whole.possible) GTEST_SKIP() << "nobody may trace here";
  for (int point = 1; point <= whole.changes; ++point) {
    restore();
    const Traced got = run(scene, point);
    std::size_t reached = 0;
    for (const std::string& name : names)
      reached += field(box.ok({"--agent", name, "inbox", "--json"}), "count") == "2" ? 1 : 0;
    if (reached == 0 || reached == names.size()) continue;
    EXPECT_EQ(got.last.find("rename"), std::size_t{0})
        << "before change " << point << ", " << got.last;
  }
}

// Whenever it is killed, a step that the portal shows has been told, and repeating a step that was
// not taken takes it.
TEST_F(Killed, PortalSteps) {
  box.ok({"init"});
  const std::string id = box.ok({"--agent", "al", "portal", "open", "bo", "can you?", "-q"});
  const auto told = [&] {
    return box.ok({"--agent", "al", "inbox", "--peek", "--json"}).find("yes") != std::string::npos;
  };
  const auto taken = [&] {
    return field(box.ok({"portal", "list", "--json"}), "portals.0.state") != "open";
  };
  save();
  for (const std::string act : {"accept", "reply"}) {
    const Scene scene{{"--agent", "bo", "portal", act, id, "yes"}, {}, {}};
    restore();
    const Traced whole = run(scene, 0);
    if (!whole.possible) GTEST_SKIP() << "nobody may trace here";
    for (int point = 1; point <= whole.changes; ++point) {
      restore();
      const Traced got = run(scene, point);
      SCOPED_TRACE(act + " killed before change " + std::to_string(point) + ", " + got.last);
      EXPECT_TRUE(told() || !taken());
      EXPECT_TRUE(told() == taken() || got.last.starts_with("rename"));
      EXPECT_EQ(box.masc(scene.args).status, 0);
      EXPECT_TRUE(told() && taken());
      EXPECT_EQ(field(box.ok({"--agent", "al", "inbox", "--peek", "--json"}), "count"), "1");
    }
  }
}

}  // namespace
}  // namespace masc::testing
