#include "store/trail_index.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <tuple>
#include <unordered_map>

#include "base/system.h"
#include "store/trail_layout.h"
#include "store/trails.h"

namespace masc::store {
namespace {

using namespace layout;
using git::ObjectId;
using model::Deposit;
using model::Trail;
using model::TrailKind;

// More changed notes than this, and all of them are read anew.
constexpr std::size_t kMostChanged = 2000;
// Strengths are kept as of a day in the past; doubles hold 2^1000 of them.
constexpr Duration kOldest = std::chrono::hours(24 * 90);
constexpr double kMostHalfLives = 500;
// Deposits that are this many half-lives ahead of the clock make less than 1 % of a difference.
constexpr double kAhead = 0.01;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
constexpr std::size_t kKinds = 6;

// An index under construction.
struct Table {
  using Key = std::tuple<std::string_view, std::uint32_t, std::uint32_t>;  // path, kind, agent
  Head head;
  std::map<std::string, std::int64_t, std::less<>> origins;
  std::vector<std::string> agents;
  std::unordered_map<std::string, std::uint32_t> agent_numbers;
  struct Row {
    std::string path;
    Sum sum;
    std::string note = {};
    std::int64_t note_at = kNever;
  };
  std::vector<Row> rows;

  std::uint32_t agent(const std::string& name) {
    const auto [place, fresh] =
        agent_numbers.try_emplace(name, static_cast<std::uint32_t>(agents.size()));
    if (fresh) agents.push_back(name);
    return place->second;
  }
  void add(const Deposit& one) {
    std::int64_t& number = origins[one.clone];
    number = std::max(number, one.number);
    Sum sum;
    sum.strength = one.strength * weight(one.kind, millis(one.at), head.as_of, head.half_lives);
    sum.last = millis(one.at);
    sum.deposits = static_cast<std::uint32_t>(std::max<std::int64_t>(1, one.count));
    sum.agent = agent(one.agent);
    sum.kind = static_cast<std::uint32_t>(one.kind);
    Row& row = rows.emplace_back(Row{one.path, sum});
    if (one.strength < 0) row.note_at = sum.last;  // what was said of a lifted hazard is over
    if (one.strength < 0 || one.note.empty()) return;
    row.note = one.note;
    row.note_at = sum.last;
  }
  void merge_rows() {
    const auto key = [](const Row& row) { return Key{row.path, row.sum.kind, row.sum.agent}; };
    std::sort(rows.begin(), rows.end(),
              [&](const Row& a, const Row& b) { return key(a) < key(b); });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (kept > 0 && key(rows[kept - 1]) == key(rows[i])) {
        Sum& sum = rows[kept - 1].sum;
        sum.strength += rows[i].sum.strength;
        sum.deposits += rows[i].sum.deposits;
        sum.last = std::max(sum.last, rows[i].sum.last);
        if (rows[i].note_at > rows[kept - 1].note_at) {
          rows[kept - 1].note = std::move(rows[i].note);
          rows[kept - 1].note_at = rows[i].note_at;
        }
      } else if (kept++ != i) {
        rows[kept - 1] = std::move(rows[i]);
      }
    }
    rows.resize(kept);
  }
  std::string bytes();
};

template <class T>
void append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string Table::bytes() {
  merge_rows();
  std::vector<Place> places;
  std::string paths;
  std::string_view last;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i].path == last) continue;
    last = rows[i].path;
    places.push_back({static_cast<std::uint32_t>(paths.size()),
                      static_cast<std::uint32_t>(last.size()), static_cast<std::uint32_t>(i), 0});
    paths += last;
  }
  std::vector<Note> notes;
  std::string note_texts;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].note_at == kNever) continue;
    notes.push_back({rows[i].note_at, static_cast<std::uint32_t>(i),
                     static_cast<std::uint32_t>(note_texts.size()),
                     static_cast<std::uint32_t>(rows[i].note.size()), 0});
    note_texts += rows[i].note;
  }
  head.notes = static_cast<std::uint32_t>(notes.size());
  head.note_bytes = static_cast<std::uint32_t>(note_texts.size());
  head.clones = static_cast<std::uint32_t>(origins.size());
  head.places = static_cast<std::uint32_t>(places.size());
  head.sums = static_cast<std::uint32_t>(rows.size());
  head.agents = static_cast<std::uint32_t>(agents.size());
  head.path_bytes = static_cast<std::uint32_t>(paths.size());
  std::string out;
  append(out, head);
  for (const auto& [clone, number] : origins) {
    Origin origin;
    std::copy_n(clone.begin(), std::min(clone.size(), kCloneDigits), origin.clone.begin());
    origin.number = number;
    append(out, origin);
  }
  for (const Place& place : places) append(out, place);
  for (const Row& row : rows) append(out, row.sum);
  for (const Note& note : notes) append(out, note);
  for (const std::string& agent : agents) {
    append(out, static_cast<std::uint32_t>(agent.size()));
    out += agent;
  }
  out += note_texts;
  out += paths;
  head.bytes = out.size();
  std::memcpy(out.data(), &head, sizeof head);
  head.checksum = checksum(std::string_view(out).substr(kChecked));
  std::memcpy(out.data(), &head, sizeof head);
  return out;
}

