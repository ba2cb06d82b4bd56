#include "base/text.h"

#include <gtest/gtest.h>

namespace masc {
namespace {

TEST(Utf8, KnowsSequencesByTheirFirstByteAndTheirRange) {
  const std::pair<const char*, std::size_t> cases[] = {{"a", 1},
                                                       {"\xC3\xA9", 2},
                                                       {"\xE2\x82\xAC", 3},
                                                       {"\xF0\x9F\x98\x80", 4},
                                                       {"\x80", 0},
                                                       {"\xC0\x80", 0},
                                                       {"\xC3", 0},
                                                       {"\xE0\x80\x80", 0},
                                                       {"\xED\xA0\x80", 0},
                                                       {"\xF0\x80\x80\x80", 0},
                                                       {"\xF4\x90\x80\x80", 0},
                                                       {"\xFF", 0},
                                                       {"", 0}};
  for (const auto& [text, length] : cases) EXPECT_EQ(utf8_length(text), length) << text;
}

TEST(CheckLine, TakesOneLineOfPlainText) {
  EXPECT_TRUE(check_line("Fix login – naïve", "title"));
  EXPECT_TRUE(check_line(std::string(1024, 'x'), "title"));
}

TEST(CheckLine, RefusesWhatATitleMayNotBe) {
  for (const std::string& bad :
       {std::string(""), std::string("  "), std::string("a\nb"), std::string("a\x1b[31m"),
        std::string("a\x7f"), std::string("a\xC2\x85"), std::string("\xFF"), std::string("a\0b", 3),
        std::string(1025, 'x')}) {
    const auto checked = check_line(bad, "title");
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalid);
    EXPECT_EQ(checked.error().message.find('\n'), std::string::npos);
  }
}

TEST(CheckBody, RefusesNulAndInvalidUtf8AndTooMuch) {
  EXPECT_TRUE(check_body("two\nlines\n", "body"));
  EXPECT_FALSE(check_body(std::string_view("a\0b", 3), "body"));
  EXPECT_FALSE(check_body("\xC3", "body"));
  EXPECT_FALSE(check_body(std::string((1 << 20) + 1, 'x'), "body"));
}

TEST(ShellQuote, LeavesSafeWordsAndQuotesTheRest) {
  EXPECT_EQ(shell_quote("/tmp/a-b_c.d"), "/tmp/a-b_c.d");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote("$(rm)"), "'$(rm)'");
  EXPECT_EQ(shell_quote(""), "''");
}

TEST(Printable, ShowsControlsAndBadBytesAsEscapes) {
  EXPECT_EQ(printable("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(printable("tab\tline\n"), "tab\\tline\\n");
  EXPECT_EQ(printable_text("tab\tline\n\x1b"), "tab\tline\n\\x1b");
  EXPECT_EQ(printable("\xFF"), "\\xff");
  EXPECT_EQ(printable("\xC2\x9B"), "\\x9b");
}

TEST(Printable, ShowsWhatNobodySeesAsEscapes) {
  EXPECT_EQ(printable("a\u202eb\u2066c\u200bd\u2028\ufeff\u00ad"),
            "a\\u{202e}b\\u{2066}c\\u{200b}d\\u{2028}\\u{feff}\\u{ad}");
  EXPECT_EQ(printable_text("\U000E0041\n\u061c"), "\\u{e0041}\n\\u{61c}");
  // Letters of any script, emoji and what joins them stay.
  const char* plain =
      "Zoë \u05e9\u05dc\u05d5\u05dd \u0645\u06cc\u200c\u062e "
      "\U0001F469\u200d\U0001F4BB\ufe0f\u2026\u3000";
  EXPECT_EQ(printable(plain), plain);
}

TEST(EditDistance, CountsInsertionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("claim", "claim"), 0U);
  EXPECT_EQ(edit_distance("calim", "claim"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("list", "last"), 1U);
}

TEST(Slug, KeepsLettersAndDigits) {
  EXPECT_EQ(slug("Jane  O'Neil (she)"), "jane-o-neil-she");
  EXPECT_EQ(slug("Ünal"), "nal");
  EXPECT_EQ(slug("!!"), "");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ',').size(), 3U);
  EXPECT_EQ(split("", ',').size(), 1U);
  EXPECT_EQ(split_lines("a\nb\n").size(), 2U);
}

}  // namespace
}  // namespace masc
