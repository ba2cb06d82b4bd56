#include "support/sandbox.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"
#include "cmd/dispatch.h"

namespace masc::testing {
namespace {

std::string make_root() {
  std::string path = "/tmp/masc-test-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) std::abort();
  return real_path(path).value();
}

}  // namespace

FakeClock::FakeClock() : now_(SystemClock().now()) {}

Sandbox::Sandbox(const std::string& repository_name)
    : root_(make_root()), repo_(root_ + "/" + repository_name) {
  const char* path = std::getenv("PATH");
  environment_ =
      git::Environment({std::string("PATH=") + (path ? path : "/usr/bin:/bin"), "HOME=" + root_,
                        "GIT_CONFIG_NOSYSTEM=1", "USER=tester", "LC_ALL=C.UTF-8"});
  static_cast<void>(write_file(root_ + "/.gitconfig",
                               "[user]\n\tname = Test Person\n\temail = test@example.org\n"
                               "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n"));
  static_cast<void>(make_directories(repo_));
  git({"init", "-q"});
  git({"commit", "-q", "--allow-empty", "-m", "start"});
}

Sandbox::~Sandbox() { static_cast<void>(remove_tree(root_)); }

cmd::Printed Sandbox::masc(std::vector<std::string> args, const std::string& directory) {
  cmd::Outside outside;
  outside.environment = environment_;
  outside.directory = directory.empty() ? repo_ : directory;
  outside.clock = &clock_;
  const char* binary = std::getenv("MASC_BINARY");
  outside.program = binary ? binary : "/bin/true";
  args.insert(args.begin(), "masc");
  cmd::Printed printed = cmd::run_command(outside, std::move(args));
  const Result<void> done = printed.afterwards ? printed.afterwards() : Result<void>();
  if (!done && printed.status == 0) printed.status = exit_status(done.error().code);
  return printed;
}

std::string Sandbox::ok(std::vector<std::string> args, const std::string& directory) {
  const cmd::Printed printed = masc(args, directory);
  EXPECT_EQ(printed.status, 0) << args[0] << ": " << printed.err << printed.out;
  return std::string(trim(printed.out));
}

git::Finished Sandbox::try_git(std::vector<std::string> args, const std::string& directory) {
  git::Command command;
  command.argv = std::move(args);
  command.argv.insert(command.argv.begin(), "git");
  command.directory = directory.empty() ? repo_ : directory;
  command.environment = environment_;
  return git::run(command).value();
}

std::string Sandbox::git(std::vector<std::string> args, const std::string& directory) {
  const std::string what = args[0];
  const git::Finished finished = try_git(std::move(args), directory);
  EXPECT_TRUE(finished.ok()) << "git " << what << ": " << finished.err;
  return std::string(trim(finished.out));
}

git::Finished Sandbox::binary(std::vector<std::string> args, const std::string& directory) {
  git::Command command;
  command.argv = std::move(args);
  const char* program = std::getenv("MASC_BINARY");
  command.argv.insert(command.argv.begin(), program ? program : "masc");
  command.directory = directory.empty() ? repo_ : directory;
  command.environment = environment_;
  return git::run(command).value();
}

void Sandbox::write(const std::string& path, const std::string& text) {
  const std::string full = join_path(repo_, path);
  ASSERT_TRUE(make_directories(std::string(dir_name(full))));
  ASSERT_TRUE(write_file(full, text));
}

std::string Sandbox::read(const std::string& path) {
  return read_file(join_path(repo_, path)).value_or("(no such file)");
}

std::string field(const std::string& json, const std::string& path) {
  auto value = nlohmann::json::parse(json, nullptr, false);
  for (const std::string_view part : split(path, '.')) {
    if (value.is_array()) {
      const auto index = static_cast<std::size_t>(std::atoi(std::string(part).c_str()));
      value = index < value.size() ? nlohmann::json(value[index]) : nlohmann::json();
      continue;
    }
    if (!value.is_object() || !value.contains(part)) return "(none)";
    value = nlohmann::json(value[std::string(part)]);
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace masc::testing
