#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "cmd/context.h"
#include "cmd/verb.h"
#include "git/clean.h"
#include "git/refs.h"
#include "git/slot.h"
#include "git/trash.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> action, id;
};
struct Row {
  git::Worktree worktree;
  std::string state;  // clean, dirty, missing
  bool superseded = false;
};
struct Reply {
  std::string action;
  std::vector<Row> rows;
  std::vector<std::string> lines;
  std::vector<git::TrashEntry> trash;
};

std::vector<Param> params(Options& o) {
  return {{.names = "ACTION",
           .target = &o.action,
           .value = "",
           .help = "list, path, prune or repair",
           .completes = Completes::kWords,
           .words = {"list", "path", "prune", "repair"},
           .required = true},
          {.names = "ID",
           .target = &o.id,
           .value = "",
           .help = "the task (path)",
           .completes = Completes::kTask}};
}

// A worktree is superseded, or over, when its token no longer names a live claim.
Result<bool> is_current(const store::TaskStore& tasks, const git::Worktree& worktree) {
  if (!worktree.token) return false;
  MASC_TRY(const model::TaskId id, model::TaskId::parse(worktree.token->task));
  MASC_TRY(const auto task, tasks.find(id));
  return task && task->claim && task->claim->generation == worktree.token->generation;
}

// Rows of `worktrees`; the proofs run beside each other.
Result<std::vector<Row>> look_at(Context& context, const std::vector<git::Worktree>& worktrees) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const git::Git git, context.git());
  std::vector<Row> rows;
  std::vector<std::string> standing;
  for (const git::Worktree& worktree : worktrees) {
    MASC_TRY(const bool current, is_current(*tasks, worktree));
    rows.push_back({worktree, "missing", !current});
    if (!worktree.missing) standing.push_back(worktree.path);
  }
  const auto proofs = git::prove_all_clean(git, standing);
  auto proof = proofs.begin();
  for (Row& row : rows) {
    if (row.worktree.missing) continue;
    row.state = *proof && (*proof)->clean ? "clean" : "dirty";
    ++proof;
  }
  return rows;
}

Result<Reply> list(Context& context) {
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const auto worktrees, git::list_worktrees(*repository));
  Reply reply{"list", {}, {}, {}};
  MASC_TRY(reply.rows, look_at(context, worktrees));
  MASC_TRY(reply.trash, git::list_trash(*repository));
  return reply;
}

Result<Reply> path(Context& context, const Options& o) {
  MASC_TRY(const model::TaskId id, context.task_or_own(o.id, 2));
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::Task task, tasks->load(id));
  if (!task.claim || task.claim->worktree.empty()) {
    // A claim that said --no-worktree would only be renewed.
    const std::string hint =
        task.claim ? "masc release {0}   (then `masc claim {0}` makes one)" : "masc claim {0}";
    return fail(error(ErrorCode::kNotFound, "{} has no worktree", id.str())
                    .hint(fmt::format(fmt::runtime(hint), id.str())));
  }
  Reply reply{"path", {}, {task.claim->worktree}, {}};
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const auto found, git::worktree_at(*repository, task.claim->worktree));
  if (found && found->token && found->token->task != id.str()) {
    return fail(error(ErrorCode::kNotFound, "'{}' is the worktree of {} by now",
                      printable(found->path), found->token->task)
                    .hint(fmt::format("masc claim {}   (makes another one)", id.str())));
  }
  if (!context.globals().json) return reply;
  if (!found) return reply;
  MASC_TRY(reply.rows, look_at(context, {*found}));
  return reply;
}

// Whether nobody works there, asked while the slot's lock is held. A worktree without token is one
// that a killed claim left, if it is a slot and no claim names it: its holder may come back.
Result<bool> is_idle(Context& context, const std::string& path) {
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const auto worktree, git::worktree_at(*repository, path));
  if (!worktree) return false;
  if (worktree->token) {
    MASC_TRY(const bool current, is_current(*tasks, *worktree));
    return !current;
  }
  MASC_TRY(store::Claims * claims, context.claims());
  const auto root = real_path(claims->slot_root());
  if (!worktree->token_damage.empty() || !root || dir_name(path) != *root) return false;
  MASC_TRY(const auto all, tasks->unfolded());
  return std::none_of(all.begin(), all.end(), [&](const model::Task& task) {
    return task.claim && task.claim->worktree == path;
  });
}

