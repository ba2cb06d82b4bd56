#include "git/replay.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "base/text.h"
#include "git/refs.h"

namespace masc::git {
namespace {

constexpr std::array<std::string_view, 4> kStrategies = {"ff", "rebase", "merge", "squash"};

using Outcome = Combined::Outcome;

struct Link {
  std::string id;
  std::vector<std::string> parents;
};

// The commits of the branch that the base lacks, parents first.
Result<std::vector<Link>> read_branch(const Git& git, const Combining& wanted) {
  MASC_TRY(const std::string listed,
           git.output({"rev-list", "--parents", "--reverse", "--topo-order", wanted.tip,
                       "^" + wanted.base, "--"}));
  std::vector<Link> links;
  for (std::string_view line : split_lines(listed)) {
    Link link{std::string(take_until(line, ' ')), {}};
    while (!line.empty()) link.parents.emplace_back(take_until(line, ' '));
    links.push_back(std::move(link));
  }
  return links;
}

// A chain of commits with one parent each; the first one's is where the branch left the base.
bool is_chain(const std::vector<Link>& links) {
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (links[i].parents.size() != 1) return false;
    if (i > 0 && links[i].parents[0] != links[i - 1].id) return false;
  }
  return true;
}

std::vector<std::string> ids_of(const std::vector<Link>& links) {
  std::vector<std::string> ids;
  ids.reserve(links.size());
  for (const Link& link : links) ids.push_back(link.id);
  return ids;
}

Combined conflict(std::vector<std::string> paths, std::string culprit = "") {
  Combined combined;
  combined.outcome = Outcome::kConflict;
  combined.conflicts = std::move(paths);
  combined.culprit = std::move(culprit);
  return combined;
}

Combined only(Outcome outcome) {
  Combined combined;
  combined.outcome = outcome;
  return combined;
}

Combined ready(std::string commit, std::size_t commits) {
  Combined combined;
  combined.commit = std::move(commit);
  combined.commits = commits;
  return combined;
}

Result<std::string> committer_of(const Git& git) {
  MASC_TRY(const Finished asked, git.run({"var", "GIT_COMMITTER_IDENT"}));
  if (asked.ok()) return std::string(trim(asked.out));
  return fail(git_error(asked, "git var GIT_COMMITTER_IDENT")
                  .hint("say who you are: git config user.name …; git config user.email …"));
}

std::string describe(const StoredCommit& commit) {
  return fmt::format("{} {}", commit.id.substr(0, 7), printable(first_line(commit.message)));
}

// "Key: value", the key of letters, digits and hyphens (git-interpret-trailers(1)).
bool is_trailer(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == line.npos || colon == 0) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
  });
}

// The trailers of a commit: its last paragraph, where that is not the subject and has nothing else
// in it.
std::vector<std::string_view> trailers_of(std::string_view message) {
  auto lines = split_lines(trim(message));
  const auto blank = std::find_if(lines.rbegin(), lines.rend(),
                                  [](std::string_view line) { return trim(line).empty(); });
  if (blank == lines.rend()) return {};
  lines.erase(lines.begin(), blank.base());
  const bool all = std::all_of(lines.begin(), lines.end(), is_trailer);
  return all ? lines : std::vector<std::string_view>{};
}

void add_trailers(std::vector<std::string>& trailers, std::string_view message) {
  for (const std::string_view line : trailers_of(message)) {
    if (std::find(trailers.begin(), trailers.end(), line) == trailers.end())
      trailers.push_back(printable(line));
  }
}

// Replays a chain of commits onto the base, one by one.
class Replay {
 public:
  Replay(const Repository& repository, const Git& git, const Combining& wanted)
      : git_(git), merger_(repository, git), wanted_(wanted), onto_(wanted.base) {}

  Result<Combined> run(const std::vector<Link>& links);

 private:
  Result<void> load(const std::vector<Link>& links);
  // The tree of `commit` replayed; nullopt: `conflicts_` says why not.
  Result<std::optional<std::string>> tree_of(const StoredCommit& commit, bool first);
  // merge-tree takes no merge base, but finds one: the parent of the commit, if the other side is a
  // passing commit with the new ground's tree and that parent.
  Result<std::string> passing(const StoredCommit& commit) const;
  Result<void> append(const StoredCommit& commit, const std::string& tree);

  const Git& git_;
  Merger merger_;
  const Combining& wanted_;
  std::string onto_;  // the new ground, and its tree
  std::string onto_tree_;
  std::string parent_tree_;  // of the next commit's old parent
  std::vector<StoredCommit> commits_;
  std::string committer_;
  std::size_t written_ = 0;
  std::vector<std::pair<std::string, std::string>> rewritten_;
  std::vector<std::string> conflicts_;
};

Result<void> Replay::load(const std::vector<Link>& links) {
  std::vector<std::string> ids = ids_of(links);
  ids.push_back(links.front().parents.front());
  ids.push_back(wanted_.base);
  MASC_TRY(commits_, read_commits(git_, ids));
  onto_tree_ = commits_.back().tree;
  commits_.pop_back();
  parent_tree_ = commits_.back().tree;
  commits_.pop_back();
  MASC_TRY(committer_, committer_of(git_));
  return {};
}

Result<std::string> Replay::passing(const StoredCommit& commit) const {
  StoredCommit made;
  made.tree = onto_tree_;
  made.parents = commit.parents;
  made.author = commit.author;
  made.committer = commit.committer;
  made.message = "masc: the ground for a replayed commit\n";
  return write_commit(git_, made);
}

