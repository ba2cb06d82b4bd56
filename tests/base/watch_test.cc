#include "base/watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace masc {
namespace {

TEST(Watch, SleepsOnWhereWhatCameDoesNotMatter) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "abc", 3), 3);
  Watch watch;
  std::string seen;
  const auto matters = [&] {
    char byte = 0;
    EXPECT_EQ(read(ends[0], &byte, 1), 1);
    seen += byte;
    return byte == 'b';
  };
  watch.wait(std::chrono::hours(1), ends[0], matters);
  EXPECT_EQ(seen, "ab");
  watch.wait(std::chrono::milliseconds(1), ends[0], matters);
  EXPECT_EQ(seen, "abc");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace masc
