// 16 senders write to 8 receivers and to all, while two of the receivers are killed again and
// again, one is slow, and one listener stands still: every message arrives once, in its sender's
// order.
//
// MASC_MAIL_MESSAGES=50000 runs the long form.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "git/repository.h"
#include "store/mail.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kKeepsFreed = true;
#else
constexpr bool kKeepsFreed = false;
#endif
#elif defined(__SANITIZE_ADDRESS__)
constexpr bool kKeepsFreed = true;
#else
constexpr bool kKeepsFreed = false;
#endif

constexpr int kSenders = 16;
constexpr int kReceivers = 8;

int messages_of_each() {
  const char* asked = std::getenv("MASC_MAIL_MESSAGES");
  return (asked != nullptr ? std::atoi(asked) : 480) / kSenders;
}

bool lacks_yet(const std::string& path, const std::string& text) {
  return read_tail(path, 4096).value_or("").find(text) == std::string::npos;
}

// To whom a sender's message goes: every 20th to all.
int receiver_of(int sender, int number) {
  return number % 20 == 19 ? kReceivers : (sender + number * 3) % kReceivers;
}

// Whoever is killed may die between showing messages and noting that it did: what it showed last
// may come again, and is known by its id.
constexpr const char* kScript = R"sh(
sender() {
  i=0
  while [ $i -lt $COUNT ]; do
    to=r$(((S + i * 3) % 8)); [ $((i % 20)) -eq 19 ] && to=@all
    "$MASC" -q --agent s$S send $to "$S $i" >/dev/null || exit 1
    i=$((i + 1))
  done
  echo $S >>sent
}
receiver() {
  kills=0
  [ $R -lt 2 ] && kills=$KILLS
  while :; do
    all=0; [ "$(wc -l <sent)" -eq 16 ] && all=1
    if [ $kills -gt 0 ]; then
      timeout -s KILL 0.$((kills % 7 + 1)) "$MASC" --agent r$R inbox --wait 10s --json >>r$R.out
      kills=$((kills - 1)); echo >>r$R.out; echo killed >>r$R.out
      continue
    fi
    "$MASC" --agent r$R inbox --wait 1s --json >>r$R.out; status=$?
    [ $R -eq 2 ] && sleep 0.3
    case $status in
      0) ;;
      6) [ $all -eq 1 ] && exit 0;;
      *) echo "status $status" >>r$R.out; exit 1;;
    esac
  done
}
: >sent
"$MASC" --agent idle listen --event message --format jsonrpc >idle.out & idle=$!
sleep 0.5
kill -STOP $idle
pids=
for R in 0 1 2 3 4 5 6 7; do receiver & pids="$pids $!"; done
for S in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sender & pids="$pids $!"; done
for p in $pids; do wait $p || echo "$p failed" >>failed; done
kill -CONT $idle
tries=0
while [ "$(grep -c masc/message idle.out)" -lt $DIRECT ] && [ $tries -lt 600 ]; do
  sleep 0.1; tries=$((tries + 1))
done
kill $idle
)sh";

