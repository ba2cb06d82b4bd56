#include "cmd/handing.h"

#include <algorithm>
#include <chrono>

#include "base/file.h"
#include "base/text.h"
#include "cmd/input.h"
#include "git/refs.h"
#include "git/standing.h"
#include "git/worktree.h"
#include "handoff/fact_log.h"
#include "handoff/find.h"
#include "handoff/parts.h"

namespace masc::cmd {
namespace {

using handoff::Dna;
using handoff::Generation;
using handoff::Note;

constexpr std::size_t kMostCommits = 50;
constexpr std::size_t kMostChanges = 500;

std::int64_t seconds_of(Instant at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

std::vector<std::string> some_lines(std::string_view text, std::size_t most) {
  std::vector<std::string> lines;
  for (const std::string_view line : split_lines(text)) {
    if (lines.size() == most) break;
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

// What git says of the claim's worktree, its snapshot aside.
Result<std::optional<handoff::GitState>> git_state(Context& context, const model::Task& task) {
  if (!task.claim || task.claim->worktree.empty()) return std::nullopt;
  MASC_TRY(store::Claims * claims, context.claims());
  const auto found = git::worktree_at(claims->repository(), task.claim->worktree);
  if (!found || !*found || (*found)->missing) return std::nullopt;
  const git::Git git = claims->git().in((*found)->path);
  handoff::GitState state;
  state.branch = task.claim->branch;
  state.base = task.claim->base;
  state.base_commit = task.claim->base_commit;
  state.worktree = task.claim->worktree;
  MASC_TRY(const git::Standing standing, git::standing_of(git, **found));
  state.head = standing.head;
  MASC_TRY(const auto tip, git::branch_tip(claims->repository(), claims->git(), state.branch));
  if (standing.branch != state.branch) state.tip = tip.value_or("");
  state.standing = git::unusual(standing, state.branch, tip.value_or(""));
  if (!state.base_commit.empty() && !state.head.empty()) {
    MASC_TRY(const std::string log,
             git.output({"log", "--format=%h %s", "-n", std::to_string(kMostCommits),
                         state.base_commit + "..HEAD"}));
    state.commits = some_lines(log, kMostCommits);
  }
  MASC_TRY(const std::string status, git.output({"-c", "core.quotePath=false", "status",
                                                 "--porcelain", "--untracked-files=all"}));
  state.changes = some_lines(status, kMostChanges);
  return state;
}

// What the client's own variables say of who acts, $MASC_SESSION aside.
std::string own_session(const git::Environment& environment) {
  const std::string claude = environment.get("CLAUDE_CODE_SESSION_ID");
  return claude.empty() ? environment.get("CODEX_SESSION_ID") : claude;
}

// What same_content looks at; a long transcript is not held twice.
Dna outline_of(const Dna& dna) {
  Dna outline;
  outline.notes = dna.notes;
  outline.git = dna.git;
  for (const handoff::Segment& segment : dna.segments) {
    outline.segments.push_back(segment);
    outline.segments.back().data = {};
  }
  return outline;
}

// The task's notes and the given ones, without those that the DNA has already.
Result<void> add_notes(Context& context, const model::Task& task, const std::vector<Note>& given,
                       Dna& dna) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const auto steps, tasks->history(task));
  std::vector<Note> notes;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (step->change.note.empty()) continue;
    const std::string& kind = step->change.note_kind;
    notes.push_back({kind.empty() ? "note" : kind, step->change.note, step->change.agent,
                     format_time(step->change.at)});
  }
  notes.insert(notes.end(), given.begin(), given.end());
  for (Note& note : notes) {
    Redacted kept = redacted(note.text);  // of before notes were redacted themselves
    note.text = std::move(kept.text);
    const bool known = std::any_of(dna.notes.begin(), dna.notes.end(), [&](const Note& old) {
      return old.kind == note.kind && old.text == note.text && old.agent == note.agent &&
             old.at == note.at;
    });
    if (known) continue;
    for (const auto& [kind, count] : kept.counts) dna.redacted[kind] += count;
    dna.notes.push_back(std::move(note));
  }
  return {};
}

// The session under a claim: the one of `options.former`, or the actor's own.
Result<std::optional<handoff::FoundTranscript>> find_session(
    Context& context, const model::Task& task, const CaptureOptions& options,
    std::optional<handoff::Client> client) {
  const auto& claim = options.former ? options.former : task.claim;
  if (!claim || claim->worktree.empty()) return std::nullopt;
  MASC_TRY(store::Claims * claims, context.claims());
  const auto& environment = context.outside().environment;
  handoff::WantedTranscript wanted;
  wanted.directory = claim->worktree;
  wanted.checkout = git::main_root(claims->repository());
  wanted.since = seconds_of(claim->granted);
  wanted.client = client;
  wanted.home = environment.get("HOME");
  wanted.claude_home = environment.get("CLAUDE_CONFIG_DIR");
  wanted.codex_home = environment.get("CODEX_HOME");
  // Under `masc run` it is that of whoever started it.
  const std::string theirs = claim->runner ? "" : claim->session;
  wanted.session = options.former ? theirs : own_session(environment);
  auto found = handoff::find_transcript(wanted);
  if (!found || !is_within(found->path, wanted.directory)) return found;
  // One that was committed tells of earlier work.
  const std::string path = found->path.substr(wanted.directory.size() + 1);
  MASC_TRY(const std::string changed,
           claims->git()
               .in(wanted.directory)
               .output({"status", "--porcelain", "--ignored", "--", ":(top,literal)" + path}));
  if (changed.empty()) found.reset();
  return found;
}

// A transcript to be read; who wrote it is found out if unsaid.
struct Session {
  std::string path;
  std::optional<handoff::Client> client;
};

// The transcript that was named, else the one that is found.
Result<std::optional<Session>> choose_session(Context& context, const model::Task& task,
                                              const CaptureOptions& options) {
  MASC_TRY(const auto client, parse_client_option(options.client));
  if (options.transcript) {
    return Session{join_path(context.directory(), *options.transcript), client};
  }
  MASC_TRY(const auto found, find_session(context, task, options, client));
  if (!found) return std::nullopt;
  return Session{found->path, found->client};
}

Result<void> add_session(Context& context, const Session& session, bool named,
                         handoff::Replay& replay, Captured& captured) {
  auto done = handoff::add_transcript(session.path, session.client, captured.dna, replay);
  if (!done && named) return fail(std::move(done).error());
  if (!done) {
    context.warn(fmt::format("{} was not read: {}", session.path, done.error().message));
    return {};
  }
  captured.transcript = session.path;
  captured.counts = done->counts;
  return {};
}

// What the next worktree is to begin with, should this one be gone by then.
Result<void> remember_keep(Context& context, const model::Task& task, const Dna& dna) {
  if (!dna.git || dna.git->keep == task.keep || !task.claim) return {};
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::Change change,
           context.change("task_renewed",
                          fmt::format("dna of {}: generation {}", task.id.str(), dna.generation)));
  MASC_CHECK(
      tasks->change(task.id, [&](const model::Task& now) -> Result<std::optional<store::Draft>> {
        if (!now.claim || now.generation != task.generation) {
          return std::nullopt;
        }
        store::Draft draft{now, change, std::nullopt};
        draft.task.keep = dna.git->keep;
        return draft;
      }));
  return {};
}

}  // namespace

