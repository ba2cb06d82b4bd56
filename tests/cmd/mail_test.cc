// send, inbox, portal and listen, as agents use them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "base/base64.h"
#include "base/file.h"
#include "base/text.h"
#include "cmd/mail_fixture.h"
#include "store/feed.h"
#include "wire/datagram.h"

namespace masc::testing {
namespace {

class Mail : public MailFixture {};

TEST_F(Mail, AMessageIsShownOnceAndInItsOrder) {
  as("al", {"send", "bo", "first"});
  as("al", {"send", "bo", "second"});
  const std::string peeked = as("bo", {"inbox", "--peek"});
  EXPECT_TRUE(peeked.starts_with("2 messages, still unread\n")) << peeked;
  const std::string got = as("bo", {"inbox"});
  EXPECT_LT(got.find("first"), got.find("second"));
  EXPECT_EQ(as("bo", {"inbox"}), "no messages");
  EXPECT_EQ(as("al", {"inbox"}), "no messages");
}

TEST_F(Mail, OnlyWhatWasShownIsMarkedAsRead) {
  for (int i = 0; i < 25; ++i) as("al", {"send", "bo", "number " + std::to_string(i)});
  const std::string first = as("bo", {"inbox", "--limit", "3"});
  EXPECT_NE(first.find("… 22 more: masc inbox"), std::string::npos) << first;
  EXPECT_NE(as("bo", {"inbox", "--limit", "1"}).find("number 3"), std::string::npos);
  EXPECT_EQ(field(try_as("bo", {"inbox"}).out, "count"), "21");
}

// 20 lines at most, and what was not shown stays unread.
TEST_F(Mail, AReplyHoldsWholeMessagesAndOneAtLeast) {
  const auto lines_of = [](const std::string& text) { return split_lines(text).size(); };
  std::string longest;
  for (int i = 0; i < 30; ++i) longest += "\nline " + std::to_string(i);
  for (int i = 0; i < 10; ++i) as("al", {"send", "bo", "one\ntwo\nthree of " + std::to_string(i)});
  as("al", {"send", "bo", longest});
  for (int i = 0; i < 30; ++i) as("al", {"send", "@all", "short " + std::to_string(i)});
  const std::string peeked = as("bo", {"inbox", "--peek"});
  EXPECT_NE(peeked.find("\n… 35 more: masc inbox --peek --limit 41"), std::string::npos) << peeked;
  std::vector<std::string> shown;
  for (std::string got; (got = as("bo", {"inbox"})) != "no messages";) {
    if (got.find("line 29") == std::string::npos) {
      EXPECT_LE(lines_of(got), std::size_t{20}) << got;
    }
    shown.push_back(got);
    ASSERT_LT(shown.size(), std::size_t{10});
  }
  ASSERT_EQ(shown.size(), std::size_t{5});
  EXPECT_TRUE(shown[0].starts_with("6 messages\n")) << shown[0];
  EXPECT_TRUE(shown[0].ends_with("\n… 35 more: masc inbox")) << shown[0];
  EXPECT_NE(shown[0].find("three of 5"), std::string::npos);
  EXPECT_TRUE(shown[1].starts_with("4 messages\n")) << shown[1];
  EXPECT_TRUE(shown[2].starts_with("1 message\n")) << shown[2];
  EXPECT_NE(shown[2].find("line 29"), std::string::npos) << shown[2];
  EXPECT_TRUE(shown[3].starts_with("18 messages\n")) << shown[3];
  EXPECT_TRUE(shown[4].ends_with("short 29")) << shown[4];
  EXPECT_EQ(lines_of(as("cy", {"inbox", "--limit", "25"})), std::size_t{27});
}

TEST_F(Mail, AllAndLabelsReachOthersButNotTheSender) {
  as("bo", {"join", "--can", "review"});
  as("cy", {"join", "--can", "review"});
  as("al", {"join", "--can", "review"});
  as("al", {"send", "@all", "to all, @cy too"});
  as("al", {"send", "@review", "bo", "please look"});
  for (const char* agent : {"bo", "cy"}) {
    const std::string json = try_as(agent, {"inbox"}).out;
    EXPECT_EQ(field(json, "count"), "2") << json;
    EXPECT_NE(json.find("\"mentions\":[\"cy\"]"), std::string::npos) << json;
  }
  EXPECT_EQ(as("al", {"inbox"}), "no messages");
  EXPECT_EQ(code_of("al", {"send", "@nobody-can", "x"}), "not_found");
}

TEST_F(Mail, AnAddressIsNoMention) {
  const auto mentions = [&](const std::string& body) {
    as("al", {"send", "bo", body});
    return field(try_as("bo", {"inbox"}).out, "messages.0.mentions");
  };
  EXPECT_EQ(mentions("write to x@y.com, x_@y or 1@y"), "[]");
  EXPECT_EQ(mentions("@cy, (@di) and/@ed; \xe2\x80\xa6@fi. x@y @cy"),
            "[\"cy\",\"di\",\"ed\",\"fi\"]");
}

// A text that would turn the direction of what stands behind it, and more.
TEST_F(Mail, NothingThatIsSentTurnsATerminalAround) {
  const std::string hidden = "see \u202e\u2066\u009b31m this";
  const std::string title = "title \u202e";
  const std::string id = as("al", {"add", title, "-q", "-l", "l\u202e", "--path", "p\u202e/**"});
  as("al", {"send", "bo", hidden});
  as("al", {"portal", "open", "bo", hidden});
  const cmd::Printed json = try_as("bo", {"inbox", "--peek"});
  EXPECT_EQ(field(json.out, "messages.0.body"), hidden);
  std::string shown;
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"inbox"},
                                             {"portal", "list"},
                                             {"list"},
                                             {"ready"},
                                             {"show", id},
                                             {"log"},
                                             {"status"},
                                             {"next"},
                                             {"claim", id, "--no-worktree"},
                                             {"renew", id},
                                             {"note", "n", id},
                                             {"edit", id, "-p", "1"},
                                             {"done", id},
                                             {"reopen", id},
                                             {"add", title, "--key", "k"}})
    shown += as("bo", args) + "\n";
  for (const char* raw : {"\u202e", "\u2066", "\u009b"})
    EXPECT_EQ(shown.find(raw), std::string::npos) << shown;
  EXPECT_NE(shown.find("see \\u{202e}\\u{2066}\\x9b31m this"), std::string::npos) << shown;
}

