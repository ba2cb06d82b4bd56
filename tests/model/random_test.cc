// Pairs of format and parse, on random values. A failure prints its seed; MASC_SEED repeats it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "model/document.h"
#include "model/record.h"
#include "model/task.h"

namespace masc::model {
namespace {

constexpr int kRounds = 300;

class Random : public ::testing::Test {
 protected:
  Random()
      : seed_(seed()),
        engine_(seed_),
        trace_(__FILE__, __LINE__, "MASC_SEED=" + std::to_string(seed_)) {}

  static unsigned seed() {
    const char* given = std::getenv("MASC_SEED");
    return given ? static_cast<unsigned>(std::atoi(given)) : std::random_device()();
  }
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
  }
  bool coin() { return below(2) == 0; }
  // UTF-8 of all kinds; `lines`: with what ends a line.
  std::string text(std::size_t most, bool lines) {
    static const std::vector<std::string> pieces = {
        "a", "Z", "0", " ", ":", "#",      "-",        "'",   "\"", "\\",
        "{", "]", ",", "é", "😀", "\u2028", "null",     "off", "~",  "&x",
        "*", "!", "%", "@", "`", "  ",     "\xC2\x85", "|",   ">",  "true"};
    static const std::vector<std::string> control = {"\n",   "\t",   "\r", "\x01",
                                                     "\x7f", "\n\n", " \n"};
    std::string out;
    for (std::size_t n = below(most + 1); n > 0; --n)
      out += lines && below(4) == 0 ? control[below(control.size())] : pieces[below(pieces.size())];
    return out;
  }
  std::string word() {
    std::string out(1, static_cast<char>('a' + below(26)));
    for (std::size_t n = below(8); n > 0; --n) out += static_cast<char>('a' + below(26));
    return out;
  }
  Instant time() { return Instant(std::chrono::milliseconds(below(4'000'000'000'000))); }
  TaskId id() {
    unsigned char bytes[9] = {};
    for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(below(256));
    return TaskId::from_bytes(bytes, 4 + below(9));
  }
  std::string line() { return "t" + text(20, false) + "."; }

  Claim claim() {
    Claim claim;
    claim.agent = word();
    if (coin()) claim.session = text(9, true);
    claim.generation = static_cast<std::int64_t>(below(1'000'000));
    claim.granted = time();
    claim.renewed = time();
    claim.lease = Duration(below(1'000'000'000));
    claim.branch = "masc/" + word();
    claim.base = text(9, false);
    claim.worktree = "/" + text(20, true);
    for (std::size_t n = below(4); n > 0; --n)
      claim.ports.push_back(static_cast<int>(below(65'536)));
    claim.runner = coin();
    return claim;
  }
  Task task() {
    Task task;
    task.id = id();
    task.title = line();
    task.status = static_cast<Status>(below(4));
    task.priority = static_cast<int>(below(5));
    if (coin()) task.key = line();
    for (std::size_t n = below(4); n > 0; --n) task.labels.push_back(line());
    for (std::size_t n = below(4); n > 0; --n) task.after.push_back(id());
    if (coin()) task.parent = id();
    for (std::size_t n = below(3); n > 0; --n) task.children.push_back(id());
    for (std::size_t n = below(3); n > 0; --n) task.paths.push_back(word() + "/**");
    task.created = time();
    task.updated = time();
    task.created_by = word();
    task.generation = static_cast<std::int64_t>(below(1'000'000));
    if (coin()) task.claim = claim();
    if (coin()) task.note = text(30, true);
    if (coin()) task.reserved = Reservation{word(), time()};
    if (coin()) task.result = Outcome{word(), 3, text(9, true), word(), coin()};
    if (coin()) task.unknown.push_back({"Masc-Later", text(20, true)});
    return task;
  }

  unsigned seed_;
  std::mt19937 engine_;
  ::testing::ScopedTrace trace_;
};

TEST_F(Random, TrailersComeBack) {
  for (int i = 0; i < kRounds; ++i) {
    const std::string value = text(30, true) + std::string(below(2), '\xff');
    EXPECT_EQ(unescape_value(escape_value(value)).value(), value);
    Message message;
    message.subject = line();
    for (std::size_t n = 1 + below(5); n > 0; --n)
      message.trailers.push_back({"Masc-" + word(), text(30, true)});
    const Message back = parse_message(format_message(message)).value();
    EXPECT_EQ(back.subject, message.subject);
    ASSERT_EQ(back.trailers.size(), message.trailers.size());
    for (std::size_t n = 0; n < back.trailers.size(); ++n) {
      EXPECT_EQ(back.trailers[n].key, message.trailers[n].key);
      EXPECT_EQ(back.trailers[n].value, message.trailers[n].value);
    }
  }
}

TEST_F(Random, StatesOfTasksComeBack) {
  for (int i = 0; i < kRounds; ++i) {
    Change change;
    change.event = "task_edited";
    change.agent = word();
    change.text = line();
    if (coin()) change.note = text(30, true);
    Task before = task();
    change.at = before.updated;
    const std::string text = format_step(before, change);
    const Step back = parse_step(text).value();
    EXPECT_EQ(format_step(back.task, back.change), text);
    EXPECT_EQ(back.task.title, before.title);
    EXPECT_EQ(back.task.labels, before.labels);
    EXPECT_EQ(back.task.claim.has_value(), before.claim.has_value());
    if (before.claim) {
      EXPECT_EQ(back.task.claim->worktree, before.claim->worktree);
      EXPECT_EQ(back.task.claim->ports, before.claim->ports);
    }
  }
}

TEST_F(Random, YamlThatWasWrittenReadsBack) {
  for (int i = 0; i < kRounds; ++i) {
    std::vector<Node> maps(1 + below(3));
    for (Node& map : maps) {
      map.kind = Node::Kind::kMap;
      for (std::size_t n = 1 + below(4); n > 0; --n) {
        map.keys.push_back(word() + std::to_string(n));
        Node value;
        value.kind = coin() ? Node::Kind::kScalar : Node::Kind::kList;
        value.quoted = true;
        if (value.is_scalar()) value.text = text(30, true) + (coin() ? "\n" : "");
        for (std::size_t m = value.is_scalar() ? 0 : below(3); m > 0; --m) {
          Node item;
          item.kind = Node::Kind::kScalar;
          item.quoted = true;
          item.text = text(9, true);
          value.items.push_back(std::move(item));
        }
        map.items.push_back(std::move(value));
      }
    }
    const std::string written = format_yaml(maps);
    const auto back = parse_yaml(written);
    ASSERT_TRUE(back) << back.error().message << "\n" << written;
    ASSERT_EQ(back->items.size(), maps.size()) << written;
    for (std::size_t m = 0; m < maps.size(); ++m) {
      ASSERT_EQ(back->items[m].keys, maps[m].keys) << written;
      for (std::size_t n = 0; n < maps[m].items.size(); ++n) {
        EXPECT_EQ(back->items[m].items[n].text, maps[m].items[n].text) << written;
        EXPECT_EQ(back->items[m].items[n].items.size(), maps[m].items[n].items.size()) << written;
      }
    }
  }
}

TEST_F(Random, IdsTimesAndDurationsComeBack) {
  for (int i = 0; i < kRounds; ++i) {
    const TaskId one = id();
    EXPECT_EQ(TaskId::parse(one.str()).value(), one);
    const Instant at = time();
    EXPECT_EQ(parse_time(format_time_exact(at)).value(), at);
    const Duration length = std::chrono::seconds(1 + below(10'000'000));
    EXPECT_EQ(parse_duration(format_duration(length)).value(), length);
  }
}

}  // namespace
}  // namespace masc::model