// A file mapped into memory, or the same bytes in memory.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::string text) : text_(std::move(text)) {}
  Bytes(Bytes&& other) noexcept { *this = std::move(other); }
  Bytes& operator=(Bytes&& other) noexcept {
    std::swap(text_, other.text_);
    std::swap(map_, other.map_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Bytes() {
    if (map_ != nullptr) munmap(map_, size_);
  }
  static Bytes map(const std::string& path) {
    Bytes bytes;
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto info = stat_of(path);
    if (!file || !info || info->st_size <= 0) return bytes;
    const auto size = static_cast<std::size_t>(info->st_size);
    void* map = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.get(), 0);
    if (map == MAP_FAILED) return bytes;
    bytes.map_ = map;
    bytes.size_ = size;
    return bytes;
  }
  std::string_view view() const {
    return map_ != nullptr ? std::string_view(static_cast<const char*>(map_), size_)
                           : std::string_view(text_);
  }

 private:
  std::string text_;
  void* map_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

struct TrailIndex::Data {
  Bytes bytes;
  Head head;
  const Origin* origins = nullptr;
  const Place* places = nullptr;
  const Sum* sums = nullptr;
  const Note* notes = nullptr;
  std::vector<std::string_view> agents;
  std::string_view note_texts;
  std::string_view paths;
  std::array<double, kKinds> factors{};  // by kind: from Head::as_of to now

  // False where the bytes are no whole index.
  bool read() {
    std::string_view rest = bytes.view();
    if (rest.size() < sizeof head) return false;
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.magic != kMagic || head.bytes != rest.size()) return false;
    if (head.checksum != checksum(rest.substr(kChecked))) return false;
    rest.remove_prefix(sizeof head);
    return take(rest, origins, head.clones) && take(rest, places, head.places) &&
           take(rest, sums, head.sums) && take(rest, notes, head.notes) && take_agents(rest) &&
           in_bounds(rest);
  }
  template <class T>
  static bool take(std::string_view& rest, const T*& list, std::size_t count) {
    if (rest.size() / sizeof(T) < count) return false;
    list = reinterpret_cast<const T*>(rest.data());
    rest.remove_prefix(count * sizeof(T));
    return true;
  }
  bool take_agents(std::string_view& rest) {
    for (std::uint32_t i = 0; i < head.agents; ++i) {
      std::uint32_t length = 0;
      if (rest.size() < sizeof length) return false;
      std::memcpy(&length, rest.data(), sizeof length);
      rest.remove_prefix(sizeof length);
      if (rest.size() < length) return false;
      agents.push_back(rest.substr(0, length));
      rest.remove_prefix(length);
    }
    return true;
  }
  bool in_bounds(std::string_view rest) {
    if (rest.size() != std::size_t{head.note_bytes} + head.path_bytes) return false;
    note_texts = rest.substr(0, head.note_bytes);
    paths = rest.substr(head.note_bytes);
    const auto whole = [&](const Note& note) {
      return note.offset <= note_texts.size() && note.length <= note_texts.size() - note.offset;
    };
    if (!std::all_of(notes, notes + head.notes, whole)) return false;
    for (std::uint32_t i = 0; i < head.places; ++i) {
      const Place& place = places[i];
      if (place.offset > paths.size() || place.length > paths.size() - place.offset) return false;
      if (place.first > head.sums || (i > 0 && place.first < places[i - 1].first)) return false;
    }
    return std::all_of(sums, sums + head.sums, [&](const Sum& sum) {
      return sum.agent < head.agents && sum.kind < factors.size();
    });
  }

  void set_now(Instant now) {
    for (std::size_t kind = 0; kind < factors.size(); ++kind)
      factors[kind] =
          1 / weight(static_cast<TrailKind>(kind), millis(now), head.as_of, head.half_lives);
  }
  std::string_view path(std::uint32_t i) const {
    return paths.substr(places[i].offset, places[i].length);
  }
  std::uint32_t first_at_least(std::string_view name) const {
    const Place* found = std::lower_bound(
        places, places + head.places, name,
        [&](const Place& a, auto wanted) { return paths.substr(a.offset, a.length) < wanted; });
    return static_cast<std::uint32_t>(found - places);
  }
  template <class See>
  void see_place(std::uint32_t i, const See& see) const {
    const std::uint32_t end = i + 1 < head.places ? places[i + 1].first : head.sums;
    for (std::uint32_t k = places[i].first; k < end; ++k) see(i, sums[k]);
  }
  // Places at or below `path`, in order.
  template <class See>
  void see(std::string_view at, const See& see) const {
    if (at == ".") {
      for (std::uint32_t i = 0; i < head.places; ++i) see_place(i, see);
      return;
    }
    const std::uint32_t exact = first_at_least(at);
    if (exact < head.places && path(exact) == at) see_place(exact, see);
    const std::string inside = std::string(at) + '/';
    for (std::uint32_t i = first_at_least(inside); i < head.places && path(i).starts_with(inside);
         ++i)
      see_place(i, see);
  }
  const Note* note_of(const Sum& sum) const {
    const auto number = static_cast<std::uint32_t>(&sum - sums);
    const Note* found =
        std::lower_bound(notes, notes + head.notes, number,
                         [](const Note& note, std::uint32_t wanted) { return note.sum < wanted; });
    return found != notes + head.notes && found->sum == number ? found : nullptr;
  }
  std::string_view text_of(const Note& note) const {
    return note_texts.substr(note.offset, note.length);
  }
  // The newer of both that says something; either may be missing.
  static const Note* newer(const Note* a, const Note* b) {
    if (a == nullptr || a->length == 0) return b;
    return b != nullptr && b->length > 0 && b->at > a->at ? b : a;
  }
  std::string say(const Note* note) const { return note ? std::string(text_of(*note)) : ""; }
  TrailSum sum_of(std::uint32_t place, const Sum& sum) const {
    return {path(place),
            agents[sum.agent],
            static_cast<TrailKind>(sum.kind),
            sum.strength * factors[sum.kind],
            sum.deposits,
            Instant(Duration(sum.last))};
  }
};