TEST_F(Mail, EachReceiverGetsItOnceHoweverItIsAddressed) {
  for (const char* agent : {"bo", "cy"}) as(agent, {"join", "--can", "review"});
  as("al", {"send", "@all", "bo", "dup"});
  as("al", {"send", "@review", "bo", "@all", "dup"});
  as("al", {"send", "bo", "@review", "bo", "dup"});
  for (const char* agent : {"bo", "cy"})
    EXPECT_EQ(field(try_as(agent, {"inbox"}).out, "count"), "3") << agent;
  EXPECT_EQ(code_of("al", {"send", "@all", "B O", "x"}), "invalid");
  EXPECT_EQ(code_of("al", {"send", "@all", "@nobody-can", "x"}), "not_found");
  EXPECT_EQ(as("bo", {"inbox"}), "no messages");
}

TEST_F(Mail, AReceiverWithADamagedChainStopsItForAll) {
  as("al", {"send", "bo", "cy", "@all", "fine"});
  as("al", {"send", "bo", "cy", "fine"});
  as("bo", {"inbox"});
  const std::string ref = ".git/masc/state.git/refs/masc/inbox/cy";
  const std::string good = box.read(ref);
  box.write(ref, "damaged\n");
  EXPECT_EQ(try_as("al", {"send", "bo", "cy", "half"}).status, 1);
  box.write(ref, std::string(40, 'd') + "\n");
  EXPECT_EQ(try_as("al", {"send", "bo", "cy", "half"}).status, 1);
  EXPECT_EQ(as("bo", {"inbox"}), "no messages");
  box.write(ref, good);
  as("al", {"send", "bo", "cy", "whole"});
  EXPECT_EQ(field(try_as("bo", {"inbox"}).out, "messages.0.body"), "whole");
}

