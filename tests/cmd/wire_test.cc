// wire by itself and as a filter among others, and standard descriptors that are closed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "git/process.h"
#include "support/sandbox.h"
#include "wire/model.h"

namespace masc::testing {
namespace {

// Runs a script in the sandbox's repository; $MASC is the binary.
auto run_script(Sandbox& box, const std::string& script) {
  git::Command command;
  command.argv = {"sh", "-c", script};
  command.directory = box.repo();
  command.environment = box.environment();
  command.environment.set("MASC", std::getenv("MASC_BINARY"));
  return git::run(command).value();
}

TEST(WireFilter, PassesOnWhatItHasWhileMoreIsToCome) {
  Sandbox box;
  const auto ran = run_script(box, R"(
    mkfifo pipe && exec 3<>pipe
    "$MASC" wire encode <pipe >frames & encoder=$!
    echo a >&3
    for i in $(seq 200); do [ -s frames ] && break; sleep 0.05; done
    wc -c <frames
    kill $encoder)");
  EXPECT_EQ(std::atoi(ran.out.c_str()), 4) << ran.err;
}

TEST(WireFilter, TextsThatAreNoUtf8ComeBackHoweverOftenTheyGoThrough) {
  Sandbox box;
  ASSERT_TRUE(write_file(box.repo() + "/in", "a\xff\"b\n\"line\\nbreak \xfe\"\n").has_value());
  const auto ran = run_script(box, R"("$MASC" wire encode in | "$MASC" wire decode >once &&
    "$MASC" wire encode - <once | "$MASC" wire decode)");
  EXPECT_EQ(ran.out, "\"a\xff\\\"b\"\n\"line\\nbreak \xfe\"\n");
  EXPECT_EQ(box.read("once"), ran.out);
}

TEST(WireFilter, ALastLineWithoutItsEndIsNotJoinedToTheNextFile) {
  Sandbox box;
  box.write("one", "\"a\"");
  box.write("two", " {\"m\":\"b\"} \n");
  EXPECT_EQ(run_script(box, R"("$MASC" wire encode one two | "$MASC" wire decode)").out,
            "\"a\"\n\"b\"\n");
  EXPECT_EQ(run_script(box, R"("$MASC" wire encode one two >all; head -c 5 all >first
    tail -c +6 all >rest; "$MASC" wire decode first rest)")
                .out,
            "\"a\"\n\"b\"\n");
  const auto refused = run_script(box, R"("$MASC" wire train one two -o ./two)");
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(box.read("two"), " {\"m\":\"b\"} \n");
}

TEST(WireFilter, ALotOfTextOutOfFewBytesIsNotHeldInMemory) {
  Sandbox box;
  const auto ran =
      run_script(box, R"(head -c 4000000 /dev/zero | tr '\0' a | "$MASC" wire encode >one
    for i in $(seq 20); do cat one; done >many
    wc -c <many
    "$MASC" wire decode many | wc -c
    "$MASC" wire decode many | (head -c 3000000 | wc -c; cat >/dev/null))");
  int small = 0, all = 0, part = 0;
  ASSERT_EQ(std::sscanf(ran.out.c_str(), "%d %d %d", &small, &all, &part), 3) << ran.err;
  EXPECT_LT(small, 10000);
  EXPECT_EQ(all, 20 * 4000003);
  EXPECT_EQ(part, 3000000);
}

TEST(WireFilter, EndlessInputIsRefused) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  const auto ran = run_script(box, R"(
    "$MASC" wire decode /dev/zero; echo $?
    "$MASC" wire encode /dev/zero; echo $?
    "$MASC" --agent al send bo -F /dev/zero; echo $?
    yes | "$MASC" --agent al add title -F -; echo $?)");
  EXPECT_EQ(ran.out, "1\n2\n2\n2\n");
  EXPECT_EQ(ran.err.find("a bug in masc"), std::string::npos) << ran.err;
}

TEST(WireFilter, AnOutputThatIsALinkOrAPipeStaysOne) {
  Sandbox box;
  std::string text;
  for (int i = 0; i < 900; ++i)
    text += "the quick agent number " + std::to_string(i * 7919 % 1000) +
            " lands its branch and tells the others\n";
  ASSERT_TRUE(write_file(box.repo() + "/own.jsonl", text).has_value());
  const auto ran = run_script(box, R"(
    ln -s target link && echo old >target
    "$MASC" wire train own.jsonl -o link -q && [ -L link ] && head -c 4 target; echo
    mkfifo pipe; cat pipe >read & "$MASC" wire train own.jsonl -o pipe -q
    [ -p pipe ] && wait && head -c 4 read)");
  EXPECT_EQ(ran.out, "link\nMWM6\npipe\nMWM6") << ran.err;
}

TEST(Wire, TheVersionNamesTheModel) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  EXPECT_EQ(field(box.ok({"version", "--json"}), "model"),
            wire::content_name(wire::Model::compiled_in().bytes()));
}

