// propose, vote, tally and the landing that waits for them.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class QuorumVerbs : public ::testing::Test {
 protected:
  void SetUp() override { box.ok({"init", "--no-hooks"}); }
  std::string propose(std::vector<std::string> more) {
    std::vector<std::string> args = {"--agent", "al", "propose", "Go?", "-q"};
    args.insert(args.end(), more.begin(), more.end());
    return box.ok(args);
  }
  cmd::Printed vote(const std::string& agent, const std::string& id, const std::string& choice) {
    return box.masc({"--agent", agent, "vote", id, choice, "--json"});
  }
  std::string error_of(const cmd::Printed& got) { return field(got.out, "error.code"); }
  void policy(const std::string& text) {
    box.write(".masc.yaml", text);
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "policy"});
  }
  Sandbox box{"ein Répo"};
};

TEST_F(QuorumVerbs, TheExitStatusOfTallyIsTheDecision) {
  const std::string id = propose({"--voter", "al", "--voter", "bo", "--voter", "cy"});
  EXPECT_EQ(box.masc({"tally", id}).status, 5);
  EXPECT_EQ(vote("al", id, "yes").status, 0);
  EXPECT_EQ(field(box.masc({"tally", id, "--json"}).out, "proposal.state"), "open");
  EXPECT_EQ(field(vote("bo", id, "yes").out, "proposal.state"), "passed");
  EXPECT_EQ(box.masc({"tally", id}).status, 0);
  EXPECT_TRUE(box.ok({"tally", id.substr(0, 6)}).starts_with("passed " + id));
  const std::string no = propose({"--voter", "al", "--voter", "bo", "--quorum", "2"});
  EXPECT_EQ(field(vote("bo", no, "abstain").out, "proposal.state"), "rejected");
  EXPECT_EQ(box.masc({"tally", no}).status, 5);
  EXPECT_EQ(field(box.ok({"tally", "--json"}), "count"), "2");
}

TEST_F(QuorumVerbs, WithoutVotersAllLiveAgentsVoteTheAskerIncluded) {
  box.ok({"--agent", "bo", "join"});
  const std::string id = propose({});
  const std::string json = box.masc({"tally", id, "--json"}).out;
  EXPECT_EQ(field(json, "proposal.electorate.0"), "al");
  EXPECT_EQ(field(json, "proposal.electorate.1"), "bo");
  EXPECT_EQ(field(json, "proposal.threshold"), "2/3");
  box.ok({"--agent", "cy", "join"});
  EXPECT_EQ(error_of(vote("cy", id, "yes")), "refused");
  EXPECT_EQ(vote("cy", id, "yes").status, 5);
}

TEST_F(QuorumVerbs, BadInputChangesNothing) {
  const auto status = [&](std::vector<std::string> args) {
    return box.masc(std::move(args)).status;
  };
  EXPECT_EQ(status({"propose", "Go?", "--quorum", "3/2"}), 2);
  EXPECT_EQ(status({"propose", "Go?", "--quorum", "3", "--voter", "al"}), 2);
  EXPECT_EQ(status({"propose", "a\nb"}), 2);
  EXPECT_EQ(status({"propose", "Go?", "--voter", "No Name"}), 2);
  EXPECT_EQ(status({"propose", "Go?", "--on", "m-0000"}), 4);
  EXPECT_EQ(status({"tally", "q-00000000"}), 4);
  EXPECT_EQ(status({"tally", "m-00000000"}), 2);
  EXPECT_EQ(status({"tally", "--wait", "1s"}), 2);
  EXPECT_EQ(box.ok({"tally"}), "no proposals");
  const std::string id = propose({"--voter", "al"});
  EXPECT_EQ(vote("al", id, "perhaps").status, 2);
  EXPECT_EQ(box.git({"--git-dir=.git/masc/state.git", "rev-list", "--count",
                     "refs/masc/proposals/" + id}),
            "1");
}

