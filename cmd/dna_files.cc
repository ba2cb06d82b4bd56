// The actions of `dna` that need no repository.
#include "base/file.h"
#include "base/text.h"
#include "cmd/handing.h"
#include "cmd/input.h"
#include "handoff/parts.h"

namespace masc::cmd {
namespace {

std::uint64_t skipped(const handoff::ReadingCounts& counts) {
  return counts.unknown + counts.malformed + counts.oversize;
}

std::string extracted_json(const handoff::Extraction& done, const handoff::Dna& dna) {
  JsonWriter json;
  json.key("dna").begin_object().field("generation", std::uint64_t{dna.generation});
  json.field("client", handoff::client_name(done.client)).field("bytes", done.new_bytes);
  json.field("redacted", done.redacted).field("records", done.counts.records);
  json.field("skipped", skipped(done.counts)).field("truncated", done.counts.truncated);
  json.key("parts").begin_object();
  for (const auto& [part, text] : dna.parts) {
    json.field(part, static_cast<std::uint64_t>(split_lines(text).size()));
  }
  json.end_object().end_object();
  return json.take();
}

Result<NamedDna> named(Context& context, const DnaOptions& o) {
  if (o.dna) return load_dna(context, *o.dna, o.generation);
  MASC_TRY(const model::TaskId id, context.task_or_own(std::nullopt));
  return load_task_dna(context, id, o.generation);
}

// `dna page` without a DNA would take its section for one.
Result<void> check_page(const DnaOptions& o) {
  if (o.list != o.section.has_value()) return {};
  return fail(error(ErrorCode::kUsage, "`dna page` needs a DNA, and a section or --list")
                  .hint("masc dna page DNA --list"));
}

}  // namespace

Result<Rendered> dna_on_file(Context& context, const DnaOptions& o) {
  if (!o.transcript || !o.output) {
    return fail(error(ErrorCode::kUsage, "`dna extract` needs --transcript and -o")
                    .hint("masc dna extract --transcript FILE -o DNA"));
  }
  MASC_TRY(const auto client, parse_client_option(o.client));
  handoff::Dna dna;
  handoff::Replay replay(handoff::Keeps::kFacts);
  if (o.previous) {
    MASC_TRY(const std::string data,
             read_file_at_most(join_path(context.directory(), *o.previous), kMostFile));
    MASC_TRY(dna, handoff::unpack_dna(data));
    MASC_CHECK(replay.run(dna));
    ++dna.generation;
  }
  const std::string path = join_path(context.directory(), *o.transcript);
  MASC_TRY(const handoff::Extraction done, handoff::add_transcript(path, client, dna, replay));
  dna.parts = handoff::make_parts(dna, replay.work());
  MASC_CHECK(write_output(join_path(context.directory(), *o.output), handoff::pack_dna(dna)));
  Rendered out;
  out.text = fmt::format("extracted {} generation {} ({}, {} records, {} skipped, {} redacted)\n",
                         shell_quote(*o.output), dna.generation, handoff::client_name(done.client),
                         done.counts.records, skipped(done.counts), done.redacted);
  if (done.counts.truncated) context.warn("the transcript ends in the middle of a record");
  out.json = extracted_json(done, dna);
  return out;
}

Result<Rendered> dna_to_read(Context& context, const DnaOptions& o) {
  const bool brief = *o.action == "brief";
  if (!brief) MASC_CHECK(check_page(o));
  MASC_TRY(const NamedDna found, named(context, o));
  handoff::Replay replay;
  MASC_CHECK(replay.run(found.dna));
  const int budget = o.budget.value_or(brief ? kBriefTokens : kPageTokens);
  Rendered out;
  out.whole = out.bare = true;
  JsonWriter json(context.globals().json);
  if (!brief && o.list) {
    const auto names = handoff::page_names(found.dna, replay.work(), budget);
    for (const std::string& name : names) out.text += name + "\n";
    json.key("sections").strings(names);
    out.json = json.take();
    return out;
  }
  // A brief says the same wherever the file lies and whatever it is called.
  const std::string_view name = found.generation ? std::string_view(found.name) : "DNA";
  MASC_TRY(const handoff::Brief made,
           brief ? handoff::make_brief(found.dna, replay.work(), budget, name)
                 : handoff::make_page(found.dna, replay.work(), *o.section, budget));
  out.text = made.text;
  if (brief) {
    json.field("brief", made.text);
  } else {
    json.field("section", *o.section).field("text", made.text);
  }
  json.field("tokens", std::uint64_t{made.tokens});
  out.json = json.take();
  return out;
}

}  // namespace masc::cmd
