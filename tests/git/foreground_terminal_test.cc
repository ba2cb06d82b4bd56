// `masc run` on a terminal: job control as the user of a shell sees it.
#include <gtest/gtest.h>
#include <linux/close_range.h>

#include "foreground_stage.h"
#include "git/foreground.h"

namespace masc::git::stage {
namespace {

constexpr std::string_view kInterrupt = "\x03";
constexpr std::string_view kQuit = "\x1c";
constexpr std::string_view kSuspend = "\x1a";

// Prints where the child stands: its group, its parent's, and the terminal's foreground one.
constexpr std::string_view kStanding = R"sh(
  read -r line </proc/$$/stat; set -- $line; group=$5; front=$8
  read -r line </proc/$PPID/stat; set -- $line
  if [ $group = $$ ]; then echo group: own; elif [ $group = $5 ]; then echo group: shared; fi
  if [ $front = $group ]; then echo front: yes; else echo front: no; fi
)sh";

Part running(std::string text) {
  return [text = std::move(text)] { return run(script(text)); };
}

TEST(ForegroundTerminal, TheChildLeadsTheForegroundGroup) {
  Screen screen(Shell::kForeground, running(std::string(kStanding)));
  EXPECT_TRUE(screen.out.expect("group: own\r\nfront: yes\r\n"));
  EXPECT_EQ(screen.report.line(), "ended 0 by 0 told 0 ");
}

TEST(ForegroundTerminal, TheTerminalComesBackWithItsModes) {
  Screen screen(Shell::kForeground, running("stty raw -echo; kill -KILL $$"));
  EXPECT_EQ(screen.shell.line(), "ended 0, terminal: masc, echo: on");
  EXPECT_EQ(screen.report.line(), "ended 137 by 9 told 0 ");
}

TEST(ForegroundTerminal, TheTerminalComesBackFromAChildThatCannotBeRun) {
  Screen screen(Shell::kForeground, [] { return run(command({"no-such-program"})); });
  EXPECT_EQ(screen.shell.line(), "ended 0, terminal: masc, echo: on");
}

TEST(ForegroundTerminal, NoDescriptorOfOursReachesTheChild) {
  Screen screen(Shell::kForeground, [] {
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // what the test itself was started with
    return run(command({"ls", "-m", "/proc/self/fd"}));
  });
  EXPECT_EQ(screen.out.line(), "0, 1, 2, 3\r");  // 3: ls reads the folder
}

TEST(ForegroundTerminal, CtrlCReachesTheChildOnly) {
  Screen screen(Shell::kForeground, running("echo up; exec sleep 1000"));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  ASSERT_TRUE(screen.type(kInterrupt));
  EXPECT_EQ(screen.report.line(), "ended 130 by 2 told 0 ");
}

TEST(ForegroundTerminal, CtrlBackslashReachesTheChildOnly) {
  Screen screen(Shell::kForeground, running("ulimit -c 0; echo up; exec sleep 1000"));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  ASSERT_TRUE(screen.type(kQuit));
  EXPECT_EQ(screen.report.line(), "ended 131 by 3 told 0 ");
}

TEST(ForegroundTerminal, CtrlZGivesTheShellTheTerminalAndFgGivesItBack) {
  Screen screen(Shell::kForeground, running("echo up; read word; echo got=$word; exit 4"));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  ASSERT_TRUE(screen.type(kSuspend));
  EXPECT_EQ(screen.shell.line(), "stopped 20, terminal: masc, echo: on");
  ASSERT_TRUE(screen.order('f'));
  ASSERT_TRUE(screen.type("one\n"));
  EXPECT_TRUE(screen.out.expect("got=one\r\n"));
  EXPECT_EQ(screen.report.line(), "ended 4 by 0 told 0 ");
  EXPECT_EQ(screen.shell.line(), "ended 0, terminal: masc, echo: on");
}

// Says when it is continued and which modes it finds; ends with Ctrl-C and status 5.
constexpr std::string_view kPatient = R"sh(
  trap 'echo continued; stty -a | grep -o -- "-*echo "' CONT
  trap 'kill -KILL $!; exit 5' INT
  sleep 1000 >&- & echo up; while :; do wait; done
)sh";

TEST(ForegroundTerminal, EachSideFindsItsOwnModesAfterAStop) {
  Screen screen(Shell::kForeground, running("stty -echo" + std::string(kPatient)));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(screen.type(kSuspend));
    ASSERT_EQ(screen.shell.line(), "stopped 20, terminal: masc, echo: on");
    ASSERT_TRUE(screen.order('f'));
    ASSERT_TRUE(screen.out.expect("continued\r\n-echo"));
  }
  ASSERT_TRUE(screen.type(kInterrupt));
  EXPECT_EQ(screen.report.line(), "ended 5 by 0 told 0 ");
}

