#include "base/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <random>

namespace masc {
namespace {

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  JsonWriter json;
  json.begin_object().field("a", 1).key("b").begin_array().value("x").null().end_array();
  json.field("c", true).key("d").begin_object().end_object().field_or_null("e", "").end_object();
  EXPECT_EQ(json.str(), R"({"a":1,"b":["x",null],"c":true,"d":{},"e":null})");
}

TEST(JsonWriter, WritesNumbersThatReadBack) {
  JsonWriter json;
  json.begin_array().value(0.5).value(std::numeric_limits<double>::infinity());
  json.value(std::numeric_limits<std::int64_t>::min()).end_array();
  EXPECT_EQ(json.str(), "[0.5,null,-9223372036854775808]");
}

TEST(JsonString, EscapesWhatTerminalsWouldObey) {
  EXPECT_EQ(json_string("a\"\\\n\x1b\x7f"), R"("a\"\\\n\u001b\u007f")");
  EXPECT_EQ(json_string("\xC2\x9B"), "\"\\u009b\"");
  EXPECT_EQ(json_string("\xFF"), "\"\xEF\xBF\xBD\"");
}

TEST(JsonString, IsReadBackByAParserWhateverTheBytes) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % (round % 2 == 0 ? 256 : 128));
    const auto parsed = nlohmann::json::parse(json_string(bytes), nullptr, false);
    ASSERT_TRUE(parsed.is_string());
    if (round % 2 == 1) {
      EXPECT_EQ(parsed.get<std::string>(), bytes);
    }
  }
}

}  // namespace
}  // namespace masc
