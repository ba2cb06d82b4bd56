#include "handoff/lineage.h"

#include <algorithm>
#include <charconv>

#include "model/trailers.h"

namespace masc::handoff {
namespace {

std::string trailer(const model::Message& message, std::string_view key) {
  for (const model::Trailer& trailer : message.trailers) {
    if (trailer.key == key) return trailer.value;
  }
  return {};
}

template <class T>
T number_of(const std::string& text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string message_of(const model::TaskId& task, const Dna& dna, std::uint64_t redacted) {
  model::Message message;
  message.subject =
      fmt::format("dna {} generation {} by {}", task.str(), dna.generation, dna.agent);
  message.trailers = {{"Masc-Format", "1"},
                      {"Masc-Task", task.str()},
                      {"Masc-Agent", dna.agent},
                      {"Masc-Generation", std::to_string(dna.generation)},
                      {"Masc-Redacted", std::to_string(redacted)}};
  return model::format_message(message);
}

}  // namespace

std::string Lineage::ref_of(const model::TaskId& task) { return "refs/masc/dna/" + task.str(); }

Result<Generation> Lineage::generation(const git::ObjectId& id) const {
  MASC_TRY(const git::Commit commit, state_.commit(id));
  MASC_TRY(const model::Message message, model::parse_message(commit.message));
  if (trailer(message, "Masc-Format") != "1") {
    return fail(
        error(ErrorCode::kFormat, "DNA {} is of a format that this masc does not know", id.hex())
            .hint("use the masc that wrote it, or a newer one"));
  }
  Generation found;
  found.id = id;
  found.tree = commit.tree;
  if (!commit.parents.empty()) found.previous = commit.parents.front();
  found.task = trailer(message, "Masc-Task");
  found.agent = trailer(message, "Masc-Agent");
  found.generation = number_of<std::int64_t>(trailer(message, "Masc-Generation"));
  found.redacted = number_of<std::uint64_t>(trailer(message, "Masc-Redacted"));
  found.seconds = commit.seconds;
  return found;
}

Result<std::optional<Generation>> Lineage::latest(const model::TaskId& task) const {
  MASC_TRY(const auto id, state_.ref(ref_of(task)));
  if (!id) return std::nullopt;
  MASC_TRY(Generation found, generation(*id));
  return found;
}

Result<std::vector<Generation>> Lineage::all(const model::TaskId& task) const {
  std::vector<Generation> chain;
  MASC_TRY(const auto newest, state_.ref(ref_of(task)));
  for (std::optional<git::ObjectId> id = newest; id;) {
    MASC_TRY(Generation found, generation(*id));
    id = found.previous;
    chain.push_back(std::move(found));
  }
  return chain;
}

Result<std::vector<git::TreeEntry>> Lineage::entries(const Generation& generation) const {
  return state_.tree(generation.tree);
}

Result<Dna> Lineage::load(const Generation& generation) const {
  MASC_TRY(const auto tree, state_.tree(generation.tree));
  std::vector<Entry> entries;
  for (const git::TreeEntry& entry : tree) {
    MASC_TRY(std::string bytes, state_.blob(entry.id));
    entries.emplace_back(entry.name, std::move(bytes));
  }
  return dna_from_entries(std::move(entries));
}

Result<Generation> Lineage::save(const model::TaskId& task, const Dna& dna,
                                 const std::optional<Generation>& expected, std::int64_t seconds) {
  std::vector<git::TreeEntry> tree;
  Result<void> written;
  const auto put = [&](std::string_view name, std::string_view bytes) {
    if (!written) return;
    const auto id = state_.write_blob(bytes);
    if (id) {
      tree.push_back({0100644, std::string(name), *id});
    } else {
      written = fail(id.error());
    }
  };
  each_entry(dna, put);
  for (const auto& [name, bytes] : dna.facts) put(name, bytes);
  MASC_CHECK(std::move(written));
  git::Commit commit;
  MASC_TRY(commit.tree, state_.write_tree(std::move(tree)));
  if (expected) commit.parents = {expected->id};
  commit.author = dna.agent;
  commit.seconds = seconds;
  std::uint64_t redacted = 0;
  for (const auto& [kind, count] : dna.redacted) redacted += count;
  commit.message = message_of(task, dna, redacted);
  MASC_TRY(const git::ObjectId id, state_.write_commit(commit));
  const std::string ref = ref_of(task);
  MASC_TRY(const FileLock lock, state_.lock(ref));
  MASC_CHECK(state_.swap(ref, expected ? std::optional(expected->id) : std::nullopt, id));
  return generation(id);
}

bool same_content(const Dna& a, const Dna& b) {
  const auto same_note = [](const Note& x, const Note& y) {
    return x.kind == y.kind && x.text == y.text && x.agent == y.agent && x.at == y.at;
  };
  if (!std::equal(a.notes.begin(), a.notes.end(), b.notes.begin(), b.notes.end(), same_note)) {
    return false;
  }
  const auto same_segment = [](const Segment& x, const Segment& y) {
    return x.identity == y.identity && x.source_hash == y.source_hash && x.bytes == y.bytes;
  };
  if (!std::equal(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                  same_segment)) {
    return false;
  }
  if (a.git.has_value() != b.git.has_value()) return false;
  return !a.git || (a.git->head == b.git->head && a.git->keep == b.git->keep &&
                    a.git->branch == b.git->branch && a.git->changes == b.git->changes &&
                    a.git->tip == b.git->tip && a.git->standing == b.git->standing);
}

}  // namespace masc::handoff