TEST_F(Mail, AnyBytesArriveUnchanged) {
  std::string body;
  for (int i = 0; i < 1 << 20; ++i) body += static_cast<char>(i * 7 + i / 256);
  ASSERT_TRUE(write_file(box.repo() + "/body.bin", body).has_value());
  as("al", {"send", "bo", "-F", "body.bin"});
  EXPECT_EQ(field(try_as("bo", {"inbox"}).out, "messages.0.body_base64"), base64(body));
  ASSERT_TRUE(write_file(box.repo() + "/long.bin", body + "x").has_value());
  EXPECT_EQ(code_of("al", {"send", "bo", "-F", "long.bin"}), "invalid");
  EXPECT_EQ(code_of("al", {"send", "bo", ""}), "invalid");
  EXPECT_EQ(code_of("al", {"send", "bo"}), "usage");
  EXPECT_EQ(code_of("al", {"send", "B O", "x"}), "invalid");
  EXPECT_EQ(as("bo", {"inbox"}), "no messages");
}

TEST_F(Mail, SealedMessagesKeepTheirNumbersAndBodies) {
  std::string noise(20000, '\xff');
  ASSERT_TRUE(write_file(box.repo() + "/noise", noise).has_value());
  as("al", {"send", "bo", "-F", "noise"});
  for (int i = 1; i < 260; ++i) as("al", {"send", "bo", "message " + std::to_string(i)});
  EXPECT_NE(as("al", {"git", "log", "--format=%s", "refs/masc/inbox/bo"}), "x");
  const std::string json = try_as("bo", {"inbox"}).out;
  EXPECT_EQ(field(json, "count"), "260");
  EXPECT_EQ(field(json, "messages.0.body_base64"), base64(noise));
  EXPECT_EQ(field(json, "messages.1.body"), "message 1");
  EXPECT_EQ(field(json, "messages.99.body"), "message 99");
  EXPECT_EQ(field(json, "messages.259.body"), "message 259");
  EXPECT_EQ(as("bo", {"inbox"}), "no messages");
}

TEST_F(Mail, OtherVerbsSayHowManyWait) {
  const std::string id = as("bo", {"add", "A task", "-q"});
  as("al", {"send", "bo", "x"});
  EXPECT_NE(as("bo", {"note", "something", id}).find("[1 unread: masc inbox]"), std::string::npos);
  EXPECT_EQ(as("bo", {"whoami", "-q"}).find("unread"), std::string::npos);
  as("bo", {"inbox"});
  EXPECT_EQ(as("bo", {"note", "something else", id}).find("unread"), std::string::npos);
}

// A row may end in a label, and scripts read rows: only a verdict gets the tail.
TEST_F(Mail, VerdictsSayHowManyWaitAndRowsDoNot) {
  as("al", {"send", "bo", "x"});
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"list"},
                                             {"ready"},
                                             {"log"},
                                             {"status"},
                                             {"locks"},
                                             {"portal", "list"},
                                             {"worktree", "list"},
                                             {"tally"},
                                             {"trails"}}) {
    const std::string reply = as("bo", args);
    EXPECT_TRUE(first_line(reply).ends_with(" [1 unread: masc inbox]")) << args[0] << ": " << reply;
  }
  const std::string id = as("bo", {"add", "A task", "-l", "ui", "-q"});
  as("bo", {"portal", "open", "al"});
  as("bo", {"lock", "x.c"});
  as("bo", {"propose", "Go?", "--voter", "bo"});
  as("bo", {"trail", "mark", "x.c", "--as", "hazard"});
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"list"},
                                             {"ready"},
                                             {"log"},
                                             {"locks"},
                                             {"agents"},
                                             {"portal", "list"},
                                             {"tally"},
                                             {"trails"},
                                             {"prompt", id},
                                             {"show", id, "--body"}}) {
    const std::string reply = as("bo", args);
    EXPECT_EQ(reply.find("unread"), std::string::npos) << args[0] << ": " << reply;
  }
  EXPECT_NE(as("bo", {"status"}).find("[1 unread: masc inbox]"), std::string::npos);
}

TEST_F(Mail, AWaitWithoutAMessageTimesOutAndOneWithItWakes) {
  const cmd::Printed timed_out = try_as("bo", {"inbox", "--wait", "1s"});
  EXPECT_EQ(timed_out.status, 6);
  EXPECT_EQ(field(timed_out.out, "error.code"), "timed_out");
  as("al", {"send", "bo", "there already"});
  EXPECT_EQ(try_as("bo", {"inbox", "--wait", "1h"}).status, 0);
  std::thread sender([&] { box.binary({"--agent", "al", "send", "bo", "later"}); });
  const cmd::Printed got = try_as("bo", {"inbox", "--wait", "1h"});
  sender.join();
  EXPECT_EQ(got.status, 0);
  EXPECT_EQ(field(got.out, "messages.0.body"), "later");
}

