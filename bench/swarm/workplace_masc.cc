#include <fmt/format.h>

#include <map>
#include <set>

#include "base/text.h"
#include "git/refs.h"
#include "store/claims.h"
#include "store/landing.h"
#include "store/tasks.h"
#include "store/trail_events.h"
#include "store/workspace.h"
#include "swarm/next.h"
#include "workplace.h"

namespace masc::bench {
namespace {

constexpr const char* kBase = "main";

class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Instant now) : now_(now) {}
  Instant now() const override { return now_; }

 private:
  Instant now_;
};

std::string as_data(std::string_view text) {
  return fmt::format("data {}\n{}\n", text.size(), text);
}

// Each task puts a line of its own at the end of its files, so two that change a file at once don't
// merge, and one that began with the other's line takes nothing back.
class InRepository final : public Workplace {
 public:
  InRepository(const Scenario& scenario, git::Repository repository, git::Git git,
               store::Workspace workspace)
      : scenario_(scenario),
        workspace_(std::move(workspace)),
        tasks_(workspace_),
        git_(std::move(git)),
        claims_(workspace_, tasks_, std::move(repository), git_, {}),
        work_(scenario.agents.size()) {
    for (std::size_t i = 0; i < scenario.tasks.size(); ++i) numbers_[task_id(i)] = i;
  }

  Result<void> add(std::size_t task, Instant now) override {
    const model::Task made = made_task(scenario_, task);
    if (!made.parent.empty() && epics_.insert(made.parent).second) {
      model::Task epic;
      epic.id = made.parent;
      epic.title = "epic";
      epic.created = now;
      MASC_CHECK(create(epic, now));
    }
    return create(made, now);
  }

  Result<bool> claim(std::size_t agent, std::size_t task, Instant now) override {
    store::ClaimOptions options;
    options.lease = std::chrono::hours(24 * 30);
    options.worktree = false;
    options.onto = kBase;
    const SimTask& made = scenario_.tasks[task];
    if (scenario_.recipe.locks && made.declared) {
      for (const FileId file : made.touches)
        options.lock_paths.push_back(model::PathSet::path(file_name(file)));
    }
    const auto taken = claims_.take(task_id(task), actor(agent), options, now);
    if (taken) return true;
    if (taken.error().code == ErrorCode::kLocked) return false;
    return fail(taken.error());
  }

  // The commit that the agent will have made by its end: with what the base holds now.
  Result<void> begin(std::size_t agent, std::size_t task, Instant now) override {
    MASC_TRY(const std::string base, tip(kBase));
    Work& work = work_[agent];
    const std::string branch = task_id(task).branch();
    std::string stream = head_of_commit(branch, agent_name(agent), now);
    stream += as_data("work on " + scenario_.tasks[task].name) + "from " + base + "\n";
    work.texts.clear();
    for (const FileId file : scenario_.tasks[task].touches) {
      std::string& text = work.texts[file];
      text = texts_[file] + fmt::format("{} {}\n", scenario_.tasks[task].name, ++lines_);
      stream += fmt::format("M 100644 inline {}\n", file_name(file)) + as_data(text);
    }
    MASC_CHECK(git_.output({"fast-import", "--quiet", "--force"}, stream));
    MASC_TRY(work.commit, tip(branch));
    return {};
  }

  // What the hook of a claim's worktree would tell.
  Result<void> commit(std::size_t agent, std::size_t task, Instant now) override {
    std::vector<std::string> paths;
    for (const FileId file : scenario_.tasks[task].touches) paths.push_back(file_name(file));
    return store::TrailEvents(workspace_, claims_.policy(), git_, now)
        .committed(task_id(task), agent_name(agent), work_[agent].commit, std::move(paths));
  }

  Result<Landing> land(std::size_t agent, std::size_t task, Instant now) override {
    const auto landed = store::Landings(workspace_, tasks_, claims_)
                            .land(task_id(task), actor(agent), {}, VirtualClock(now));
    if (!landed) {
      if (landed.error().code == ErrorCode::kConflict) return Landing::kConflict;
      if (landed.error().code == ErrorCode::kLocked) return Landing::kLocked;
      return fail(landed.error());
    }
    if (landed->how != store::Landed::How::kLanded || landed->commits != 1)
      return fail(ErrorCode::kBug, "{} landed otherwise than it should", task_id(task).str());
    for (auto& [file, text] : work_[agent].texts) texts_[file] = std::move(text);
    return Landing::kLanded;
  }

