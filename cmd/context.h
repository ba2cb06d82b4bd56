// What a verb works with: where it stands, who acts, the stores. Each part is made when first asked
// for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "cmd/identity.h"
#include "git/config.h"
#include "git/process.h"
#include "git/repository.h"
#include "model/policy.h"
#include "model/rules.h"
#include "store/agents.h"
#include "store/claims.h"
#include "store/mail.h"
#include "store/policy.h"
#include "store/tasks.h"
#include "store/workspace.h"

namespace masc::cmd {

// Options that every verb takes, before or after its name.
struct Globals {
  std::optional<std::string> directory;
  std::optional<std::string> agent;
  std::optional<std::string> color;
  bool json = false;
  bool quiet = false;
  bool help = false;
};

// What main() was started with. Everything a verb reads of the outside comes through here.
struct Outside {
  git::Environment environment;
  std::string directory;         // absolute
  const Clock* clock = nullptr;  // borrowed
  bool terminal = false;         // stdout is one
  bool error_terminal = false;   // stderr is one
  std::string program;           // path of the running binary, for hooks that start it again
  int input = 0;                 // descriptor that `-F -` and the hooks read from
  int output = 1;                // descriptor that streams are written to (`listen`)
};

class Context {
 public:
  Context(Outside outside, Globals globals);

  const Outside& outside() const noexcept { return outside_; }
  const Globals& globals() const noexcept { return globals_; }
  Instant now() const { return outside_.clock->now(); }
  const std::string& directory() const noexcept { return directory_; }

  // kNotARepository.
  Result<const git::Repository*> repository();
  // kNoWorkspace.
  Result<store::Workspace*> workspace();
  Result<store::TaskStore*> tasks();
  Result<store::AgentStore*> agents();
  Result<store::MailStore*> mail();
  // Claims with their worktrees; reads the policy.
  Result<store::Claims*> claims();
  Result<const model::Policy*> policy();
  Result<const git::UserConfig*> config();
  // The user's git in the main worktree (or the bare repository).
  Result<git::Git> git();

  // Who acts.
  Result<const Identity*> identity();
  Result<model::Actor> actor();
  // The token of the worktree one stands in.
  Result<const std::optional<git::Token>*> token();
  // Acts as somebody else from here on (`run` with a fresh name).
  void act_as(Identity identity) { identity_ = std::move(identity); }

  // A Change by the actor, now.
  Result<model::Change> change(std::string event, std::string text);

  // The task a verb without ID means: the claim of this worktree, else the agent's only claim.
  // kAmbiguous, kNothingClaimed. With ID: a unique prefix of at least `least` digits.
  Result<model::TaskId> task_or_own(const std::optional<std::string>& id, std::size_t least = 4);

  void warn(std::string text) { warnings_.push_back(std::move(text)); }
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

  // What is to be done once the reply has been written, and only then: marking messages as read.
  void afterwards(std::function<Result<void>()> act) { afterwards_ = std::move(act); }
  const std::function<Result<void>()>& afterwards() const noexcept { return afterwards_; }

  // Messages that the actor has not read; 0 where that can't be known, or no workspace was opened.
  std::size_t unread();

  // Touches the actor's file, which renews its leases; silent where that can't be done.
  void mark_alive();

 private:
  Outside outside_;
  Globals globals_;
  std::string directory_;
  std::optional<git::Repository> repository_;
  std::optional<store::Workspace> workspace_;
  std::optional<store::TaskStore> tasks_;
  std::optional<store::AgentStore> agents_;
  std::optional<store::MailStore> mail_;
  std::optional<store::Claims> claims_;
  std::optional<model::Policy> policy_;
  std::optional<git::UserConfig> config_;
  std::optional<Identity> identity_;
  std::optional<std::optional<git::Token>> token_;
  std::vector<std::string> warnings_;
  std::function<Result<void>()> afterwards_;
};

}  // namespace masc::cmd