TEST_F(Mail, WhoeverListensOrHasReadIsNoStranger) {
  const auto warnings = [&] { return field(try_as("al", {"send", "ears", "x"}).out, "warnings"); };
  EXPECT_NE(warnings(), "[]");
  {
    const auto socket = wire::Listener::open(box.repo() + "/.git/masc/sock", "ears.2");
    EXPECT_NE(warnings(), "[]");
  }
  {
    const auto socket = wire::Listener::open(box.repo() + "/.git/masc/sock", "ears");
    EXPECT_EQ(warnings(), "[]");
  }
  EXPECT_NE(warnings(), "[]");
  ASSERT_TRUE(store::MailStore::prepare_mark(box.repo() + "/.git/masc", "ears", store::Cursor{})
                  .has_value());
  ASSERT_TRUE(store::MailStore::mark_read(box.repo() + "/.git/masc", "ears").has_value());
  EXPECT_EQ(warnings(), "[]");
}

TEST_F(Mail, QuietSendingSaysNothing) {
  EXPECT_EQ(as("al", {"send", "bo", "x", "-q"}), "");
  EXPECT_EQ(field(try_as("bo", {"inbox"}).out, "messages.0.body"), "x");
}

TEST_F(Mail, OnlyAPortalThatIsOpenedHasAQuietReply) {
  const std::string id = as("al", {"portal", "open", "bo", "-q"});
  EXPECT_TRUE(id.starts_with("p-"));
  EXPECT_EQ(as("bo", {"portal", "accept", id, "-q"}), "");
  EXPECT_EQ(as("bo", {"portal", "reply", id, "x", "-q"}), "");
  EXPECT_EQ(as("bo", {"portal", "complete", id, "-q"}), "");
  EXPECT_EQ(field(try_as("al", {"portal", "list"}).out, "count"), "1");
}

TEST_F(Mail, APortalGoesThroughItsStates) {
  const std::string id = as("al", {"portal", "open", "bo", "can you?", "-q"});
  EXPECT_EQ(code_of("al", {"portal", "accept", id}), "refused");
  EXPECT_EQ(code_of("al", {"portal", "reply", id, "hello?"}), "refused");
  EXPECT_EQ(code_of("cy", {"portal", "reply", id, "me too"}), "refused");
  EXPECT_TRUE(as("bo", {"portal", "accept", id}).starts_with("accepted " + id));
  EXPECT_TRUE(as("bo", {"portal", "accept", id}).starts_with("accepted " + id + " already"));
  as("bo", {"portal", "reply", id, "yes"});
  EXPECT_EQ(field(try_as("cy", {"portal", "list"}).out, "portals.0.state"), "replying");
  EXPECT_TRUE(as("al", {"portal", "complete", id, "thanks"}).starts_with("completed "));
  EXPECT_EQ(code_of("bo", {"portal", "reply", id, "more"}), "closed");
  const std::string json = try_as("cy", {"portal", "list"}).out;
  EXPECT_EQ(field(json, "portals.0.messages.2.body"), "thanks");
  EXPECT_EQ(field(try_as("bo", {"inbox"}).out, "messages.0.portal"), id);
  EXPECT_EQ(code_of("bo", {"portal", "reply", "p-zzzz", "x"}), "not_found");
  EXPECT_EQ(code_of("bo", {"portal", "reply", "zz", "x"}), "invalid");
  EXPECT_EQ(code_of("al", {"portal", "open", "al"}), "usage");
}

TEST_F(Mail, APortalToAStrangerIsWarnedOf) {
  EXPECT_NE(
      field(try_as("al", {"portal", "open", "bp", "q"}).out, "warnings").find("not been seen"),
      std::string::npos);
}

