#include "model/document.h"

#include <gtest/gtest.h>

namespace masc::model {
namespace {

// The tree in short: scalars as they are (quoted ones in quotes), lists in [], maps in {}.
std::string shape(const Node& node) {
  std::string out;
  switch (node.kind) {
    case Node::Kind::kNull: return "null";
    case Node::Kind::kScalar: return node.quoted ? "'" + node.text + "'" : node.text;
    case Node::Kind::kList:
      for (const Node& item : node.items) out += (out.empty() ? "" : " ") + shape(item);
      return "[" + out + "]";
    case Node::Kind::kMap:
      for (std::size_t i = 0; i < node.keys.size(); ++i)
        out += (out.empty() ? "" : " ") + node.keys[i] + ":" + shape(node.items[i]);
      return "{" + out + "}";
  }
  return out;
}

std::string yaml(std::string_view text) {
  const auto node = parse_yaml(text);
  return node ? shape(*node) : node.error().message;
}
std::string json(std::string_view text) {
  const auto node = parse_json(text);
  return node ? shape(*node) : node.error().message;
}

TEST(Document, ReadsYaml) {
  EXPECT_EQ(yaml(""), "null");
  EXPECT_EQ(yaml("# nothing\n"), "null");
  EXPECT_EQ(yaml("a: 1\nb: [x, 'y', ~]\nc: {d: \"1\"}\ne:\n"),
            "{a:1 b:[x 'y' null] c:{d:'1'} e:null}");
  EXPECT_EQ(yaml("- |\n  one\n  two\n- off\n"), "['one\ntwo\n' off]");
}

TEST(Document, ReadsJson) {
  EXPECT_EQ(json(R"({"a":1,"b":["x",null,true,-2.5],"c":{}})"),
            "{a:1 b:['x' null true -2.5] c:{}}");
  EXPECT_EQ(json(R"("\u00e9\ud83d\ude00\n")"), "'é😀\n'");
}

TEST(Document, NamesThePlaceOfAnError) {
  EXPECT_EQ(yaml("a: 1\nb: [\n"), "3:1: end of sequence flow not found");
  EXPECT_EQ(yaml("a: 1\n  a: 2\n"), "2:4: illegal map value");
  EXPECT_EQ(yaml("a: 1\na: 2\n"), "2:1: 'a' is there twice");
  EXPECT_EQ(yaml("[x]: 1\n"), "1:1: a key must be a text");
  EXPECT_EQ(yaml("a: \"cut off\n"), "1:4: this quoted text does not end");
  EXPECT_EQ(yaml("a: 'it''s cut off''\n"), "1:4: this quoted text does not end");
  EXPECT_EQ(yaml("a: 'it''s'\n"), "{a:'it's'}");
  EXPECT_EQ(yaml("a: &x 1\n"), "1:4: anchors are not read here");
  EXPECT_EQ(yaml("a: !!binary x\n"), "1:4: tags are not read here");
  EXPECT_EQ(yaml("a: 1\n---\nb: 2\n"), "3:1: there is more than one document");
  EXPECT_EQ(json(R"({"a":1,"a":2})"), "1:8: 'a' is there twice");
  EXPECT_TRUE(json(R"({"a":1} x)").starts_with("1:9: syntax error")) << json(R"({"a":1} x)");
  EXPECT_TRUE(json("{\"a\":\n01}").starts_with("2:2: syntax error")) << json("{\"a\":\n01}");
  EXPECT_TRUE(json("").starts_with("1:1: ")) << json("");
  EXPECT_TRUE(json("\"\xff\"").starts_with("1:2: ")) << json("\"\xff\"");
}

TEST(Document, KnowsWhereEveryNodeStands) {
  const Node a = parse_yaml("x:\n  - one\n  - {k: 7}\n").value();
  EXPECT_EQ(a.items[0].items[1].items[0].mark, (Mark{3, 9}));
  EXPECT_EQ(a.items[0].items[1].key_marks[0], (Mark{3, 6}));
  const Node b = parse_json(R"({"x" : [1,  {"k":22}, "é", {"q":"z"}]})", 5).value();
  const Node& list = b.items[0];
  EXPECT_EQ(b.key_marks[0], (Mark{5, 2}));
  EXPECT_EQ(list.mark, (Mark{5, 8}));
  EXPECT_EQ(list.items[1].mark, (Mark{5, 13}));
  EXPECT_EQ(list.items[1].items[0].mark, (Mark{5, 18}));
  EXPECT_EQ(list.items[2].mark, (Mark{5, 23}));
  EXPECT_EQ(list.items[3].key_marks[0], (Mark{5, 30}));
}

TEST(Document, RefusesMoreThan32Levels) {
  const std::string deep = std::string(33, '[') + std::string(33, ']');
  EXPECT_EQ(json(deep), "1:33: too many levels");
  EXPECT_EQ(yaml(deep), "1:33: too many levels");
  EXPECT_FALSE(parse_yaml(std::string(100'000, '[')));
}

TEST(Document, ChecksWhatANodeSays) {
  const Node map = parse_yaml("a: 3\nb: '3'\nc: yes\nd: [x, y]\ne: {}\n").value();
  EXPECT_EQ(number_of(map.items[0], 0, 4).value(), 3);
  EXPECT_EQ(number_of(map.items[0], 0, 2).error().message,
            "1:4: a whole number from 0 to 2 expected");
  EXPECT_FALSE(number_of(map.items[1], 0, 4));
  EXPECT_TRUE(flag_of(map.items[2]).value());
  EXPECT_FALSE(flag_of(map.items[0]));
  EXPECT_EQ(texts_of(map.items[3]).value(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(texts_of(map.items[2]).error().message, "3:4: a list expected");
  EXPECT_EQ(text_of(map.items[4]).error().message, "5:4: a text expected");
  EXPECT_EQ(in_file("f", error_at({3, 4}, "why")).message, "f:3:4: why");
}

TEST(Document, WritesYamlThatReadsBack) {
  const std::string text =
      R"([{"a":"plain","b":"off","c":"two\nlines\n","d":"1","e":1,"f":true,"g":["x","- y"],)"
      R"("h":{"i":"#"},"j":"\u0007\ttab","k":" lead\n","l":"é \u2028","m":"","odd key":"x\n\ny\n"}])";
  const Node list = parse_json(text).value();
  const std::string written = format_yaml(list.items);
  const auto bare = [](std::string from) {
    std::erase(from, '\'');
    return from;
  };
  EXPECT_EQ(bare(yaml(written)), bare(shape(list))) << written;
  EXPECT_NE(written.find("  c: |\n    two\n    lines\n"), written.npos) << written;
  EXPECT_EQ(yaml(format_yaml({})), "[]");
}

}  // namespace
}  // namespace masc::model
