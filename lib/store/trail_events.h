// Trails that masc leaves by itself, from what happens to tasks. A trail is an extra: where it
// can't be left, what happened stands all the same, and the error is the caller's to mention.
//
//   landed                success on the paths that changed, and how long it took, for each label
//   a failed check        hazard on the paths that would have changed, and a mark on the agent's
//                         record with each label
//   taken over            hazard on what the former holder had changed and declared
//   released              the same, half as strong: giving back is no accident
//   committed             explored on the paths of the commit
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "git/process.h"
#include "model/policy.h"
#include "model/task.h"
#include "model/trail.h"
#include "store/workspace.h"

namespace masc::store {

class TrailEvents {
 public:
  TrailEvents(Workspace& workspace, const model::Policy& policy, const git::Git& git, Instant now)
      : workspace_(workspace), policy_(policy), git_(git), now_(now) {}

  // `before`: the task while it was claimed; `from`, `to`: the base's tip before and after;
  // `rewritten`: the branch's commits with what they became; `over`: the claim ends with it.
  Result<void> landed(const model::Task& before, const std::string& from, const std::string& to,
                      const std::vector<std::pair<std::string, std::string>>& rewritten, bool over);
  // Done without a landing: only how long it took.
  Result<void> done(const model::Task& before);
  // `tip`: of the branch.
  Result<void> check_failed(const model::Task& task, const std::string& base,
                            const std::string& tip);
  // `tip`: "" where there is no branch.
  Result<void> taken_over(const model::Task& before, const std::string& tip);
  Result<void> released(const model::Task& before, const std::string& tip);
  // `changed`: the paths of `commit`, under the claim of `agent` on `task`.
  Result<void> committed(const model::TaskId& task, const std::string& agent,
                         const std::string& commit, std::vector<std::string> changed);

 private:
  std::vector<model::Deposit> record(const model::Task& before, model::TrailKind kind,
                                     double strength) const;
  std::vector<model::Deposit> times(const model::Task& before) const;
  Result<void> gave_up(const model::Task& before, const std::string& tip, double strength);
  Result<void> leave(const model::TaskId& task, const std::string& agent, model::TrailKind kind,
                     double strength, const std::string& commit, std::vector<std::string> paths,
                     std::vector<model::Deposit> deposits = {});

  Workspace& workspace_;
  const model::Policy& policy_;
  const git::Git& git_;
  Instant now_;
};

// What a commit or a range changed, without renames: the arguments of git-diff-tree(1) behind its
// options, such as {"--root", "HEAD"} or {from, to}.
Result<std::vector<std::string>> changed_paths(const git::Git& git,
                                               const std::vector<std::string>& what);
// Of more paths than are worth a line each: their folders.
std::vector<std::string> few_paths(std::vector<std::string> paths);

}  // namespace masc::store
