#include "store/mail.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "base/system.h"
#include "base/text.h"
#include "model/id.h"
#include "model/trailers.h"
#include "store/announce.h"
#include "wire/batch.h"

namespace masc::store {
namespace {

constexpr std::int64_t kSealed = static_cast<std::int64_t>(wire::kBatchMessages);
// Above this many unsealed messages the oldest kSealed are sealed.
constexpr std::int64_t kMostUnsealed = kSealed + 28;
constexpr const char* kBodyName = "body";
constexpr std::string_view kBatchSuffix = ".batch";
constexpr std::size_t kIdDigits = 10;
constexpr std::chrono::hours kRecent{24};

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// As a file's times have it, which lag behind the exact clock.
std::int64_t file_time_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec;
}

std::string cursor_path(const std::string& masc_dir, const std::string& agent) {
  return fmt::format("{}/inbox/{}", masc_dir, agent);
}
// No agent has a name that begins with a dot.
std::string fresh_cursor_path(const std::string& masc_dir, const std::string& agent) {
  return fmt::format("{}/inbox/.{}", masc_dir, agent);
}

// A commit of a chain, without its body.
struct Link {
  Mail mail;
  git::ObjectId tree;
  std::optional<git::ObjectId> parent;
  std::int64_t sealed =
      0;  // of a chain's first commit: the messages up to this number lie in its tree
};

Result<Link> read_link(const git::StateRepo& state, const git::ObjectId& id) {
  MASC_TRY(const git::Commit commit, state.commit(id));
  MASC_TRY(const model::Message message, model::parse_message(commit.message));
  Link link;
  link.tree = commit.tree;
  if (!commit.parents.empty()) link.parent = commit.parents.front();
  for (const auto& [key, value] : message.trailers) {
    if (key == "Masc-Message") link.mail.id = value;
    if (key == "Masc-Agent") link.mail.from = value;
    if (key == "Masc-To") link.mail.to = value;
    if (key == "Masc-Task") link.mail.task = value;
    if (key == "Masc-Portal") link.mail.portal = value;
    if (key == "Masc-Seq") link.mail.seq = number_of(value);
    if (key == "Masc-Sealed") link.sealed = number_of(value);
    if (key == "Masc-Sent") {
      MASC_TRY(link.mail.at, parse_time(value));
    }
  }
  return link;
}

tl::unexpected<Error> damaged(std::string_view box) {
  return fail(error(ErrorCode::kFormat, "the messages for {} are damaged", box)
                  .hint(fmt::format("masc git log {}", MailStore::ref_of(box))));
}

// Back from wire::event_text(), which batches hold.
Result<Mail> parse_mail(const std::string& text, std::int64_t seq) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto params =
      json.is_object() && json.contains("params") ? json["params"] : nlohmann::json();
  const auto get = [&](const char* name) {
    return params.is_object() && params.contains(name) && params[name].is_string()
               ? params[name].get<std::string>()
               : std::string();
  };
  Mail mail;
  mail.seq = seq;
  mail.id = get("id");
  mail.from = get("from");
  mail.to = get("to");
  mail.task = get("task");
  mail.portal = get("portal");
  mail.body = get("body");
  MASC_TRY(mail.at, parse_time(get("at")));
  return mail;
}

}  // namespace

std::vector<std::string> mentions_in(std::string_view body) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  std::vector<std::string> found;
  for (std::size_t at = body.find('@'); at != std::string_view::npos; at = body.find('@', at + 1)) {
    if (at > 0 && is_word(body[at - 1])) continue;
    std::size_t end = at + 1;
    while (end < body.size() && (is_word(body[end]) || body[end] == '.' || body[end] == '-')) ++end;
    std::string_view name = body.substr(at + 1, end - at - 1);
    while (name.ends_with('.')) name.remove_suffix(1);
    if (!model::parse_agent_name(name) ||
        std::find(found.begin(), found.end(), name) != found.end())
      continue;
    found.emplace_back(name);
  }
  return found;
}

wire::Event event_of(const Mail& mail) {
  wire::Event event;
  event.name = mail.to.starts_with('@') ? "broadcast" : "message";
  event.at = mail.at;
  event.agent = mail.from;
  event.task = mail.task;
  event.text = mail.body;
  event.id = mail.id;
  event.to = mail.to;
  event.portal = mail.portal;
  return event;
}

