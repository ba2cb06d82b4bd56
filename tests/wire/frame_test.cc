// Messages to frames and back.
#include "wire/frame.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "wire/batch.h"

namespace masc::wire {
namespace {

std::string frame_of(std::string_view message, const FrameOptions& options = {}) {
  Encoder encoder;
  std::string frame;
  EXPECT_TRUE(encoder.encode(message, frame, options).has_value());
  return frame;
}

std::string back(std::string_view frame) {
  Decoder decoder;
  std::string message;
  const auto info = decoder.decode(frame, message);
  return info ? message : "error: " + info.error().message;
}

Kind kind_of(std::string_view message) {
  Encoder encoder;
  std::string frame;
  return encoder.encode(message, frame)->kind;
}

std::string event(std::string_view name, std::string_view params) {
  return R"({"jsonrpc":"2.0","method":"notifications/masc/)" + std::string(name) +
         R"(","params":{)" + std::string(params) + "}}";
}

// Kind and text of one message of each form that masc or an MCP server sends.
const std::pair<Kind, std::string> kSamples[] = {
    {Kind::kTaskCreated,
     event(
         "task_created",
         R"("seq":12,"ts":"2026-03-01T14:05:00Z","agent":"codex-calm-otter","task":"m-7k3q9fxa","title":"Fix login redirect","priority":1,"type":"bug")")},
    {Kind::kTaskClaimed,
     event(
         "task_claimed",
         R"("seq":13,"ts":"2026-03-01T14:05:07Z","agent":"al","task":"web-1x","title":"Fix \"quotes\" and \\ tabs\t","priority":2)")},
    {Kind::kTaskDone,
     event(
         "task_done",
         R"("at":"2026-03-01T14:05:07.250Z","agent":"al","task":"m-7k3q9fxa","generation":3,"text":"done m-7k3q9fxa by al")")},
    {Kind::kTaskReleased,
     event(
         "task_released",
         R"("seq":9007199254740991,"ts":"2024-02-29T23:59:59Z","agent":"","task":"","reason":"")")},
    {Kind::kLock,
     event(
         "lock",
         R"("seq":1,"ts":"2026-03-01T14:05:00Z","agent":"al","path":"src/core/api.ts","ttl_s":300)")},
    {Kind::kLock,
     event("lock",
           R"("at":"2026-03-01T14:05:00Z","agent":"al","task":null,"paths":["a","b c/d.txt"])")},
    {Kind::kAgentJoin,
     event(
         "agent_join",
         R"("seq":0,"ts":"2026-03-01T14:05:00Z","agent":"al","agent_type":"claude","session_id":"0123abcd-4567-89ef-0000-ffffffffffff","capabilities":["rust","singing"])")},
    {Kind::kHeartbeat,
     event(
         "heartbeat",
         R"("seq":5,"ts":"2026-03-01T14:05:00Z","agent":"al","status":"idle","task":"x","context_pct":0.5)")},
    {Kind::kBroadcast,
     event(
         "broadcast",
         R"("seq":5,"ts":"2026-03-01T14:05:00Z","from":"al","content":"Привет, мир. 你好 🙂","mention":null)")},
    {Kind::kVoteCreated,
     event(
         "vote_created",
         R"("seq":5,"ts":"2026-03-01T14:05:00Z","id":"v-1","proposer":"al","topic":"Go?","options":["approve","reject","abstain"],"required":2)")},
    {Kind::kPheromone,
     event(
         "pheromone",
         R"("seq":5,"ts":"2026-03-01T14:05:00Z","agent":"al","path":"a.c","trail":"success","strength":0.125,"half_life_s":3601)")},
    {Kind::kPortal, event("portal", R"("anything":[1,2.5,-3e+7,{"deep":null}],"else":true)")},
    {Kind::kCall,
     R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"grep","arguments":{"pattern":"a.*b","n":[]}}})"},
    {Kind::kResult,
     R"({"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"ok"}],"isError":false}})"},
    {Kind::kNotification, R"({"jsonrpc":"2.0","method":"notifications/other","params":{}})"},
    {Kind::kRequest, R"({"jsonrpc":"2.0","id":1,"method":"ping"})"},
    {Kind::kOpaque, ""},
    {Kind::kOpaque, "plain words"},
    {Kind::kOpaque, R"({"jsonrpc": "2.0"})"},
    {Kind::kOpaque, std::string("\0\xff\xfe", 3)},
};