Result<std::optional<std::string>> Replay::tree_of(const StoredCommit& commit, bool first) {
  if (onto_tree_ == parent_tree_) return commit.tree;
  if (commit.tree == parent_tree_) return onto_tree_;
  std::string ours = onto_;
  if (!first) {
    MASC_TRY(ours, passing(commit));
  }
  MASC_TRY(Merged merged, merger_.merge(ours, commit.id));
  if (merged.conflicts.empty()) return std::move(merged.tree);
  conflicts_ = std::move(merged.conflicts);
  return std::nullopt;
}

Result<void> Replay::append(const StoredCommit& commit, const std::string& tree) {
  StoredCommit made = commit;
  made.tree = tree;
  made.parents = {onto_};
  made.committer = committer_;
  MASC_TRY(onto_, write_commit(git_, made));
  rewritten_.emplace_back(commit.id, onto_);
  onto_tree_ = tree;
  ++written_;
  return {};
}

Result<Combined> Replay::run(const std::vector<Link>& links) {
  MASC_CHECK(load(links));
  for (const StoredCommit& commit : commits_) {
    MASC_TRY(const auto tree, tree_of(commit, &commit == &commits_.front()));
    if (!tree) return conflict(conflicts_, describe(commit));
    const bool was_empty = commit.tree == parent_tree_;
    if (*tree != onto_tree_ || was_empty) MASC_CHECK(append(commit, *tree));
    parent_tree_ = commit.tree;
  }
  if (written_ == 0) return only(Outcome::kContained);
  Combined combined = ready(onto_, written_);
  combined.rewritten = std::move(rewritten_);
  return combined;
}

Result<Combined> merge(const Repository& repository, const Git& git, const Combining& wanted,
                       std::size_t commits) {
  Merger merger(repository, git);
  MASC_TRY(const Merged merged, merger.merge(wanted.base, wanted.tip));
  if (!merged.conflicts.empty()) return conflict(merged.conflicts);
  MASC_TRY(std::string commit,
           git.with_config("i18n.commitEncoding=UTF-8")
               .output({"commit-tree", merged.tree, "-p", wanted.base, "-p", wanted.tip, "-F", "-"},
                       compose(wanted.text, {})));
  return ready(std::move(commit), commits);
}

Result<Combined> squash(const Repository& repository, const Git& git, const Combining& wanted,
                        const std::vector<Link>& links) {
  Merger merger(repository, git);
  MASC_TRY(const Merged merged, merger.merge(wanted.base, wanted.tip));
  if (!merged.conflicts.empty()) return conflict(merged.conflicts);
  std::vector<std::string> ids = ids_of(links);
  ids.push_back(wanted.base);
  MASC_TRY(auto commits, read_commits(git, ids));
  const std::string ground = commits.back().tree;
  commits.pop_back();
  if (merged.tree == ground) return only(Outcome::kContained);
  StoredCommit made;
  made.tree = merged.tree;
  made.parents = {wanted.base};
  made.author = commits.back().author;
  MASC_TRY(made.committer, committer_of(git));
  made.message = compose(wanted.text, commits);
  MASC_TRY(std::string commit, write_commit(git, made));
  Combined combined = ready(commit, links.size());
  for (std::string& id : ids_of(links)) combined.rewritten.emplace_back(std::move(id), commit);
  return combined;
}

// Whether the base's tip is where the branch began, or was brought into it since.
Result<bool> is_forward(const Git& git, const Combining& wanted, const std::vector<Link>& links,
                        bool chain) {
  if (chain) return links.front().parents.front() == wanted.base;
  return is_ancestor(git, wanted.base, wanted.tip);
}

}  // namespace

std::string_view strategy_name(Strategy strategy) noexcept {
  return kStrategies[static_cast<std::size_t>(strategy)];
}

Result<Strategy> parse_strategy(std::string_view text) {
  const auto found = std::find(kStrategies.begin(), kStrategies.end(), text);
  if (found != kStrategies.end()) return static_cast<Strategy>(found - kStrategies.begin());
  return fail(error(ErrorCode::kInvalid, "'{}' is no strategy", printable(text))
                  .hint("use ff, rebase, merge or squash"));
}

std::string compose(const CommitText& text, const std::vector<StoredCommit>& commits) {
  std::vector<std::string> trailers = text.trailers;
  std::string message = text.subject + "\n";
  if (const auto body = trim(text.body); !body.empty()) message += fmt::format("\n{}\n", body);
  if (commits.size() > 1) message += '\n';
  for (const StoredCommit& commit : commits) {
    if (commits.size() > 1) {
      message += fmt::format("- {}\n", printable(first_line(commit.message)));
    }
    add_trailers(trailers, commit.message);
  }
  if (!trailers.empty()) message += '\n';
  for (const std::string& trailer : trailers) message += trailer + '\n';
  return message;
}

Result<Combined> combine(const Repository& repository, const Git& git, const Combining& wanted) {
  MASC_TRY(const auto links, read_branch(git, wanted));
  if (links.empty()) return only(Outcome::kNothing);
  if (wanted.strategy == Strategy::kMerge) return merge(repository, git, wanted, links.size());
  if (wanted.strategy == Strategy::kSquash) return squash(repository, git, wanted, links);
  const bool chain = is_chain(links);
  MASC_TRY(const bool forward, is_forward(git, wanted, links, chain));
  if (forward) return ready(wanted.tip, links.size());
  if (wanted.strategy == Strategy::kFf) return only(Outcome::kDiverged);
  if (!chain) return only(Outcome::kMerges);
  return Replay(repository, git, wanted).run(links);
}

}  // namespace masc::git
