// The contract's table "What may happen to a task": every cell with exit status and error code, as
// text and as JSON.
#include <gtest/gtest.h>

#include "support/sandbox.h"

namespace masc::testing {
namespace {

constexpr const char* kMe = "alice";
constexpr const char* kOther = "bob";

struct Cell {
  const char* verb;
  int status;
  const char* result;  // the error's code, or the task's status afterwards
};
struct Row {
  const char* from;
  Cell cells[5];
};

// How a failure names a row.
void PrintTo(const Row& row, std::ostream* out) { *out << row.from; }

const Row kTable[] = {
    {"open",
     {{"claim", 0, "claimed"},
      {"release", 0, "open"},
      {"done", 0, "done"},
      {"cancel", 0, "cancelled"},
      {"reopen", 0, "open"}}},
    {"mine",
     {{"claim", 0, "claimed"},
      {"release", 0, "open"},
      {"done", 0, "done"},
      {"cancel", 0, "cancelled"},
      {"reopen", 0, "claimed"}}},
    {"live",
     {{"claim", 3, "held"},
      {"release", 3, "held"},
      {"done", 3, "held"},
      {"cancel", 3, "held"},
      {"reopen", 0, "claimed"}}},
    {"lapsed",
     {{"claim", 0, "claimed"},
      {"release", 3, "held"},
      {"done", 3, "held"},
      {"cancel", 0, "cancelled"},
      {"reopen", 0, "claimed"}}},
    {"lost",
     {{"claim", 3, "held"},
      {"release", 5, "superseded"},
      {"done", 5, "superseded"},
      {"cancel", 5, "superseded"},
      {"reopen", 0, "claimed"}}},
    {"done",
     {{"claim", 5, "closed"},
      {"release", 0, "done"},
      {"done", 0, "done"},
      {"cancel", 5, "closed"},
      {"reopen", 0, "open"}}},
    {"cancelled",
     {{"claim", 5, "closed"},
      {"release", 0, "cancelled"},
      {"done", 5, "closed"},
      {"cancel", 0, "cancelled"},
      {"reopen", 0, "open"}}},
};

// A task in the state a row begins with; its id.
std::string make_task(Sandbox& box, const std::string& from) {
  const std::string id = box.ok({"--agent", kMe, "add", "T", "-q"});
  const auto claim = [&](const char* agent) {
    box.ok({"--agent", agent, "claim", id, "--lease", "10m", "--no-worktree"});
  };
  if (from == "mine") claim(kMe);
  if (from == "live") claim(kOther);
  if (from == "lapsed" || from == "lost") {
    claim(from == "lost" ? kMe : kOther);
    box.clock().advance(std::chrono::minutes(11));
  }
  if (from == "lost") claim(kOther);
  if (from == "done") box.ok({"--agent", kOther, "done", id});
  if (from == "cancelled") box.ok({"--agent", kOther, "cancel", id});
  return id;
}

class States : public ::testing::TestWithParam<Row> {};

TEST_P(States, EachVerbEndsAsTheContractSaysInJson) {
  for (const Cell& cell : GetParam().cells) {
    Sandbox box;
    box.ok({"init", "--no-hooks"});
    const std::string id = make_task(box, GetParam().from);
    const std::string before = box.ok({"show", id, "--json"});
    std::vector<std::string> args = {"--json", "--agent", kMe, cell.verb, id};
    if (std::string(cell.verb) == "claim") args.push_back("--no-worktree");
    const cmd::Printed got = box.masc(args);
    EXPECT_EQ(got.status, cell.status) << GetParam().from << " " << cell.verb << ": " << got.out;
    EXPECT_EQ(got.err, "");
    EXPECT_EQ(field(got.out, "schema"), "1");
    const std::string result = field(got.out, cell.status == 0 ? "task.status" : "error.code");
    EXPECT_EQ(result, cell.result) << GetParam().from << " " << cell.verb << ": " << got.out;
    if (cell.status == 0) continue;
    // What fails changes nothing.
    EXPECT_EQ(field(box.ok({"show", id, "--json"}), "task.version"), field(before, "task.version"));
    if (std::string(cell.result) == "held") {
      EXPECT_EQ(field(got.out, "error.holder"), kOther);
      EXPECT_NE(field(got.out, "error.generation"), "(none)");
      EXPECT_NE(field(got.out, "error.expires_at"), "(none)");
    }
  }
}

TEST_P(States, EachVerbEndsAsTheContractSaysInText) {
  for (const Cell& cell : GetParam().cells) {
    Sandbox box;
    box.ok({"init", "--no-hooks"});
    const std::string id = make_task(box, GetParam().from);
    std::vector<std::string> args = {"--agent", kMe, cell.verb, id};
    if (std::string(cell.verb) == "claim") args.push_back("--no-worktree");
    const cmd::Printed got = box.masc(args);
    EXPECT_EQ(got.status, cell.status) << GetParam().from << " " << cell.verb << ": " << got.err;
    if (cell.status == 0) {
      EXPECT_NE(got.out.find(id), std::string::npos);
      EXPECT_EQ(got.err, "");
    } else {
      EXPECT_EQ(got.out, "");
      EXPECT_TRUE(got.err.starts_with("masc: ")) << got.err;
      EXPECT_NE(got.err.find("\nhint: "), std::string::npos) << got.err;
    }
  }
}

TEST_P(States, RepeatingWhatSucceededSucceeds) {
  for (const Cell& cell : GetParam().cells) {
    if (cell.status != 0) continue;
    Sandbox box;
    box.ok({"init", "--no-hooks"});
    const std::string id = make_task(box, GetParam().from);
    std::vector<std::string> args = {"--agent", kMe, cell.verb, id};
    if (std::string(cell.verb) == "claim") args.push_back("--no-worktree");
    box.ok(args);
    EXPECT_EQ(box.masc(args).status, 0) << GetParam().from << " " << cell.verb;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, States, ::testing::ValuesIn(kTable),
                         [](const auto& row) { return std::string(row.param.from); });

}  // namespace
}  // namespace masc::testing