TEST_F(Mail, OnlyAnAcceptedPortalIsCompleted) {
  const std::string id = as("al", {"portal", "open", "bo", "can you?", "-q"});
  const cmd::Printed refused = try_as("bo", {"portal", "complete", id});
  EXPECT_EQ(refused.status, 5);
  EXPECT_EQ(field(refused.out, "error.hint"), "masc portal accept " + id);
  EXPECT_NE(field(try_as("al", {"portal", "complete", id}).out, "error.hint"), "");
  EXPECT_EQ(field(try_as("cy", {"portal", "list"}).out, "portals.0.state"), "open");
  as("bo", {"portal", "accept", id});
  EXPECT_EQ(try_as("bo", {"portal", "complete", id}).status, 0);
}

TEST_F(Mail, ATextWithAStepThatWasTakenAlreadyIsNotDroppedSilently) {
  const std::string id = as("al", {"portal", "open", "bo", "-q"});
  as("bo", {"portal", "accept", id, "yes"});
  const cmd::Printed again = try_as("bo", {"portal", "accept", id, "second text"});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(field(again.out, "warnings.0"),
            "the text was not sent; to send it: masc portal reply " + id + " 'TEXT'");
  EXPECT_EQ(field(try_as("bo", {"portal", "accept", id}).out, "warnings"), "[]");
  as("al", {"portal", "complete", id, "bye"});
  EXPECT_EQ(field(try_as("al", {"portal", "complete", id, "bye"}).out, "warnings.0"),
            "the text was not sent; to send it: masc send bo 'TEXT'");
}

TEST_F(Mail, TheSameReplyTwiceIsOne) {
  const std::string id = as("al", {"portal", "open", "bo", "-q"});
  as("bo", {"portal", "accept", id, "yes"});
  EXPECT_TRUE(as("bo", {"portal", "reply", id, "yes"}).starts_with("replied to " + id + " ["));
  const cmd::Printed again = try_as("bo", {"portal", "reply", id, "yes"});
  EXPECT_EQ(field(again.out, "warnings"), "[]");
  EXPECT_TRUE(
      as("bo", {"portal", "reply", id, "yes"}).starts_with("replied to " + id + " already"));
  as("al", {"portal", "reply", id, "really?"});
  EXPECT_EQ(as("bo", {"portal", "reply", id, "yes"}).find("already"), std::string::npos);
  EXPECT_EQ(field(try_as("al", {"inbox"}).out, "count"), "3");
}

TEST_F(Mail, APortalThatNobodyAcceptsExpires) {
  const std::string id = as("al", {"portal", "open", "bo", "-q"});
  box.clock().advance(std::chrono::hours(25));
  EXPECT_EQ(field(try_as("al", {"portal", "list"}).out, "portals.0.state"), "expired");
  EXPECT_EQ(code_of("bo", {"portal", "accept", id}), "closed");
  EXPECT_EQ(field(try_as("bo", {"portal", "close", id}).out, "portal.state"), "closed");
  EXPECT_TRUE(as("al", {"portal", "close", id}).starts_with("closed " + id + " already"));
  EXPECT_EQ(field(try_as("al", {"portal", "list"}).out, "portals.0.state"), "closed");
}

TEST_F(Mail, AFeedTellsEverythingOnceWhoeverDidIt) {
  auto workspace = store::Workspace::open(*git::find_repository(box.repo(), box.environment()));
  ASSERT_TRUE(workspace.has_value());
  auto feed = store::Feed::open(*workspace, "ears");
  ASSERT_TRUE(feed.has_value()) << feed.error().message;
  EXPECT_TRUE(feed->look()->empty());
  const std::string id = as("al", {"add", "A task", "-q"});
  as("al", {"claim", id, "--no-worktree"});
  as("al", {"lock", "x.c"});
  as("al", {"join"});
  as("al", {"send", "bo", "hi"});
  as("al", {"portal", "open", "bo", "talk"});
  as("al", {"trail", "mark", "x.c", "--as", "hazard"});
  const std::string vote = as("al", {"propose", "this?", "--voter", "al", "-q"});
  as("al", {"vote", vote, "yes"});
  std::multiset<std::string> names;
  for (int i = 0; i < 2; ++i) {
    const auto events = feed->look();
    ASSERT_TRUE(events.has_value()) << events.error().message;
    for (const wire::Event& event : *events) names.insert(event.name);
  }
  EXPECT_EQ(names, (std::multiset<std::string>{"task_created", "task_claimed", "lock", "agent_join",
                                               "message", "message", "portal", "pheromone",
                                               "vote_created", "vote_cast", "vote_closed"}));
  as("al", {"note", "a note", id});
  EXPECT_EQ(feed->look()->size(), std::size_t{1});
  as("al", {"git", "pack-refs", "--all"});
  EXPECT_TRUE(feed->look()->empty());
}

