#include "base/text.h"
#include "cmd/tree_path.h"
#include "cmd/verb.h"
#include "store/seen_commits.h"
#include "store/trail_index.h"

namespace masc::cmd {
namespace {

constexpr std::size_t kScreen = 15;

struct Options {
  std::optional<std::string> path;
  std::optional<int> top;
};
struct Reply {
  std::vector<model::Trail> trails;  // of the path itself, then the strongest below it
  std::size_t count = 0;             // of all of them
};

std::vector<Param> params(Options& o) {
  return {{.names = "PATH",
           .target = &o.path,
           .value = "",
           .help = "a file or folder; the whole work tree if left out",
           .completes = Completes::kFile},
          {"--top", &o.top, "N", "only the N strongest below it"}};
}

Result<Reply> execute(Context& context, const Options& o) {
  if (o.top && *o.top < 1) return fail(ErrorCode::kInvalid, "--top must be at least 1");
  MASC_TRY(store::Workspace * workspace, context.workspace());
  std::string path = ".";
  if (o.path) {
    MASC_TRY(path, tree_path(context, *o.path));
  }
  MASC_TRY(const model::Policy* policy, context.policy());
  MASC_TRY(const git::Git git, context.git());
  // Where they can't be written, the trails of the last commits are not shown yet.
  static_cast<void>(store::settle_commits(*workspace, *policy, git, context.now()));
  MASC_TRY(const auto index, store::TrailIndex::open(*workspace, *policy, context.now()));
  const std::size_t screen = context.globals().json ? SIZE_MAX : kScreen;
  const std::size_t most = o.top ? static_cast<std::size_t>(*o.top) : screen;
  Reply reply;
  if (o.path) reply.trails = index.at(path);
  reply.count = reply.trails.size();
  const auto below = index.below(path, most == SIZE_MAX ? most : most + 4);
  reply.count += below.count;
  std::size_t shown = 0;
  for (const model::Trail& trail : below.trails) {
    // The path itself stands at the head already, with what lies below it summed up.
    if (o.path && trail.path == path) {
      --reply.count;
    } else if (shown < most) {
      reply.trails.push_back(trail);
      ++shown;
    }
  }
  return reply;
}

std::string trail_line(const model::Trail& trail, Instant now) {
  const std::string note =
      trail.note.empty() ? "" : ": " + printable(std::string(first_line(trail.note)));
  return fmt::format("{:6.2f}  {:8}  {}  ({} deposit{}, last {}){}\n", trail.strength,
                     trail_kind_name(trail.kind), printable(trail.path), trail.deposits,
                     trail.deposits == 1 ? "" : "s", format_time_short(trail.last, now), note);
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  JsonWriter json(context.globals().json);
  json.key("trails").begin_array();
  for (const model::Trail& trail : reply.trails) {
    out.text += trail_line(trail, context.now());
    json.begin_object().field("path", trail.path).field("kind", trail_kind_name(trail.kind));
    json.field("strength", trail.strength).field("deposits", trail.deposits);
    json.field("last_at", format_time(trail.last)).field_or_null("note", trail.note).end_object();
  }
  json.end_array().field("count", static_cast<std::uint64_t>(reply.count));
  out.bare = !reply.trails.empty();
  if (reply.trails.empty()) out.text = "no trails\n";
  if (reply.count > reply.trails.size()) {
    out.text += fmt::format("… {} more: masc trails --top {}\n", reply.count - reply.trails.size(),
                            reply.count);
    out.whole = true;
  }
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_trails() {
  static const Verb verb =
      define<Options>({.name = "trails",
                       .summary = "what others left on paths, the strongest first",
                       .usage = "trails [PATH] [--top N]",
                       .exits = "0 1 2 4",
                       .examples = {"masc trails src/", "masc trails --top 5 --json"},
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