TEST(ForegroundTerminal, AfterBgItEndsWithoutTouchingTheTerminal) {
  Screen screen(Shell::kForeground,
                running("trap 'kill -KILL $!; exit 6' CONT; sleep 1000 >&- & echo up; wait"));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  ASSERT_TRUE(screen.type(kSuspend));
  ASSERT_EQ(screen.shell.line(), "stopped 20, terminal: masc, echo: on");
  ASSERT_TRUE(screen.order('b'));
  EXPECT_EQ(screen.report.line(), "ended 6 by 0 told 0 ");
  ASSERT_TRUE(screen.order('w'));
  EXPECT_EQ(screen.shell.line(), "ended 0, terminal: shell, echo: on");
}

TEST(ForegroundTerminal, WhenMascAloneWasStoppedTheShellKeepsTheTerminalItTook) {
  Screen screen(
      Shell::kForeground,
      running("trap 'kill -KILL $!; exit 6' CONT; sleep 1000 >&- & echo masc=$PPID; wait"));
  ASSERT_TRUE(screen.out.expect("masc="));
  kill(std::stoi(screen.out.line()), SIGSTOP);
  ASSERT_EQ(screen.shell.line(), "stopped 19, terminal: other, echo: on");
  ASSERT_TRUE(screen.order('b'));
  EXPECT_EQ(screen.report.line(), "ended 6 by 0 told 0 ");
  ASSERT_TRUE(screen.order('w'));
  EXPECT_EQ(screen.shell.line(), "ended 0, terminal: shell, echo: on");
}

TEST(ForegroundTerminal, AfterBgAReadStopsItAndFgLetsItRead) {
  Screen screen(Shell::kForeground, running("echo up; read word; echo got=$word"));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  ASSERT_TRUE(screen.type(kSuspend));
  ASSERT_EQ(screen.shell.line(), "stopped 20, terminal: masc, echo: on");
  ASSERT_TRUE(screen.order('b'));
  ASSERT_TRUE(screen.order('w'));
  ASSERT_EQ(screen.shell.line(), "stopped 21, terminal: shell, echo: on");
  ASSERT_TRUE(screen.order('f'));
  ASSERT_TRUE(screen.type("two\n"));
  EXPECT_TRUE(screen.out.expect("got=two\r\n"));
  EXPECT_EQ(screen.report.line(), "ended 0 by 0 told 0 ");
}

TEST(ForegroundTerminal, StartedInTheBackgroundItStopsWhenItReads) {
  Screen screen(Shell::kBackground, running(std::string(kStanding) + "read word; echo got=$word"));
  EXPECT_TRUE(screen.out.expect("group: own\r\nfront: no\r\n"));
  ASSERT_TRUE(screen.order('w'));
  ASSERT_EQ(screen.shell.line(), "stopped 21, terminal: shell, echo: on");
  ASSERT_TRUE(screen.order('f'));
  ASSERT_TRUE(screen.type("three\n"));
  EXPECT_TRUE(screen.out.expect("got=three\r\n"));
  EXPECT_EQ(screen.shell.line(), "ended 0, terminal: masc, echo: on");
}

// bash continues only jobs that have stopped, so the next three get no SIGCONT.
TEST(ForegroundTerminal, BroughtToTheForegroundARunningChildStopsWithMasc) {
  Screen screen(Shell::kBackground, running("echo child=$$" + std::string(kPatient)));
  ASSERT_TRUE(screen.out.expect("child="));
  const std::string stat = fmt::format("/proc/{}/stat", std::stoi(screen.out.line()));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  ASSERT_TRUE(screen.order('F'));
  ASSERT_EQ(screen.shell.line(), "given");
  ASSERT_TRUE(screen.type(kSuspend));
  ASSERT_EQ(screen.shell.line(), "stopped 20, terminal: masc, echo: on");
  EXPECT_NE(read_file(stat)->find(") T "), std::string::npos);
  ASSERT_TRUE(screen.order('f'));
  ASSERT_TRUE(screen.out.expect("continued\r\n"));
  ASSERT_TRUE(screen.type(kInterrupt));
  EXPECT_EQ(screen.report.line(), "ended 5 by 0 told 0 ");
}

TEST(ForegroundTerminal, BroughtToTheForegroundARunningChildMayRead) {
  Screen screen(Shell::kBackground,
                running("trap 'read word; echo got=$word; kill -KILL $! 2>&-; exit 3' USR1\n"
                        "(trap '' USR1; exec sleep 1000 >&-) & echo masc=$PPID; wait"));
  ASSERT_TRUE(screen.out.expect("masc="));
  const pid_t masc = std::stoi(screen.out.line());
  ASSERT_TRUE(screen.order('F'));
  ASSERT_EQ(screen.shell.line(), "given");
  kill(masc, SIGUSR1);
  ASSERT_TRUE(screen.type("six\n"));
  EXPECT_TRUE(screen.out.expect("got=six\r\n"));
  EXPECT_EQ(screen.report.line(), "ended 3 by 0 told 0 ");
  EXPECT_EQ(screen.shell.line(), "ended 0, terminal: masc, echo: on");
}

