#include "store/trails.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "model/task.h"
#include "model/trailers.h"
#include "store/announce.h"

namespace masc::store {
namespace {

using git::ObjectId;
using git::TreeEntry;
using model::Deposit;

constexpr std::size_t kKeyDigits = 40;
constexpr unsigned kTreeMode = 0040000;
constexpr unsigned kBlobMode = 0100644;
// A clone folds when it has this many deposits that no sum stands for, all but the newest.
constexpr std::int64_t kFoldAt = 4096;
constexpr std::size_t kKeepSingle = 1024;
constexpr int kAttempts = 10;
// Of deposits; moving and folding them tells nobody anything.
constexpr const char* kEvent = "pheromone";

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == text.npos;
}

// Where a clone's sums lie: a key that is no commit's.
std::string sums_key(const std::string& clone) {
  return git::StateRepo::blob_id("masc trails of " + clone).hex();
}

std::int64_t number_in(const model::Message& message, std::string_view key) {
  for (const model::Trailer& trailer : message.trailers) {
    if (trailer.key != key) continue;
    std::int64_t number = 0;
    std::from_chars(trailer.value.data(), trailer.value.data() + trailer.value.size(), number);
    return number;
  }
  return 0;
}
std::string text_in(const model::Message& message, std::string_view key) {
  for (const model::Trailer& trailer : message.trailers) {
    if (trailer.key == key) return trailer.value;
  }
  return "";
}

// Replaces one note by `edit` of its text ("" where there is none; "" takes it away), where it lies
// or, if it is new, in a folder of its first two digits.
template <class Edit>
Result<std::optional<ObjectId>> edit_note(git::StateRepo& state,
                                          const std::optional<ObjectId>& tree, std::string_view key,
                                          const Edit& edit) {
  std::vector<TreeEntry> entries;
  if (tree) {
    MASC_TRY(entries, state.tree(*tree));
  }
  const auto named = [&](std::string_view name, unsigned mode) {
    return std::find_if(entries.begin(), entries.end(), [&](const TreeEntry& entry) {
      return entry.name == name && (entry.mode == kTreeMode) == (mode == kTreeMode);
    });
  };
  const auto put = [&](auto place, const std::optional<ObjectId>& id, std::string_view name,
                       unsigned mode) {
    if (place == entries.end()) {
      if (id) entries.push_back({mode, std::string(name), *id});
    } else if (id) {
      place->id = *id;
    } else {
      entries.erase(place);
    }
  };
  const auto blob = named(key, kBlobMode);
  const auto folder = named(key.substr(0, 2), kTreeMode);
  const bool deeper = key.size() == kKeyDigits || folder != entries.end();
  if (blob == entries.end() && deeper) {
    const auto inside = folder == entries.end() ? std::nullopt : std::optional(folder->id);
    MASC_TRY(const auto made, edit_note(state, inside, key.substr(2), edit));
    put(folder, made, key.substr(0, 2), kTreeMode);
  } else {
    std::string old;
    if (blob != entries.end()) {
      MASC_TRY(old, state.blob(blob->id));
    }
    const std::string text = edit(old);
    std::optional<ObjectId> id;
    if (!text.empty()) {
      MASC_TRY(id, state.write_blob(text));
    }
    put(blob, id, key, kBlobMode);
  }
  if (entries.empty()) return std::nullopt;
  MASC_TRY(const ObjectId made, state.write_tree(std::move(entries)));
  return made;
}

Result<void> collect(const git::StateRepo& state, const ObjectId& tree, const std::string& prefix,
                     Notes& notes) {
  MASC_TRY(const auto entries, state.tree(tree));
  for (const TreeEntry& entry : entries) {
    const std::string key = prefix + entry.name;
    if (!is_hex(entry.name) || key.size() > kKeyDigits) continue;
    if (entry.mode == kTreeMode && entry.name.size() == 2) {
      MASC_CHECK(collect(state, entry.id, key, notes));
    } else if (entry.mode != kTreeMode && key.size() == kKeyDigits) {
      MASC_TRY(const std::string text, state.blob(entry.id));
      notes[key] += text;
    }
  }
  return {};
}

// Notes as a tree of folders of two digits.
Result<ObjectId> write_notes(git::StateRepo& state, const Notes& notes) {
  std::map<std::string, std::vector<TreeEntry>> folders;
  for (const auto& [key, text] : notes) {
    MASC_TRY(const ObjectId blob, state.write_blob(text));
    folders[key.substr(0, 2)].push_back({kBlobMode, key.substr(2), blob});
  }
  std::vector<TreeEntry> root;
  for (auto& [name, entries] : folders) {
    MASC_TRY(const ObjectId tree, state.write_tree(std::move(entries)));
    root.push_back({kTreeMode, name, tree});
  }
  return state.write_tree(std::move(root));
}

std::string with_lines(std::string text, const std::string& lines) {
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text + lines;
}

// Lines of both, each once, in the order in which they come.
std::string united(const std::string& first, const std::string& second) {
  std::set<std::string_view> seen;
  std::string text;
  for (const std::string* part : {&first, &second}) {
    for (const std::string_view line : split_lines(*part)) {
      if (!line.empty() && seen.insert(line).second) text.append(line) += '\n';
    }
  }
  return text;
}

// Without the lines of deposits that `gone` is true for.
template <class Gone>
std::string without_lines(const std::string& text, const Gone& gone) {
  std::string kept;
  for (const std::string_view line : split_lines(text)) {
    const auto deposit = model::parse_deposit(line);
    if (line.empty() || (deposit && gone(*deposit))) continue;
    kept.append(line) += '\n';
  }
  return kept;
}

}  // namespace

