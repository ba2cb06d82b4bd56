// Names that can only be handed over literally.
#include "handoff/atoms.h"

#include <gtest/gtest.h>

#include <string>

namespace masc::testing {
namespace {

using namespace handoff;

// "kind:key …" of all that is found.
std::string found_in(std::string_view text) {
  std::vector<Atom> atoms;
  find_atoms(text, atoms);
  std::string out;
  for (const Atom& atom : atoms) {
    constexpr std::string_view kLetters = "pucnkvf";
    out += (out.empty() ? "" : " ");
    out += kLetters[static_cast<std::size_t>(atom.kind)];
    out.append(":").append(atom.key);
  }
  return out;
}

TEST(Atoms, NamesAreFoundAmongWords) {
  EXPECT_EQ(found_in("Only small words, and a Capital one: nothing."), "");
  EXPECT_EQ(found_in("parseLine HTTPServer max_size MAX_SIZE of2Parts"),
            "n:parseLine n:HTTPServer n:max_size n:MAX_SIZE n:of2Parts");
  EXPECT_EQ(found_in("_lead trail_ ABCD abcd_e a_b"), "n:abcd_e");
  EXPECT_EQ(found_in("src/store/table.cc table.cc table.xyz /r/a"),
            "p:store/table.cc p:table.cc p:r/a");
  EXPECT_EQ(found_in("see https://a.example/b?c=1, then"), "u:https://a.example/b?c=1");
  EXPECT_EQ(found_in("1a2b3c4d5e abcdefab 12345678"), "c:1a2b3c4");
  EXPECT_EQ(found_in("#12 v1.2.3 2026 1.0 999 1234567"), "v:#12 v:v1.2.3 v:2026 v:1.0");
  EXPECT_EQ(found_in("--no-edit make-it-so TestFoo-8"), "f:--no-edit k:make-it-so n:TestFoo");
}

TEST(Atoms, ATableGivesEachKeyItsNumberHoweverManyThereAre) {
  AtomTable table;
  constexpr std::uint32_t kMany = 20000;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    ASSERT_EQ(table.intern(AtomKind::kName, "name_" + std::to_string(i)), i);
  }
  AtomTable moved = std::move(table);
  for (std::uint32_t i = 0; i < kMany; ++i) {
    const std::string key = "name_" + std::to_string(i);
    ASSERT_EQ(moved.find(key), i);
    ASSERT_EQ(moved.intern(AtomKind::kName, key), i);
    ASSERT_EQ(moved.key(i), key);
  }
  EXPECT_EQ(moved.size(), kMany);
  EXPECT_EQ(moved.find("name"), AtomTable::kNone);
}

}  // namespace
}  // namespace masc::testing
