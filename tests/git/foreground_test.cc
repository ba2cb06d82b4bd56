// `masc run` without a terminal: exit status, signals, what a child inherits.
#include "git/foreground.h"

#include <gtest/gtest.h>
#include <linux/close_range.h>

#include <algorithm>

#include "foreground_stage.h"

namespace masc::git::stage {
namespace {

using std::chrono::milliseconds;

// Waits for a signal with a trap. The `sleep` is there to be waited for: traps interrupt `wait`.
std::string trapping(std::string_view signals, std::string_view action) {
  return fmt::format("trap 'kill -KILL $! 2>&-; {}' {}; sleep 1000 >&- & echo up; wait", action,
                     signals);
}

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/foreground.XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    path_ = *real_path(name);
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(path_)); }
  std::string file(std::string_view name, std::string_view text, mode_t mode) {
    const std::string path = join_path(path_, name);
    EXPECT_TRUE(write_file(path, text, mode));
    return path;
  }
  std::string fifo(std::string_view name) {
    const std::string path = join_path(path_, name);
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    return path;
  }

  std::string path_;
};
using Foreground = Folder;

TEST_F(Foreground, TheStatusIsTheChildsOwn) {
  EXPECT_EQ(run(script("exit 0")), "ended 0 by 0 told 0 ");
  EXPECT_EQ(run(script("exit 77")), "ended 77 by 0 told 0 ");
}

TEST_F(Foreground, ASignalNGives128PlusN) {
  EXPECT_EQ(run(script("kill -KILL $$")), "ended 137 by 9 told 0 ");
  EXPECT_EQ(run(script("kill -TERM $$")), "ended 143 by 15 told 0 ");
}

TEST_F(Foreground, AStatusAbove128IsNoSignal) {
  EXPECT_EQ(run(script("exit 143")), "ended 143 by 0 told 0 ");
}

TEST_F(Foreground, WhatIsNotFoundGives127) {
  EXPECT_EQ(run(command({"no-such-program"})),
            "ended 127 by 0 told 0 cannot run 'no-such-program': not found in PATH");
  EXPECT_EQ(run(command({"/no/such"})),
            "ended 127 by 0 told 0 cannot run '/no/such': No such file or directory");
}

TEST_F(Foreground, WhatCannotBeExecutedGives126) {
  const std::string plain = file("plain", "echo hello\n", 0644);
  EXPECT_EQ(run(command({plain})),
            fmt::format("ended 126 by 0 told 0 cannot run '{}': Permission denied", plain));
}

TEST_F(Foreground, AMissingInterpreterIsNotAMissingFile) {
  const std::string tool = file("tool", "#!/no/such/interpreter\n", 0755);
  EXPECT_EQ(
      run(command({tool})),
      fmt::format("ended 126 by 0 told 0 cannot run '{0}': '{0}' or the interpreter it names is "
                  "missing",
                  tool));
}

TEST_F(Foreground, AScriptWithoutInterpreterLineIsRunByTheShell) {
  EXPECT_EQ(run(command({file("tool", "exit 5\n", 0755)})), "ended 5 by 0 told 0 ");
}

TEST_F(Foreground, TheProgramIsLookedUpInThePathItIsGiven) {
  file("my-tool", "#!/bin/sh\nexit 6\n", 0755);
  ForegroundOptions options = command({"my-tool"});
  options.environment.set("PATH", "/nowhere:" + path_);
  EXPECT_EQ(run(options), "ended 6 by 0 told 0 ");
}

TEST_F(Foreground, ARelativeProgramCountsFromItsDirectory) {
  file("my-tool", "#!/bin/sh\nexit 6\n", 0755);
  ForegroundOptions options = command({"./my-tool"});
  options.directory = path_;
  EXPECT_EQ(run(options), "ended 6 by 0 told 0 ");
}

TEST_F(Foreground, AMissingDirectoryIsAnError) {
  ForegroundOptions options = script("exit 0");
  options.directory = "/no/such";
  EXPECT_EQ(run(options), "error cannot enter '/no/such': No such file or directory");
}

TEST_F(Foreground, NoCommandIsAnError) { EXPECT_EQ(run(command({})), "error no command to run"); }

