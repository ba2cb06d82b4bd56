// Each verb once the way it is used, and once the way it is not.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>
#include <stdexcept>

#include "base/file.h"
#include "base/text.h"
#include "cmd/dispatch.h"
#include "cmd/help.h"
#include "cmd/parser.h"
#include "cmd/verb.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class Verbs : public ::testing::Test {
 protected:
  void SetUp() override { box.ok({"init", "--no-hooks"}); }
  std::string add(const std::string& title) {
    return box.ok({"--agent", "al", "add", title, "-q"});
  }
  std::string error_code(std::vector<std::string> args, int status) {
    args.insert(args.begin(), "--json");
    const cmd::Printed got = box.masc(args);
    EXPECT_EQ(got.status, status) << got.out;
    EXPECT_EQ(got.err, "");
    return field(got.out, "error.code");
  }
  Sandbox box;
};

TEST_F(Verbs, AWordInBracketsIsOneWordAndAFlagTakesNoValue) {
  box.ok({"--agent", "al", "lock", "[a,b]", "--", "[!c]"});
  const std::string held = box.ok({"--agent", "al", "locks", "--json"});
  EXPECT_EQ(field(held, "locks.0.path"), "[!c]");
  EXPECT_EQ(field(held, "locks.1.path"), "[a,b]");
  EXPECT_EQ(field(held, "locks.2.path"), "(none)");
  const cmd::Printed refused = box.masc({"--agent", "al", "unlock", "--all=false"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.err.substr(0, refused.err.find('\n')), "masc: --all takes no value");
  EXPECT_EQ(error_code({"list", "--all=maybe"}, 2), "usage");
  EXPECT_EQ(error_code({"list", "[a]"}, 2), "usage");
  EXPECT_EQ(box.masc({"-h", "add"}).status, 0);
  EXPECT_EQ(box.ok({"--agent", "al", "locks", "--json"}), held);
}

// What no verb foresaw is a bug in masc, said as one.
TEST_F(Verbs, AnExceptionEndsWithSeventy) {
  class BrokenClock final : public Clock {
   public:
    Instant now() const override { throw std::runtime_error("the clock is broken"); }
  };
  const BrokenClock clock;
  cmd::Outside outside;
  outside.environment = box.environment();
  outside.directory = box.repo();
  outside.clock = &clock;
  const cmd::Printed text = cmd::run_command(outside, {"masc", "add", "T"});
  EXPECT_EQ(text.status, 70);
  EXPECT_EQ(text.err, "masc: a bug in masc: the clock is broken\n");
  const cmd::Printed json = cmd::run_command(outside, {"masc", "add", "T", "--json"});
  EXPECT_EQ(json.status, 70);
  EXPECT_EQ(field(json.out, "error.code"), "bug");
  EXPECT_EQ(field(box.ok({"list", "--json"}), "count"), "0");
}

TEST_F(Verbs, InitSaysWhatItDidAndMayBeRepeated) {
  Sandbox other;
  const std::string first = other.ok({"init", "--no-hooks"});
  EXPECT_TRUE(first.starts_with("initialised ")) << first;
  EXPECT_NE(first.find("masc add "), std::string::npos);
  EXPECT_TRUE(other.ok({"init", "--no-hooks"}).starts_with("ready "));
  EXPECT_EQ(field(other.ok({"init", "--no-hooks", "--json"}), "agent"), "test-person");
  EXPECT_EQ(other.git({"status", "--porcelain"}), "");
}

TEST_F(Verbs, OutsideARepositoryAndAWorkspaceTheErrorSaysSo) {
  EXPECT_EQ(box.masc({"list"}, "/").status, 1);
  Sandbox bare;
  const cmd::Printed got = bare.masc({"list", "--json"});
  EXPECT_EQ(got.status, 4);
  EXPECT_EQ(field(got.out, "error.code"), "no_workspace");
  EXPECT_EQ(bare.masc({"version"}, "/").status, 0);
  EXPECT_EQ(bare.masc({"help"}, "/").status, 0);
  EXPECT_EQ(bare.masc({"completion", "bash"}, "/").status, 0);
}

TEST_F(Verbs, AddTakesEveryField) {
  const std::string first = add("first");
  const std::string json = box.ok(
      {"--agent", "al",     "add",    "Second", "-p",    "0",       "-d",    "long\ntext", "-l",
       "ui",      "-l",     "db",     "-l",     "ui",    "--after", first,   "--after",    first,
       "--path",  "src/**", "--path", "src/**", "--key", "K 1",     "--json"});
  EXPECT_EQ(field(json, "created"), "true");
  EXPECT_EQ(field(json, "task.priority"), "0");
  EXPECT_EQ(field(json, "task.body"), "long\ntext");
  EXPECT_EQ(field(json, "task.labels"), R"(["ui","db"])");
  EXPECT_EQ(field(json, "task.paths"), R"(["src/**"])");
  EXPECT_EQ(field(json, "task.blocked_by"), "[\"" + first + "\"]");
  EXPECT_EQ(field(json, "task.ready"), "false");
  EXPECT_EQ(field(json, "task.created_by"), "al");
  EXPECT_EQ(field(json, "task.key"), "K 1");
  EXPECT_EQ(field(json, "task.claim"), "null");
}

TEST_F(Verbs, AddWithAKeyTwiceGivesTheSameTask) {
  const std::string id = box.ok({"add", "one", "--key", "k", "-q"});
  const std::string again = box.ok({"add", "two", "--key", "k", "--json"});
  EXPECT_EQ(field(again, "task.id"), id);
  EXPECT_EQ(field(again, "created"), "false");
  EXPECT_EQ(field(again, "task.title"), "one");
  box.ok({"done", id});
  EXPECT_EQ(field(box.ok({"add", "three", "--key", "k", "--json"}), "task.id"), id);
}

TEST_F(Verbs, AddClaimsAtOnce) {
  const std::string json = box.ok({"--agent", "al", "add", "now", "--claim", "--json"});
  EXPECT_EQ(field(json, "task.status"), "claimed");
  EXPECT_EQ(field(json, "task.claim.agent"), "al");
  EXPECT_EQ(field(json, "task.generation"), "1");
  EXPECT_TRUE(is_directory(field(json, "task.claim.worktree")));
}

TEST_F(Verbs, BadInputIsExitTwoWithOneLineAndChangesNothing) {
  const std::string id = add("T");
  const std::string before = box.ok({"list", "--json"});
  const std::vector<std::string> cases[] = {
      {"add"},
      {"add", ""},
      {"add", "  "},
      {"add", "a\nb"},
      {"add", "a\x1b[31m"},
      {"add", "\xFF"},
      {"add", std::string(1025, 'x')},
      {"add", "--nope"},
      {"add", "-x"},
      {"add", "a", "b"},
      {"add", "a", "-p", "5"},
      {"add", "a", "-p", "x"},
      {"add", "a", "-p", "1", "-p", "2"},
      {"add", "a", "--path", "../x"},
      {"add", "a", "--path", "/x"},
      {"add", "a", "--path", ".git/config"},
      {"add", "a", "-d", "x", "-F", "-"},
      {"add", "a", "--after", "nope"},
      {"add", "a", "-l", "x\ny"},
      {"add", "a", "--key", ""},
      {"show", "M-7K3Q"},
      {"show", "m-7"},
      {"show", "m-../../etc"},
      {"claim", id, "--lease", "5"},
      {"claim", id, "--lease", "31d"},
      {"claim", id, "--lease", "-5m"},
      {"claim", "m-7k"},
      {"--agent", "Bad Name", "claim", id},
      {"--agent", "all", "claim", id},
      {"--agent", "../x", "join"},
      {"claim", id, "--base", "nosuch", "--onto", "main"},
      {"claim", id, "--onto"},
      {"claim", id, "--base", "-x"},
      {"edit", id, "--after", "+" + id},
      {"edit", id, "--title", ""},
      {"note", "", id},
      {"note", "x", id, "--next", "--decision"},
      {"renew", id, "--context", "101"},
      {"list", "--status", "nope"},
      {"list", "--limit", "0"},
      {"log", "--since", "soon"},
      {"release", id, "--force"},
      {"worktree", "nope"},
      {"completion", "tcsh"},
      {"nope"},
      {"--nope"},
      {"run", id},
      {"join", "--can", ""},
  };
  for (const auto& args : cases) {
    const cmd::Printed got = box.masc(args);
    std::string line;
    for (const std::string& arg : args) line += printable(arg.substr(0, 40)) + " ";
    EXPECT_EQ(got.status, 2) << line << got.err << got.out;
    EXPECT_EQ(got.out, "") << line;
    ASSERT_FALSE(got.err.empty()) << line;
    std::size_t ours = 0;
    for (const std::string_view said : split_lines(got.err)) {
      ours += said.starts_with("masc: ") ? 1 : 0;
      EXPECT_TRUE(said.starts_with("masc: ") || said.starts_with("hint: ")) << line << said;
    }
    EXPECT_EQ(ours, 1U) << line << got.err;
  }
  EXPECT_EQ(field(box.ok({"list", "--json"}), "tasks"), field(before, "tasks"));
}

TEST_F(Verbs, TitlesThatLookLikeOptionsGoBehindTwoDashes) {
  EXPECT_EQ(field(box.ok({"add", "--json", "--", "--fix"}), "task.title"), "--fix");
}

TEST_F(Verbs, ListSortsByAgedPriorityAndPages) {
  for (int i = 0; i < 25; ++i) add("task " + std::to_string(i));
  const std::string urgent = box.ok({"add", "urgent", "-p", "0", "-q"});
  const std::string text = box.ok({"list"});
  EXPECT_TRUE(text.starts_with(urgent)) << text;
  EXPECT_EQ(split_lines(text).size(), 20U);
  EXPECT_NE(text.find("… 7 more: masc list --start m-"), std::string::npos) << text;
  EXPECT_EQ(field(box.ok({"list", "--json"}), "count"), "26");
  EXPECT_EQ(field(box.ok({"list", "--json"}), "tasks.0.body"), "(none)");
  EXPECT_EQ(split_lines(box.ok({"list", "--limit", "3"})).size(), 4U);
  const std::string rest = box.ok({"list", "--start", std::string(text.substr(text.rfind("m-")))});
  EXPECT_EQ(split_lines(rest).size(), 7U);
}

TEST_F(Verbs, ThePageAfterKeepsTheFilters) {
  for (int i = 0; i < 21; ++i)
    box.ok({"--agent", "al", "done", box.ok({"--agent", "al", "add", "t", "-l", "a b", "-q"})});
  const std::string text = box.ok({"list", "--status", "done", "-l", "a b"});
  EXPECT_NE(text.find("2 more: masc list --status done --label 'a b' --start m-"), text.npos)
      << text;
  const std::string log = box.ok({"log", "--agent", "al", "--since", "2h"});
  EXPECT_NE(log.find("masc log --agent al --since 2h --limit "), log.npos) << log;
}

TEST_F(Verbs, GlobalOptionsAreCheckedAndGivenOnce) {
  EXPECT_EQ(error_code({"--color", "maybe", "list"}, 2), "usage");
  EXPECT_EQ(error_code({"--agent", "al", "whoami", "--agent", "bo"}, 2), "usage");
  EXPECT_EQ(error_code({"-C", ".", "list", "-C", "."}, 2), "usage");
  EXPECT_EQ(field(box.ok({"--agent", "al", "whoami", "--json"}), "agent"), "al");
  EXPECT_TRUE(field(box.ok({"list", "--json", "--help"}), "help").starts_with("usage: masc list"));
}

TEST_F(Verbs, AReplyThatCannotBeWrittenIsNoSuccess) {
  const Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Fd before(dup(STDOUT_FILENO));
  ASSERT_GE(dup2(full.get(), STDOUT_FILENO), 0);
  const int failed = cmd::emit({"reply\n", "", 0});
  const int refused = cmd::emit({"{}\n", "", 5});
  dup2(before.get(), STDOUT_FILENO);
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(refused, 5);
}

TEST_F(Verbs, ABareClaimSaysThatThereIsNoBase) {
  add("T");
  EXPECT_EQ(error_code({"claim", "--onto", "nosuch"}, 2), "usage");
  box.git({"symbolic-ref", "HEAD", "refs/heads/unborn"});
  EXPECT_EQ(error_code({"claim"}, 4), "not_found");
}

TEST_F(Verbs, ListFiltersByStatusLabelAndOwner) {
  const std::string a = box.ok({"--agent", "al", "add", "a", "-l", "ui", "-q"});
  const std::string b = box.ok({"--agent", "bo", "add", "b", "-q"});
  box.ok({"--agent", "bo", "done", b});
  EXPECT_EQ(field(box.ok({"list", "--json"}), "count"), "1");
  EXPECT_EQ(field(box.ok({"list", "--all", "--json"}), "count"), "2");
  EXPECT_EQ(field(box.ok({"list", "--status", "done", "--json"}), "tasks.0.id"), b);
  EXPECT_EQ(field(box.ok({"list", "--label", "db", "--json"}), "count"), "0");
  EXPECT_EQ(field(box.ok({"--agent", "al", "list", "--mine", "--json"}), "tasks.0.id"), a);
  EXPECT_EQ(field(box.ok({"--agent", "zoe", "list", "--mine", "--json"}), "count"), "0");
}

TEST_F(Verbs, ReadyLeavesOutWhatWaitsAndWhatIsHeld) {
  const std::string a = add("a");
  const std::string b = box.ok({"add", "b", "--after", a, "-q"});
  const std::string child = box.ok({"add", "part", "--parent", a, "-q"});
  EXPECT_EQ(field(box.ok({"ready", "--json"}), "count"), "1");
  EXPECT_EQ(field(box.ok({"ready", "--json"}), "tasks.0.id"), child);
  box.ok({"done", child});
  EXPECT_EQ(field(box.ok({"ready", "--json"}), "tasks.0.id"), a);
  box.ok({"done", a});
  EXPECT_EQ(field(box.ok({"ready", "--json"}), "tasks.0.id"), b);
}

TEST_F(Verbs, ShowTellsNotesAndHistoryAndTheBareBody) {
  const std::string id = box.ok({"add", "T", "-d", "the body\n", "-q"});
  box.ok({"--agent", "al", "note", "keep the API", "--decision", id});
  const std::string json = box.ok({"show", id, "--json"});
  EXPECT_EQ(field(json, "notes.0.text"), "keep the API");
  EXPECT_EQ(field(json, "notes.0.kind"), "decision");
  EXPECT_EQ(field(json, "notes.0.agent"), "al");
  EXPECT_EQ(field(json, "log.0.event"), "note");
  EXPECT_EQ(field(json, "log.1.event"), "task_created");
  EXPECT_EQ(box.masc({"show", id, "--body"}).out, "the body\n");
  EXPECT_EQ(field(box.ok({"show", id.substr(0, 4), "--json"}), "task.id"), id);
}

TEST_F(Verbs, EditChangesFieldsAndRefusesCircles) {
  const std::string a = add("a");
  const std::string b = add("b");
  box.ok(
      {"edit", b, "--after", "+" + a, "--label", "+x", "--label", "+y", "-p", "1", "--title", "B"});
  box.ok({"edit", b, "--label", "-x"});
  EXPECT_EQ(error_code({"edit", b, "--label", "+z", "--label", "-z"}, 2), "usage");
  const std::string json = box.ok({"show", b, "--json"});
  EXPECT_EQ(field(json, "task.labels.0"), "y");
  EXPECT_EQ(field(json, "task.title"), "B");
  EXPECT_EQ(field(json, "task.after.0"), a);
  EXPECT_EQ(error_code({"edit", a, "--after", "+" + b}, 2), "usage");
  EXPECT_EQ(error_code({"edit", b, "--parent", a}, 2), "usage");
  EXPECT_EQ(error_code({"add", "part", "--parent", a, "--after", a}, 2), "usage");
  box.ok({"edit", b, "--after", "-" + a});
  EXPECT_EQ(field(box.ok({"show", b, "--json"}), "task.after"), "[]");
}

TEST_F(Verbs, ClaimWithoutIdTakesTheBestAndEndsWithNothingReady) {
  add("later");
  const std::string urgent = box.ok({"add", "urgent", "-p", "0", "-q"});
  EXPECT_EQ(field(box.ok({"--agent", "al", "claim", "--no-worktree", "--json"}), "task.id"),
            urgent);
  box.ok({"--agent", "al", "claim", "--no-worktree"});
  EXPECT_EQ(error_code({"--agent", "al", "claim", "--no-worktree"}, 4), "nothing_ready");
}

TEST_F(Verbs, ClaimRefusesASecondSessionWithoutResume) {
  const std::string id = add("T");
  box.environment().set("MASC_SESSION", "one");
  box.ok({"--agent", "al", "claim", id, "--no-worktree"});
  box.environment().set("MASC_SESSION", "two");
  EXPECT_EQ(error_code({"--agent", "al", "claim", id}, 3), "held");
  EXPECT_EQ(field(box.ok({"--agent", "al", "claim", id, "--resume", "--json"}), "outcome"),
            "renewed");
}

TEST_F(Verbs, WithoutIdAVerbMeansTheOnlyClaim) {
  const std::string a = add("a");
  EXPECT_EQ(error_code({"--agent", "al", "renew"}, 4), "nothing_claimed");
  box.ok({"--agent", "al", "claim", a, "--no-worktree"});
  EXPECT_EQ(field(box.ok({"--agent", "al", "renew", "--json"}), "task.id"), a);
  box.ok({"--agent", "al", "claim", add("b"), "--no-worktree"});
  EXPECT_EQ(error_code({"--agent", "al", "renew"}, 2), "ambiguous");
  EXPECT_EQ(
      field(box.masc({"--json", "--agent", "al", "renew"}).out, "error.candidates.1").substr(0, 2),
      "m-");
  box.ok({"--agent", "al", "done", a});
  EXPECT_EQ(error_code({"--agent", "al", "renew", a}, 5), "no_claim");
  EXPECT_EQ(error_code({"--agent", "al", "renew", add("c")}, 5), "no_claim");
}

TEST_F(Verbs, ForceIsForPeople) {
  const std::string id = add("T");
  box.ok({"--agent", "al", "claim", id, "--no-worktree"});
  EXPECT_EQ(error_code({"--agent", "bo", "release", id, "--force", "--because", "x"}, 5),
            "refused");
  box.ok({"release", id, "--force", "--because", "it hangs"});
  EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.status"), "open");
}

TEST_F(Verbs, WhoseClaimOrLockIsOverriddenIsTold) {
  const auto told = [&](const std::string& reason) {
    const std::string json = box.ok({"--agent", "al", "inbox", "--json"});
    EXPECT_EQ(field(json, "count"), "1") << json;
    EXPECT_NE(field(json, "messages.0.body").find(reason), std::string::npos) << json;
    return field(json, "messages.0.task");
  };
  const std::string id = add("T");
  for (const char* verb : {"release", "done", "cancel"}) {
    box.ok({"reopen", id});
    box.ok({"--agent", "al", "claim", id, "--no-worktree"});
    box.ok({verb, id, "--force", "--because", std::string("reason of ") + verb});
    EXPECT_EQ(told(std::string("reason of ") + verb), id);
  }
  box.ok({"reopen", id});
  box.ok({"--agent", "al", "claim", id, "--no-worktree"});
  box.ok({"--agent", "al", "lock", "src", "--lease", "5m"});
  box.ok({"unlock", "src", "--force", "--because", "I need it"});
  told("I need it");
  EXPECT_EQ(error_code({"inherit", id}, 3), "held");
  EXPECT_EQ(error_code({"inherit", id, "--force"}, 2), "usage");
  EXPECT_EQ(error_code({"--agent", "bo", "inherit", id, "--force", "--because", "x"}, 5),
            "refused");
  const std::string json = box.ok({"inherit", id, "--force", "--because", "it sleeps", "--json"});
  EXPECT_EQ(field(json, "task.generation"), "5");
  EXPECT_EQ(told("it sleeps"), id);
  EXPECT_EQ(error_code({"--agent", "al", "renew", id}, 5), "superseded");
  // One's own needs no message.
  box.ok({"release", id, "--force", "--because", "mine"});
  EXPECT_EQ(field(box.ok({"inbox", "--json"}), "messages.0.body"), "(none)");
}

TEST_F(Verbs, RenewAdvisesWhenTheContextIsFull) {
  box.ok({"--agent", "al", "claim", add("T"), "--no-worktree"});
  EXPECT_EQ(box.ok({"--agent", "al", "renew", "--context", "79"}).find("context"),
            std::string::npos);
  EXPECT_NE(box.ok({"--agent", "al", "renew", "--context", "80"}).find("context"),
            std::string::npos);
}

TEST_F(Verbs, LogIsNewestFirstAndFiltered) {
  const std::string a = add("a");
  box.ok({"--agent", "bo", "claim", a, "--no-worktree"});
  const std::string json = box.ok({"log", "--json"});
  EXPECT_EQ(field(json, "entries.0.event"), "task_claimed");
  EXPECT_EQ(field(json, "entries.1.event"), "task_created");
  EXPECT_EQ(field(box.ok({"log", "--agent", "bo", "--json"}), "entries.0.agent"), "bo");
  EXPECT_EQ(field(box.ok({"log", "--limit", "1", "--json"}), "entries.1"), "null");
}

TEST_F(Verbs, LogTellsOfVotesAndTrails) {
  const std::string a = add("a");
  box.clock().advance(std::chrono::seconds(1));
  const std::string id =
      box.ok({"--agent", "bo", "propose", "Go?", "-q", "--on", a, "--voter", "bo"});
  box.clock().advance(std::chrono::seconds(1));
  box.ok({"--agent", "al", "trail", "mark", "x", "y", "--as", "hazard"});
  box.clock().advance(std::chrono::seconds(1));
  box.ok({"--agent", "bo", "vote", id, "yes"});
  const std::string all = box.ok({"log", "--json"});
  EXPECT_EQ(field(all, "entries.0.event"), "vote_closed");
  EXPECT_EQ(field(all, "entries.0.task"), a);
  EXPECT_EQ(field(all, "entries.1.event"), "pheromone");
  EXPECT_EQ(field(all, "entries.1.text"), "hazard trail on x and 1 more");
  EXPECT_EQ(field(all, "entries.1.agent"), "al");
  EXPECT_EQ(field(all, "entries.1.commit"),
            box.git({"--git-dir=.git/masc/state.git", "rev-parse", "refs/notes/masc/trails"}));
  EXPECT_EQ(field(all, "entries.2.event"), "vote_created");
  EXPECT_EQ(field(all, "entries.3.event"), "task_created");
  const std::string of_a = box.ok({"log", a, "--json"});
  EXPECT_EQ(field(of_a, "entries.1.event"), "vote_created");
  EXPECT_EQ(field(of_a, "entries.2.event"), "task_created");
  EXPECT_EQ(field(box.ok({"log", "--agent", "al", "--json"}), "entries.0.event"), "pheromone");
  EXPECT_EQ(field(box.ok({"log", "--since", "2s", "--json"}), "entries.3"), "null");
}

// What a claim leaves by itself is told with its task.
TEST_F(Verbs, LogOfATaskHasTheTrailsThatItLeft) {
  box.git({"commit", "-q", "--allow-empty", "-m", "start"});
  const std::string a = add("a");
  box.ok({"--agent", "bo", "edit", a, "--path", "+src/x"});
  box.ok({"--agent", "bo", "claim", a, "--no-worktree"});
  box.clock().advance(std::chrono::seconds(1));
  box.ok({"--agent", "bo", "release", a});
  EXPECT_NE(box.ok({"log", a}).find("hazard trail on src/x"), std::string::npos);
}

TEST_F(Verbs, AgentsAreKnownByWhatTheyDoAndByJoining) {
  box.ok({"--agent", "al", "join", "--can", "rust"});
  box.ok({"--agent", "bo", "add", "T"});
  const std::string json = box.ok({"agents", "--json"});
  EXPECT_EQ(field(json, "agents.0.name"), "al");
  EXPECT_EQ(field(json, "agents.0.can.0"), "rust");
  EXPECT_EQ(field(json, "agents.1.name"), "bo");
  EXPECT_EQ(field(json, "agents.1.live"), "true");
  EXPECT_EQ(box.ok({"--agent", "bo", "leave", "--json"}).find("\"bo\""), std::string::npos);
}

TEST_F(Verbs, StatusIsOneScreen) {
  const std::string id = add("T");
  box.ok({"--agent", "al", "claim", id, "--no-worktree"});
  const std::string json = box.ok({"status", "--json"});
  EXPECT_EQ(field(json, "claims.0.id"), id);
  EXPECT_EQ(field(json, "ready"), "0");
  EXPECT_TRUE(box.ok({"status"}).starts_with("1 claimed, 0 ready, 0 blocked\n" + id));
}

TEST_F(Verbs, PromptNamesTaskNotesAndRulesInAtMostTwelveLines) {
  const std::string id = box.ok({"add", "Fix it", "-d", "the body", "-q"});
  box.ok({"note", "mind the cache", "--constraint", id});
  const std::string text = box.ok({"prompt", id});
  EXPECT_NE(text.find("Fix it"), std::string::npos);
  EXPECT_NE(text.find("the body"), std::string::npos);
  EXPECT_NE(text.find("mind the cache"), std::string::npos);
  const std::string rules = text.substr(text.find("How work is done here"));
  EXPECT_LE(split_lines(rules).size(), 12U);
}

TEST_F(Verbs, WhoamiSaysWhoAndWhy) {
  const std::string json = box.ok({"whoami", "--json"});
  EXPECT_EQ(field(json, "agent"), "test-person");
  EXPECT_EQ(field(json, "kind"), "human");
  EXPECT_EQ(field(json, "source"), "user.name");
  EXPECT_EQ(field(box.ok({"--agent", "al", "whoami", "--json"}), "kind"), "agent");
}

TEST_F(Verbs, QuietPrintsTheBareIdOrNothing) {
  const std::string id = add("T");
  EXPECT_EQ(box.masc({"-q", "--agent", "al", "claim", id, "--no-worktree"}).out, id + "\n");
  EXPECT_EQ(box.masc({"-q", "--agent", "al", "done", id}).out, "");
}

TEST_F(Verbs, EveryOneHasHelpWithUsageExitsAndTwoExamples) {
  for (const cmd::Verb* verb : cmd::verbs()) {
    const std::string name(verb->name);
    const cmd::Printed help = box.masc({name, "--help"}, "/");
    EXPECT_EQ(help.status, 0) << name;
    EXPECT_TRUE(help.out.starts_with("usage: masc " + name)) << help.out;
    EXPECT_NE(help.out.find("exit status:"), std::string::npos) << name;
    EXPECT_GE(verb->examples.size(), 2U) << name;
    for (const std::string_view example : verb->examples)
      EXPECT_NE(example.find(name), example.npos) << example;
    EXPECT_NE(cmd::prose(name), nullptr) << name;
    EXPECT_TRUE(cmd::man_page(name)) << name;
    EXPECT_EQ(box.masc({"help", name}, "/").status, 0) << name;
  }
}

TEST_F(Verbs, EveryOneRefusesAnUnknownOptionAndAnswersInJson) {
  for (const cmd::Verb* verb : cmd::verbs()) {
    if (verb->raw) continue;
    const cmd::Printed got = box.masc({std::string(verb->name), "--no-such-option", "--json"});
    EXPECT_EQ(got.status, 2) << verb->name;
    EXPECT_EQ(field(got.out, "error.code"), "usage") << verb->name << got.out;
    EXPECT_EQ(got.err, "") << verb->name;
  }
}

TEST_F(Verbs, AMistypedOneGetsTheNearestAsAHint) {
  const cmd::Printed got = box.masc({"calim"});
  EXPECT_EQ(got.status, 2);
  EXPECT_NE(got.err.find("hint: masc claim"), std::string::npos) << got.err;
}

TEST_F(Verbs, CompletionKnowsVerbsOptionsIdsAndAgents) {
  const std::string id = add("T");
  const auto complete = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"__complete", "--"});
    return box.masc(words).out;
  };
  EXPECT_NE(complete({"cl"}).find("claim\t"), std::string::npos);
  EXPECT_EQ(complete({"cl"}).find("add\t"), std::string::npos);
  EXPECT_NE(complete({"claim", "--l"}).find("--lease\t"), std::string::npos);
  EXPECT_NE(complete({"claim", ""}).find(id + "\t"), std::string::npos);
  EXPECT_NE(complete({"--agent", ""}).find("al\t"), std::string::npos);
  EXPECT_NE(complete({"list", "--status", ""}).find("claimed\t"), std::string::npos);
  EXPECT_EQ(complete({"add", "x", "-F", ""}), ":files\t\n");
  EXPECT_EQ(complete({"-C", ""}), ":dirs\t\n");
  EXPECT_NE(complete({"worktree", "pa"}).find("path\t"), std::string::npos);
}

TEST_F(Verbs, IdsCanBeGivenAsUniquePrefixes) {
  const std::string id = add("T");
  EXPECT_EQ(error_code({"done", id.substr(0, 5)}, 2), "invalid");
  EXPECT_EQ(field(box.ok({"done", id.substr(0, 7), "--json"}), "task.id"), id);
}

TEST_F(Verbs, DoneTasksAreFoldedAndStayVisible) {
  std::vector<std::string> ids;
  for (int i = 0; i < 70; ++i) {
    ids.push_back(add("t" + std::to_string(i)));
    box.ok({"--agent", "al", "done", ids.back(), "--note", "n" + std::to_string(i)});
  }
  const std::string refs =
      box.git({"--git-dir=.git/masc/state.git", "for-each-ref", "refs/masc/tasks"});
  EXPECT_LT(split_lines(refs).size(), 10U);
  EXPECT_EQ(field(box.ok({"list", "--all", "--json"}), "count"), "70");
  const std::string json = box.ok({"show", ids[0], "--json"});
  EXPECT_EQ(field(json, "task.status"), "done");
  EXPECT_EQ(field(json, "task.note"), "n0");
  EXPECT_EQ(field(json, "log.1.event"), "task_created");
  EXPECT_EQ(error_code({"--agent", "al", "claim", ids[0]}, 5), "closed");
  EXPECT_EQ(field(box.ok({"reopen", ids[0], "--json"}), "task.status"), "open");
  EXPECT_EQ(field(box.ok({"--agent", "bo", "claim", ids[0], "--no-worktree", "--json"}),
                  "task.generation"),
            "1");
  EXPECT_EQ(
      box.git({"--git-dir=.git/masc/state.git", "fsck", "--full", "--strict", "--no-dangling"}),
      "");
}

}  // namespace
}  // namespace masc::testing