std::string MailStore::fresh_id() {
  const std::uint64_t bits = random_bits();
  unsigned char bytes[8];
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(bits >> (8 * i));
  return "msg-" + std::string(model::TaskId::from_bytes(bytes, kIdDigits).digits());
}

std::string MailStore::id_of(std::string_view seed) {
  const git::ObjectId hash = git::StateRepo::blob_id(seed);
  return "msg-" + std::string(model::TaskId::from_bytes(hash.bytes(), kIdDigits).digits());
}

Result<bool> MailStore::holds(const std::string& box, std::string_view id, Instant since) const {
  const git::StateRepo& state = workspace_.state();
  MASC_TRY(std::optional<git::ObjectId> at, state.ref(ref_of(box)));
  while (at) {
    MASC_TRY(const Link link, read_link(state, *at));
    if (link.mail.id == id) return true;
    if (link.sealed > 0 || link.mail.at < since) break;
    at = link.parent;
  }
  return false;
}

Result<git::ObjectId> MailStore::append(const Mail& mail, const git::ObjectId& blob,
                                        const std::optional<git::ObjectId>& parent) {
  git::StateRepo& state = workspace_.state();
  git::Commit commit;
  MASC_TRY(commit.tree, state.write_tree({{0100644, kBodyName, blob}}));
  if (parent) commit.parents = {*parent};
  commit.author = mail.from;
  commit.seconds =
      std::chrono::duration_cast<std::chrono::seconds>(mail.at.time_since_epoch()).count();
  model::Message message;
  message.subject = fmt::format("message from {} to {}", mail.from, mail.to);
  message.trailers = {{"Masc-Format", "1"},
                      {"Masc-Event", event_of(mail).name},
                      {"Masc-Agent", mail.from},
                      {"Masc-Message", mail.id},
                      {"Masc-To", mail.to},
                      {"Masc-Seq", std::to_string(mail.seq)},
                      {"Masc-Sent", format_time_exact(mail.at)}};
  if (!mail.task.empty()) message.trailers.push_back({"Masc-Task", mail.task});
  if (!mail.portal.empty()) message.trailers.push_back({"Masc-Portal", mail.portal});
  commit.message = model::format_message(message);
  return state.write_commit(commit);
}

// The same chain, its oldest messages as one more batch in a new first commit.
Result<git::ObjectId> MailStore::seal(const git::ObjectId& tip, const std::string& author,
                                      std::int64_t seconds) {
  git::StateRepo& state = workspace_.state();
  std::vector<Link> links;  // newest first
  std::optional<git::ObjectId> at = tip;
  std::vector<git::TreeEntry> entries;
  std::int64_t sealed = 0;
  while (at) {
    MASC_TRY(Link link, read_link(state, *at));
    at = link.parent;
    if (link.sealed > 0) {
      MASC_TRY(entries, state.tree(link.tree));
      sealed = link.sealed;
      break;
    }
    links.push_back(std::move(link));
  }
  std::reverse(links.begin(), links.end());
  const auto count = std::min<std::size_t>(links.size(), static_cast<std::size_t>(kSealed));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    Mail& mail = links[i].mail;
    MASC_TRY(const auto tree, state.tree(links[i].tree));
    MASC_TRY(mail.body, state.blob(tree.front().id));
    // What is large or no text stays a blob of its own, beside the batch.
    if (mail.body.size() > wire::kBatchBytes / 4 || !is_utf8(mail.body)) {
      entries.push_back({0100644, fmt::format("{:010}.body", mail.seq), tree.front().id});
      mail.body.clear();
    }
    wire::Event event = event_of(mail);
    texts.push_back(wire::event_text(event));
  }
  sealed += static_cast<std::int64_t>(count);
  std::string batch;
  wire::BatchEncoder encoder;
  MASC_CHECK(encoder.encode(std::vector<std::string_view>(texts.begin(), texts.end()), batch));
  MASC_TRY(const git::ObjectId blob, state.write_blob(batch));
  entries.push_back({0100644, fmt::format("{:010}{}", sealed, kBatchSuffix), blob});
  git::Commit first;
  MASC_TRY(first.tree, state.write_tree(std::move(entries)));
  first.author = author;
  first.seconds = seconds;
  model::Message message;
  message.subject = fmt::format("{} messages sealed", sealed);
  message.trailers = {{"Masc-Format", "1"},
                      {"Masc-Seq", std::to_string(sealed)},
                      {"Masc-Sealed", std::to_string(sealed)}};
  first.message = model::format_message(message);
  MASC_TRY(git::ObjectId next, state.write_commit(first));
  for (std::size_t i = count; i < links.size(); ++i) {
    MASC_TRY(const auto tree, state.tree(links[i].tree));
    MASC_TRY(next, append(links[i].mail, tree.front().id, next));
  }
  return next;
}

