#include "base/text.h"
#include "cmd/handing.h"

namespace masc::cmd {
namespace {

std::vector<Param> params(DnaOptions& o) {
  return {{.names = "ACTION",
           .target = &o.action,
           .value = "",
           .help = "save, list, show or diff; brief or page; extract",
           .completes = Completes::kWords,
           .words = {"save", "list", "show", "diff", "brief", "page", "extract"},
           .required = true},
          {.names = "DNA",
           .target = &o.dna,
           .value = "",
           .help = "a task, or a DNA file (brief, page); the own claim if left out",
           .completes = Completes::kTask},
          {.names = "SECTION", .target = &o.section, .value = "", .help = "what to page through"},
          {.names = "--transcript",
           .target = &o.transcript,
           .value = "FILE",
           .help = "the client's transcript; looked for if left out (save)",
           .completes = Completes::kFile},
          {.names = "--client",
           .target = &o.client,
           .value = "C",
           .help = "who wrote it; found out if left out",
           .completes = Completes::kWords,
           .words = client_words()},
          {.names = "--previous",
           .target = &o.previous,
           .value = "DNA",
           .help = "the DNA file to add to (extract)",
           .completes = Completes::kFile},
          {.names = "-o,--output",
           .target = &o.output,
           .value = "DNA",
           .help = "the file to write (extract)",
           .completes = Completes::kFile},
          {"--budget", &o.budget, "TOKENS", "how long the text may be"},
          {"--generation", &o.generation, "N", "an earlier generation of a task's DNA"},
          {"--list", &o.list, "", "the names of all sections and pages (page)"}};
}

Result<Rendered> execute(Context& context, const DnaOptions& o) {
  const std::string& action = *o.action;
  if (action == "extract") return dna_on_file(context, o);
  if (action == "brief" || action == "page") return dna_to_read(context, o);
  if (action == "save" || action == "list" || action == "show" || action == "diff") {
    return dna_of_task(context, o);
  }
  return fail(error(ErrorCode::kUsage, "there is no `dna {}`", printable(action))
                  .hint("use save, list, show, diff, brief, page or extract"));
}

Rendered render(Context&, const Rendered& reply) { return reply; }

}  // namespace

const Verb& verb_dna() {
  static const Verb verb = define<DnaOptions>(
      {.name = "dna",
       .summary = "save, read and compare what an agent hands to the next one",
       .usage = "dna save|list|show|diff|brief|page|extract [DNA] [SECTION] [OPTION]…",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc dna save", "masc dna page m-7k3q9fxa decisions",
                    "masc dna extract --transcript session.jsonl -o work.dna"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