TEST_F(Foreground, TheChildHasItsDirectoryAndItsEnvironmentAndNoMore) {
  ForegroundOptions options = command({"env"});
  options.directory = path_;
  options.environment.set("MASC_TASK", "m-7k3q9fxa");
  Player masc([&] { return run(options); });
  masc.out.read_to_end();
  EXPECT_EQ(masc.out.text(), fmt::format("PATH=/usr/local/bin:/usr/bin:/bin\nLC_ALL=C\n"
                                         "MASC_TASK=m-7k3q9fxa\nPWD={}\n",
                                         path_));
}

TEST_F(Foreground, TicksWhileTheChildLives) {
  const std::string gate = fifo("gate");
  ForegroundOptions options = script("read word <gate; exit $word");
  options.directory = path_;
  options.tick = milliseconds(1);
  int ticks = 0;
  bool opened = false;
  options.on_tick = [&] {
    if (++ticks == 3) opened = append_file(gate, "33\n").has_value();
  };
  EXPECT_EQ(run(options), "ended 33 by 0 told 0 ");
  EXPECT_TRUE(opened);
}

TEST_F(Foreground, SignalsGoOnToTheChildAndMascSurvivesThem) {
  const std::pair<int, int> cases[] = {{SIGINT, SIGINT},   {SIGTERM, SIGTERM}, {SIGHUP, SIGHUP},
                                       {SIGQUIT, SIGQUIT}, {SIGUSR1, 0},       {SIGUSR2, 0},
                                       {SIGWINCH, 0}};
  for (const auto& [number, told] : cases) {
    const std::string text = trapping(std::to_string(number), "exit 40");
    Player masc([&] { return run(script(text)); });
    ASSERT_TRUE(masc.out.expect("up\n"));
    kill(masc.pid(), number);
    EXPECT_EQ(masc.report.line(), fmt::format("ended 40 by 0 told {} ", told));
  }
}

TEST_F(Foreground, AChildThatDoesNotCatchASignalEndsOfIt) {
  Player masc([] { return run(script("echo up; exec sleep 1000 >&-")); });
  ASSERT_TRUE(masc.out.expect("up\n"));
  kill(masc.pid(), SIGTERM);
  EXPECT_EQ(masc.report.line(), "ended 143 by 15 told 15 ");
}

TEST_F(Foreground, SignalsGoToTheChildsWholeGroup) {
  const std::string inner = trapping("TERM", "echo inner; exit");
  Player masc([&] { return run(script("trap : TERM; (" + inner + ") & wait; wait; exit 7")); });
  ASSERT_TRUE(masc.out.expect("up\n"));
  kill(masc.pid(), SIGTERM);
  EXPECT_TRUE(masc.out.expect("inner\n"));
  EXPECT_EQ(masc.report.line(), "ended 7 by 0 told 15 ");
}

TEST_F(Foreground, AChildThatIgnoresTermKeepsUsWaitingAndGetsTheSecondOneToo) {
  Player masc([] {
    return run(
        script("n=0; trap 'n=$((n+1)); echo got $n' TERM\n"
               "(trap '' TERM; echo up; exec sleep 1000 >&-) &\n"
               "while [ $n -lt 2 ]; do wait $!; done; kill -KILL $!; exit 3"));
  });
  ASSERT_TRUE(masc.out.expect("up\n"));
  kill(masc.pid(), SIGTERM);
  ASSERT_TRUE(masc.out.expect("got 1\n"));
  kill(masc.pid(), SIGTERM);
  EXPECT_TRUE(masc.out.expect("got 2\n"));
  EXPECT_EQ(masc.report.line(), "ended 3 by 0 told 15 ");
}

TEST_F(Foreground, AStoppedChildIsContinuedThroughMasc) {
  Pipe ticks;
  ForegroundOptions options =
      script("trap 'kill -KILL $!; exit 4' CONT; sleep 1000 >&- & echo $$; wait");
  options.tick = milliseconds(1);
  Player masc([&] {
    options.on_tick = [&] { (void)write_all(ticks.writer.get(), "t", "ticks"); };
    return run(options);
  });
  const pid_t child = std::stoi(masc.out.line());
  kill(child, SIGSTOP);
  Output ticked(std::move(ticks.reader));
  const std::string stat = fmt::format("/proc/{}/stat", child);
  while (read_file(stat)->find(") T ") == std::string::npos) ASSERT_TRUE(ticked.expect("t"));
  ASSERT_TRUE(ticked.expect("ttt"));  // the lease is renewed all the while
  kill(masc.pid(), SIGCONT);
  EXPECT_EQ(masc.report.line(), "ended 4 by 0 told 0 ");
}

