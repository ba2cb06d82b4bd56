#include "model/task.h"

#include <gtest/gtest.h>

#include <random>

namespace masc::model {
namespace {

// A generator whose results are as wide as they are declared.
struct Random {
  explicit Random(unsigned seed) : engine(seed) {}
  unsigned operator()() { return static_cast<unsigned>(engine()); }
  std::mt19937 engine;
};

std::string random_text(Random& random) {
  static const std::string kParts[] = {"a", "B", " ", "\n",   "\t", "\\",
                                       "é", ":", "#", "\x01", "'",  "x: y"};
  std::string text;
  for (unsigned i = random() % 12; i > 0; --i) text += kParts[random() % std::size(kParts)];
  return text;
}

std::vector<std::string> random_texts(Random& random) {
  std::vector<std::string> list;
  for (unsigned i = random() % 3; i > 0; --i) list.push_back("x" + random_text(random));
  return list;
}

TaskId random_id(Random& random) {
  unsigned char bytes[20];
  for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(random());
  return TaskId::from_bytes(bytes, 8);
}

Instant random_time(Random& random) { return Instant(Duration(1'700'000'000'000 + random())); }

Task random_task(Random& random) {
  Task task;
  task.id = random_id(random);
  task.title = "T" + random_text(random);
  task.key = random_text(random);
  task.status = static_cast<Status>(random() % 4);
  task.priority = static_cast<int>(random() % 5);
  task.labels = random_texts(random);
  task.paths = random_texts(random);
  task.former = random_texts(random);
  if (random() % 2) task.after = {random_id(random), random_id(random)};
  if (random() % 2) task.parent = random_id(random);
  if (random() % 2) task.children = {random_id(random)};
  task.created = random_time(random);
  task.created_by = "alice";
  task.updated = random_time(random);
  task.generation = random() % 100;
  task.lamport = 1 + random() % 100;
  task.note = random_text(random);
  task.landing = random() % 2 ? "aaa bbb" : "";
  task.keep = random() % 2 ? "abc" : "";
  if (random() % 2) {
    task.claim = Claim{"bob",
                       "s" + random_text(random),
                       task.generation,
                       random_time(random),
                       random_time(random),
                       Duration(random() % 100000),
                       "masc/x",
                       "main",
                       "abc",
                       "/a b/c",
                       "0123",
                       {4000, 4001},
                       true};
  }
  if (random() % 2) task.reserved = Reservation{"carol", random_time(random)};
  if (random() % 2) task.result = Outcome{"bob", 2, "masc/x", "def", random() % 2 == 0};
  return task;
}

TEST(Step, IsReadBackAsItWasWritten) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  Random random(seed);
  for (int round = 0; round < 1000; ++round) {
    const Task task = random_task(random);
    const Change change{"note",       "alice",     random_text(random), "00ff",
                        task.updated, "note on x", "decision",          random_text(random)};
    const std::string message = format_step(task, change);
    const auto step = parse_step(message);
    ASSERT_TRUE(step) << step.error().message;
    EXPECT_EQ(format_step(step->task, step->change), message);
    EXPECT_EQ(step->task.title, task.title);
    EXPECT_EQ(step->task.claim.has_value(), task.claim.has_value());
    EXPECT_EQ(step->change.note, change.note);
  }
}

TEST(Step, KeepsUnknownTrailersOfALaterProgram) {
  Task task;
  task.id = TaskId::parse("m-7k3q9fxa").value();
  const std::string message =
      format_step(task, {}) + "Masc-Future: a \\\\ b\nMasc-Future: second\n";
  const auto step = parse_step(message).value();
  ASSERT_EQ(step.task.unknown.size(), 2U);
  EXPECT_EQ(step.task.unknown[0].value, "a \\ b");
  EXPECT_NE(format_step(step.task, step.change).find("Masc-Future: second\n"), std::string::npos);
}

TEST(Step, OfANewerFormatIsRefused) {
  const auto step = parse_step("claim x\n\nMasc-Format: 2\nMasc-Task: m-7k3q9fxa\n");
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, ErrorCode::kFormat);
  EXPECT_EQ(exit_status(step.error().code), 1);
}

TEST(Step, ThatIsDamagedIsAnErrorAndNeverACrash) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  Random random(seed);
  const std::string good =
      format_step(random_task(random), {"note", "a", "", "00", {}, "s", "", ""});
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (unsigned i = 1 + random() % 4; i > 0; --i)
      text[random() % text.size()] = static_cast<char>(random());
    static_cast<void>(parse_step(text.substr(0, random() % (text.size() + 1))));
  }
}

TEST(Trailers, EscapeWhatALineCannotHold) {
  EXPECT_EQ(escape_value("a\nb\\c\t\x01"), "a\\nb\\\\c\\t\\x01");
  EXPECT_EQ(escape_value(" x "), "\\x20x\\x20");
  EXPECT_EQ(unescape_value("\\x20x\\x20").value(), " x ");
  for (const char* bad : {"\\", "\\q", "\\x", "\\x1", "\\xzz"})
    EXPECT_FALSE(unescape_value(bad)) << bad;
}

}  // namespace
}  // namespace masc::model