TEST(ForegroundTerminal, BroughtToTheForegroundARunningChildGetsKeysThroughMasc) {
  Screen screen(Shell::kBackground, running(std::string(kPatient)));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  ASSERT_TRUE(screen.order('F'));
  ASSERT_EQ(screen.shell.line(), "given");
  ASSERT_TRUE(screen.type(kInterrupt));
  EXPECT_EQ(screen.report.line(), "ended 5 by 0 told 2 ");
}

TEST(ForegroundTerminal, ANewWindowSizeReachesTheChild) {
  Screen screen(
      Shell::kForeground,
      running("trap 'kill -KILL $!; stty size; exit 5' WINCH; sleep 1000 & echo up; wait"));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  screen.resize(33, 77);
  EXPECT_TRUE(screen.out.expect("33 77\r\n"));
  EXPECT_EQ(screen.report.line(), "ended 5 by 0 told 0 ");
}

TEST(ForegroundTerminal, AnInnerShellKeepsTheTerminalForItsOwnJobs) {
  Screen screen(Shell::kForeground,
                running("set -m; sh -c '" + std::string(kStanding) + "'; exit 9"));
  EXPECT_TRUE(screen.out.expect("group: own\r\nfront: yes\r\n"));
  EXPECT_EQ(screen.shell.line(), "ended 0, terminal: masc, echo: on");
  EXPECT_EQ(screen.report.line(), "ended 9 by 0 told 0 ");
}

// masc with its output going elsewhere, as in front of a pager.
Part redirected(std::string text) {
  return [text = std::move(text)] {
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 1);
    return run(script("exec >&2\n" + text));
  };
}

TEST(ForegroundTerminal, InAPipelineTheChildStaysInOurGroup) {
  Screen screen(Shell::kForeground, redirected(std::string(kStanding)));
  EXPECT_TRUE(screen.out.expect("group: shared\r\nfront: yes\r\n"));
  EXPECT_EQ(screen.shell.line(), "ended 0, terminal: masc, echo: on");
}

TEST(ForegroundTerminal, InAPipelineKeysComeToTheChildOnceAndMascSurvivesThem) {
  Part part = redirected(
      "n=0; trap 'n=$((n+1)); echo int=$n' INT; trap 'echo bye; kill -KILL $!; exit 8' USR1\n"
      "sleep 1000 & echo masc=$PPID; while :; do wait; done");
  Screen screen(Shell::kForeground, part);
  ASSERT_TRUE(screen.out.expect("masc="));
  const pid_t masc = std::stoi(screen.out.line());
  ASSERT_TRUE(screen.type(kInterrupt));
  ASSERT_TRUE(screen.out.expect("int=1\r\n"));
  kill(masc, SIGUSR1);  // goes on after everything that came before
  EXPECT_EQ(screen.report.line(), "ended 8 by 0 told 2 ");
  EXPECT_TRUE(screen.out.expect("bye\r\n"));
  EXPECT_EQ(screen.out.text().find("int=2"), std::string::npos) << screen.out.text();
}

TEST(ForegroundTerminal, InAPipelineCtrlZStopsAllOfUs) {
  Screen screen(Shell::kForeground, redirected("echo up; read word; echo got=$word"));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  ASSERT_TRUE(screen.type(kSuspend));
  ASSERT_EQ(screen.shell.line(), "stopped 20, terminal: masc, echo: on");
  ASSERT_TRUE(screen.order('f'));
  ASSERT_TRUE(screen.type("four\n"));
  EXPECT_TRUE(screen.out.expect("got=four\r\n"));
  EXPECT_EQ(screen.report.line(), "ended 0 by 0 told 0 ");
}

// As under `xterm -e`, tmux or `docker run -t`: nobody would ever continue us.
TEST(ForegroundTerminal, WithoutAShellAboveCtrlZDoesNotHang) {
  Screen screen(Shell::kNone, running(std::string(kPatient)));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(screen.type(kSuspend));
    ASSERT_TRUE(screen.out.expect("continued\r\n"));
  }
  ASSERT_TRUE(screen.type(kInterrupt));
  EXPECT_EQ(screen.report.line(), "ended 5 by 0 told 0 ");
}

TEST(ForegroundTerminal, AReadThatNobodyCouldEverServeEndsTheChild) {
  Screen screen(Shell::kOrphaning, running("read word"));
  EXPECT_EQ(screen.report.line(), "ended 129 by 1 told 0 ");
}

TEST(ForegroundTerminal, AClosedWindowEndsTheChildAndMascTidiesUp) {
  Screen screen(Shell::kNone, running("echo up; exec sleep 1000"));
  ASSERT_TRUE(screen.out.expect("up\r\n"));
  screen.out.close();
  EXPECT_EQ(screen.report.line(), "ended 129 by 1 told 1 ");
}

}  // namespace
}  // namespace masc::git::stage
