#include "store/fitting.h"

#include "base/file.h"
#include "base/text.h"
#include "git/include.h"
#include "git/status.h"
#include "store/logged_command.h"

namespace masc::store {
namespace {

// The work tree whose ignored files new worktrees get; nullopt if there is none.
Result<std::optional<git::Place>> source_of(const git::Repository& repository, const git::Git& git,
                                            const model::Task& task) {
  const std::string main = git::main_root(repository);
  if (main != repository.common_dir) {
    // Not there where core.worktree names another folder: then nothing is brought.
    auto place = git::place_at(main);
    if (place) return std::move(*place);
    return std::nullopt;
  }
  MASC_TRY(const auto checkouts, git::checkouts_of(repository, git, task.claim->base));
  for (const git::Checkout& checkout : checkouts) {
    if (checkout.missing || checkout.by != git::Checkout::By::kHead) continue;
    auto place = git::place_at(checkout.path);
    if (place) return std::move(*place);
  }
  return std::nullopt;
}

Result<std::optional<std::string>> bring(const git::Repository& repository, const git::Git& git,
                                         const model::Task& task, const git::Worktree& worktree) {
  MASC_TRY(const auto source, source_of(repository, git, task));
  if (!source || !exists(join_path(source->path, git::kIncludeFile))) return std::nullopt;
  MASC_TRY(const git::Place target, git::place_at(worktree.path));
  MASC_TRY(const std::size_t count, git::bring_included(git, *source, target));
  if (count == 0) return std::nullopt;
  return fmt::format("brought {} ignored file{} along ({})", count, count == 1 ? "" : "s",
                     git::kIncludeFile);
}

}  // namespace

git::Environment claim_environment(const git::Environment& outside, const model::Task& task) {
  git::Environment environment = outside.without_git();
  environment.set("MASC_AGENT", task.claim->agent);
  environment.set("MASC_TASK", task.id.str());
  const auto& ports = task.claim->ports;
  environment.unset("MASC_PORT");
  environment.unset("MASC_PORTS");
  if (ports.empty()) return environment;
  environment.set("MASC_PORT", std::to_string(ports.front()));
  std::string all;
  for (const int port : ports) all += (all.empty() ? "" : " ") + std::to_string(port);
  environment.set("MASC_PORTS", all);
  return environment;
}

Result<Fitted> fit_out(const git::Repository& repository, const git::Git& git,
                       const model::Policy& policy, const model::Task& task,
                       const git::Worktree& worktree, const Fitting& fitting) {
  Fitted fitted;
  MASC_TRY(auto brought, bring(repository, git, task, worktree));
  if (brought) fitted.remarks.push_back(std::move(*brought));
  const std::string& setup = policy.claim.setup;
  if (setup.empty()) return fitted;
  if (!fitting.commands) {
    fitted.warnings.push_back(
        fmt::format("the set-up was skipped: {} (git config masc.commands is not true; allow it "
                    "with: masc init --commands)",
                    printable(first_line(setup))));
    return fitted;
  }
  MASC_CHECK(
      run_logged({"the set-up", setup, worktree.path, claim_environment(fitting.environment, task),
                  policy.claim.setup_timeout, fitting.log},
                 ErrorCode::kSetupFailed));
  return fitted;
}

}  // namespace masc::store