// The newest commit of the notes, and how far this clone has numbered and folded its deposits.
struct Trails::Tip {
  std::optional<ObjectId> id;
  std::optional<ObjectId> tree;
  std::string clone;
  std::int64_t number = 0;
  std::int64_t folded = 0;
};

Result<Trails::Tip> Trails::tip() const {
  const git::StateRepo& state = workspace_.state();
  Tip tip;
  MASC_TRY(tip.clone, workspace_.clone());
  MASC_TRY(tip.id, state.ref(kTrailsRef));
  if (!tip.id) return tip;
  // The last commit of this clone says it; plain git and merges may have put others on top.
  std::vector<ObjectId> next = {*tip.id};
  std::set<ObjectId> seen;
  for (std::size_t at = 0; at < next.size(); ++at) {
    if (!seen.insert(next[at]).second) continue;
    MASC_TRY(const git::Commit commit, state.commit(next[at]));
    if (at == 0) tip.tree = commit.tree;
    const auto message = model::parse_message(commit.message);
    if (message && text_in(*message, "Masc-Clone") == tip.clone) {
      const std::int64_t number = number_in(*message, "Masc-Number");
      if (number >= tip.number) tip.folded = number_in(*message, "Masc-Folded");
      tip.number = std::max(tip.number, number);
      continue;  // what lies behind it is older
    }
    next.insert(next.end(), commit.parents.begin(), commit.parents.end());
  }
  return tip;
}