TEST(Frame, EachFormComesBackToTheByteAndIsKnownByItsKind) {
  for (const auto& [kind, text] : kSamples) {
    EXPECT_EQ(back(frame_of(text)), text);
    EXPECT_EQ(kind_of(text), kind) << text;
    EXPECT_EQ(back(frame_of(text, {.checksum = true, .epoch = 77})), text);
  }
}

TEST(Frame, WhatASmallWriterWouldSpellOtherwiseStaysAsItIs) {
  const std::string good =
      event("agent_leave", R"("seq":5,"ts":"2026-03-01T14:05:00Z","agent":"al")");
  EXPECT_EQ(kind_of(good), Kind::kAgentLeave);
  for (const char* params : {R"("seq":05,"ts":"2026-03-01T14:05:00Z","agent":"al")",
                             R"("seq":5,"ts":"2026-02-30T14:05:00Z","agent":"al")",
                             R"("seq":5,"ts":"2026-03-01T24:05:00Z","agent":"al")",
                             R"("seq":-5,"ts":"2026-03-01T14:05:00Z","agent":"al")",
                             R"("seq":5,"ts":"1999-03-01T14:05:00Z","agent":"al")",
                             R"("seq":5,"ts":"2026-03-01T14:05:00Z","agent":"\u0061l")",
                             R"("seq":5, "ts":"2026-03-01T14:05:00Z","agent":"al")",
                             R"("seq":5,"ts":"2026-03-01T14:05:00Z","agent":"a\/l")",
                             R"("seq":1e3,"ts":"2026-03-01T14:05:00Z","agent":"al")",
                             R"("seq":5,"ts":"2026-03-01T14:05:00Z","agent":"\ud83d\ude42")"}) {
    const std::string text = event("agent_leave", params);
    EXPECT_EQ(back(frame_of(text)), text);
  }
}

TEST(Frame, EveryBeginningOfAMessageComesBack) {
  for (const auto& [kind, text] : kSamples)
    for (std::size_t size = 0; size < text.size(); ++size)
      ASSERT_EQ(back(frame_of(text.substr(0, size))), text.substr(0, size));
}

// Escapes are resolved into memory that must hold what several shapes make of one message.
TEST(Frame, EscapesInAMessageThatFitsTheThirdShapeOnlyComeBack) {
  const std::string text =
      event("heartbeat", R"("seq":5,"ts":"2026-03-01T14:05:00Z","agent":")" + std::string(77, 'a') +
                             R"(\n","status":")" + std::string(1870, 'b') +
                             R"(\n","task":null,"context_pct":0.5)");
  EXPECT_EQ(kind_of(text), Kind::kHeartbeat);
  EXPECT_EQ(back(frame_of(text)), text);
}

// A frame of a record that no encoder would take.
std::string frame_of_record(const Record& record) {
  const Model& model = Model::compiled_in();
  AnsEncoder coding;
  TextEncoder text(model);
  Memory memory;
  FieldWriter writer(coding, text, memory);
  writer.put_shape(record);
  writer.put_all({&record, 1});
  std::string frame(2, '\0');
  coding.finish(frame);
  close_frame(model, record.kind, Coding::kModel, false, 0, frame);
  return frame;
}

TEST(Frame, WhatGrowsBeyondTheLimitWhenItIsEscapedIsRefused) {
  const std::string controls(kMostMessage / 4, '\x01');
  Record record{.kind = Kind::kMessage, .shape = 1, .values = {}, .unescaped = {}};
  for (int i = 0; i < 7; ++i) record.values.emplace_back();
  record.values[1].text = "msg-1";
  record.values[2].text = record.values[3].text = "al";
  record.values[5].number = record.values[6].number = 1;
  record.values[4].text = std::string_view(controls).substr(0, 1000);
  EXPECT_FALSE(back(frame_of_record(record)).starts_with("error"));
  record.values[4].text = controls;
  const std::string frame = frame_of_record(record);
  EXPECT_LT(frame.size(), std::size_t{1000});
  EXPECT_TRUE(back(frame).starts_with("error"));
}

