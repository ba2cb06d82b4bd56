// One agent with claims in a temporary repository, and the landing of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "git/refs.h"
#include "git/worktree_fixture.h"
#include "model/policy.h"
#include "store/landing.h"

namespace masc::store {

using git::fails_with;
using git::good;
using git::kNoon;
using git::must;
using git::Strategy;
using model::Status;
using model::Task;
using model::TaskId;
using How = Landed::How;

class StillClock final : public Clock {
 public:
  Instant now() const override { return kNoon; }
};

inline std::string fact(const Error& error, std::string_view name) {
  for (const Fact& one : error.facts) {
    if (one.name == name) return one.json;
  }
  return "(none)";
}

// One agent, codex, with claims on tasks; main is checked out in the repository's own worktree.
class LandingTest : public git::WorktreeTest {
 protected:
  explicit LandingTest(std::string_view format = "sha1") : WorktreeTest(format) { open(); }

  void open() {
    must(Workspace::init(repository_, "", "codex", kNoon));
    workspace_.emplace(must(Workspace::open(repository_)));
    tasks_.emplace(*workspace_);
    renew_claims();
    codex_.agent = "codex";
    options_.environment = environment_;
  }
  void renew_claims() { claims_.emplace(*workspace_, *tasks_, repository_, git_, policy_); }
  Landings landings() { return {*workspace_, *tasks_, *claims_}; }

  Task add(const std::string& title) {
    Draft draft;
    draft.task.id = must(tasks_->fresh_id());
    draft.task.title = title;
    draft.task.created = kNoon;
    draft.change = {"task_created", "codex", "", "", kNoon, "add", "", ""};
    return must(tasks_->create({std::move(draft)}));
  }
  Task claim(const Task& task, const std::string& agent = "codex") {
    model::Actor actor;
    actor.agent = agent;
    return must(claims_->take(task.id, actor, {}, kNoon)).task;
  }
  Task claim() { return claim(add("Fix login")); }
  std::string commit(const std::string& directory, const std::string& file, const std::string& text,
                     const std::string& message = "work") {
    put(join_path(directory, file), text);
    git_in(directory, {"add", "-A"});
    git_in(directory, {"commit", "-q", "-m", message});
    return head_of(directory);
  }
  std::string work(const Task& task, const std::string& file = "w.txt",
                   const std::string& text = "w\n") {
    return commit(task.claim->worktree, file, text);
  }
  Result<Landed> land(const Task& task) {
    return landings().land(task.id, codex_, options_, clock_);
  }
  Task now(const Task& task) { return must(tasks_->load(task.id)); }
  std::string tip(const std::string& name) { return git_in(repo(), {"rev-parse", name}); }
  bool has_branch(const Task& task) {
    return must(git::branch_tip(repository_, git_, task.id.branch())).has_value();
  }
  std::string status(const std::string& directory) {
    return git_in(directory, {"status", "--porcelain"});
  }
  std::string read(const std::string& path) { return must(read_file(path)); }
  std::vector<std::string> events(const Task& task) {
    std::vector<std::string> events;
    for (const auto& step : must(tasks_->history(now(task)))) events.push_back(step.change.event);
    return events;
  }

  // Landed as `commit` on main, and everything is tidy.
  void expect_landed(const Task& task, const std::string& commit) {
    const Task after = now(task);
    EXPECT_EQ(after.status, Status::kDone);
    EXPECT_FALSE(after.claim);
    EXPECT_EQ(after.landing, "");
    ASSERT_TRUE(after.result);
    EXPECT_TRUE(after.result->landed);
    EXPECT_EQ(after.result->commit, commit);
    EXPECT_EQ(after.result->agent, "codex");
    EXPECT_EQ(tip("main"), commit);
    EXPECT_FALSE(has_branch(task));
    EXPECT_FALSE(exists(task.claim->worktree));
    EXPECT_TRUE(must(list_directory(repository_.masc_dir() + "/scratch")).empty());
  }
  // Nothing moved, the claim is as it was.
  template <class T>
  void expect_untouched(const Task& task, const std::string& main, const Result<T>& result,
                        ErrorCode code) {
    ASSERT_TRUE(fails_with(code, result));
    EXPECT_EQ(tip("main"), main);
    EXPECT_EQ(now(task).status, Status::kClaimed);
    EXPECT_EQ(now(task).landing, "");
    EXPECT_TRUE(exists(task.claim->worktree));
  }
  void take_over(const Task& task) {
    must(tasks_->change(task.id, [](const Task& fresh) -> Result<std::optional<Draft>> {
      Draft draft{fresh, {"task_claimed", "other", "", "", kNoon, "take over", "", ""}, {}};
      draft.task.former.push_back(draft.task.claim->agent);
      draft.task.claim->agent = "other";
      draft.task.generation = ++draft.task.claim->generation;
      return draft;
    }));
  }
  // What a landing that was killed behind the mark, or behind the move, leaves.
  LandingMark killed(const Task& task, const std::string& to, bool moved, bool keep = false) {
    const LandingMark mark{tip("main"), to, tip(task.id.branch()), keep};
    must(tasks_->change(task.id, [&](const Task& fresh) -> Result<std::optional<Draft>> {
      Draft draft{fresh, {"task_edited", "codex", "", "", kNoon, "landing", "", ""}, std::nullopt};
      draft.task.landing = format_mark(mark);
      return draft;
    }));
    if (moved) git_in(repo(), {"merge", "-q", "--ff-only", to});
    return mark;
  }

  StillClock clock_;
  model::Policy policy_;
  model::Actor codex_;
  LandOptions options_;
  std::optional<Workspace> workspace_;
  std::optional<TaskStore> tasks_;
  std::optional<Claims> claims_;
};

}  // namespace masc::store
