// Listeners that are well, dead, stopped, foreign; and folders with long paths.
#include "wire/datagram.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"

namespace masc::wire {
namespace {

class Datagrams : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/masc-wire-XXXXXX";
    root = mkdtemp(name);
    // 200 bytes and more: an address has 108.
    folder = root + "/" + std::string(120, 'x') + "/" + std::string(100, 'y') + "/sock";
  }
  void TearDown() override { static_cast<void>(remove_tree(root)); }
  std::string root, folder;
};

TEST_F(Datagrams, ReachEveryListenerBelowALongPath) {
  auto one = Listener::open(folder, "al");
  auto two = Listener::open(folder, "al");
  auto three = Listener::open(folder, "bo");
  ASSERT_TRUE(one && two && three) << one.error().message;
  EXPECT_TRUE(has_listeners(folder));
  EXPECT_EQ(tell_listeners(folder, "hello").reached, std::size_t{3});
  for (Listener* listener : {&*one, &*two, &*three}) EXPECT_EQ(listener->receive(), "hello");
  EXPECT_EQ(one->receive(), std::nullopt);
}

TEST_F(Datagrams, TheFolderIsForItsOwnerOnly) {
  auto one = Listener::open(folder, "al");
  EXPECT_EQ(stat_of(folder)->st_mode & 0777, mode_t{0700});
}

TEST_F(Datagrams, AListenerThatEndsIsGoneAndADeadOneIsRemoved) {
  { auto one = Listener::open(folder, "al"); }
  EXPECT_FALSE(has_listeners(folder));
  const pid_t child = fork();
  if (child == 0) {
    auto listener = Listener::open(folder, "dead");
    listener->drain();
    _exit(0);  // without taking its socket away
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(has_listeners(folder));
  EXPECT_EQ(tell_listeners(folder, "x").dead, std::size_t{1});
  EXPECT_FALSE(has_listeners(folder));
}

TEST_F(Datagrams, AListenerThatDoesNotReadHoldsNobodyUp) {
  auto idle = Listener::open(folder, "idle");
  auto busy = Listener::open(folder, "busy");
  std::size_t got = 0;
  std::size_t full = 0;
  for (int i = 0; i < 2000; ++i) {
    const Told told = tell_listeners(folder, "frame");
    full += told.full;
    got += busy->drain();
  }
  EXPECT_EQ(got, std::size_t{2000});
  EXPECT_GT(full, std::size_t{0});
}

TEST_F(Datagrams, ALongFrameBecomesAWakeUpCall) {
  auto one = Listener::open(folder, "al");
  tell_listeners(folder, std::string(kMostDatagram + 1, 'x'));
  EXPECT_EQ(one->receive(), "xx");
}

// Only root can pretend to be somebody else.
TEST_F(Datagrams, OfAnotherUserAreDropped) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  auto one = Listener::open(folder, "al");
  tell_listeners(folder, "mine");
  const pid_t child = fork();
  if (child == 0) {
    // Standing in the folder already when the user changes, since /proc/self is closed to it then.
    const std::string name = "al." + std::to_string(getppid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    const int from = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (chdir(folder.c_str()) != 0 || chmod(".", 0777) != 0 || chmod(name.c_str(), 0777) != 0)
      _exit(2);
    if (setuid(65534) != 0) _exit(3);
    const ssize_t sent =
        sendto(from, "theirs", 6, 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
    _exit(sent == 6 ? 0 : errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(one->receive(), "mine");
  EXPECT_EQ(one->receive(), std::nullopt);
}

TEST_F(Datagrams, NoFolderIsNoListener) {
  EXPECT_FALSE(has_listeners(root + "/none"));
  EXPECT_EQ(tell_listeners(root + "/none", "x").reached, std::size_t{0});
}

}  // namespace
}  // namespace masc::wire