std::string MailStore::ref_of(std::string_view box) {
  return std::string(kInboxRefs) + std::string(box);
}

Result<git::RefMove> MailStore::prepare(Letter& letter) {
  git::StateRepo& state = workspace_.state();
  Mail& mail = letter.mail;
  git::RefMove move;
  move.name = ref_of(letter.box);
  MASC_TRY(const git::ObjectId blob, state.write_blob(mail.body));
  MASC_TRY(move.expected, state.ref(move.name));
  std::optional<git::ObjectId> parent = move.expected;
  mail.seq = 1;
  if (parent) {
    MASC_TRY(const Link tip, read_link(state, *parent));
    mail.seq = tip.mail.seq + 1;
    if (mail.seq % kSealed == kMostUnsealed % kSealed && mail.seq > kSealed) {
      const auto seconds =
          std::chrono::duration_cast<std::chrono::seconds>(mail.at.time_since_epoch());
      MASC_TRY(parent, seal(*parent, mail.from, seconds.count()));
    }
  }
  MASC_TRY(move.next, append(mail, blob, parent));
  return move;
}

Result<std::vector<Mail>> MailStore::send(std::vector<Letter> letters, const Clock* clock) {
  MASC_CHECK(workspace_.id());
  git::StateRepo& state = workspace_.state();
  std::vector<std::string> refs;
  refs.reserve(letters.size());
  for (const Letter& letter : letters) refs.push_back(ref_of(letter.box));
  MASC_TRY(const auto locks, state.lock_each(refs));
  if (clock != nullptr)
    for (Letter& letter : letters) letter.mail.at = clock->now();
  for (int attempt = 0; attempt < 10; ++attempt) {
    std::vector<git::RefMove> moves;
    for (Letter& letter : letters) {
      MASC_TRY(git::RefMove move, prepare(letter));
      moves.push_back(std::move(move));
    }
    auto moved = state.swap_all(moves);
    if (!moved && moved.error().code == ErrorCode::kConflict) continue;
    if (!moved) return fail(std::move(moved).error());
    std::vector<Mail> sent;
    sent.reserve(letters.size());
    for (Letter& letter : letters) sent.push_back(std::move(letter.mail));
    tell(sent);
    return sent;
  }
  return fail(ErrorCode::kBusy, "the messages for {} change all the time", letters.front().box);
}

Result<Mail> MailStore::send(Mail mail, const std::string& box) {
  std::vector<Letter> letters;
  letters.push_back({std::move(mail), box});
  MASC_TRY(std::vector<Mail> sent, send(std::move(letters)));
  return std::move(sent.front());
}

// Once for each way it was addressed.
void MailStore::tell(const std::vector<Mail>& sent) const {
  std::set<std::string_view> told;
  for (const Mail& mail : sent)
    if (told.insert(mail.to).second) announce(workspace_.masc_dir(), event_of(mail));
}

Result<std::int64_t> MailStore::newest(const std::string& box) const {
  MASC_TRY(const auto tip, workspace_.state().ref(ref_of(box)));
  if (!tip) return 0;
  MASC_TRY(const Link link, read_link(workspace_.state(), *tip));
  return link.mail.seq;
}