TEST_F(QuorumVerbs, ExpiresAtItsClosingTime) {
  const std::string id = propose({"--voter", "al", "--voter", "bo", "--closes", "1h"});
  box.clock().advance(std::chrono::hours(1));
  EXPECT_EQ(error_of(vote("al", id, "yes")), "closed");
  EXPECT_EQ(field(box.masc({"tally", id, "--json"}).out, "proposal.state"), "expired");
  EXPECT_EQ(box.masc({"tally", id}).status, 5);
}

TEST_F(QuorumVerbs, WhoeverLostTheClaimHasNoVoteOnThatTask) {
  const std::string task = box.ok({"--agent", "al", "add", "T", "-q"});
  box.ok({"--agent", "al", "claim", task, "--no-worktree", "--lease", "1s"});
  const std::string id = propose({"--voter", "al", "--voter", "bo", "--voter", "cy", "--on", task});
  EXPECT_EQ(vote("al", id, "yes").status, 0);
  box.clock().advance(std::chrono::hours(1));
  box.ok({"--agent", "bo", "claim", task, "--no-worktree"});
  EXPECT_EQ(error_of(vote("al", id, "no")), "refused");
  // al's earlier vote is not counted any more: with it, this would be two of three.
  EXPECT_EQ(field(vote("bo", id, "yes").out, "proposal.state"), "open");
  EXPECT_EQ(field(vote("cy", id, "yes").out, "proposal.state"), "passed");
}

TEST_F(QuorumVerbs, SoHasWhoeverWasMadeToLetGo) {
  const std::string task = box.ok({"add", "T", "-q"});
  box.ok({"--agent", "cy", "claim", task, "--no-worktree"});
  const std::string id = propose({"--voter", "cy", "--voter", "bo", "--on", task});
  EXPECT_EQ(vote("cy", id, "yes").status, 0);
  box.ok({"release", task, "--force", "--because", "it hangs"});
  EXPECT_EQ(error_of(vote("cy", id, "no")), "refused");
  box.ok({"--agent", "bo", "claim", task, "--no-worktree"});
  EXPECT_EQ(error_of(vote("cy", id, "no")), "refused");
}

TEST_F(QuorumVerbs, LandWaitsForTheQuorumOfThePolicy) {
  policy("land: {quorum: 2/3}\n");
  const std::string task = box.ok({"--agent", "al", "add", "T", "-q", "--claim"});
  box.git({"commit", "-q", "--allow-empty", "-m", "work"}, box.ok({"worktree", "path", task}));
  const std::string main = box.git({"rev-parse", "main"});
  const cmd::Printed refused = box.masc({"--agent", "al", "land", task, "--json"});
  EXPECT_EQ(refused.status, 5);
  EXPECT_EQ(error_of(refused), "refused");
  EXPECT_EQ(field(refused.out, "error.quorum"), "2/3");
  const std::string weak =
      propose({"--voter", "bo", "--voter", "cy", "--voter", "di", "--quorum", "1", "--on", task});
  EXPECT_EQ(field(vote("bo", weak, "yes").out, "proposal.state"), "passed");
  EXPECT_EQ(box.masc({"--agent", "al", "land", task}).status, 5);
  const std::string own = propose({"--voter", "al", "--on", task});
  EXPECT_EQ(field(vote("al", own, "yes").out, "proposal.state"), "passed");
  EXPECT_EQ(box.masc({"--agent", "al", "land", task}).status, 5);
  EXPECT_EQ(box.git({"rev-parse", "main"}), main);
  const std::string id = propose({"--voter", "bo", "--voter", "cy", "--on", task});
  vote("bo", id, "yes");
  vote("cy", id, "yes");
  box.ok({"--agent", "al", "land", task});
}

