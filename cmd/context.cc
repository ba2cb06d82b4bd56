#include "cmd/context.h"

#include "base/file.h"
#include "base/text.h"

namespace masc::cmd {

Context::Context(Outside outside, Globals globals)
    : outside_(std::move(outside)), globals_(std::move(globals)), directory_(outside_.directory) {
  if (globals_.directory) directory_ = join_path(directory_, *globals_.directory);
}

Result<const git::Repository*> Context::repository() {
  if (!repository_) {
    MASC_TRY(auto found, git::find_repository(directory_, outside_.environment));
    MASC_CHECK(git::check_ownership(found, outside_.environment));
    repository_ = std::move(found);
  }
  return &*repository_;
}

Result<store::Workspace*> Context::workspace() {
  if (!workspace_) {
    MASC_TRY(const git::Repository* repository, this->repository());
    MASC_TRY(store::Workspace opened, store::Workspace::open(*repository));
    workspace_.emplace(std::move(opened));
  }
  return &*workspace_;
}

Result<store::TaskStore*> Context::tasks() {
  if (!tasks_) {
    MASC_TRY(store::Workspace * workspace, this->workspace());
    tasks_.emplace(*workspace);
  }
  return &*tasks_;
}

Result<store::AgentStore*> Context::agents() {
  if (!agents_) {
    MASC_TRY(store::Workspace * workspace, this->workspace());
    agents_.emplace(*workspace);
  }
  return &*agents_;
}

Result<store::MailStore*> Context::mail() {
  if (!mail_) {
    MASC_TRY(store::Workspace * workspace, this->workspace());
    mail_.emplace(*workspace);
  }
  return &*mail_;
}

std::size_t Context::unread() {
  if (!workspace_) return 0;
  const auto identity = this->identity();
  const auto mail = this->mail();
  if (!identity || !mail) return 0;
  return (*mail)->count_unread((*identity)->agent, now()).value_or(0);
}

Result<git::Git> Context::git() {
  MASC_TRY(const git::Repository* repository, this->repository());
  return git::main_git(*repository, outside_.environment);
}

Result<const model::Policy*> Context::policy() {
  if (!policy_) {
    MASC_TRY(const git::Repository* repository, this->repository());
    MASC_TRY(const git::Git git, this->git());
    MASC_TRY(policy_, store::load_policy(*repository, git));
  }
  return &*policy_;
}

Result<const git::UserConfig*> Context::config() {
  if (!config_) {
    MASC_TRY(const git::Repository* repository, this->repository());
    config_ = git::UserConfig::load(*repository, outside_.environment);
  }
  return &*config_;
}

Result<store::Claims*> Context::claims() {
  if (!claims_) {
    MASC_TRY(store::Workspace * workspace, this->workspace());
    MASC_TRY(store::TaskStore * tasks, this->tasks());
    MASC_TRY(const git::Repository* repository, this->repository());
    MASC_TRY(const model::Policy* policy, this->policy());
    MASC_TRY(git::Git git, this->git());
    claims_.emplace(*workspace, *tasks, *repository, std::move(git), *policy);
  }
  return &*claims_;
}

Result<const std::optional<git::Token>*> Context::token() {
  if (!token_) {
    MASC_TRY(const git::Repository* repository, this->repository());
    std::optional<git::Token> found;
    if (repository->linked()) {
      MASC_TRY(found, git::read_token(repository->git_dir));
    }
    token_ = std::move(found);
  }
  return &*token_;
}

Result<const Identity*> Context::identity() {
  if (identity_) return &*identity_;
  MASC_TRY(const std::optional<git::Token>* token, this->token());
  IdentityFacts facts;
  facts.flag = globals_.agent;
  if (*token) facts.token_agent = (*token)->agent;
  facts.known = [this](const std::string& name) {
    const auto agents = this->agents();
    return agents && (*agents)->last_seen(name).has_value();
  };
  facts.config = [this](const std::string& name) {
    const auto config = this->config();
    return config ? (*config)->get(name).value_or("") : std::string();
  };
  MASC_TRY(identity_, identify(outside_.environment, facts));
  return &*identity_;
}

Result<model::Actor> Context::actor() {
  MASC_TRY(const Identity* identity, this->identity());
  model::Actor actor{identity->agent, identity->session, identity->human, std::nullopt};
  MASC_TRY(const std::optional<git::Token>* token, this->token());
  if (*token) {
    MASC_TRY(model::TaskId task, model::TaskId::parse((*token)->task));
    actor.standing = model::Standing{std::move(task), (*token)->generation};
  }
  return actor;
}

Result<model::Change> Context::change(std::string event, std::string text) {
  MASC_TRY(const Identity* identity, this->identity());
  model::Change change;
  change.event = std::move(event);
  change.agent = identity->agent;
  change.session = identity->session;
  change.at = now();
  change.text = std::move(text);
  return change;
}

Result<model::TaskId> Context::task_or_own(const std::optional<std::string>& id,
                                           std::size_t least) {
  MASC_TRY(store::TaskStore * tasks, this->tasks());
  if (id) return tasks->resolve(*id, least);
  MASC_TRY(const std::optional<git::Token>* token, this->token());
  if (*token) return model::TaskId::parse((*token)->task);
  MASC_TRY(const Identity* identity, this->identity());
  MASC_TRY(const auto all, tasks->unfolded());
  std::vector<model::TaskId> own;
  std::vector<std::string> list;
  for (const model::Task& task : all) {
    if (!task.claim || task.claim->agent != identity->agent) continue;
    own.push_back(task.id);
    list.push_back(task.id.str());
  }
  if (own.size() == 1) return own.front();
  if (own.empty()) {
    return fail(error(ErrorCode::kNothingClaimed, "{} holds no claim here", identity->agent)
                    .hint("name a task, or take one: masc claim"));
  }
  return fail(error(ErrorCode::kAmbiguous, "{} holds {} claims", identity->agent, own.size())
                  .hint("name one of them: " + join_words(list, ", "))
                  .fact("candidates", list));
}

void Context::mark_alive() {
  if (!workspace_) return;
  const auto identity = this->identity();
  const auto agents = this->agents();
  if (identity && agents)
    (*agents)->seen((*identity)->agent, (*identity)->human, (*identity)->client);
}

}  // namespace masc::cmd