Result<void> Trails::swap(const Tip& tip, const ObjectId& tree, std::int64_t number,
                          std::int64_t folded, std::string_view agent, Instant now,
                          std::string subject, bool tells, const model::TaskId& task) {
  git::Commit commit;
  commit.tree = tree;
  if (tip.id) commit.parents = {*tip.id};
  commit.author = std::string(agent);
  commit.seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  model::Message message;
  message.subject = std::move(subject);
  message.trailers = {{"Masc-Format", std::to_string(model::kFormatVersion)}};
  if (tells) {
    message.trailers.push_back({"Masc-Event", kEvent});
    message.trailers.push_back({"Masc-At", format_time_exact(now)});
    if (!task.empty()) message.trailers.push_back({"Masc-Task", task.str()});
  }
  message.trailers.insert(message.trailers.end(), {{"Masc-Clone", tip.clone},
                                                   {"Masc-Agent", std::string(agent)},
                                                   {"Masc-Number", std::to_string(number)},
                                                   {"Masc-Folded", std::to_string(folded)}});
  commit.message = model::format_message(message);
  git::StateRepo& state = workspace_.state();
  MASC_TRY(const ObjectId next, state.write_commit(commit));
  return state.swap(kTrailsRef, tip.id, next);
}

Result<void> Trails::deposit(const std::string& commit, std::vector<Deposit> deposits,
                             std::string_view agent, Instant now) {
  if (deposits.empty()) return {};
  MASC_CHECK(workspace_.id());
  MASC_TRY(const FileLock lock, workspace_.state().lock(kTrailsRef));
  const Deposit& first = deposits.front();
  std::string subject =
      model::is_record(first.kind)
          ? fmt::format("record with {}", printable(first.path))
          : fmt::format("{} trail on {}", trail_kind_name(first.kind), printable(first.path));
  if (deposits.size() > 1) subject += fmt::format(" and {} more", deposits.size() - 1);
  return deposit_locked(commit, std::move(deposits), agent, std::move(subject), now);
}

Result<std::size_t> Trails::lift(const std::string& commit, std::string_view path, Instant decided,
                                 std::string_view note, std::string_view agent, Instant now) {
  MASC_CHECK(workspace_.id());
  MASC_TRY(const FileLock lock, workspace_.state().lock(kTrailsRef));
  MASC_TRY(const auto lines, this->lines());
  auto lifts = model::lift_hazards(model::live_deposits(lines), path, policy_, decided, note);
  const std::size_t count = lifts.size();
  if (count == 0) return count;
  MASC_CHECK(deposit_locked(commit, std::move(lifts), agent,
                            fmt::format("lift hazard on {}: {}", printable(path), printable(note)),
                            now));
  return count;
}

Result<void> Trails::deposit_locked(const std::string& commit, std::vector<Deposit> deposits,
                                    std::string_view agent, std::string subject, Instant now) {
  git::StateRepo& state = workspace_.state();
  const bool one_task = std::all_of(deposits.begin(), deposits.end(), [&](const Deposit& deposit) {
    return deposit.task == deposits.front().task;
  });
  const model::TaskId task = one_task ? deposits.front().task : model::TaskId{};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MASC_TRY(const Tip tip, this->tip());
    std::int64_t number = tip.number;
    std::string lines;
    for (Deposit& deposit : deposits) {
      deposit.clone = tip.clone;
      deposit.number = ++number;
      lines += model::format_deposit(deposit) + '\n';
    }
    MASC_TRY(const auto tree, edit_note(state, tip.tree, note_key(commit), [&](std::string old) {
               return with_lines(std::move(old), lines);
             }));
    auto done = swap(tip, *tree, number, tip.folded, agent, now, subject, true, task);
    if (!done && done.error().code == ErrorCode::kConflict) continue;
    MASC_CHECK(std::move(done));
    model::Change change;
    change.event = kEvent;
    change.agent = agent;
    change.at = now;
    change.text = std::move(subject);
    announce(workspace_.masc_dir(), change, task, 0);
    if (number - tip.folded >= kFoldAt) MASC_CHECK(fold_locked(kKeepSingle, agent, now));
    return {};
  }
  return fail(ErrorCode::kBusy, "{} changes all the time", kTrailsRef);
}