TEST_F(QuorumVerbs, APassedVoteLiftsTheHazardsThatLayThere) {
  box.write("src/a ü.cc", "one\n");
  box.git({"add", "-A"});
  box.git({"commit", "-q", "-m", "base"});
  const std::string src = box.repo() + "/src";
  box.ok({"--agent", "zoe", "trail", "mark", "a ü.cc", "--as", "hazard"}, src);
  box.ok({"--agent", "zoe", "trail", "mark", "b.cc", "../lib", "--as", "hazard"}, src);
  box.ok({"--agent", "al", "trail", "mark", "a ü.cc", "--as", "failure"}, src);
  const auto hazards = [&](const std::string& path) {
    const std::string text = box.ok({"trails", path});
    return text.find("hazard") != text.npos;
  };
  const std::string json = box.ok({"--agent", "al", "propose", "Safe?", "--lift", ".", "--voter",
                                   "al", "--voter", "bo", "--json"},
                                  src);
  const std::string id = field(json, "proposal.id");
  EXPECT_EQ(field(json, "proposal.lifts.0"), "src");
  EXPECT_EQ(field(json, "proposal.lifted_at"), "null");
  EXPECT_EQ(vote("al", id, "yes").status, 0);
  EXPECT_TRUE(hazards("src"));
  const cmd::Printed said = box.masc({"--agent", "bo", "vote", id, "yes"});
  EXPECT_EQ(said.status, 0);
  EXPECT_NE(said.out.find("lifted hazard on src\n"), std::string::npos);
  EXPECT_FALSE(hazards("src"));
  EXPECT_TRUE(hazards("lib"));
  EXPECT_NE(box.ok({"trails", "src"}).find("failure"), std::string::npos);
  EXPECT_NE(box.ok({"tally", id}).find("lifted hazard on src"), std::string::npos);
  // What comes later is a hazard again, and stays one, whoever looks at the vote.
  box.clock().advance(std::chrono::minutes(1));
  box.ok({"--agent", "zoe", "trail", "mark", "b.cc", "--as", "hazard"}, src);
  box.ok({"tally", id});
  EXPECT_TRUE(hazards("src/b.cc"));
  EXPECT_FALSE(hazards("src/a ü.cc"));
}

// A kill between the decision and the lift: whoever looks next completes it.
TEST_F(QuorumVerbs, ALiftThatWasCutOffIsMadeUpForByTheNextLook) {
  box.ok({"--agent", "zoe", "trail", "mark", "x", "--as", "hazard"});
  const std::string id = propose({"--lift", "x", "--voter", "al", "--voter", "bo"});
  vote("al", id, "yes");
  vote("bo", id, "yes");
  const std::string ref = "refs/masc/proposals/" + id;
  const std::string state = "--git-dir=.git/masc/state.git";
  box.git({state, "update-ref", ref, ref + "~1"});
  box.git({state, "update-ref", "refs/notes/masc/trails", "refs/notes/masc/trails~1"});
  EXPECT_NE(box.ok({"trails"}).find("hazard"), std::string::npos);
  EXPECT_NE(box.ok({"tally", id}).find("lifted hazard on x"), std::string::npos);
  EXPECT_EQ(box.ok({"trails"}), "no trails");
  // And a lift that was left without its mark is not done twice.
  box.git({state, "update-ref", ref, ref + "~1"});
  box.ok({"--agent", "bo", "vote", id, "yes"});
  box.ok({"--agent", "zoe", "trail", "mark", "x", "--as", "hazard"});
  EXPECT_EQ(field(box.ok({"trails", "--json"}), "trails.0.strength"), "1");
}