Result<std::vector<Mail>> MailStore::since(const std::string& box, std::int64_t after) const {
  const git::StateRepo& state = workspace_.state();
  MASC_TRY(std::optional<git::ObjectId> at, state.ref(ref_of(box)));
  std::vector<Mail> found;  // newest first
  while (at) {
    MASC_TRY(Link link, read_link(state, *at));
    if (link.mail.seq <= after) break;
    MASC_TRY(const auto tree, state.tree(link.tree));
    if (link.sealed == 0) {
      if (tree.size() != 1) return damaged(box);
      MASC_TRY(link.mail.body, state.blob(tree.front().id));
      found.push_back(std::move(link.mail));
      at = link.parent;
      continue;
    }
    for (auto entry = tree.rbegin(); entry != tree.rend(); ++entry) {
      if (!entry->name.ends_with(kBatchSuffix)) continue;
      const std::int64_t last = number_of(entry->name);
      if (last <= after) break;
      MASC_TRY(const std::string batch, state.blob(entry->id));
      MASC_TRY(const auto texts, wire::BatchDecoder().decode(batch, true));
      for (std::size_t i = texts.size(); i-- > 0;) {
        const std::int64_t seq = last - static_cast<std::int64_t>(texts.size() - 1 - i);
        if (seq <= after) break;
        MASC_TRY(Mail mail, parse_mail(texts[i], seq));
        const std::string large = fmt::format("{:010}.body", seq);
        const auto body = std::find_if(tree.begin(), tree.end(),
                                       [&](const git::TreeEntry& e) { return e.name == large; });
        if (body != tree.end()) {
          MASC_TRY(mail.body, state.blob(body->id));
        }
        found.push_back(std::move(mail));
      }
    }
    break;
  }
  std::reverse(found.begin(), found.end());
  return found;
}

Result<std::optional<Cursor>> MailStore::cursor(const std::string& agent) const {
  MASC_TRY(const auto text, read_file_if_any(cursor_path(workspace_.masc_dir(), agent)));
  if (!text) return std::nullopt;
  Cursor cursor;
  cursor.own.seq = cursor.all.seq = -1;
  for (std::string_view line : split_lines(*text)) {
    const std::string_view key = take_until(line, ' ');
    if (key == "complete") cursor.complete = number_of(line);
    Place* place = key == "own" ? &cursor.own : key == "all" ? &cursor.all : nullptr;
    if (place == nullptr) continue;
    const std::string_view number = take_until(line, ' ');
    const char* const end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, place->seq);
    if (parsed.ec != std::errc() || parsed.ptr != end) place->seq = -1;
    place->id = std::string(line);
  }
  return cursor;
}

Result<bool> MailStore::is_on(const std::string& box, const Place& place) const {
  if (place.seq <= 0) return place.seq == 0;
  const git::StateRepo& state = workspace_.state();
  MASC_TRY(std::optional<git::ObjectId> at, state.ref(ref_of(box)));
  while (at) {
    MASC_TRY(const Link link, read_link(state, *at));
    if (link.mail.seq < place.seq) return false;
    // What is sealed was there when it was read, or so it is taken to be.
    if (link.sealed > 0 || place.id.empty()) return true;
    if (link.mail.seq == place.seq) return link.mail.id == place.id;
    at = link.parent;
  }
  return false;
}

Result<void> MailStore::check(const std::string& box) const {
  const git::StateRepo& state = workspace_.state();
  MASC_TRY(std::optional<git::ObjectId> at, state.ref(ref_of(box)));
  while (at) {
    MASC_TRY(const Link link, read_link(state, *at));
    at = link.sealed > 0 ? std::nullopt : link.parent;
  }
  return {};
}

Result<bool> MailStore::is_adrift(const std::string& agent) const {
  MASC_TRY(const auto known, cursor(agent));
  if (!known) return false;
  MASC_TRY(const bool own, is_on(agent, known->own));
  MASC_TRY(const bool all, is_on(std::string(kEverybody), known->all));
  return !own || !all;
}

Result<void> MailStore::mark_anew(const std::string& agent, Instant now) const {
  MASC_TRY(const FileLock held, reading(agent));
  MASC_TRY(const Start begin, start(agent, now));
  if (!begin.anew) return {};
  MASC_CHECK(prepare_mark(workspace_.masc_dir(), agent, begin.cursor));
  return mark_read(workspace_.masc_dir(), agent);
}

