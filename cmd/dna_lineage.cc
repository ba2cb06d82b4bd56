// The actions of `dna` that work on a task's lineage.
#include <map>

#include "base/text.h"
#include "cmd/handing.h"
#include "handoff/json_view.h"
#include "store/agents.h"

namespace masc::cmd {
namespace {

Result<Rendered> save(Context& context, const model::TaskId& id, const DnaOptions& o) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_TRY(const model::Task task, tasks->load(id));
  MASC_TRY(const model::Actor actor, context.actor());
  MASC_CHECK(
      model::require_claim(task, actor, store::liveness_of(*workspace, task), context.now()));
  CaptureOptions options;
  options.transcript = o.transcript;
  options.client = o.client;
  MASC_TRY(const Captured captured, capture_dna(context, task, options));
  Rendered out;
  out.text = fmt::format("{} {} generation {}", captured.changed ? "saved" : "unchanged", id.str(),
                         captured.generation.generation);
  if (!captured.transcript.empty()) {
    out.text += fmt::format(" ({}, {} redacted)", shell_quote(captured.transcript),
                            captured.generation.redacted);
  }
  out.text += "\n";
  if (captured.transcript.empty() && captured.dna.segments.empty()) {
    out.text += "no transcript was found: masc dna save --transcript FILE\n";
  }
  JsonWriter json(context.globals().json);
  json.key("dna");
  put_dna(json, captured.generation, captured.dna);
  out.json = json.take();
  out.quiet = captured.generation.id.hex() + "\n";
  return out;
}

Result<Rendered> list(Context& context, const model::TaskId& id) {
  MASC_TRY(store::Workspace * workspace, context.workspace());
  const handoff::Lineage lineage(workspace->state());
  MASC_TRY(const auto chain, lineage.all(id));
  Rendered out;
  JsonWriter json(context.globals().json);
  json.key("lineage").begin_array();
  for (const handoff::Generation& one : chain) {
    out.text += dna_line(one);
    MASC_TRY(const handoff::Dna dna, lineage.load(one));
    put_dna(json, one, dna);
  }
  json.end_array();
  out.bare = !chain.empty();
  if (chain.empty()) out.text = fmt::format("{} has no DNA yet\n", id.str());
  out.more = fmt::format("masc dna list {} --json", id.str());
  out.json = json.take();
  return out;
}

Result<Rendered> show(Context& context, const model::TaskId& id, const DnaOptions& o) {
  MASC_TRY(const NamedDna found, load_task_dna(context, id, o.generation));
  const handoff::Dna& dna = found.dna;
  Rendered out;
  out.text = id.str() + " " + dna_line(*found.generation);
  for (const handoff::Segment& segment : dna.segments) {
    out.text += fmt::format("transcript of {}: {} records, {} bytes (generation {})\n",
                            handoff::client_name(segment.client), segment.counts.records,
                            segment.bytes, segment.generation);
  }
  for (const auto& [name, text] : dna.parts) {
    out.text += fmt::format("{}: {}\n", name, split_lines(text).size());
  }
  out.text += fmt::format("notes: {}\n", dna.notes.size());
  if (dna.git) {
    const handoff::GitState& git = *dna.git;
    out.text +=
        fmt::format("{} at {}, {} uncommitted{}\n", git.branch,
                    (git.tip.empty() ? git.head : git.tip).substr(0, 10), git.changes.size(),
                    git.keep.empty() ? "" : ", kept as " + git.keep.substr(0, 10));
    for (const std::string& one : git.standing) out.text += one + "\n";
  }
  JsonWriter json(context.globals().json);
  json.key("dna");
  put_dna(json, *found.generation, dna);
  out.json = json.take();
  return out;
}

using Facts = std::map<std::string, std::string>;  // "part/id" → line

Facts facts_of(const handoff::Dna& dna) {
  Facts facts;
  handoff::JsonText json;
  for (const auto& [part, text] : dna.parts) {
    const std::string name = part.substr(0, part.find('.'));
    for (const std::string_view line : split_lines(text)) {
      if (!json.parse(std::string(line))) continue;
      facts[name + " " + std::string(json.root()["id"].str())] = std::string(line);
    }
  }
  for (const handoff::Note& note : dna.notes) {
    JsonWriter text;
    text.begin_object().field("kind", note.kind).field("text", note.text).end_object();
    facts["notes " + note.at + " " + note.text] = text.take();
  }
  return facts;
}

// The members that say what a fact is, as one line.
std::string gist(const std::string& line) {
  handoff::JsonText json;
  if (!json.parse(line)) return line;
  std::string text;
  for (const std::string_view key :
       {"kind", "text", "path", "command", "commit", "state", "outcome", "subject"}) {
    const std::string_view value = json.root()[key].str();
    if (!value.empty()) text += (text.empty() ? "" : ": ") + printable(first_line(value));
  }
  return text.substr(0, 200);
}

Result<Rendered> diff(Context& context, const model::TaskId& id, const DnaOptions& o) {
  MASC_TRY(const NamedDna now, load_task_dna(context, id, o.generation));
  const auto number = static_cast<int>(now.generation->generation);
  Facts before;
  if (now.generation->previous) {
    MASC_TRY(const NamedDna last, load_task_dna(context, id, number - 1));
    before = facts_of(last.dna);
  }
  const Facts after = facts_of(now.dna);
  Rendered out;
  JsonWriter json(context.globals().json);
  json.key("dna");
  put_dna(json, *now.generation, now.dna);
  json.key("changes").begin_array();
  std::size_t count = 0;
  std::string lines;
  const auto tell = [&](char sign, std::string_view kind, const std::string& key,
                        const std::string& line) {
    const std::string part = key.substr(0, key.find(' '));
    lines += fmt::format("{} {}: {}\n", sign, part, gist(line));
    json.begin_object().field("part", part).field("kind", kind).field("text", gist(line));
    json.end_object();
    ++count;
  };
  for (const auto& [key, line] : after) {
    const auto old = before.find(key);
    if (old == before.end()) {
      tell('+', "added", key, line);
    } else if (old->second != line) {
      tell('~', "changed", key, line);
    }
  }
  for (const auto& [key, line] : before) {
    if (!after.contains(key)) tell('-', "removed", key, line);
  }
  json.end_array();
  out.text = fmt::format("{} generation {} against {}: {} changes\n", id.str(), number,
                         number > 1 ? std::to_string(number - 1) : "nothing", count);
  out.text += lines;
  out.more = fmt::format("masc dna diff {} --generation {} --json", id.str(), number);
  out.json = json.take();
  return out;
}

}  // namespace

Result<Rendered> dna_of_task(Context& context, const DnaOptions& o) {
  if (o.section) return fail(ErrorCode::kUsage, "only `dna page` takes a section");
  MASC_TRY(const model::TaskId id, context.task_or_own(o.dna, *o.action == "save" ? 4 : 2));
  MASC_TRY(store::TaskStore * tasks, context.tasks());
  MASC_CHECK(tasks->load(id));
  if (*o.action == "save") return save(context, id, o);
  if (*o.action == "list") return list(context, id);
  if (*o.action == "show") return show(context, id, o);
  return diff(context, id, o);
}

}  // namespace masc::cmd