namespace {

// Whether strengths may still be kept as of then.
bool is_recent(const Head& head, Instant now) {
  const auto age = static_cast<double>(millis(now) - head.as_of);
  if (std::abs(age) >= static_cast<double>(kOldest.count())) return false;
  return std::all_of(head.half_lives.begin(), head.half_lives.end(), [&](std::int64_t half_life) {
    return half_life <= 0 || std::abs(age) < kMostHalfLives * static_cast<double>(half_life);
  });
}

// One of another clone whose clock is ahead counts in full until its time has come; that can't be
// kept as of a day in the past.
bool is_ahead(const Deposit& one, const Head& head, Instant now) {
  const auto kind = static_cast<std::size_t>(one.kind);
  if (kind >= head.half_lives.size()) return false;  // a record does not fade
  const std::int64_t half_life = head.half_lives[kind];
  const auto ahead = static_cast<double>(millis(one.at) - millis(now));
  return half_life > 0 && ahead > kAhead * static_cast<double>(half_life);
}

Table empty_table(const ObjectId& tip, const model::Policy& policy, Instant now) {
  Table table;
  std::memcpy(table.head.tip.data(), tip.bytes(), table.head.tip.size());
  table.head.half_lives = half_lives(policy);
  table.head.as_of = millis(now);
  return table;
}

Result<ObjectId> tree_of(const git::StateRepo& state, const ObjectId& commit) {
  MASC_TRY(const git::Commit read, state.commit(commit));
  return read.tree;
}

// Notes of `next` that `old` does not have so.
Result<void> changed_notes(const git::StateRepo& state, const ObjectId& old, const ObjectId& next,
                           std::vector<ObjectId>& blobs) {
  if (old == next) return {};
  MASC_TRY(const auto before, state.tree(old));
  MASC_TRY(const auto after, state.tree(next));
  std::map<std::string_view, const git::TreeEntry*> known;
  for (const git::TreeEntry& entry : before) known[entry.name] = &entry;
  for (const git::TreeEntry& entry : after) {
    const auto found = known.find(entry.name);
    if (found != known.end() && found->second->id == entry.id) continue;
    if (entry.mode != 0040000) {
      blobs.push_back(entry.id);
    } else if (found != known.end() && found->second->mode == entry.mode) {
      MASC_CHECK(changed_notes(state, found->second->id, entry.id, blobs));
    } else {
      MASC_CHECK(changed_notes(state, git::StateRepo::empty_tree(), entry.id, blobs));
    }
  }
  return {};
}

}  // namespace

