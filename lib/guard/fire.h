// Answering when git fires a hook.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "git/process.h"
#include "git/repository.h"
#include "model/rules.h"

namespace masc::guard {

struct HookCall {
  std::string name;
  std::vector<std::string> args;
  int input = 0;                 // descriptor that git writes to
  git::Environment environment;  // as git started the hook
  git::Repository repository;
  std::string agent;  // "" = nobody who gave a name: a person, or the token's agent
  Instant now{};
};

struct HookAnswer {
  bool refused = false;
  std::string words;  // for standard error: the refusal, or warnings
  std::string input;  // what was read of `input`, for the user's hook
  bool input_taken = false;
};

// Decides. Fails only where masc itself can't find out; then the caller warns and lets git go on.
Result<HookAnswer> answer(const HookCall& call);

// Whether there is anything to decide about this call: cheap, starts nothing.
bool concerns(const HookCall& call);

}  // namespace masc::guard