// An agent that never read begins with all that was sent to it, and with the last day's messages to
// all. So does one that is adrift, in the chain that it is adrift of.
Result<MailStore::Start> MailStore::start(const std::string& agent, Instant now) const {
  MASC_TRY(const auto known, cursor(agent));
  Start begin;
  if (known) {
    MASC_TRY(const bool own, is_on(agent, known->own));
    MASC_TRY(const bool all, is_on(std::string(kEverybody), known->all));
    begin.anew = !own || !all;
    if (own) begin.cursor.own = known->own;
    if (all) {
      begin.cursor.all = known->all;
      return begin;
    }
  }
  const git::StateRepo& state = workspace_.state();
  MASC_TRY(std::optional<git::ObjectId> at, state.ref(ref_of(kEverybody)));
  while (at) {
    MASC_TRY(const Link link, read_link(state, *at));
    begin.cursor.all = {link.mail.seq, link.mail.id};
    if (link.sealed > 0 || link.mail.at + kRecent < now) break;
    begin.cursor.all = {link.mail.seq - 1, ""};
    at = link.parent;
  }
  return begin;
}

Result<MailStore::Unread> MailStore::unread(const std::string& agent, const Room& room,
                                            Instant now) const {
  Unread unread;
  MASC_TRY(Start begin, start(agent, now));
  unread.next = std::move(begin.cursor);
  unread.again = begin.anew;
  unread.next.complete = file_time_now();
  MASC_TRY(std::vector<Mail> own, since(agent, unread.next.own.seq));
  MASC_TRY(std::vector<Mail> all, since(std::string(kEverybody), unread.next.all.seq));
  // Merged by time, but never out of the order of either chain, so that a cursor says it all.
  auto one = own.begin();
  auto two = all.begin();
  while (one != own.end() || two != all.end()) {
    const bool first = two == all.end() || (one != own.end() && one->at <= two->at);
    Mail& mail = first ? *one : *two;
    (first ? one : two) += 1;
    const bool shown = first || mail.from != agent;
    if (shown && (unread.left > 0 || !room(mail))) ++unread.left;
    if (unread.left > 0) continue;
    (first ? unread.next.own : unread.next.all) = {mail.seq, mail.id};
    if (shown) unread.mails.push_back(std::move(mail));
  }
  if (unread.left > 0) unread.next.complete = 0;
  return unread;
}

Result<std::size_t> MailStore::count_unread(const std::string& agent, Instant now) const {
  // Nothing came since all was read: the usual case, for a small file and two stats.
  MASC_TRY(const auto known, cursor(agent));
  const std::string& directory = workspace_.state().directory();
  const auto quiet = [&](std::string_view box) {
    const auto ref = stat_of(fmt::format("{}/{}", directory, ref_of(box)));
    if (!ref) return !exists(directory + "/packed-refs");
    // Its ctime is when it was renamed into place; it was written before.
    return known && ref->st_ctim.tv_sec < known->complete;
  };
  if (quiet(agent) && quiet(kEverybody)) return 0;
  MASC_TRY(const Unread found, unread(
                                   agent, [](const Mail&) { return false; }, now));
  return found.left;
}

Result<void> MailStore::prepare_mark(const std::string& masc_dir, const std::string& agent,
                                     const Cursor& cursor) {
  MASC_CHECK(make_directories(masc_dir + "/inbox"));
  return write_file(fresh_cursor_path(masc_dir, agent),
                    fmt::format("own {} {}\nall {} {}\ncomplete {}\n", cursor.own.seq,
                                cursor.own.id, cursor.all.seq, cursor.all.id, cursor.complete));
}

Result<void> MailStore::mark_read(const std::string& masc_dir, const std::string& agent) {
  const std::string path = cursor_path(masc_dir, agent);
  if (rename(fresh_cursor_path(masc_dir, agent).c_str(), path.c_str()) == 0) return {};
  return fail(os_error(errno, "cannot replace '" + path + "'"));
}

bool MailStore::has_read(const std::string& masc_dir, const std::string& agent) {
  return exists(cursor_path(masc_dir, agent));
}

Result<FileLock> MailStore::reading(const std::string& agent, Duration patience) const {
  return FileLock::acquire(fmt::format("{}/flock/inbox.{}", workspace_.masc_dir(), agent),
                           patience);
}

Result<void> tell_overridden(Workspace& workspace, const std::string& from, const std::string& to,
                             const model::TaskId& task, std::string_view text, Instant now) {
  Mail mail;
  mail.id = MailStore::fresh_id();
  mail.from = from;
  mail.to = to;
  mail.at = now;
  mail.body = std::string(text);
  mail.task = task.str();
  MASC_CHECK(MailStore(workspace).send(std::move(mail), to));
  return {};
}

}  // namespace masc::store