TEST(Frame, NothingIsReadBehindATextThatIsTooLong) {
  const Model& model = Model::compiled_in();
  AnsEncoder coding;
  TextEncoder writer(model);
  for (const std::size_t size : {60U, 70U, 4000U})
    writer.put(coding, std::string(size, 'a'), Start::kId);
  std::string code;
  coding.finish(code);
  AnsDecoder in(code);
  TextDecoder reader(model, 100);
  reader.take(in, Start::kId);
  EXPECT_FALSE(in.failed());
  reader.take(in, Start::kId);
  EXPECT_TRUE(in.failed());
  const std::size_t size = reader.pool().size();
  EXPECT_LT(size, std::size_t{200});
  reader.take(in, Start::kId);
  EXPECT_EQ(reader.pool().size(), size);
}

TEST(Frame, EventMessagesShrinkToAFifth) {
  std::size_t text = 0, frames = 0;
  for (const auto& [kind, message] : kSamples) {
    if (kind == Kind::kOpaque) continue;
    text += message.size();
    frames += frame_of(message).size();
  }
  EXPECT_LT(frames * 4, text);
}

TEST(Frame, AnyBytesUpToAMebibyteComeBack) {
  std::mt19937 chance(4711);
  Encoder encoder;
  Decoder decoder;
  const std::string alphabet[] = {std::string("ab"), std::string("\0\x01\xff\xc3\xa4", 5),
                                  std::string("{}[]\":,\\ \nnull0123e+-.")};
  for (int round = 0; round < 400; ++round) {
    std::string text;
    const std::size_t size = round < 390 ? chance() % 700 : std::size_t{1} << (11 + (round - 390));
    const std::string& letters = alphabet[chance() % 3];
    const bool noise = chance() % 4 == 0;
    while (text.size() < size) {
      text += noise ? static_cast<char>(chance()) : letters[chance() % letters.size()];
      if (chance() % 40 == 0) text += kSamples[chance() % std::size(kSamples)].second;
    }
    std::string frame;
    std::string again;
    ASSERT_TRUE(encoder.encode(text, frame, {.checksum = round % 2 == 0}).has_value());
    ASSERT_LE(frame.size(), text.size() + 8) << round;
    const auto info = decoder.decode(frame, again);
    ASSERT_TRUE(info.has_value()) << round << ": " << info.error().message;
    ASSERT_EQ(again, text) << round;
  }
}

TEST(Frame, OneBrokenFieldInASampleComesBackToo) {
  std::mt19937 chance(7);
  Encoder encoder;
  Decoder decoder;
  for (int round = 0; round < 4000; ++round) {
    std::string text = kSamples[chance() % std::size(kSamples)].second;
    for (auto i = static_cast<int>(chance() % 3); i >= 0 && !text.empty(); --i) {
      const std::size_t at = chance() % text.size();
      switch (chance() % 3) {
        case 0: text[at] = static_cast<char>(chance()); break;
        case 1: text.erase(at, 1); break;
        default: text.insert(at, 1, "\"\\,:{}[]0x\x01"[chance() % 11]); break;
      }
    }
    std::string frame;
    std::string again;
    ASSERT_TRUE(encoder.encode(text, frame).has_value());
    ASSERT_TRUE(decoder.decode(frame, again).has_value()) << text;
    ASSERT_EQ(again, text);
  }
}

TEST(Frame, ALongTextIsBoundedAndATooLongOneRefused) {
  Encoder encoder;
  std::string frame;
  EXPECT_FALSE(encoder.encode(std::string(kMostMessage + 1, 'a'), frame).has_value());
  EXPECT_EQ(frame, "");
  ASSERT_TRUE(encoder.encode(std::string(kMostMessage, 'a'), frame).has_value());
  EXPECT_LT(frame.size(), std::size_t{3000});
  EXPECT_EQ(back(frame).size(), kMostMessage);
}

TEST(Frame, ABombIsRefused) {
  // A zstd frame whose header promises more than a message may be, and one that is cut.
  std::string frame = frame_of(std::string(300000, 'a'));
  ASSERT_EQ(static_cast<unsigned char>(frame[0]) >> 6, 2);
  std::string bomb = frame.substr(0, 2);
  put_varint(bomb, kMostMessage + 1);
  EXPECT_TRUE(back(bomb + frame.substr(2 + 3)).starts_with("error"));
  bomb.resize(2);
  put_varint(bomb, 299999);
  EXPECT_TRUE(back(bomb + frame.substr(2 + 3)).starts_with("error"));
  EXPECT_TRUE(back(frame.substr(0, frame.size() - 1)).starts_with("error"));
  EXPECT_TRUE(back(frame + "x").starts_with("error"));
}

