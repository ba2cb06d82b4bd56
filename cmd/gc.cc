#include "cmd/context.h"
#include "cmd/progress.h"
#include "cmd/verb.h"
#include "store/collect.h"

namespace masc::cmd {
namespace {

struct Options {};

Result<store::Collected> execute(Context& context, const Options&) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const git::Repository* repository, context.repository());
  MASC_TRY(const model::Policy* policy, context.policy());
  MASC_TRY(const Identity* identity, context.identity());
  MASC_TRY(const git::Git git, context.git());
  return store::collect(*workspace, *tasks, *repository, git,
                        {identity->agent, context.now(), policy->pool.age});
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1024 * 1024) return fmt::format("{} KiB", bytes / 1024);
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024 * 1024));
}

Rendered render(Context& context, const store::Collected& collected) {
  Rendered out;
  out.text = fmt::format("folded {} finished task{}, reclaimed {}\n", grouped(collected.folded),
                         collected.folded == 1 ? "" : "s", size_text(collected.reclaimed));
  if (collected.emptied > 0) {
    out.text += fmt::format("emptied {} old entr{} of the trash\n", collected.emptied,
                            collected.emptied == 1 ? "y" : "ies");
  }
  JsonWriter json(context.globals().json);
  json.field("folded", static_cast<std::uint64_t>(collected.folded));
  json.field("reclaimed", collected.reclaimed);
  json.field("emptied", static_cast<std::uint64_t>(collected.emptied));
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_gc() {
  static const Verb verb = define<Options>(
      {.name = "gc",
       .summary = "fold finished tasks away and pack, losing nothing",
       .usage = "gc",
       .exits = "0 1 2 4 6 7",
       .examples = {"masc gc", "masc gc --json"},
       .with = {}},
      [](Options&) { return std::vector<Param>{}; }, execute, render);
  return verb;
}

}  // namespace masc::cmd
