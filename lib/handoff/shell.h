// What a shell command line consists of, as far as it can be told without running it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace masc::handoff {

enum class Join { kFirst, kAnd, kOr, kPipe, kThen };  // && || | ; or a line end

struct SimpleCommand {
  Join join = Join::kFirst;  // to the one before
  std::string text;          // without redirections, assignments in front, `sudo` and the like
};

// In order; the bodies of here-documents and what stands in quotes are not looked into.
std::vector<SimpleCommand> split_commands(std::string_view line);

// The same as one line.
std::string joined_commands(const std::vector<SimpleCommand>& commands);

// "go test" of "go test ./... -run X"; the program and, where it has such, its subcommand.
std::string tool_of(std::string_view command);

enum class CommandKind { kTest, kBuild, kLint, kGit, kLook, kOther };
CommandKind kind_of(std::string_view command);

// Whether a success of `later` proves that what `earlier` tried works now: the same tool on the
// same or on everything.
bool covers(std::string_view later, std::string_view earlier);

// The one file that commands show and do nothing else: "cd x && sed -n 1,80p a.c". Empty: none.
std::string_view shown_file(const std::vector<SimpleCommand>& commands);

enum class Outcome { kOk, kFailed, kUnknown };

// How each of the commands ended, if the whole ended with `status`. What can't be told from the
// status alone is kUnknown.
std::vector<Outcome> outcomes(const std::vector<SimpleCommand>& commands,
                              std::optional<bool> success);

}  // namespace masc::handoff