TEST_F(QuorumVerbs, OneAloneOrFewerThanThePolicySaysLiftNoHazard) {
  box.ok({"--agent", "zoe", "trail", "mark", "x", "--as", "hazard"});
  const auto status = [&](std::vector<std::string> more) {
    std::vector<std::string> args = {"--agent", "al", "propose", "Go?", "--lift", "x"};
    args.insert(args.end(), more.begin(), more.end());
    return box.masc(args).status;
  };
  EXPECT_EQ(status({"--voter", "al"}), 2);
  EXPECT_EQ(status({"--voter", "al", "--voter", "al"}), 2);
  EXPECT_EQ(status({"--voter", "al", "--voter", "bo", "--quorum", "1"}), 5);
  EXPECT_EQ(status({"--voter", "al", "--voter", "bo", "--lift", "y"}), 4);
  EXPECT_EQ(status({"--voter", "al", "--voter", "bo", "--lift", "../y"}), 2);
  EXPECT_EQ(box.ok({"tally"}), "no proposals");
  const std::string no = propose({"--lift", "x", "--voter", "al", "--voter", "bo"});
  vote("bo", no, "no");
  EXPECT_NE(box.masc({"tally", no}).out.find("does not lift hazard on x"), std::string::npos);
  EXPECT_NE(box.ok({"trails"}).find("hazard"), std::string::npos);
  EXPECT_NE(box.ok({"--agent", "al", "propose", "Go?", "--lift", "x", "--voter", "bo"})
                .find("if it passes, the hazard on x is lifted"),
            std::string::npos);
  policy("trails: {lift: 1/2}\n");
  const std::string half =
      propose({"--lift", "x", "--voter", "al", "--voter", "bo", "--quorum", "1/2"});
  vote("al", half, "yes");
  EXPECT_EQ(box.ok({"trails"}), "no trails");
}

TEST_F(QuorumVerbs, ABadQuorumInThePolicyNamesItsLine) {
  policy("version: 1\nland: {quorum: 3/2}\n");
  const cmd::Printed got = box.masc({"--agent", "al", "claim", "--json"});
  EXPECT_EQ(got.status, 2);
  EXPECT_EQ(field(got.out, "error.line"), "2");
}

// Runs `count` shell scripts at once; $N is 0 … count - 1, $MASC the binary.
void at_once(Sandbox& box, int count, const std::string& script) {
  git::Command command;
  const char* binary = std::getenv("MASC_BINARY");
  command.argv = {
      "sh", "-c",
      "for N in $(seq 0 " + std::to_string(count - 1) + "); do ( " + script + " ) & done; wait"};
  command.directory = box.repo();
  command.environment = box.environment();
  command.environment.set("MASC", binary ? binary : "masc");
  EXPECT_TRUE(git::run(command));
}

TEST_F(QuorumVerbs, ThirtyTwoVotesAtOnceAreEachCountedOnceWithOneDecision) {
  std::vector<std::string> voters = {"--quorum", "32"};
  for (int i = 0; i < 32; ++i) {
    voters.push_back("--voter");
    voters.push_back("v" + std::to_string(i));
  }
  const std::string id = propose(voters);
  at_once(box, 33,
          "if [ $N = 32 ]; then \"$MASC\" tally " + id +
              " --wait 10m > \"$HOME/waited\"; echo $? > \"$HOME/status\"; else \"$MASC\" --agent "
              "v$N vote " +
              id + " yes > /dev/null; echo $? >> \"$HOME/codes\"; fi");
  std::map<std::string, int> codes;
  const std::string text = read_file(box.root() + "/codes").value();
  for (const std::string_view line : split_lines(text)) ++codes[std::string(line)];
  EXPECT_EQ(codes["0"], 32);
  const std::string json = box.ok({"tally", id, "--json"});
  EXPECT_EQ(field(json, "proposal.yes"), "32");
  EXPECT_EQ(field(json, "proposal.state"), "passed");
  // The waiter woke at the decision, and one commit made it.
  EXPECT_EQ(read_file(box.root() + "/status").value(), "0\n");
  EXPECT_TRUE(read_file(box.root() + "/waited").value().starts_with("passed " + id));
  const std::string ref = "refs/masc/proposals/" + id;
  const std::string state = "--git-dir=.git/masc/state.git";
  EXPECT_EQ(box.git({state, "rev-list", "--count", ref}), "33");
  EXPECT_EQ(box.git({state, "rev-list", "--count", "--grep=^Masc-Event: vote_closed", ref}), "1");
}

TEST_F(QuorumVerbs, WaitingInVainIsATimeout) {
  const std::string id = propose({"--voter", "al", "--voter", "bo"});
  EXPECT_EQ(box.binary({"tally", id, "--wait", "1s"}).status, 6);
}

}  // namespace
}  // namespace masc::testing
