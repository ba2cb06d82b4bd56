#include "base/file.h"
#include "base/text.h"
#include "cmd/context.h"
#include "cmd/verb.h"
#include "handoff/brief.h"
#include "handoff/extract.h"
#include "handoff/parts.h"

namespace masc::cmd {
namespace {

struct Options {
  std::optional<std::string> action, dna, section, transcript, client, previous, output;
  std::optional<int> budget;
  bool list = false;
};
struct Reply {
  Rendered rendered;
};

constexpr int kBriefTokens = 4000;
constexpr int kPageTokens = 1000;

std::vector<Param> params(Options& o) {
  return {{.names = "ACTION",
           .target = &o.action,
           .value = "",
           .help = "extract, brief or page",
           .completes = Completes::kWords,
           .words = {"extract", "brief", "page"},
           .required = true},
          {.names = "DNA",
           .target = &o.dna,
           .value = "",
           .help = "a DNA file",
           .completes = Completes::kFile},
          {.names = "SECTION", .target = &o.section, .value = "", .help = "what to page through"},
          {.names = "--transcript",
           .target = &o.transcript,
           .value = "FILE",
           .help = "the client's transcript",
           .completes = Completes::kFile},
          {.names = "--client",
           .target = &o.client,
           .value = "C",
           .help = "who wrote it; found out if left out",
           .completes = Completes::kWords,
           .words = {"claude", "codex", "gemini", "opencode", "copilot", "pi", "swe-agent",
                     "specstory", "aider"}},
          {.names = "--previous",
           .target = &o.previous,
           .value = "DNA",
           .help = "the DNA to add to",
           .completes = Completes::kFile},
          {.names = "-o,--output",
           .target = &o.output,
           .value = "DNA",
           .help = "the file to write",
           .completes = Completes::kFile},
          {"--budget", &o.budget, "TOKENS", "how long the text may be"},
          {"--list", &o.list, "", "the names of all sections and pages"}};
}

Result<std::optional<handoff::Client>> client_of(const Options& o) {
  if (!o.client) return std::optional<handoff::Client>();
  const auto client = handoff::parse_client(*o.client);
  if (!client) {
    return fail(error(ErrorCode::kUsage, "there is no client '{}'", printable(*o.client))
                    .hint("claude, codex, gemini, opencode, copilot, pi, swe-agent, specstory, aider"));
  }
  return client;
}

Result<handoff::Dna> load(Context& context, const std::string& name) {
  MASC_TRY(const std::string data, read_file(join_path(context.directory(), name)));
  return handoff::unpack_dna(data);
}

void put_counts(JsonWriter& json, const handoff::Extraction& done, const handoff::Dna& dna) {
  json.key("dna").begin_object().field("generation", std::uint64_t{dna.generation});
  json.field("client", handoff::client_name(done.client)).field("bytes", done.new_bytes);
  json.field("redacted", done.redacted).field("records", done.counts.records);
  json.field("skipped", done.counts.unknown + done.counts.malformed + done.counts.oversize);
  json.field("truncated", done.counts.truncated).key("parts").begin_object();
  for (const auto& [part, text] : dna.parts) json.field(part, std::uint64_t{text.size()});
  json.end_object().end_object();
}

Result<Reply> extract(Context& context, const Options& o) {
  if (!o.transcript || !o.output) {
    return fail(error(ErrorCode::kUsage, "`dna extract` needs --transcript and -o")
                    .hint("masc dna extract --transcript FILE -o DNA"));
  }
  MASC_TRY(const auto client, client_of(o));
  handoff::Dna dna;
  handoff::Replay replay;
  if (o.previous) {
    MASC_TRY(dna, load(context, *o.previous));
    MASC_CHECK(replay.run(dna));
    ++dna.generation;
  }
  const std::string path = join_path(context.directory(), *o.transcript);
  MASC_TRY(const handoff::Extraction done, handoff::add_transcript(path, client, dna, replay));
  dna.parts = handoff::make_parts(dna, replay.work());
  MASC_CHECK(write_file(join_path(context.directory(), *o.output), handoff::pack_dna(dna)));
  Reply reply;
  const std::uint64_t skipped = done.counts.unknown + done.counts.malformed + done.counts.oversize;
  reply.rendered.text = fmt::format(
      "extracted {} generation {} ({}, {} records, {} skipped, {} secrets redacted)\n",
      shell_quote(*o.output), dna.generation, handoff::client_name(done.client),
      done.counts.records, skipped, done.redacted);
  JsonWriter json;
  put_counts(json, done, dna);
  reply.rendered.json = json.take();
  return reply;
}

Result<Reply> brief(Context& context, const Options& o) {
  if (!o.dna) return fail(ErrorCode::kUsage, "`dna brief` needs a DNA");
  MASC_TRY(const handoff::Dna dna, load(context, *o.dna));
  handoff::Replay replay;
  MASC_CHECK(replay.run(dna));
  MASC_TRY(const handoff::Brief made,
           handoff::make_brief(dna, replay.work(), o.budget.value_or(kBriefTokens),
                               shell_quote(*o.dna)));
  Reply reply;
  reply.rendered.text = made.text;
  reply.rendered.whole = true;
  JsonWriter json;
  json.field("brief", made.text).field("tokens", std::uint64_t{made.tokens});
  reply.rendered.json = json.take();
  return reply;
}

Result<Reply> page(Context& context, const Options& o) {
  if (!o.dna || (!o.section && !o.list)) {
    return fail(error(ErrorCode::kUsage, "`dna page` needs a DNA and a section")
                    .hint("masc dna page DNA --list"));
  }
  MASC_TRY(const handoff::Dna dna, load(context, *o.dna));
  handoff::Replay replay;
  MASC_CHECK(replay.run(dna));
  const int budget = o.budget.value_or(kPageTokens);
  Reply reply;
  reply.rendered.whole = true;
  JsonWriter json;
  if (o.list) {
    const auto names = handoff::page_names(dna, replay.work(), budget);
    for (const std::string& name : names) reply.rendered.text += name + "\n";
    json.key("sections").strings(names);
  } else {
    MASC_TRY(const handoff::Brief made,
             handoff::make_page(dna, replay.work(), *o.section, budget));
    reply.rendered.text = made.text;
    json.field("section", *o.section).field("text", made.text);
    json.field("tokens", std::uint64_t{made.tokens});
  }
  reply.rendered.json = json.take();
  return reply;
}

Result<Reply> execute(Context& context, const Options& o) {
  if (*o.action == "extract") return extract(context, o);
  if (*o.action == "brief") return brief(context, o);
  if (*o.action == "page") return page(context, o);
  return fail(error(ErrorCode::kUsage, "there is no `dna {}`", printable(*o.action))
                  .hint("use extract, brief or page"));
}

Rendered render(Context&, const Reply& reply) { return reply.rendered; }

}  // namespace

const Verb& verb_dna() {
  static const Verb verb = define<Options>(
      {.name = "dna",
       .summary = "make, read and compare what an agent hands to the next one",
       .usage = "dna extract|brief|page [DNA] [SECTION] [OPTION]…",
       .exits = "0 1 2 4 7",
       .examples = {"masc dna extract --transcript session.jsonl -o work.dna",
                    "masc dna brief work.dna --budget 2000"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