TEST(Frame, NothingMayStandBehindAndNothingMayBeMissing) {
  for (const auto& [kind, text] : kSamples) {
    const std::string frame = frame_of(text, {.checksum = true});
    EXPECT_TRUE(back(frame + '\0').starts_with("error")) << text;
    for (std::size_t cut = 0; cut < frame.size(); ++cut)
      EXPECT_TRUE(back(frame.substr(0, cut)).starts_with("error")) << text;
    if (static_cast<unsigned char>(frame_of(text)[0]) >> 6 != 1) continue;
    EXPECT_TRUE(back(frame_of(text) + '\0').starts_with("error")) << text;
    // Without a checksum this may happen to be a frame too, but never of the same message.
    EXPECT_NE(back(frame_of(text) + 'x'), text);
  }
}

TEST(Frame, WithAChecksumNoMutationOfTwoHundredThousandIsAccepted) {
  std::mt19937 chance(99);
  Decoder decoder;
  std::vector<std::string> frames;
  for (const auto& [kind, text] : kSamples) frames.push_back(frame_of(text, {.checksum = true}));
  std::size_t accepted = 0;
  std::string out;
  for (int round = 0; round < 200000; ++round) {
    std::string frame = frames[chance() % frames.size()];
    const std::string original = frame;
    for (auto i = static_cast<int>(chance() % 4); i >= 0; --i) {
      const std::size_t at = chance() % frame.size();
      if (chance() % 8 == 0) {
        frame.erase(at, 1);
      } else {
        frame[at] = static_cast<char>(frame[at] ^ (1 << chance() % 8));
      }
      if (frame.empty()) break;
    }
    if (frame == original) continue;
    out.clear();
    accepted += decoder.decode(frame, out, true).has_value() ? 1 : 0;
  }
  EXPECT_EQ(accepted, std::size_t{0});
}

TEST(Frame, AFrameOfAnotherModelIsRefusedByName) {
  std::string frame = frame_of("some words");
  frame[1] = static_cast<char>(frame[1] ^ 1);
  EXPECT_NE(back(frame).find("model"), std::string::npos);
}

TEST(Batch, MessagesComeBackInTheirOrder) {
  std::vector<std::string_view> messages;
  for (int i = 0; i < 5; ++i)
    for (const auto& [kind, text] : kSamples) messages.push_back(text);
  for (const bool checksum : {false, true}) {
    BatchEncoder encoder;
    BatchDecoder decoder;
    std::string batch;
    ASSERT_TRUE(encoder.encode(messages, batch, checksum).has_value());
    const auto again = decoder.decode(batch);
    ASSERT_TRUE(again.has_value()) << again.error().message;
    ASSERT_EQ(again->size(), messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) EXPECT_EQ((*again)[i], messages[i]);
    for (std::size_t cut = 0; checksum && cut < batch.size(); ++cut)
      EXPECT_FALSE(decoder.decode(std::string_view(batch).substr(0, cut)).has_value());
    const auto longer = decoder.decode(batch + "x");  // without a checksum: at most others
    EXPECT_FALSE(longer.has_value() && (checksum || *longer == *again));
  }
}

TEST(Batch, OfNothingIsABatchToo) {
  BatchEncoder encoder;
  BatchDecoder decoder;
  std::string batch;
  ASSERT_TRUE(encoder.encode({}, batch).has_value());
  ASSERT_TRUE(decoder.decode(batch).has_value());
  EXPECT_TRUE(decoder.decode(batch)->empty());
}

TEST(Batch, OfOneMessageIsItsFrame) {
  for (const auto& [kind, text] : kSamples) {
    const std::string_view one = text;
    BatchEncoder encoder;
    std::string batch;
    ASSERT_TRUE(encoder.encode({&one, 1}, batch).has_value());
    EXPECT_EQ(batch, frame_of(text, {.checksum = true}));
    const auto again = BatchDecoder().decode(batch, true);
    ASSERT_TRUE(again.has_value()) << text;
    EXPECT_EQ(*again, std::vector{text});
    EXPECT_FALSE(BatchDecoder().decode(frame_of(text), true).has_value());
  }
}

