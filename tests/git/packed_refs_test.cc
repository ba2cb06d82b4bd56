#include "git/packed_refs.h"

#include <fcntl.h>
#include <unistd.h>

#include "git/worktree_fixture.h"

namespace masc::git {
namespace {

class PackedRefs : public WorktreeTest {
 protected:
  PackedRefs() : state_(open_state()) {
    id_ = must(state_.write_commit({StateRepo::empty_tree(), {}, "al", 1, "x\n"}));
    must(state_.write_tree({}));
  }
  Ref ref(std::string_view name) { return {fmt::format("refs/masc/{}", name), id_}; }
  std::string dir(std::string_view name) { return join_path(state_.directory(), name); }
  std::string listed() {
    return must(git_.in(state_.directory()).output({"for-each-ref", "--format=%(refname)"}));
  }
  StateRepo state_;
  ObjectId id_;
};

TEST_F(PackedRefs, AreThereForGitAndForMascAtOnce) {
  must(state_.swap("refs/masc/loose", std::nullopt, id_));
  must(add_packed_refs(state_.directory(), {ref("b"), ref("a")}));
  EXPECT_EQ(listed(), "refs/masc/a\nrefs/masc/b\nrefs/masc/loose");
  EXPECT_EQ(must(state_.ref("refs/masc/a")), id_);
  must(add_packed_refs(state_.directory(), {ref("c")}));
  EXPECT_EQ(must(state_.refs("refs/masc/")).size(), 4U);
  EXPECT_TRUE(good(git_.in(state_.directory()).output({"fsck", "--strict"})));
  // And they can be changed and deleted as any other.
  must(state_.swap("refs/masc/b", id_, std::nullopt));
  EXPECT_EQ(listed(), "refs/masc/a\nrefs/masc/c\nrefs/masc/loose");
  EXPECT_FALSE(exists(dir("packed-refs.masc")));
  EXPECT_FALSE(exists(dir("packed-refs.lock")));
}

TEST(MergePackedRefs, KeepsOrderAndPeeledLines) {
  const std::string old =
      "# pack-refs with: peeled fully-peeled sorted \n"
      "1111111111111111111111111111111111111111 refs/heads/b\n"
      "2222222222222222222222222222222222222222 refs/tags/t\n"
      "^3333333333333333333333333333333333333333\n";
  const Ref added{"refs/heads/a", must(ObjectId::parse(std::string(40, '4')))};
  EXPECT_EQ(merge_packed_refs(old, {added}), "# pack-refs with: peeled fully-peeled sorted \n" +
                                                 std::string(40, '4') + " refs/heads/a\n" +
                                                 old.substr(old.find('\n') + 1));
}

TEST_F(PackedRefs, LeaveALockOfGitsAlone) {
  must(write_file(dir("packed-refs.lock"), ""));
  EXPECT_FALSE(is_own_packed_lock(state_.directory()));
  EXPECT_FALSE(must(break_own_packed_lock(state_.directory())));
  EXPECT_TRUE(exists(dir("packed-refs.lock")));
}

TEST_F(PackedRefs, TakeAwayALockThatAKilledMascLeft) {
  must(write_file(dir("packed-refs.masc"), "half"));
  ASSERT_EQ(link(dir("packed-refs.masc").c_str(), dir("packed-refs.lock").c_str()), 0);
  must(add_packed_refs(state_.directory(), {ref("a")}));
  EXPECT_EQ(listed(), "refs/masc/a");
}

TEST_F(PackedRefs, DoNotWriteIntoTheFileThatTheirDraftBecame) {
  must(add_packed_refs(state_.directory(), {ref("a")}));
  // Killed between the rename and the removal of the draft's own name.
  ASSERT_EQ(link(dir("packed-refs").c_str(), dir("packed-refs.masc").c_str()), 0);
  const int before = open(dir("packed-refs").c_str(), O_RDONLY | O_CLOEXEC);
  must(add_packed_refs(state_.directory(), {ref("b")}));
  EXPECT_EQ(must(read_all(before, "old")).find("refs/masc/b"), std::string::npos);
  close(before);
  EXPECT_EQ(listed(), "refs/masc/a\nrefs/masc/b");
}

}  // namespace
}  // namespace masc::git