// Moves what nobody needs into the trash, and empties what has lain there for the policy's
// pool.age.
Result<Reply> prune(Context& context) {
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const model::Policy* policy, context.policy());
  MASC_TRY(store::Claims * claims, context.claims());
  MASC_CHECK(git::finish_removals(*repository));
  MASC_CHECK(git::sweep_half_made(*repository, claims->slot_root(), context.now()));
  MASC_TRY(Reply reply, list(context));
  reply.action = "prune";
  for (const Row& row : reply.rows) {
    if (!row.superseded || row.worktree.missing) continue;
    const std::string place = shell_quote(row.worktree.path);
    MASC_TRY(const auto lock,
             git::lock_slot(repository->common_dir, git::slot_number(row.worktree.path)));
    if (!lock) continue;
    MASC_TRY(const bool idle, is_idle(context, row.worktree.path));
    if (!idle) continue;
    MASC_TRY(const git::Git git, context.git());
    MASC_TRY(const git::Cleanliness proof, claims->prove_spare(row.worktree, context.now()));
    if (!proof.clean) {
      reply.lines.push_back(
          fmt::format("kept {}: {}", place,
                      proof.reasons.empty() ? "it is not proven clean" : proof.reasons.front()));
      continue;
    }
    MASC_TRY(const bool reachable, git::is_reachable(git, proof.head));
    if (!reachable) {
      reply.lines.push_back(fmt::format("kept {}: its HEAD {} is on no branch", place, proof.head));
      continue;
    }
    const auto moved = git::remove_to_trash(*repository, row.worktree, proof, context.now());
    reply.lines.push_back(
        moved ? fmt::format("removed {} (in the trash: {})", place, shell_quote(moved->directory))
              : fmt::format("kept {}: {}", place, moved.error().message));
  }
  for (const git::TrashEntry& entry : reply.trash) {
    if (context.now() - entry.at < policy->pool.age) continue;
    if (!entry.tree.empty()) MASC_CHECK(remove_tree(entry.tree));
    MASC_CHECK(remove_tree(entry.directory));
    reply.lines.push_back(fmt::format("emptied {}", shell_quote(entry.directory)));
  }
  MASC_TRY(Reply after, list(context));
  reply.rows = std::move(after.rows);
  return reply;
}

// Links between repository and worktrees after either was moved by hand.
Result<Reply> repair(Context& context) {
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const git::Git git, context.git());
  MASC_TRY(const auto worktrees, git::list_worktrees(*repository));
  std::vector<std::string> args = {"worktree", "repair"};
  for (const git::Worktree& worktree : worktrees) {
    if (!worktree.missing) args.push_back(worktree.path);
  }
  MASC_TRY(const std::string said, git.output(args));
  MASC_TRY(Reply reply, list(context));
  reply.action = "repair";
  for (const std::string_view line : split_lines(said)) reply.lines.emplace_back(line);
  return reply;
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_CHECK(context.workspace());
  if (o.id && *o.action != "path")
    return fail(ErrorCode::kUsage, "only `worktree path` takes an ID");
  if (*o.action == "list") return list(context);
  if (*o.action == "path") return path(context, o);
  if (*o.action == "prune") return prune(context);
  if (*o.action == "repair") return repair(context);
  return fail(error(ErrorCode::kUsage, "there is no `worktree {}`", printable(*o.action))
                  .hint("use list, path, prune or repair"));
}

std::string row_text(const Row& row) {
  const auto& token = row.worktree.token;
  return fmt::format("{}  {}  {}{}\n", shell_quote(row.worktree.path),
                     token ? token->task + " " + token->agent : std::string("no token"), row.state,
                     row.superseded ? ", not in use" : "");
}

void put_row(JsonWriter& json, const Row& row) {
  const auto& token = row.worktree.token;
  json.begin_object().field("path", row.worktree.path);
  json.field_or_null("task", token ? token->task : "")
      .field_or_null("agent", token ? token->agent : "");
  json.field("generation", token ? token->generation : std::int64_t{0});
  json.field_or_null("branch", row.worktree.branch).field("state", row.state);
  json.field("superseded", row.superseded).end_object();
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.whole = reply.action == "path";
  out.bare = out.whole || !reply.rows.empty() || !reply.trash.empty();
  out.more = "masc worktree list --json";
  if (reply.action == "list") {
    for (const Row& row : reply.rows) out.text += row_text(row);
    if (reply.rows.empty()) out.text = "no worktrees\n";
    for (const git::TrashEntry& entry : reply.trash) {
      out.text += fmt::format("trash: {} (was {})\n", shell_quote(entry.directory),
                              shell_quote(entry.path));
    }
  }
  for (const std::string& line : reply.lines) out.text += line + "\n";
  if (out.text.empty()) out.text = "nothing to do\n";
  JsonWriter json(context.globals().json);
  if (reply.action == "path") json.field("path", reply.lines.front());
  json.key("worktrees").begin_array();
  for (const Row& row : reply.rows) put_row(json, row);
  json.end_array().key("trash").begin_array();
  for (const git::TrashEntry& entry : reply.trash) {
    json.begin_object().field("path", entry.path).field("trash", entry.directory).end_object();
  }
  json.end_array();
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_worktree() {
  static const Verb verb =
      define<Options>({.name = "worktree",
                       .summary = "list, find, clean up and repair the worktrees of claims",
                       .usage = "worktree list|path ID|prune|repair",
                       .exits = "0 1 2 4 6 7",
                       .examples = {"masc worktree list", "masc worktree path m-7k3q9fxa"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