std::vector<std::string> client_words() {
  return {"claude", "codex",     "gemini",    "opencode", "copilot",
          "pi",     "swe-agent", "specstory", "aider"};
}

Result<std::optional<handoff::Client>> parse_client_option(const std::optional<std::string>& name) {
  if (!name) return std::optional<handoff::Client>();
  const auto client = handoff::parse_client(*name);
  if (client) return client;
  std::string all;
  for (const std::string& word : client_words()) all += (all.empty() ? "" : ", ") + word;
  return fail(error(ErrorCode::kUsage, "there is no client '{}'", printable(*name)).hint(all));
}

Result<Captured> capture_dna(Context& context, const model::Task& task,
                             const CaptureOptions& options) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  handoff::Lineage lineage(workspace->state());
  MASC_TRY(const auto latest, lineage.latest(task.id));
  Captured captured;
  handoff::Replay replay(handoff::Keeps::kFacts, handoff::Packing::kTight);
  Dna before;
  if (latest) {
    MASC_TRY(captured.dna, lineage.load(*latest));
    before = outline_of(captured.dna);
    captured.dna.previous = latest->id.hex();
    captured.dna.generation = static_cast<std::uint32_t>(latest->generation + 1);
  }
  Dna& dna = captured.dna;
  dna.task = task.id.str();
  dna.agent = options.agent;
  if (dna.agent.empty()) {
    MASC_TRY(const Identity* identity, context.identity());
    dna.agent = identity->agent;
  }
  dna.at = format_time(context.now());
  MASC_TRY(const auto session, choose_session(context, task, options));
  if (session) {
    MASC_CHECK(replay.run(dna));
    MASC_CHECK(add_session(context, *session, options.transcript.has_value(), replay, captured));
  }
  MASC_CHECK(add_notes(context, task, options.notes, dna));
  MASC_TRY(auto git, git_state(context, task));
  if (git) {
    MASC_TRY(store::Claims * claims, context.claims());
    MASC_TRY(const store::KeptWork kept, claims->keep_work(task, "dna", context.now()));
    git->keep = kept.keep;
    dna.git = std::move(git);
  }
  if (latest && same_content(before, dna)) {
    captured.generation = *latest;
    captured.dna = Dna();
    MASC_TRY(captured.dna, lineage.load(*latest));
    return captured;
  }
  if (!session) MASC_CHECK(replay.run(dna));
  handoff::log_facts(dna, handoff::make_parts(dna, replay.work()));
  MASC_TRY(captured.generation, lineage.save(task.id, dna, latest, seconds_of(context.now())));
  captured.changed = true;
  MASC_CHECK(remember_keep(context, task, dna));
  return captured;
}

