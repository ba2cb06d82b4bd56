// How far an agent has read, and what a damaged or restored state makes of it.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "base/file.h"
#include "cmd/mail_fixture.h"

namespace masc::testing {
namespace {

class Inbox : public MailFixture {};

TEST_F(Inbox, AnInboxThatWasRestoredHidesNothing) {
  const std::string state = ".git/masc/state.git/refs/masc/inbox/";
  const auto bodies = [&] {
    const std::string json = try_as("bo", {"inbox", "--peek"}).out;
    return field(json, "count") + field(json, "warnings").substr(0, 2);
  };
  as("al", {"send", "bo", "first"});
  const std::string backup = box.read(state + "bo");
  as("al", {"send", "bo", "second"});
  as("al", {"send", "@all", "all"});
  as("bo", {"inbox"});
  EXPECT_EQ(bodies(), "0[]");
  EXPECT_EQ(as("al", {"doctor"}), "no problems");
  // Behind what was read, and then with another message in its place.
  box.write(state + "bo", backup);
  EXPECT_EQ(bodies(), "1[\"");
  as("al", {"send", "bo", "another second"});
  EXPECT_EQ(bodies(), "2[\"");
  const cmd::Printed found = try_as("al", {"doctor"});
  EXPECT_EQ(found.status, 1);
  EXPECT_EQ(field(found.out, "problems.0.code"), "cursor_adrift");
  EXPECT_EQ(field(found.out, "problems.0.subject"), "bo");
  EXPECT_TRUE(as("al", {"doctor", "--fix"}).starts_with("mended 1 of 1 problem"));
  EXPECT_EQ(bodies(), "2[]");
  EXPECT_NE(as("bo", {"inbox"}).find("another second"), std::string::npos);
  EXPECT_EQ(bodies(), "0[]");
  // A cursor as older versions wrote it, sound and then damaged.
  box.write(".git/masc/inbox/bo", "own 2\nall 1\n");
  EXPECT_EQ(bodies(), "0[]");
  box.write(".git/masc/inbox/bo", "own 2\nall 77\n");
  EXPECT_EQ(bodies(), "1[\"");
  as("bo", {"inbox"});
  EXPECT_EQ(bodies(), "0[]");
}

TEST_F(Inbox, ADamagedCursorIsTold) {
  as("al", {"send", "bo", "first"});
  as("bo", {"inbox"});
  for (const char* const damaged : {"", "garbage\n", "own x y\nall 0 \n"}) {
    box.write(".git/masc/inbox/bo", damaged);
    const cmd::Printed found = try_as("al", {"doctor"});
    EXPECT_EQ(field(found.out, "problems.0.code"), "cursor_adrift") << damaged;
    const std::string json = try_as("bo", {"inbox", "--peek"}).out;
    EXPECT_EQ(field(json, "count"), "1") << damaged;
    EXPECT_TRUE(field(json, "warnings").starts_with("[\"")) << damaged;
  }
  EXPECT_NE(as("bo", {"inbox"}).find("first"), std::string::npos);
  EXPECT_EQ(as("al", {"doctor"}), "no problems");
}

TEST_F(Inbox, APipeInPlaceOfACursorMakesNobodyWait) {
  as("al", {"send", "bo", "one"});
  as("bo", {"inbox"});
  const std::string cursor = box.repo() + "/.git/masc/inbox/bo";
  ASSERT_TRUE(remove_file(cursor));
  ASSERT_EQ(mkfifo(cursor.c_str(), 0600), 0);
  EXPECT_EQ(field(box.masc({"doctor", "--json"}).out, "problems.0.code"), "cursor_adrift");
  EXPECT_EQ(field(as("bo", {"inbox", "--json"}), "count"), "1");
  EXPECT_EQ(field(as("bo", {"inbox", "--json"}), "count"), "0");
}

TEST_F(Inbox, WhatCannotBeReadIsNamedByDoctorAndHidesNoOther) {
  const std::string refs = ".git/masc/state.git/refs/masc/";
  const std::string good = as("al", {"portal", "open", "bo", "q", "-q"});
  const std::string bad = as("al", {"portal", "open", "bo", "q", "-q"});
  as("al", {"send", "cy", "x"});
  const std::string blob =
      box.git({"--git-dir=.git/masc/state.git", "hash-object", "-w", ".git/HEAD"});
  box.write(refs + "portals/" + bad, blob + "\n");
  box.write(refs + "inbox/cy", blob + "\n");
  const cmd::Printed found = try_as("al", {"doctor"});
  EXPECT_EQ(found.status, 1);
  EXPECT_NE(found.out.find("inbox_unreadable"), std::string::npos) << found.out;
  EXPECT_NE(found.out.find("portal_unreadable"), std::string::npos) << found.out;
  const std::string list = try_as("al", {"portal", "list"}).out;
  EXPECT_NE(list.find(good), std::string::npos) << list;
  EXPECT_NE(field(list, "warnings").find(bad), std::string::npos) << list;
}

TEST_F(Inbox, WhatIsLeftUnreadIsToldUntilItIsRead) {
  for (int i = 0; i < 3; ++i) as("al", {"send", "bo", "m" + std::to_string(i)});
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  as("bo", {"inbox", "--limit", "1"});
  EXPECT_NE(as("bo", {"add", "X"}).find("2 unread"), std::string::npos);
  as("bo", {"inbox"});
  EXPECT_EQ(as("bo", {"add", "Y"}).find("unread"), std::string::npos);
}

// What comes between reading and marking, to a reader that waits for its pipe say, is not read.
TEST_F(Inbox, WhatCameWhileReadingIsToldAfterwards) {
  as("al", {"send", "bo", "first"});
  as("bo", {"inbox"});
  const std::string cursor = box.read(".git/masc/inbox/bo");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  as("al", {"send", "bo", "late"});
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  box.write(".git/masc/inbox/bo", cursor);  // marked only now
  EXPECT_NE(as("bo", {"add", "X"}).find("1 unread"), std::string::npos);
}

TEST_F(Inbox, AMessageToOneselfArrives) {
  EXPECT_EQ(field(try_as("al", {"send", "al", "note"}).out, "warnings"), "[]");
  EXPECT_NE(as("al", {"inbox"}).find("note"), std::string::npos);
  EXPECT_EQ(as("al", {"inbox"}), "no messages");
}

TEST_F(Inbox, BlanksAroundAMessageAreShown) {
  as("al", {"send", "bo", "  x  \ny"});
  EXPECT_NE(as("bo", {"inbox"}).find(":   x  \n"), std::string::npos);
}

TEST_F(Inbox, QuietReadsNothing) {
  as("al", {"send", "bo", "x"});
  EXPECT_EQ(as("bo", {"inbox", "-q"}), "");
  EXPECT_TRUE(as("bo", {"inbox"}).starts_with("1 message\n"));
}

TEST_F(Inbox, MessagesThatCannotBeMarkedAsReadAreAnError) {
  as("al", {"send", "bo", "x"});
  const std::string cursor = box.repo() + "/.git/masc/inbox/bo";
  ASSERT_TRUE(make_directories(cursor + "/in the way").has_value());
  EXPECT_EQ(field(try_as("al", {"doctor"}).out, "problems.0.code"), "cursor_unreadable");
  for (int i = 0; i < 2; ++i) {
    const git::Finished got = box.binary({"--agent", "bo", "inbox"});
    EXPECT_EQ(got.status, 1);
    EXPECT_TRUE(got.out.starts_with("1 message\n")) << got.out;
    EXPECT_TRUE(got.err.starts_with("masc: these messages could not be marked")) << got.err;
    EXPECT_NE(got.err.find("\nhint: masc inbox"), std::string::npos) << got.err;
  }
  ASSERT_TRUE(remove_tree(cursor).has_value());
  EXPECT_EQ(box.binary({"--agent", "bo", "inbox"}).status, 0);
  EXPECT_EQ(as("bo", {"inbox"}), "no messages");
}

}  // namespace
}  // namespace masc::testing