TEST_F(Foreground, WhatTheChildLeavesInTheBackgroundIsLeftAlone) {
  Player masc([] { return run(script("sleep 1000 >&- 2>&- & echo $!")); });
  EXPECT_EQ(masc.report.line(), "ended 0 by 0 told 0 ");
  const pid_t left = std::stoi(masc.out.line());
  EXPECT_EQ(kill(left, SIGKILL), 0);
}

TEST_F(Foreground, TheChildsSignalsAreThoseMascWasStartedWith) {
  Player masc([] {
    signal(SIGHUP, SIG_IGN);  // nohup
    signal(SIGPIPE, SIG_DFL);
    const SignalState state = SignalState::current();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, [](int) {});
    const BlockedSignals blocked(SIGTERM);
    auto shield = SignalShield::raise(state);
    return describe(run_foreground(command({"grep", "^Sig[BI]", "/proc/self/status"}), *shield));
  });
  EXPECT_EQ(masc.report.line(), "ended 0 by 0 told 0 ");
  EXPECT_EQ(masc.out.line(), "SigBlk:\t0000000000000000");
  const std::string ignored = masc.out.line();
  ASSERT_TRUE(ignored.starts_with("SigIgn:\t")) << ignored;
  const auto bits = std::stoull(ignored.substr(8), nullptr, 16);
  EXPECT_TRUE((bits & 1U << (SIGHUP - 1)) != 0) << ignored;
  EXPECT_TRUE((bits & 1U << (SIGPIPE - 1)) == 0) << ignored;
}

TEST_F(Foreground, AnIgnoredSigchldDoesNotHideTheStatus) {
  Player masc([] {
    signal(SIGCHLD, SIG_IGN);
    return run(script("exit 8"));
  });
  EXPECT_EQ(masc.report.line(), "ended 8 by 0 told 0 ");
}

TEST_F(Foreground, NoDescriptorOfOursReachesTheChild) {
  const std::string lock = join_path(path_, "lock");
  Player masc([&] {
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // what the test itself was started with
    const auto held = FileLock::acquire(lock, milliseconds(0));
    return run(command({"ls", "/proc/self/fd"}));
  });
  masc.out.read_to_end();
  EXPECT_EQ(masc.out.text(), "0\n1\n2\n3\n");  // 3: ls reads the folder
}

TEST_F(Foreground, AKilledMascLetsGoOfItsLockAndLeavesTheChildAlone) {
  const std::string lock = join_path(path_, "lock");
  const std::string gate = fifo("gate");
  ForegroundOptions options = script("echo up; read word <gate; echo still $word");
  options.directory = path_;
  Player masc([&] {
    const auto held = FileLock::acquire(lock, milliseconds(0));
    return run(options);
  });
  ASSERT_TRUE(masc.out.expect("up\n"));
  EXPECT_TRUE(FileLock::is_held(lock));
  kill(masc.pid(), SIGKILL);
  masc.wait();
  EXPECT_FALSE(FileLock::is_held(lock));
  ASSERT_TRUE(append_file(gate, "here\n"));
  EXPECT_TRUE(masc.out.expect("still here\n"));
}

TEST_F(Foreground, TheShieldKeepsMascAliveWhileItTidiesUp) {
  Player masc([] {
    auto shield = SignalShield::raise();
    const std::string ended = describe(run_foreground(script("exit 2"), *shield));
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) raise(number);
    return ended;
  });
  EXPECT_EQ(masc.report.line(), "ended 2 by 0 told 0 ");
}

TEST_F(Foreground, WithoutTheShieldSignalsEndMascAgain) {
  Player masc([] {
    { const auto shield = SignalShield::raise(); }
    raise(SIGTERM);
    return std::string("survived");
  });
  EXPECT_EQ(masc.report.line(), "");
}

TEST_F(Foreground, ASignalThatCameBeforeTheChildIsNotLost) {
  Player masc([] {
    auto shield = SignalShield::raise();
    raise(SIGTERM);
    return describe(run_foreground(command({"sleep", "1000"}), *shield));
  });
  EXPECT_EQ(masc.report.line(), "ended 143 by 15 told 15 ");
}

}  // namespace
}  // namespace masc::git::stage