Result<void> Trails::follow(const std::vector<std::pair<std::string, std::string>>& rewritten,
                            std::string_view agent, Instant now) {
  git::StateRepo& state = workspace_.state();
  MASC_TRY(const auto any, state.ref(kTrailsRef));
  if (!any || rewritten.empty()) return {};
  MASC_CHECK(workspace_.id());
  MASC_TRY(const FileLock lock, state.lock(kTrailsRef));
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MASC_TRY(const Tip tip, this->tip());
    std::optional<ObjectId> tree = tip.tree;
    for (const auto& [from, to] : rewritten) {
      if (note_key(from) == note_key(to)) continue;
      std::string moved;
      MASC_TRY(tree, edit_note(state, tree, note_key(from), [&](const std::string& old) {
                 moved = old;
                 return std::string();
               }));
      if (moved.empty()) continue;
      MASC_TRY(tree, edit_note(state, tree, note_key(to),
                               [&](const std::string& old) { return united(old, moved); }));
    }
    if (tree == tip.tree || !tree) return {};
    auto done = swap(tip, *tree, tip.number, tip.folded, agent, now,
                     fmt::format("follow {} rewritten commits", rewritten.size()));
    if (done || done.error().code != ErrorCode::kConflict) return done;
  }
  return fail(ErrorCode::kBusy, "{} changes all the time", kTrailsRef);
}

Result<void> Trails::fold(std::size_t keep, std::string_view agent, Instant now) {
  MASC_CHECK(workspace_.id());
  MASC_TRY(const FileLock lock, workspace_.state().lock(kTrailsRef));
  return fold_locked(keep, agent, now);
}

Result<void> Trails::fold_locked(std::size_t keep, std::string_view agent, Instant now) {
  git::StateRepo& state = workspace_.state();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    MASC_TRY(const Tip tip, this->tip());
    const std::int64_t last = tip.number - static_cast<std::int64_t>(keep);
    if (!tip.tree || last <= tip.folded) return {};
    MASC_TRY(Notes notes, read_notes(state, *tip.tree));
    auto own = model::live_deposits(parse_notes(notes));
    std::erase_if(own, [&](const Deposit& one) { return one.clone != tip.clone; });
    std::string sums;
    for (const Deposit& sum : model::fold_deposits(own, last, policy_, now))
      sums += model::format_deposit(sum) + '\n';
    for (auto& [key, text] : notes) {
      text = without_lines(
          text, [&](const Deposit& one) { return one.clone == tip.clone && one.number <= last; });
    }
    std::erase_if(notes, [](const auto& note) { return note.second.empty(); });
    notes[sums_key(tip.clone)] = sums;
    MASC_TRY(const ObjectId tree, write_notes(state, notes));
    auto done = swap(tip, tree, tip.number, last, agent, now,
                     fmt::format("fold {} deposits", last - tip.folded));
    if (done || done.error().code != ErrorCode::kConflict) return done;
  }
  return fail(ErrorCode::kBusy, "{} changes all the time", kTrailsRef);
}

Result<std::vector<Deposit>> Trails::lines() const {
  const git::StateRepo& state = workspace_.state();
  MASC_TRY(const auto id, state.ref(kTrailsRef));
  if (!id) return std::vector<Deposit>{};
  MASC_TRY(const git::Commit commit, state.commit(*id));
  MASC_TRY(const Notes notes, read_notes(state, commit.tree));
  return parse_notes(notes);
}

std::string note_key(std::string_view commit) {
  return std::string(commit.substr(0, std::min(commit.size(), kKeyDigits)));
}

Result<Notes> read_notes(const git::StateRepo& state, const ObjectId& tree) {
  Notes notes;
  MASC_CHECK(collect(state, tree, "", notes));
  return notes;
}

std::vector<Deposit> parse_notes(const Notes& notes) {
  std::vector<Deposit> deposits;
  for (const auto& [key, text] : notes) {
    for (const std::string_view line : split_lines(text)) {
      auto deposit = model::parse_deposit(line);
      if (deposit) deposits.push_back(std::move(*deposit));
    }
  }
  return deposits;
}

}  // namespace masc::store