TrailIndex::TrailIndex(std::unique_ptr<Data> data) : data_(std::move(data)) {}
TrailIndex::TrailIndex(TrailIndex&&) noexcept = default;
TrailIndex& TrailIndex::operator=(TrailIndex&&) noexcept = default;
TrailIndex::~TrailIndex() = default;

namespace {

// The lines that came since `data`, as far as they are plain additions; nullopt: make it anew.
template <class Data>
Result<std::optional<std::vector<Deposit>>> news(const git::StateRepo& state, const Data& data,
                                                 const ObjectId& tip) {
  MASC_TRY(const ObjectId next, tree_of(state, tip));
  const auto old = tree_of(state, ObjectId::from_bytes(data.head.tip.data()));
  if (!old) return std::nullopt;
  std::vector<ObjectId> blobs;
  MASC_CHECK(changed_notes(state, *old, next, blobs));
  if (blobs.size() > kMostChanged) return std::nullopt;
  std::map<std::string, std::int64_t> known;
  for (std::uint32_t i = 0; i < data.head.clones; ++i) {
    const Origin& origin = data.origins[i];
    known[std::string(origin.clone.data(), origin.clone.size())] = origin.number;
  }
  Notes notes;
  for (const ObjectId& blob : blobs) {
    MASC_TRY(std::string text, state.blob(blob));
    notes[blob.hex()] = std::move(text);
  }
  std::vector<Deposit> fresh = parse_notes(notes);
  const auto is_known = [&](const Deposit& one) {
    const auto found = known.find(one.clone);
    return found != known.end() && one.number <= found->second;
  };
  std::erase_if(fresh, is_known);
  const bool sums =
      std::any_of(fresh.begin(), fresh.end(), [](const Deposit& one) { return one.count > 0; });
  if (sums) return std::nullopt;
  return model::live_deposits(fresh);
}

// What `data` holds, to be added to.
template <class Data>
Table table_of(const Data& data, const ObjectId& tip) {
  Table table;
  table.head = data.head;
  std::memcpy(table.head.tip.data(), tip.bytes(), table.head.tip.size());
  for (std::uint32_t i = 0; i < data.head.clones; ++i) {
    const Origin& origin = data.origins[i];
    table.origins[std::string(origin.clone.data(), origin.clone.size())] = origin.number;
  }
  for (const std::string_view agent : data.agents) table.agent(std::string(agent));
  data.see(".", [&](std::uint32_t place, const Sum& sum) {
    auto& row = table.rows.emplace_back(Table::Row{std::string(data.path(place)), sum});
    if (const auto* note = data.note_of(sum)) {
      row.note = std::string(data.text_of(*note));
      row.note_at = note->at;
    }
  });
  return table;
}

}  // namespace

Result<TrailIndex> TrailIndex::open(const Workspace& workspace, const model::Policy& policy,
                                    Instant now) {
  const git::StateRepo& state = workspace.state();
  const std::string path = workspace.masc_dir() + "/cache/trails";
  MASC_TRY(const auto ref, state.ref(kTrailsRef));
  const ObjectId tip = ref.value_or(ObjectId{});
  auto data = std::make_unique<Data>();
  data->bytes = Bytes::map(path);
  const bool whole =
      data->read() && data->head.half_lives == half_lives(policy) && is_recent(data->head, now);
  if (whole && ObjectId::from_bytes(data->head.tip.data()) == tip) {
    data->set_now(now);
    return TrailIndex(std::move(data));
  }
  std::optional<Table> table;
  if (whole && ref && !ObjectId::from_bytes(data->head.tip.data()).is_zero()) {
    MASC_TRY(const auto fresh, news(state, *data, tip));
    const bool ahead = fresh && std::any_of(fresh->begin(), fresh->end(), [&](const Deposit& one) {
                         return is_ahead(one, data->head, now);
                       });
    if (fresh && !ahead) {
      table = table_of(*data, tip);
      for (const Deposit& one : *fresh) table->add(one);
    }
  }
  bool keeps = !on_network_file_system(workspace.masc_dir());
  if (!table) {
    table = empty_table(tip, policy, now);
    if (ref) {
      MASC_TRY(const ObjectId tree, tree_of(state, tip));
      MASC_TRY(const Notes notes, read_notes(state, tree));
      for (Deposit& one : model::live_deposits(parse_notes(notes))) {
        if (is_ahead(one, table->head, now)) {
          keeps = false;
          one.at = now;
        }
        table->add(one);
      }
    }
  }
  auto made = std::make_unique<Data>();
  made->bytes = Bytes(table->bytes());
  if (keeps && (exists(workspace.masc_dir() + "/cache") ||
                make_directories(workspace.masc_dir() + "/cache")))
    static_cast<void>(write_file(path, made->bytes.view()));
  if (!made->read()) return fail(ErrorCode::kBug, "the index of trails does not read back");
  made->set_now(now);
  return TrailIndex(std::move(made));
}

