// forecast, and what status says of it.
#include <gtest/gtest.h>

#include "base/file.h"
#include "support/sandbox.h"

namespace masc::testing {
namespace {

class Forecasts : public ::testing::Test {
 protected:
  Forecasts() : box("re po \xc3\xbc:x") {}
  void SetUp() override {
    box.write("src/a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    box.write("b.txt", "b\n");
    box.git({"add", "-A"});
    box.git({"commit", "-q", "-m", "start"});
    box.ok({"init"});
  }
  struct Claim {
    std::string id, place;
  };
  Claim claim(const std::string& agent) {
    box.clock().advance(std::chrono::seconds(1));
    Claim made;
    made.id = box.ok({"--agent", agent, "add", "T", "-q", "--claim"});
    made.place = box.ok({"worktree", "path", made.id});
    return made;
  }
  void change(const Claim& claim, const std::string& path, const std::string& text,
              bool commit = true) {
    ASSERT_TRUE(make_directories(std::string(dir_name(claim.place + "/" + path))));
    ASSERT_TRUE(write_file(claim.place + "/" + path, text));
    if (!commit) return;
    box.git({"add", "-A"}, claim.place);
    box.git({"commit", "-q", "-m", "work"}, claim.place);
  }
  std::string pairs(const std::vector<std::string>& args = {"forecast", "--json"}) {
    const std::string json = box.ok(args);
    std::string all;
    for (int i = 0; field(json, fmt::format("pairs.{}.a", i)) != "(none)"; ++i) {
      const auto part = [&](const char* name) {
        return field(json, fmt::format("pairs.{}.{}", i, name));
      };
      all += fmt::format("{} {} {} {};", part("kind"), part("a"), part("b"), part("paths.0"));
    }
    return all;
  }
  testing::Sandbox box;
};

TEST_F(Forecasts, WithoutWorkAreClear) {
  claim("al");
  EXPECT_EQ(box.ok({"forecast"}), "clear");
  EXPECT_EQ(pairs(), "");
}

TEST_F(Forecasts, NameConflictsAndWhatBothEditUncommittedWorkIncluded) {
  const Claim al = claim("al");
  const Claim bo = claim("bo");
  const Claim cy = claim("cy");
  change(al, "src/a.txt", "one\n2\n3\n4\n5\n6\n7\n8\n9\n");
  change(bo, "src/a.txt", "1\n2\n3\n4\n5\n6\n7\n8\nnine\n", false);
  change(cy, "src/a.txt", "eins\n2\n3\n4\n5\n6\n7\n8\n9\n");
  const std::string objects = box.git({"count-objects"});
  EXPECT_EQ(pairs(), fmt::format("conflict {0} {2} src/a.txt;both_edit {0} {1} src/a.txt;"
                                 "both_edit {1} {2} src/a.txt;",
                                 al.id, bo.id, cy.id));
  EXPECT_EQ(box.git({"count-objects"}), objects);
  EXPECT_EQ(box.git({"status", "--porcelain"}, bo.place), "M src/a.txt");
  EXPECT_TRUE(list_directory(box.repo() + "/.git/masc/cache").value().empty() ||
              box.git({"worktree", "list"}).find("forecast") == std::string::npos);
  EXPECT_EQ(box.masc({"forecast", "--exit-code"}).status, 3);
  EXPECT_EQ(box.masc({"forecast", bo.id, "--exit-code"}).status, 0);
  EXPECT_EQ(pairs({"forecast", bo.id, "--json"}),
            fmt::format("both_edit {} {} src/a.txt;both_edit {} {} src/a.txt;", al.id, bo.id, bo.id,
                        cy.id));
  const std::string json = box.ok({"forecast", "--json"});
  EXPECT_EQ(field(json, "order.0"), al.id);
  EXPECT_EQ(field(json, "order.1"), bo.id);
  EXPECT_EQ(field(json, "order.2"), cy.id);
}

TEST_F(Forecasts, NameConflictsWithTheBase) {
  const Claim al = claim("al");
  change(al, "b.txt", "mine\n", false);
  change(al, "new/untracked.txt", "u\n", false);
  box.write("b.txt", "theirs\n");
  box.git({"commit", "-q", "-a", "-m", "theirs"});
  EXPECT_EQ(pairs(), fmt::format("conflict {} main b.txt;", al.id));
  const std::string status = box.ok({"status", "--json"}, al.place);
  EXPECT_EQ(field(status, "problems.0.code"), "forecast_conflict");
  EXPECT_EQ(field(status, "problems.0.subject"), al.id);
  EXPECT_EQ(field(box.ok({"--agent", "al", "status", "--json"}), "problems.0.subject"), al.id);
  EXPECT_EQ(field(box.ok({"--agent", "bo", "status", "--json"}), "problems.0.code"), "(none)");
}

TEST_F(Forecasts, NameTakeBacksOfTheBaseAndOfEachOther) {
  const Claim al = claim("al");
  const Claim bo = claim("bo");
  change(al, "src/a.txt", "1\n2\n3\nadded by al\n4\n5\n6\n7\n8\n9\n");
  box.git({"merge", "-q", "--no-edit", "masc/" + al.id}, bo.place);
  change(bo, "src/a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  EXPECT_EQ(pairs(), fmt::format("takeback {} {} src/a.txt;", bo.id, al.id));
  box.ok({"--agent", "al", "land", al.id});
  EXPECT_EQ(pairs(), fmt::format("takeback {} main src/a.txt;", bo.id));
  EXPECT_EQ(box.masc({"forecast", "--exit-code"}).status, 0);
}

TEST_F(Forecasts, FileAgainstFolderIsAConflict) {
  const Claim al = claim("al");
  const Claim bo = claim("bo");
  change(al, "thing", "a file\n");
  change(bo, "thing/inside", "in a folder\n");
  EXPECT_EQ(pairs().substr(0, 9), "conflict ");
}

}  // namespace
}  // namespace masc::testing
