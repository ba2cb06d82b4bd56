// A user's repository with masc's state beside it, in a folder of its own that goes with the test.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/time.h"
#include "git/process.h"
#include "git/repository.h"
#include "git/slot.h"
#include "git/state_repo.h"
#include "model/id.h"

namespace masc::git {

// Shows an error where a test expected a value.
template <class T>
testing::AssertionResult good(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << code_name(result.error().code) << ": " << result.error().message;
}

template <class T>
testing::AssertionResult fails_with(ErrorCode code, const Result<T>& result) {
  if (result) return testing::AssertionFailure() << "it succeeded";
  if (result.error().code == code) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << code_name(result.error().code) << ": " << result.error().message;
}

// The value, or the end of the test program with the error's message.
template <class T>
T must(Result<T> result) {
  EXPECT_TRUE(good(result));
  return std::move(result).value();
}
inline void must(Result<void> result) { EXPECT_TRUE(good(result)); }

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

inline constexpr Instant kNoon{std::chrono::seconds(1'772'366'400)};  // 2026-03-01T12:00:00Z

// <folder>/r is the repository, with one commit on main; <folder>/r.masc the slots' root.
class WorktreeTest : public testing::Test {
 protected:
  explicit WorktreeTest(std::string_view object_format = "sha1");

  std::string repo() const { return top_.path() + "/r"; }
  std::string repo(std::string_view name) const { return join_path(repo(), name); }
  std::string root() const { return top_.path() + "/r.masc"; }
  std::string folder() const { return top_.path(); }
  std::string folder(std::string_view name) const { return join_path(top_.path(), name); }

  // Runs git in `directory` and expects it to succeed; its output.
  std::string git_in(const std::string& directory, std::vector<std::string> args);
  // A slot with the new branch masc/<id> at `start` (the tip of main if "").
  Worktree add_slot(std::string_view id, std::string start = "");
  static void put(const std::string& path, std::string_view data);
  std::string head_of(const std::string& directory) {
    return git_in(directory, {"rev-parse", "HEAD"});
  }
  StateRepo open_state();

 private:
  TempFolder top_;

 protected:
  Environment environment_;
  Git git_;
  Repository repository_;
};

// A path of the worktree's own git directory.
inline std::string in_admin(const Worktree& worktree, std::string_view name) {
  return join_path(worktree.git_dir, name);
}

inline model::TaskId task(std::string_view id) { return must(model::TaskId::parse(id)); }

}  // namespace masc::git
