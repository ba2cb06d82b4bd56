#include "replay/play.h"

#include <algorithm>
#include <cctype>
#include <random>

#include "base/file.h"
#include "base/text.h"

namespace masc::replay {
namespace {

using Counts = std::map<std::string, int>;

std::string squeezed(std::string_view line) {
  std::string text;
  for (const char c : line) {
    if (c != ' ' && c != '\t') text += c;
  }
  return text;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

struct Worker {
  const Agent* agent = nullptr;
  std::string task;
  std::string place;
  std::size_t next = 0;  // step
  Counts meant;          // lines that a step took away, squeezed
  std::string before_stale;
  bool planted = false;
};

class Player {
 public:
  Player(const History& history, std::string masc, std::string root, git::Environment environment,
         unsigned order)
      : history_(history),
        masc_(std::move(masc)),
        root_(std::move(root)),
        environment_(std::move(environment)),
        random_(order) {}

  Result<Played> run();

 private:
  Result<git::Finished> masc(const Worker& who, std::vector<std::string> args) const;
  git::Git in(const std::string& place) const { return {environment_, place}; }
  Result<void> start();
  Result<Worker> claim(const Agent& agent);
  Result<void> work(Worker& worker, bool past_sync);
  Result<bool> step(Worker& worker, const Step& step);
  Result<bool> sync(Worker& worker);
  Result<void> keep_stale(Worker& worker, const std::string& path);
  Result<void> land(Worker& worker);
  Result<std::string> integrate();
  Result<Counts> count_lines(const std::string& commit) const;
  Result<void> look_for_losses(const Worker& worker, const Counts& before);
  std::vector<std::size_t> order();

  Lines read(const Worker& worker, const std::string& path) const {
    Lines lines;
    const auto text = read_file_if_any(worker.place + "/" + path);
    if (!text || !*text) return lines;
    for (const std::string_view line : split_lines(**text)) lines.emplace_back(line);
    return lines;
  }
  Result<void> write(const Worker& worker, const std::string& path, const Lines& lines) const {
    const std::string file = worker.place + "/" + path;
    MASC_CHECK(make_directories(std::string(dir_name(file))));
    return write_file(file, joined(lines));
  }

  const History& history_;
  std::string masc_, root_, repo_, plain_;
  git::Environment environment_;
  std::mt19937 random_;
  Played played_;
};

Result<git::Finished> Player::masc(const Worker& who, std::vector<std::string> args) const {
  git::Command command;
  command.argv = {masc_, "--agent", who.agent->name};
  command.argv.insert(command.argv.end(), args.begin(), args.end());
  command.directory = who.place.empty() ? repo_ : who.place;
  command.environment = environment_;
  return git::run(command);
}

Result<void> Player::start() {
  repo_ = root_ + "/repo";
  plain_ = root_ + "/plain";
  MASC_CHECK(make_directories(repo_));
  MASC_CHECK(in(repo_).output({"init", "-q", "-b", "main"}));
  Worker main;
  main.place = repo_;
  for (const auto& [path, lines] : history_.files) MASC_CHECK(write(main, path, lines));
  MASC_CHECK(in(repo_).output({"add", "-A"}));
  MASC_CHECK(in(repo_).output({"commit", "-q", "--allow-empty", "-m", "start"}));
  MASC_CHECK(in(root_).output({"clone", "-q", repo_, plain_}));
  git::Command command;
  command.argv = {masc_, "--agent", "person", "init"};
  command.directory = repo_;
  command.environment = environment_;
  MASC_CHECK(git::run(command));
  return {};
}

Result<Worker> Player::claim(const Agent& agent) {
  Worker worker;
  worker.agent = &agent;
  MASC_TRY(const auto added, masc(worker, {"add", agent.name, "--claim", "-q"}));
  if (!added.ok()) return fail(ErrorCode::kBug, "masc add: {}", added.err);
  worker.task = std::string(trim(added.out));
  MASC_TRY(const auto path, masc(worker, {"worktree", "path", worker.task}));
  worker.place = std::string(trim(path.out));
  return worker;
}

// False: the merge is in conflict, and the agent goes on without it.
Result<bool> Player::sync(Worker& worker) {
  MASC_TRY(const auto merged, in(worker.place).run({"merge", "-q", "--no-edit", "main"}));
  if (merged.ok()) return true;
  MASC_CHECK(in(worker.place).run({"merge", "--abort"}));
  return false;
}

bool says_something(std::string_view line) {
  return std::any_of(line.begin(), line.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
}

// The file as the branch had it before it was synchronised. It is in force where a line of others
// goes with it, or comes back that was nowhere any more.
Result<void> Player::keep_stale(Worker& worker, const std::string& path) {
  const git::Git git = in(worker.place);
  MASC_TRY(const auto synchronised, git.run({"rev-parse", "-q", "--verify", "HEAD^2"}));
  MASC_TRY(const auto shown, git.run({"show", "HEAD^1:" + path}));
  if (!synchronised.ok() || !shown.ok()) return {};
  MASC_TRY(worker.before_stale, git.output({"rev-parse", "HEAD"}));
  MASC_TRY(const Counts tree, count_lines(worker.before_stale));
  Lines stale;
  for (const std::string_view line : split_lines(shown.out)) stale.emplace_back(line);
  Counts old;
  Counts now;
  for (const std::string& line : stale) ++old[squeezed(line)];
  for (const std::string& line : read(worker, path)) ++now[squeezed(line)];
  for (const auto& [line, count] : now)
    worker.planted = worker.planted || (says_something(line) && !old.contains(line));
  for (const auto& [line, count] : old)
    worker.planted = worker.planted || (says_something(line) && !tree.contains(line));
  return write(worker, path, stale);
}

// Whether the next step may follow.
Result<bool> Player::step(Worker& worker, const Step& step) {
  if (step.verb == "sync") return sync(worker);
  if (step.verb == "commit") {
    MASC_CHECK(in(worker.place).output({"add", "-A"}));
    MASC_CHECK(in(worker.place).output({"commit", "-q", "--allow-empty", "-m", step.text}));
    return true;
  }
  if (step.verb == "stale") {
    MASC_CHECK(keep_stale(worker, step.path));
    return true;
  }
  Lines lines = read(worker, step.path);
  const auto lose = [&](const std::string& line) { ++worker.meant[squeezed(line)]; };
  if (step.verb == "write") {
    for (const std::string& line : lines) lose(line);
    MASC_CHECK(write(worker, step.path, step.lines));
    return true;
  }
  if (lines.empty()) return true;
  const std::size_t at = step.line == 0 ? 0 : (step.line - 1) % lines.size();
  const auto here = lines.begin() + static_cast<std::ptrdiff_t>(at);
  if (step.verb == "append") {
    lose(*here);
    *here += step.text;
  } else if (step.verb == "insert") {
    lines.insert(here, step.text);
  } else if (step.verb == "drop") {
    lose(*here);
    lines.erase(here);
  } else if (step.verb == "indent") {
    for (std::string& line : lines) line = line.empty() ? line : "  " + line;
  } else if (step.verb == "move") {
    const auto end = here + static_cast<std::ptrdiff_t>(std::min(step.count, lines.size() - at));
    const Lines moved(here, end);
    lines.erase(here, end);
    if (step.to == step.path) {
      lines.insert(lines.end(), moved.begin(), moved.end());
    } else {
      Lines other = read(worker, step.to);
      other.insert(other.end(), moved.begin(), moved.end());
      MASC_CHECK(write(worker, step.to, other));
    }
  } else if (step.verb == "remove") {
    for (const std::string& line : lines) lose(line);
    MASC_CHECK(remove_file(worker.place + "/" + step.path));
    return true;
  } else if (step.verb == "rename") {
    MASC_CHECK(remove_file(worker.place + "/" + step.path));
    MASC_CHECK(write(worker, step.to, lines));
    return true;
  }
  MASC_CHECK(write(worker, step.path, lines));
  return true;
}

// Until the next sync, or to the end.
Result<void> Player::work(Worker& worker, bool past_sync) {
  const auto& steps = worker.agent->steps;
  while (worker.next < steps.size()) {
    if (!past_sync && steps[worker.next].verb == "sync") return {};
    MASC_TRY(const bool on, step(worker, steps[worker.next++]));
    if (!on) worker.next = steps.size();
  }
  return {};
}

Result<Counts> Player::count_lines(const std::string& commit) const {
  MASC_TRY(const std::string listed,
           in(repo_).output({"grep", "-h", "-I", "-e", "", commit, "--"}));
  Counts counts;
  for (const std::string_view line : split_lines(listed)) ++counts[squeezed(line)];
  return counts;
}

Result<void> Player::look_for_losses(const Worker& worker, const Counts& before) {
  MASC_TRY(const Counts after, count_lines("main"));
  for (const auto& [line, count] : before) {
    if (line.empty()) continue;
    const auto now = after.find(line);
    const auto meant = worker.meant.find(line);
    const int left = now == after.end() ? 0 : now->second;
    const int gone = meant == worker.meant.end() ? 0 : meant->second;
    if (left + gone < count) played_.lost.push_back(worker.agent->name + ": " + line);
  }
  return {};
}

// The same work on the same base, by git alone: the tree, "" where it is in conflict.
Result<std::string> Player::integrate() {
  const git::Git git = in(plain_);
  MASC_CHECK(git.output({"fetch", "-q", repo_, "+refs/replay/base:refs/heads/base",
                         "+refs/replay/tip:refs/heads/theirs"}));
  MASC_CHECK(git.output({"reset", "-q", "--hard", "base"}));
  if (history_.strategy == "rebase") {
    MASC_CHECK(git.output({"switch", "-q", "theirs"}));
    MASC_TRY(const auto rebased, git.run({"rebase", "-q", "main"}));
    if (!rebased.ok()) MASC_CHECK(git.run({"rebase", "--abort"}));
    MASC_CHECK(git.output({"switch", "-q", "main"}));
    if (!rebased.ok()) return "";
    return git.output({"rev-parse", "theirs^{tree}"});
  }
  MASC_TRY(const auto merged, git.run({"merge", "-q", "--no-ff", "--no-edit", "theirs"}));
  if (merged.ok()) return git.output({"rev-parse", "HEAD^{tree}"});
  MASC_CHECK(git.run({"merge", "--abort"}));
  return "";
}

Result<void> Player::land(Worker& worker) {
  MASC_TRY(const Counts before, count_lines("main"));
  const std::vector<std::string> args = {"--json", "land", worker.task, "--strategy",
                                         history_.strategy};
  if (worker.planted) ++played_.planted;
  MASC_TRY(auto landed, masc(worker, args));
  if (landed.out.find("\"takebacks\"") != std::string::npos) {
    if (worker.planted) {
      ++played_.caught;
    } else {
      ++played_.false_alarms;
      played_.notes.push_back(worker.agent->name + ": " + landed.out);
    }
    // The agent gives in: without the stale copy, or insisting.
    if (worker.planted) {
      MASC_CHECK(in(worker.place).output({"reset", "-q", "--hard", worker.before_stale}));
      MASC_TRY(landed, masc(worker, args));
    } else {
      auto again = args;
      again.emplace_back("--allow-takeback");
      MASC_TRY(landed, masc(worker, again));
    }
  } else if (worker.planted && landed.ok()) {
    played_.notes.push_back(worker.agent->name + ": a planted take-back has landed");
  }
  const bool conflict = landed.status == 3;
  const bool nothing = landed.status == 4;
  if (!landed.ok() && !conflict && !nothing)
    return fail(ErrorCode::kBug, "{}: {}", worker.agent->name, landed.out);
  if (landed.ok()) {
    ++played_.landings;
    MASC_CHECK(look_for_losses(worker, before));
  }
  if (conflict) ++played_.conflicts;
  return {};
}

std::vector<std::size_t> Player::order() {
  std::vector<std::size_t> order(history_.agents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random_);
  const auto place = [&](const std::string& name) {
    return std::find_if(order.begin(), order.end(),
                        [&](std::size_t i) { return history_.agents[i].name == name; });
  };
  for (const Agent& agent : history_.agents) {
    if (agent.after.empty()) continue;
    const auto self = place(agent.name);
    const auto other = place(agent.after);
    if (other != order.end() && self < other) std::iter_swap(self, other);
  }
  return order;
}

Result<Played> Player::run() {
  MASC_CHECK(start());
  std::vector<Worker> workers;
  for (const Agent& agent : history_.agents) {
    MASC_TRY(Worker worker, claim(agent));
    MASC_CHECK(work(worker, false));
    workers.push_back(std::move(worker));
  }
  for (const std::size_t i : order()) {
    Worker& worker = workers[i];
    MASC_CHECK(work(worker, true));
    // git integrates the branch as it is in the end: without a stale copy that does not land.
    MASC_TRY(const std::string tip, in(worker.place).output({"rev-parse", "HEAD"}));
    MASC_CHECK(in(repo_).output(
        {"update-ref", "refs/replay/tip", worker.planted ? worker.before_stale : tip}));
    MASC_CHECK(in(repo_).output({"update-ref", "refs/replay/base", "main"}));
    const int conflicts = played_.conflicts;
    MASC_CHECK(land(worker));
    MASC_TRY(const std::string theirs, integrate());
    MASC_TRY(const std::string ours, in(repo_).output({"rev-parse", "main^{tree}"}));
    const bool conflict = played_.conflicts > conflicts;
    if (conflict != theirs.empty() || (!conflict && ours != theirs)) {
      played_.same_tree = false;
      played_.notes.push_back(fmt::format("{}: masc {}, git {}", worker.agent->name,
                                          conflict ? "in conflict" : ours,
                                          theirs.empty() ? "in conflict" : theirs));
    }
  }
  return std::move(played_);
}

}  // namespace

Result<Played> play(const History& history, const std::string& masc, const std::string& root,
                    const git::Environment& environment, unsigned order) {
  return Player(history, masc, root, environment, order).run();
}

}  // namespace masc::replay