// Ends with symbols that may take nothing: many of them are a few bytes, and they come back.
TEST(Batch, OfManyMessagesThatSayTheSameComesBack) {
  const std::string text =
      event("agent_leave", R"("seq":0,"ts":"2024-01-01T00:00:00.000Z","agent":"")");
  const std::vector<std::string_view> messages(5000, text);
  std::string batch;
  ASSERT_TRUE(BatchEncoder().encode(messages, batch).has_value());
  EXPECT_LT(batch.size(), std::size_t{6000});
  const auto again = BatchDecoder().decode(batch, true);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->size(), messages.size());
  EXPECT_EQ(again->front(), text);
  EXPECT_EQ(again->back(), text);
}

TEST(Batch, FewBytesOfDamageAreRefusedSoonAndMakeLittle) {
  // Heads that promise 2^16 messages, with next to nothing behind.
  BatchEncoder encoder;
  BatchDecoder decoder;
  std::string batch;
  ASSERT_TRUE(encoder.encode(std::vector<std::string_view>(65536, "x"), batch, false).has_value());
  for (std::size_t cut = 3; cut < 60; ++cut) {  // may be another batch, as there is no checksum
    const auto messages = decoder.decode(std::string_view(batch).substr(0, cut));
    EXPECT_LT(messages ? messages->size() : 0, std::size_t{100}) << cut;
  }
  std::mt19937 chance(5);
  for (int round = 0; round < 20000; ++round) {
    std::string frame = batch.substr(0, 2);
    if (round % 2 == 0) frame[0] = static_cast<char>(64 + chance() % 28);
    for (auto i = static_cast<int>(chance() % 9); i > 0; --i)
      frame += static_cast<char>(chance() % 3 == 0 ? 0 : chance());
    const auto messages = decoder.decode(frame);
    if (!messages) continue;
    std::size_t size = 0;
    for (const std::string& message : *messages) size += message.size();
    EXPECT_LE(size, kMostBatchBytes);
  }
}

TEST(Batch, TooMuchForOneIsRefusedAndNothingWritten) {
  std::string list = "[";
  for (int i = 0; i < 4000; ++i) list += i == 0 ? R"("")" : R"(,"")";
  const std::string join = event(
      "agent_join",
      R"("seq":0,"ts":"2026-03-01T14:05:00Z","agent":"al","agent_type":"claude","session_id":"0123abcd-4567-89ef-0000-ffffffffffff","capabilities":)" +
          list + "]");
  ASSERT_EQ(kind_of(join), Kind::kAgentJoin);
  std::string batch;
  BatchEncoder encoder;
  EXPECT_FALSE(encoder.encode(std::vector<std::string_view>(300, join), batch).has_value());
  EXPECT_EQ(batch, "");
  // And the next one is as if it had not been tried.
  ASSERT_TRUE(encoder.encode(std::vector<std::string_view>(3, join), batch).has_value());
  const auto again = BatchDecoder().decode(batch, true);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->back(), join);
}

TEST(Batch, TakesLessThanItsMessagesAlone) {
  std::vector<std::string> texts;
  for (int i = 0; i < 50; ++i)
    texts.push_back(event(
        "heartbeat",
        R"("seq":)" + std::to_string(100 + i) + R"(,"ts":"2026-03-01T14:05:)" +
            std::to_string(10 + i) +
            R"(Z","agent":"codex-calm-otter","status":"working","task":"web-1x","context_pct":0.)" +
            std::to_string(11 + i)));
  std::size_t alone = 0;
  for (const std::string& text : texts) alone += frame_of(text).size();
  BatchEncoder encoder;
  std::string batch;
  ASSERT_TRUE(
      encoder.encode(std::vector<std::string_view>(texts.begin(), texts.end()), batch).has_value());
  EXPECT_LT(batch.size() * 2, alone);
}

TEST(Varint, HasOneSpelling) {
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}}) {
    std::string text;
    put_varint(text, number);
    std::string_view rest = text;
    std::uint64_t again = 1;
    EXPECT_TRUE(take_varint(rest, again));
    EXPECT_EQ(again, number);
    EXPECT_TRUE(rest.empty());
  }
  for (const std::string_view text :
       {std::string_view("\x80\x00", 2), std::string_view("\x80", 1), std::string_view(),
        std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")}) {
    std::string_view rest = text;
    std::uint64_t number = 0;
    EXPECT_FALSE(take_varint(rest, number));
  }
}

}  // namespace
}  // namespace masc::wire
