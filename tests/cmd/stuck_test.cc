// Readers and listeners that are killed, whose output nobody takes, or who may not write.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/file.h"
#include "cmd/mail_fixture.h"
#include "store/mail.h"

namespace masc::testing {
namespace {

class Stuck : public MailFixture {
 protected:
  // A script in the repository; $MASC is the binary.
  std::string run(const std::string& script) {
    git::Command command;
    command.argv = {"sh", "-c", script};
    command.directory = box.repo();
    command.environment = box.environment();
    command.environment.set("MASC", std::getenv("MASC_BINARY"));
    const auto ran = git::run(command);
    return ran ? ran->out + ran->err : "it did not run";
  }
};

// What is left to do behind the last byte of the reply is one rename.
TEST_F(Stuck, AReaderThatIsKilledLeavesNothingThatLooksLikeAnAgent) {
  as("al", {"send", "bo", "one"});
  run(R"sh("$MASC" --agent bo inbox | head -c 1 >/dev/null)sh");
  as("bo", {"inbox"});
  EXPECT_EQ(run("ls -A .git/masc/inbox"), "bo\n");
  ASSERT_TRUE(store::MailStore::prepare_mark(box.repo() + "/.git/masc", "bo", store::Cursor{}));
  EXPECT_EQ(as("al", {"doctor"}), "no problems");
  EXPECT_EQ(as("bo", {"inbox"}), "no messages");
}

TEST_F(Stuck, AReaderWhoseOutputNobodyTakesHoldsUpNoOtherForLong) {
  write_file(box.root() + "/long", std::string(200'000, 'x'));
  as("al", {"send", "bo", "-F", box.root() + "/long"});
  EXPECT_EQ(run(R"sh(mkfifo pipe; exec 3<>pipe
    "$MASC" --agent bo --json inbox >&3 2>&1 & reader=$!
    while "$MASC" --agent bo inbox --wait 0s >/dev/null 2>&1; do sleep 0.02; done
    "$MASC" --agent bo inbox --peek | head -n 1
    "$MASC" --agent bo inbox --wait 1s; echo $?
    kill $reader)sh"),
            "1 message, still unread\n6\nmasc: another process shows bo's messages and has not "
            "ended\nhint: masc inbox --peek   (shows them without marking them as read)\n");
}

TEST_F(Stuck, ListeningForATimeEndsThoughNobodyTakesTheOutput) {
  EXPECT_EQ(run(R"sh(mkfifo pipe; exec 3<>pipe
    dd if=/dev/zero bs=65536 count=1 2>/dev/null >&3
    timeout 20 "$MASC" --agent bo listen --for 2s >&3 & listener=$!
    while [ -z "$(ls .git/masc/sock)" ]; do sleep 0.02; done
    "$MASC" --agent al send bo hi -q
    wait $listener; echo $?)sh"),
            "0\n");
}

TEST_F(Stuck, ASignalThatEndsAListenerTakesItsSocketAlong) {
  EXPECT_EQ(run(R"sh(for signal in INT TERM HUP; do
      for verb in listen 'log --follow' 'inbox --wait 1h'; do
        env --default-signal=$signal "$MASC" --agent bo $verb >/dev/null & waiter=$!
        while [ -z "$(ls .git/masc/sock)" ]; do sleep 0.02; done
        kill -$signal $waiter
        wait $waiter 2>/dev/null
        ls .git/masc/sock
      done
    done)sh"),
            "");
}

TEST_F(Stuck, AStreamWhoseReaderHasGoneEndsQuietlyThoughSigpipeIsIgnored) {
  EXPECT_EQ(run(R"sh(trap '' PIPE
    ("$MASC" --agent bo listen --for 1m; echo $? >status) 2>errors | head -n 1 >/dev/null &
    while [ -z "$(ls .git/masc/sock)" ]; do sleep 0.02; done
    while [ ! -s status ]; do "$MASC" --agent al send bo hi -q; sleep 0.02; done
    cat status errors; ls .git/masc/sock)sh"),
            "141\n");
}

TEST_F(Stuck, WhereNothingCanBeWrittenMessagesAreShownAllTheSame) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can mount";
  as("al", {"send", "bo", "hello"});
  const std::string shown = run(R"sh(unshare -m sh -c '
    mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" || exit
    "$MASC" --agent bo inbox --peek; echo $?
    "$MASC" --agent bo inbox; echo $?
    "$MASC" --agent bo send al x; echo $?')sh");
  if (shown.find("hello") == std::string::npos && shown.find("mount") != std::string::npos)
    GTEST_SKIP() << shown;
  EXPECT_TRUE(shown.starts_with("1 message, still unread\n")) << shown;
  EXPECT_NE(shown.find("\n0\n1 message\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("could not be marked as read"), std::string::npos) << shown;
  EXPECT_NE(shown.find("hint: masc needs to write there"), std::string::npos) << shown;
  EXPECT_TRUE(as("bo", {"inbox"}).starts_with("1 message\n"));
}

TEST_F(Stuck, AnOutputThatIsFullSaysThatTheRestWasDone) {
  const std::string said = run(R"sh("$MASC" --agent al send bo hi >/dev/full)sh");
  EXPECT_NE(said.find("hint: what the command does is done"), std::string::npos) << said;
  EXPECT_TRUE(as("bo", {"inbox"}).starts_with("1 message\n"));
}

}  // namespace
}  // namespace masc::testing