TEST_F(Mail, AFeedTellsAMessageToManyOnce) {
  for (const char* agent : {"bo", "cy", "di"}) as(agent, {"join", "--can", "review"});
  auto workspace = store::Workspace::open(*git::find_repository(box.repo(), box.environment()));
  auto feed = store::Feed::open(*workspace, "ears");
  const auto told = [&] { return feed->look()->size(); };
  as("al", {"send", "@review", "x"});
  EXPECT_EQ(told(), std::size_t{1});
  as("al", {"send", "@all", "bo", "x"});
  EXPECT_EQ(told(), std::size_t{1});
  // The last receiver's part may be seen a look later.
  const std::string ref = ".git/masc/state.git/refs/masc/inbox/di";
  const std::string before = box.read(ref);
  as("al", {"send", "@review", "y"});
  const std::string after = box.read(ref);
  box.write(ref, before);
  EXPECT_EQ(told(), std::size_t{1});
  box.write(ref, after);
  EXPECT_EQ(told(), std::size_t{0});
}

TEST_F(Mail, AFeedGoesOnWhereABackupTookTheMessagesPlace) {
  as("al", {"send", "bo", "first"});
  const std::string ref = ".git/masc/state.git/refs/masc/inbox/bo";
  const std::string backup = box.read(ref);
  for (const char* body : {"second", "third"}) as("al", {"send", "bo", body});
  auto workspace = store::Workspace::open(*git::find_repository(box.repo(), box.environment()));
  auto feed = store::Feed::open(*workspace, "ears");
  box.write(ref, backup);
  EXPECT_TRUE(feed->look()->empty());
  as("al", {"send", "bo", "another second"});
  EXPECT_EQ(feed->look()->size(), std::size_t{1});
}

// A portal's ref and the other party's inbox share one flock in 32 cases.
TEST_F(Mail, OpeningManyPortalsNeverWaitsForItself) {
  as("bo", {"join"});
  for (int i = 0; i < 150; ++i) as("al", {"portal", "open", "bo", "talk"});
  EXPECT_EQ(field(as("al", {"portal", "list", "--json"}), "portals.149.state"), "open");
}

TEST_F(Mail, ListenPrintsWhatHappensAndEndsWhenItHasEnough) {
  EXPECT_EQ(code_of("bo", {"listen", "--for", "1s", "--count", "1"}), "timed_out");
  EXPECT_EQ(try_as("bo", {"listen", "--for", "1s"}).status, 0);
  EXPECT_EQ(code_of("bo", {"listen", "--event", "nonsense", "--for", "1s"}), "usage");
  EXPECT_EQ(code_of("bo", {"listen", "--count", "0"}), "invalid");
  EXPECT_EQ(code_of("bo", {"listen", "--format", "xml"}), "usage");
}

TEST_F(Mail, WhoeverOnlyListensOrWaitsIsKnownMeanwhile) {
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"listen", "--event", "message", "--count", "1"}, {"inbox", "--wait", "1h"}}) {
    const std::string agent = args[0] + "er";
    std::vector<std::string> words = {"--agent", agent};
    words.insert(words.end(), args.begin(), args.end());
    git::Finished ended;
    std::thread listener([&] { ended = box.binary(words); });
    const std::string sockets = box.repo() + "/.git/masc/sock";
    while (!wire::has_listeners(sockets)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_NE(as("al", {"agents"}).find(agent + "  "), std::string::npos) << agent;
    as("al", {"send", agent, "enough"});
    listener.join();
    EXPECT_EQ(ended.status, 0) << ended.err;
  }
}