Result<NamedDna> load_task_dna(Context& context, const model::TaskId& id,
                               std::optional<int> generation) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  const handoff::Lineage lineage(workspace->state());
  MASC_TRY(const auto chain, lineage.all(id));
  if (chain.empty()) {
    return fail(error(ErrorCode::kNotFound, "{} has no DNA yet", id.str())
                    .hint(fmt::format("masc dna save {}", id.str())));
  }
  for (const Generation& one : chain) {
    if (generation && one.generation != *generation) continue;
    MASC_TRY(Dna dna, lineage.load(one));
    return NamedDna{std::move(dna), one, id.str()};
  }
  return fail(error(ErrorCode::kNotFound, "{} has no generation {} of DNA", id.str(), *generation)
                  .hint(fmt::format("masc dna list {}", id.str())));
}

Result<NamedDna> load_dna(Context& context, const std::string& name,
                          std::optional<int> generation) {
  const std::string path = join_path(context.directory(), name);
  if (exists(path)) {
    MASC_TRY(const std::string data, read_file_at_most(path, kMostFile));
    MASC_TRY(Dna dna, handoff::unpack_dna(data));
    return NamedDna{std::move(dna), std::nullopt, shell_quote(name)};
  }
  if (!name.starts_with("m-"))
    return fail(ErrorCode::kNotFound, "there is no {}", shell_quote(name));
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::TaskId id, tasks->resolve(name, 2));
  return load_task_dna(context, id, generation);
}

Result<std::optional<handoff::Brief>> task_brief(Context& context, const model::Task& task,
                                                 int budget) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  const handoff::Lineage lineage(workspace->state());
  MASC_TRY(const auto latest, lineage.latest(task.id));
  if (!latest) return std::nullopt;
  MASC_TRY(Dna dna, lineage.load(*latest));
  MASC_CHECK(add_notes(context, task, {}, dna));
  MASC_TRY(auto git, git_state(context, task));
  if (git) dna.git = std::move(git);
  handoff::Replay replay;
  MASC_CHECK(replay.run(dna));
  MASC_TRY(handoff::Brief brief, handoff::make_brief(dna, replay.work(), budget, task.id.str()));
  return brief;
}

void put_dna(JsonWriter& json, const Generation& generation, const Dna& dna) {
  json.begin_object().field("id", generation.id.hex()).field("task", generation.task);
  json.field("generation", generation.generation).field("agent", generation.agent);
  json.field("at", format_time(Instant(std::chrono::seconds(generation.seconds))));
  json.field_or_null("previous", generation.previous ? generation.previous->hex() : "");
  json.key("parts").begin_object();
  for (const auto& [name, text] : dna.parts) {
    json.field(name, static_cast<std::int64_t>(std::count(text.begin(), text.end(), '\n')));
  }
  json.end_object().field("redacted", generation.redacted).end_object();
}

std::string dna_line(const Generation& generation) {
  return fmt::format("generation {}  {}  {}  {}\n", generation.generation,
                     format_time(Instant(std::chrono::seconds(generation.seconds))),
                     generation.agent, generation.id.hex().substr(0, 10));
}

}  // namespace masc::cmd