TEST(MailCrowd, EachMessageArrivesOnceInItsSendersOrderThoughReceiversAreKilled) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  const int count = messages_of_each();
  int direct = 0;
  for (int s = 0; s < kSenders; ++s)
    for (int i = 0; i < count; ++i) direct += receiver_of(s, i) < kReceivers ? 1 : 0;
  git::Command command;
  command.argv = {"sh", "-c", kScript};
  command.directory = box.repo();
  command.environment = box.environment();
  command.environment.set("MASC", std::getenv("MASC_BINARY"));
  command.environment.set("COUNT", std::to_string(count));
  command.environment.set("KILLS", std::to_string(4 + count / 20));
  command.environment.set("DIRECT", std::to_string(direct));
  const auto ran = git::run(command);
  ASSERT_TRUE(ran.has_value());
  EXPECT_FALSE(exists(box.repo() + "/failed"));
  for (int r = 0; r < kReceivers; ++r) {
    std::map<int, int> last;  // of each sender
    std::set<std::string> seen, before_kill;
    std::size_t again = 0;
    bool killed = false;
    const std::string out = box.read(fmt::format("r{}.out", r));
    for (const std::string_view line : split_lines(out)) {
      if (line == "killed") killed = true;
      const auto reply = nlohmann::json::parse(line, nullptr, false);
      if (!reply.is_object() || !reply.contains("messages")) continue;
      for (const auto& mail : reply["messages"]) {
        const std::string id = mail["id"];
        if (!seen.insert(id).second) {
          EXPECT_TRUE(killed && before_kill.contains(id)) << r << ": " << mail["body"] << " twice";
          ++again;
          continue;
        }
        const std::string body = mail["body"];
        int sender = 0, number = 0;
        ASSERT_EQ(std::sscanf(body.c_str(), "%d %d", &sender, &number), 2);
        for (int next = last.contains(sender) ? last[sender] + 1 : 0; next < number; ++next) {
          const int to = receiver_of(sender, next);
          EXPECT_TRUE(to != r && to != kReceivers)
              << r << " got " << body << " before " << sender << " " << next;
        }
        EXPECT_TRUE(!last.contains(sender) || last[sender] < number) << r << ": " << body;
        last[sender] = number;
      }
      if (reply["messages"].empty()) continue;
      before_kill.clear();
      for (const auto& mail : reply["messages"]) before_kill.insert(mail["id"]);
      killed = false;
    }
    std::size_t expected = 0;
    for (int s = 0; s < kSenders; ++s)
      for (int i = 0; i < count; ++i)
        expected += receiver_of(s, i) == r || receiver_of(s, i) == kReceivers ? 1 : 0;
    EXPECT_EQ(seen.size(), expected) << "receiver " << r << ": " << out.substr(0, 200);
    if (again > 0) RecordProperty(fmt::format("shown_again_{}", r), static_cast<int>(again));
  }
  // Who stood still all the time hears of everything afterwards.
  std::size_t heard = 0;
  const std::string idle = box.read("idle.out");
  for (std::size_t at = 0; (at = idle.find("/message\"", at)) != std::string::npos; ++at) ++heard;
  EXPECT_EQ(heard, static_cast<std::size_t>(direct));
}

// Resident memory of a process, in KiB.
long resident(pid_t pid) {
  const std::string text = read_file(fmt::format("/proc/{}/statm", pid)).value_or("0 0");
  return std::atol(text.c_str() + text.find(' ')) * (sysconf(_SC_PAGESIZE) / 1024);
}

TEST(MailCrowd, AListenerDoesNotGrowWithWhatItHasHeard) {
  if (kKeepsFreed) GTEST_SKIP() << "the sanitizer keeps what was freed";
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  const std::string out = box.root() + "/heard";
  box.environment().set("MASC", std::getenv("MASC_BINARY"));
  git::Command command;
  command.argv = {"sh", "-c", "\"$MASC\" --agent bo listen >\"$OUT\" 2>&1 & echo $!"};
  command.directory = box.repo();
  command.environment = box.environment();
  command.environment.set("MASC", std::getenv("MASC_BINARY"));
  command.environment.set("OUT", out);
  const pid_t listener = std::atoi(git::run(command).value().out.c_str());
  ASSERT_GT(listener, 0);
  auto repository = git::find_repository(box.repo(), box.environment()).value();
  auto workspace = store::Workspace::open(repository).value();
  store::MailStore mail(workspace);
  const auto send = [&](int first, int last) {
    for (int i = first; i < last; ++i) {
      store::Mail one;
      one.id = store::MailStore::fresh_id();
      one.from = "al";
      one.to = "bo";
      one.at = box.clock().now();
      one.body = fmt::format("message {}", i);
      ASSERT_TRUE(mail.send(one, "bo"));
    }
    const std::string end = fmt::format("message {}\"", last - 1);
    for (int tries = 0; tries < 600 && lacks_yet(out, end); ++tries) usleep(20'000);
    ASSERT_FALSE(lacks_yet(out, end));
  };
  for (int tries = 0; tries < 100 && resident(listener) < 1024; ++tries) usleep(20'000);
  usleep(300'000);
  send(0, 2000);
  const long early = resident(listener);
  send(2000, 5000);
  const long late = resident(listener);
  kill(listener, SIGTERM);
  EXPECT_GT(early, 1024);
  EXPECT_LT(late, early + 512);
}

}  // namespace
}  // namespace masc::testing