// As it happens, whoever does it, until it has enough.
TEST_F(Mail, LogFollowsWhatHappens) {
  const std::string id = as("al", {"add", "A task", "-q"});
  git::Finished followed;
  std::thread reader([&] { followed = box.binary({"log", "--follow", "--limit", "4", "--json"}); });
  const std::string sockets = box.repo() + "/.git/masc/sock";
  while (!wire::has_listeners(sockets)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  as("al", {"claim", id, "--no-worktree"});
  as("al", {"send", "bo", "no step of any task"});
  as("bo", {"lock", "x.c"});
  as("bo", {"propose", "Go?", "--voter", "bo"});
  as("al", {"done", id});
  reader.join();
  EXPECT_EQ(followed.status, 0) << followed.err;
  const auto lines = split_lines(followed.out);
  ASSERT_GE(lines.size(), std::size_t{4});
  std::multiset<std::string> names;
  for (const std::string_view line : lines)
    if (!line.empty()) names.insert(field(std::string(line), "event"));
  EXPECT_EQ(names,
            (std::multiset<std::string>{"lock", "task_claimed", "task_done", "vote_created"}))
      << followed.out;
  EXPECT_EQ(box.masc({"log", "--follow", "--since", "1h"}).status, 2);
}

TEST_F(Mail, EveryErrorOfMessagesSaysWhatToDoNext) {
  box.write("few.jsonl", "\"few\"\n");
  box.write("long.bin", std::string((1 << 20) + 1, 'x'));
  const std::string open = as("al", {"portal", "open", "bo", "-q"});
  const std::string over = as("al", {"portal", "open", "bo", "-q"});
  as("al", {"portal", "close", over});
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"send"},
           {"send", "bo"},
           {"send", "bo", ""},
           {"send", "B O", "x"},
           {"send", "@", "x"},
           {"send", "@nobody", "x"},
           {"send", "bo", "x", "--task", "m-zzzz"},
           {"send", "bo", "-F", "none"},
           {"send", "bo", "-F", "."},
           {"send", "bo", "-F", "long.bin"},
           {"send", "bo", std::string((1 << 20) + 1, 'x')},
           {"inbox", "--limit", "0"},
           {"inbox", "--wait", "1s"},
           {"inbox", "--nonsense"},
           {"listen", "--count", "0"},
           {"listen", "--format", "xml"},
           {"listen", "--event", "nonsense"},
           {"portal"},
           {"portal", "open"},
           {"portal", "open", "al"},
           {"portal", "open", "B O"},
           {"portal", "open", "bo", "x", "-F", "few.jsonl"},
           {"portal", "close"},
           {"portal", "shut", open},
           {"portal", "list", open},
           {"portal", "reply", open, "x"},
           {"portal", "reply", open},
           {"portal", "accept", open},
           {"portal", "accept", open, "--task", "m-zzzz"},
           {"portal", "complete", open},
           {"portal", "accept", over},
           {"portal", "accept", "p-zzzz"},
           {"portal", "accept", "zz"},
           {"wire"},
           {"wire", "zip"},
           {"wire", "stat"},
           {"wire", "stat", "none.jsonl"},
           {"wire", "stat", "."},
           {"wire", "decode", "few.jsonl"},
           {"wire", "decode", "--batch", "2", "few.jsonl"},
           {"wire", "encode", "--batch", "0", "few.jsonl"},
           {"wire", "encode", "-o", "x", "few.jsonl"},
           {"wire", "encode", "--model", "few.jsonl", "few.jsonl"},
           {"wire", "encode", "--model", "none", "few.jsonl"},
           {"wire", "train", "few.jsonl"}}) {
    const cmd::Printed got = try_as("al", args);
    const std::string words = args[0] + (args.size() > 1 ? " " + args[1].substr(0, 20) : "");
    EXPECT_NE(got.status, 0) << words;
    const std::string hint = field(got.out, "error.hint");
    EXPECT_TRUE(!hint.empty() && hint != "(none)") << words << ": " << got.out;
  }
}

TEST_F(Mail, ABodyThatLooksLikeAnOptionIsToldHowToGoThrough) {
  EXPECT_NE(field(try_as("al", {"send", "bo", "-x"}).out, "error.hint").find("behind --"),
            std::string::npos);
  as("al", {"send", "bo", "--", "-x"});
  EXPECT_EQ(field(as("bo", {"inbox", "--json"}), "messages.0.body"), "-x");
}

}  // namespace
}  // namespace masc::testing