  Result<std::optional<std::vector<std::size_t>>> next(std::size_t agent, Instant now) override {
    MASC_TRY(const auto ranked, swarm::rank(workspace_, tasks_, claims_, actor(agent), now));
    std::vector<std::size_t> order;
    for (const swarm::Ranked& one : ranked) {
      const auto number = numbers_.find(one.task.id);  // an epic itself is nobody's work
      if (number != numbers_.end()) order.push_back(number->second);
    }
    return order;
  }

  // The base's first commit, with all files.
  Result<void> make_base() {
    std::string stream = head_of_commit(kBase, "somebody", kStart) + as_data("start");
    for (std::size_t i = 0; i < scenario_.files; ++i) {
      const auto file = static_cast<FileId>(i);
      texts_[file] = fmt::format("{} first\n", file_name(file));
      stream += fmt::format("M 100644 inline {}\n", file_name(file)) + as_data(texts_[file]);
    }
    MASC_CHECK(git_.output({"fast-import", "--quiet"}, stream));
    return {};
  }

 private:
  struct Work {
    std::string commit;
    std::map<FileId, std::string> texts;  // what its files become
  };

  static model::Actor actor(std::size_t agent) {
    model::Actor actor;
    actor.agent = agent_name(agent);
    return actor;
  }

  static std::string head_of_commit(const std::string& branch, const std::string& who,
                                    Instant now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    return fmt::format("commit refs/heads/{}\ncommitter {} <{}@localhost> {} +0000\n", branch, who,
                       who, seconds.count());
  }

  Result<std::string> tip(const std::string& branch) const {
    MASC_TRY(const auto tip, git::branch_tip(claims_.repository(), git_, branch));
    if (!tip) return fail(ErrorCode::kBug, "the branch {} is missing", branch);
    return *tip;
  }

  Result<void> create(model::Task task, Instant now) {
    store::Draft draft{std::move(task), {}, std::nullopt};
    draft.change.event = "task_created";
    draft.change.agent = "somebody";
    draft.change.at = now;
    draft.change.text = "add " + draft.task.id.str();
    MASC_CHECK(tasks_.create({std::move(draft)}));
    return {};
  }

  const Scenario& scenario_;
  store::Workspace workspace_;
  store::TaskStore tasks_;
  git::Git git_;
  store::Claims claims_;
  std::vector<Work> work_;               // by agent
  std::map<FileId, std::string> texts_;  // of the base
  std::map<model::TaskId, std::size_t> numbers_;
  std::set<model::TaskId> epics_;
  std::uint64_t lines_ = 0;
};

}  // namespace

Result<std::unique_ptr<Workplace>> in_repository(const Scenario& scenario,
                                                 const std::string& folder,
                                                 const git::Environment& outside) {
  git::Environment environment = outside.without_git();
  environment.set("GIT_CONFIG_GLOBAL", "/dev/null");
  environment.set("GIT_CONFIG_NOSYSTEM", "1");
  for (const char* role : {"AUTHOR", "COMMITTER"}) {
    environment.set(fmt::format("GIT_{}_NAME", role), "Agent");
    environment.set(fmt::format("GIT_{}_EMAIL", role), "agent@localhost");
  }
  const git::Git git(environment, folder);
  MASC_CHECK(git.output(
      {"init", "--quiet", "--bare", "--template=", fmt::format("--initial-branch={}", kBase)}));
  MASC_TRY(auto repository, git::find_repository(folder, environment));
  MASC_CHECK(store::Workspace::init(repository, "", "somebody", kStart));
  MASC_TRY(auto workspace, store::Workspace::open(repository));
  auto made = std::make_unique<InRepository>(
      scenario, repository, git::main_git(repository, environment), std::move(workspace));
  MASC_CHECK(made->make_base());
  return made;
}

}  // namespace masc::bench
