#include "base/file.h"
#include "base/text.h"
#include "cmd/context.h"
#include "cmd/input.h"
#include "cmd/progress.h"
#include "cmd/verb.h"
#include "store/importing.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> file, format;
};

std::vector<Param> params(Options& o) {
  return {{.names = "FILE",
           .target = &o.file,
           .value = "",
           .help = "the file with task records, - for standard input",
           .completes = Completes::kFile,
           .required = true},
          {"--format",
           &o.format,
           "F",
           "jsonl or yaml; found out from the text if unsaid",
           Completes::kWords,
           {"jsonl", "yaml"}}};
}

Result<std::vector<model::Record>> read(Context& context, const Options& o) {
  std::string text;
  if (*o.file == "-") {
    MASC_TRY(text, read_at_most(context.outside().input, kMostFile, "standard input"));
  } else {
    MASC_TRY(text, read_file_at_most(join_path(context.directory(), *o.file), kMostFile));
  }
  model::RecordFormat format = model::guess_format(text);
  if (o.format) {
    MASC_TRY(format, model::parse_record_format(*o.format));
  }
  auto records = model::read_records(text, format);
  if (records) return records;
  return fail(model::in_file(*o.file, std::move(records).error()));
}

Result<store::Imported> execute(Context& context, const Options& o) {
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const Identity* identity, context.identity());
  MASC_TRY(const auto records, read(context, o));
  Progress progress(context, "importing");
  store::ImportOptions options;
  options.agent = identity->agent;
  options.session = identity->session;
  options.now = context.now();
  options.progress = [&](std::size_t done, std::size_t all) { progress.at(done, all); };
  auto imported = store::import_records(*tasks, records, options);
  if (imported || imported.error().code != ErrorCode::kInvalid) return imported;
  return fail(model::in_file(*o.file, std::move(imported).error()));
}

Rendered render(Context& context, const store::Imported& imported) {
  Rendered out;
  const std::size_t count = imported.created;
  out.text = fmt::format("imported {} task{}\n", grouped(count), count == 1 ? "" : "s");
  if (imported.existed > 0) {
    out.text +=
        fmt::format("{} were there already and stay as they are\n", grouped(imported.existed));
  }
  JsonWriter json(context.globals().json);
  json.field("count", static_cast<std::uint64_t>(count));
  json.field("existed", static_cast<std::uint64_t>(imported.existed));
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_import() {
  static const Verb verb = define<Options>(
      {.name = "import",
       .summary = "add the tasks of a file, all or none",
       .usage = "import FILE|- [--format jsonl|yaml]",
       .exits = "0 1 2 3 4 6 7",
       .examples = {"masc import tasks.yaml", "masc -C ../old export | masc import -"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
