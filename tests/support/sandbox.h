// A temporary folder with a repository of its own, and verbs run in it in-process.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "cmd/output.h"
#include "git/process.h"

namespace masc::testing {

// Stands still until told to go on. Starts at the real time, since leases are renewed by touching
// files.
class FakeClock final : public Clock {
 public:
  FakeClock();
  Instant now() const override { return now_; }
  void advance(Duration by) { now_ += by; }

 private:
  Instant now_;
};

// Removed at the end, whatever is in it. The repository is at root() + "/repo".
class Sandbox {
 public:
  explicit Sandbox(const std::string& repository_name = "repo");
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  const std::string& root() const { return root_; }
  const std::string& repo() const { return repo_; }
  FakeClock& clock() { return clock_; }
  git::Environment& environment() { return environment_; }

  // `masc ARGS…` in-process, standing in `directory` ("" = the repository).
  cmd::Printed masc(std::vector<std::string> args, const std::string& directory = "");
  // The same, expecting success: stdout without its final newline.
  std::string ok(std::vector<std::string> args, const std::string& directory = "");
  // git in the repository or in `directory`; its trimmed output, empty with a test failure if it
  // fails.
  std::string git(std::vector<std::string> args, const std::string& directory = "");
  git::Finished try_git(std::vector<std::string> args, const std::string& directory = "");
  // The real binary, with real time.
  git::Finished binary(std::vector<std::string> args, const std::string& directory = "");
  void write(const std::string& path, const std::string& text);  // relative to the repository
  std::string read(const std::string& path);

 private:
  std::string root_;
  std::string repo_;
  FakeClock clock_;
  git::Environment environment_;
};

// The value of a top-level or nested field of JSON text: field(json, "task.claim.agent"). Numbers
// and booleans as written, null as "null", missing as "(none)".
std::string field(const std::string& json, const std::string& path);

}  // namespace masc::testing