TEST(Wire, GoesThereAndBack) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  const std::string lines =
      "{\"m\":\"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":1,\\\"method\\\":\\\"ping\\\"}\"}\n\"a "
      "\\\"string\\\"\\n\"\nplain words\n";
  const std::string back =
      "\"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":1,\\\"method\\\":\\\"ping\\\"}\"\n\"a "
      "\\\"string\\\"\\n\"\n\"plain words\"";
  box.write("in.jsonl", lines);
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"--batch", "2"}, {"--checksum"}}) {
    std::vector<std::string> args = {"wire", "encode", "in.jsonl"};
    args.insert(args.end(), more.begin(), more.end());
    const cmd::Printed encoded = box.masc(args);
    ASSERT_EQ(encoded.status, 0) << encoded.err;
    ASSERT_TRUE(write_file(box.repo() + "/frames", encoded.out).has_value());
    EXPECT_EQ(box.ok({"wire", "decode", "frames"}), back);
    EXPECT_EQ(box.masc({"wire", "decode", "--checksum", "frames"}).status, more.empty() ? 1 : 0);
  }
  const std::string stat = box.ok({"wire", "stat", "in.jsonl", "--json"});
  EXPECT_EQ(field(stat, "messages"), "3");
  EXPECT_EQ(field(stat, "kinds.request.messages"), "1");
  EXPECT_EQ(box.masc({"wire", "decode", "in.jsonl"}).status, 1);
  EXPECT_EQ(box.masc({"wire", "stat", "none.jsonl"}).status, 4);
  EXPECT_EQ(box.masc({"wire", "zip"}).status, 2);
  EXPECT_EQ(box.masc({"wire", "encode", "--batch", "0", "in.jsonl"}).status, 2);
  EXPECT_EQ(box.masc({"wire", "train", "in.jsonl"}).status, 2);
}

TEST(Wire, TheKindsOfStatAddUp) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  std::string lines;
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i);
    lines += "\"plain words number " + number +
             "\"\n{\"m\":\"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":" + number +
             ",\\\"method\\\":\\\"ping\\\"}\"}\n";
  }
  box.write("in.jsonl", lines);
  for (const char* batch : {"0", "1", "7", "100"}) {
    std::vector<std::string> args = {"wire", "stat", "in.jsonl", "--json"};
    if (*batch != '0') args.insert(args.end(), {"--batch", batch});
    const std::string stat = box.ok(args);
    const auto kinds = nlohmann::json::parse(stat)["kinds"];
    EXPECT_GE(kinds.size(), std::size_t{2}) << stat;
    for (const char* name : {"messages", "text_bytes", "frame_bytes"}) {
      int sum = 0;
      for (const auto& kind : kinds) sum += kind[name].get<int>();
      EXPECT_EQ(std::to_string(sum), field(stat, name)) << name << " in batches of " << batch;
    }
  }
}

TEST(Wire, LearnsAModelAndUsesIt) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  std::string lines;
  for (int i = 0; i < 900; ++i)
    lines += "\"the quick agent number " + std::to_string(i * 7919 % 1000) +
             " lands its branch and tells the others\"\n";
  box.write("own.jsonl", lines);
  const std::string name = box.ok({"--agent", "al", "wire", "train", "own.jsonl", "-q"});
  ASSERT_EQ(name.size(), std::size_t{16});
  EXPECT_EQ(box.ok({"--agent", "al", "wire", "train", "own.jsonl", "-q"}), name);
  const std::string own = box.ok({"wire", "stat", "own.jsonl", "--model", name, "--json"});
  const std::string base = box.ok({"wire", "stat", "own.jsonl", "--json"});
  EXPECT_LT(std::stoi(field(own, "frame_bytes")), std::stoi(field(base, "frame_bytes")));
  EXPECT_EQ(box.masc({"wire", "stat", "own.jsonl", "--model", "0123456789abcdef"}).status, 4);
  EXPECT_EQ(box.masc({"wire", "stat", "own.jsonl", "--model", "own.jsonl"}).status, 1);
}

TEST(StandardDescriptors, AClosedOneIsNotTakenForSomeFile) {
  Sandbox box;
  box.ok({"init", "--no-hooks"});
  const auto ran = run_script(box, R"("$MASC" --agent bo join -q
    "$MASC" --agent al send bo precious -q >/dev/null
    "$MASC" --agent bo inbox >&-; echo $?
    "$MASC" --agent bo inbox >&- 2>&-; echo $?
    "$MASC" --agent al send bo -F - <&-; echo $?
    grep -rl precious .git/masc/flock .git/masc/live
    "$MASC" --agent bo inbox | grep -c precious)");
  EXPECT_EQ(ran.out, "1\n1\n1\n1\n") << ran.err;
}

}  // namespace
}  // namespace masc::testing