void TrailIndex::visit(std::string_view path,
                       const std::function<void(const TrailSum&)>& see) const {
  data_->see(path, [&](std::uint32_t place, const Sum& sum) {
    if (!model::is_record(static_cast<TrailKind>(sum.kind))) see(data_->sum_of(place, sum));
  });
}

void TrailIndex::visit_records(const std::function<void(const TrailSum&)>& see) const {
  data_->see(".", [&](std::uint32_t place, const Sum& sum) {
    if (model::is_record(static_cast<TrailKind>(sum.kind))) see(data_->sum_of(place, sum));
  });
}

std::vector<Trail> TrailIndex::at(std::string_view path) const {
  std::array<Trail, std::size(model::kPathKinds)> trails{};
  std::vector<std::array<double, std::size(model::kPathKinds)>> by_agent(data_->agents.size());
  std::array<const Note*, std::size(model::kPathKinds)> notes{};
  data_->see(path, [&](std::uint32_t, const Sum& sum) {
    if (sum.kind >= trails.size() || sum.strength == 0) return;
    notes[sum.kind] = Data::newer(notes[sum.kind], data_->note_of(sum));
    by_agent[sum.agent][sum.kind] += sum.strength * data_->factors[sum.kind];
    trails[sum.kind].deposits += sum.deposits;
    trails[sum.kind].last = std::max(trails[sum.kind].last, Instant(Duration(sum.last)));
  });
  std::vector<Trail> found;
  for (std::size_t kind = 0; kind < trails.size(); ++kind) {
    Trail& trail = trails[kind];
    if (trail.deposits == 0) continue;
    trail.path = std::string(path);
    trail.kind = static_cast<TrailKind>(kind);
    trail.note = data_->say(notes[kind]);
    for (const auto& strengths : by_agent)
      trail.strength += std::clamp(strengths[kind], 0.0, model::kMostOfOneAgent);
    if (trail.strength >= model::kNothing) found.push_back(std::move(trail));
  }
  return found;
}

TrailIndex::Below TrailIndex::below(std::string_view path, std::size_t most) const {
  // Sums come grouped by path and kind, so a trail is whole when the next begins.
  struct Light {
    std::uint32_t place, kind;
    double strength;
    std::int64_t deposits, last;
    const Note* note;
  };
  std::vector<Light> found;
  data_->see(path, [&](std::uint32_t place, const Sum& sum) {
    if (sum.kind >= std::size(model::kPathKinds) || sum.strength == 0) return;
    const double strength =
        std::clamp(sum.strength * data_->factors[sum.kind], 0.0, model::kMostOfOneAgent);
    if (found.empty() || found.back().place != place || found.back().kind != sum.kind) {
      found.push_back({place, sum.kind, strength, sum.deposits, sum.last, data_->note_of(sum)});
      return;
    }
    found.back().strength += strength;
    found.back().deposits += sum.deposits;
    found.back().last = std::max(found.back().last, sum.last);
    found.back().note = Data::newer(found.back().note, data_->note_of(sum));
  });
  // Lifted, or decayed to nothing.
  std::erase_if(found, [](const Light& one) { return one.strength < model::kNothing; });
  Below below{{}, found.size()};
  const auto stronger = [](const Light& a, const Light& b) {
    return std::tie(b.strength, a.place, a.kind) < std::tie(a.strength, b.place, b.kind);
  };
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(most, found.size()));
  std::partial_sort(found.begin(), end, found.end(), stronger);
  for (auto one = found.begin(); one != end; ++one) {
    below.trails.push_back({std::string(data_->path(one->place)), static_cast<TrailKind>(one->kind),
                            one->strength, one->deposits, Instant(Duration(one->last)),
                            data_->say(one->note)});
  }
  return below;
}

}  // namespace masc::store
