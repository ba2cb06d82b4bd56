#include "store/feed.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "model/task.h"
#include "store/announce.h"
#include "store/chain.h"
#include "store/journal.h"

namespace masc::store {
namespace {

// A folder's mtime is proof only once it is this old: two changes may share a stamp.
constexpr std::int64_t kYoungNs = 100'000'000;
constexpr Duration kYoungNap{120};
constexpr std::size_t kMostSteps = 1000;  // of one chain between two looks

std::int64_t stamp_of(const std::string& path) {
  const auto info = stat_of(path);
  return info ? info->st_mtim.tv_sec * 1'000'000'000 + info->st_mtim.tv_nsec : 0;
}

std::int64_t clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::vector<std::string> prefixes() {
  std::vector<std::string> all;
  for (const char digit : std::string_view("0123456789abcdefghjkmnpqrstvwxyz"))
    all.push_back(std::string(model::kTaskRefs) + digit + "/");
  for (const char* other : {"refs/masc/agents/", "refs/masc/proposals/", "refs/masc/portals/",
                            "refs/masc/inbox/", "refs/notes/masc/"})
    all.emplace_back(other);
  return all;
}

}  // namespace

Result<Feed> Feed::open(Workspace& workspace, std::string_view listener) {
  MASC_CHECK(workspace.id());
  // Without a socket (a read-only place, say) the folders alone wake it.
  auto socket = wire::Listener::open(socket_folder(workspace.masc_dir()), listener);
  Feed feed(workspace, socket ? std::optional(std::move(*socket)) : std::nullopt);
  for (std::string& prefix : prefixes())
    feed.folders_.push_back({.prefix = std::move(prefix), .tips = {}});
  feed.watch();
  std::vector<wire::Event> none;
  for (Folder& folder : feed.folders_) MASC_CHECK(feed.look_at(folder, false, none));
  feed.tell_journal(false, none);
  return feed;
}

// git takes empty folders away and others come, so all are named again before each look.
void Feed::watch() {
  if (!watch_) watch_.emplace();
  const std::string& directory = workspace_->state().directory();
  watch_->add_folder(directory);  // packed-refs
  watch_->add_folder(directory + "/refs/masc");
  watch_->add_folder(directory + "/refs/masc/tasks");
  for (const Folder& folder : folders_)
    watch_->add_folder(directory + "/" + folder.prefix.substr(0, folder.prefix.size() - 1));
  watch_->add_folder(workspace_->masc_dir());  // log
}

Result<void> Feed::tell_chain(const std::string& old, const std::string& tip,
                              std::vector<wire::Event>& events) {
  const git::StateRepo& state = workspace_->state();
  std::vector<wire::Event> told;  // newest first
  MASC_TRY(const git::ObjectId first, git::ObjectId::parse(tip));
  std::optional<git::ObjectId> at = first;
  for (std::size_t steps = 0; at && at->hex() != old && steps < kMostSteps; ++steps) {
    MASC_TRY(const git::Commit commit, state.commit(*at));
    if (auto event = event_in(commit)) {
      if (event->name == "portal") {
        event->text.clear();
        if (commit.tree != git::StateRepo::empty_tree()) {
          MASC_TRY(const auto tree, state.tree(commit.tree));
          MASC_TRY(event->text, state.blob(tree.front().id));
        }
      }
      // The vote that decides is told as one, and then as the end.
      std::optional<wire::Event> vote;
      if (event->name == "vote_closed") {
        vote = *event;
        vote->name = "vote_cast";
      }
      told.push_back(std::move(*event));
      if (vote) told.push_back(std::move(*vote));
    }
    at = commit.parents.empty() ? std::nullopt : std::optional(commit.parents.front());
  }
  events.insert(events.end(), std::make_move_iterator(told.rbegin()),
                std::make_move_iterator(told.rend()));
  return {};
}

Result<void> Feed::tell_mail(const std::string& box, std::vector<wire::Event>& events) {
  MASC_TRY(const auto mails, mail_.since(box, mail_seen_[box]));
  // It moved, but not forward: a backup took its place.
  if (mails.empty()) {
    MASC_TRY(mail_seen_[box], mail_.newest(box));
  }
  for (const Mail& mail : mails) {
    mail_seen_[box] = mail.seq;
    // One to a label comes by the chain of each receiver, by some of them in the next look maybe.
    const std::string broadcast = mail.id + " " + mail.to;
    if (mail.to.starts_with('@') && (!fresh_.insert(broadcast).second || told_.contains(broadcast)))
      continue;
    events.push_back(event_of(mail));
  }
  return {};
}

Result<void> Feed::look_at(Folder& folder, bool tell, std::vector<wire::Event>& events) {
  const std::string path = workspace_->state().directory() + "/" + folder.prefix;
  const std::int64_t now = clock_ns();
  const std::int64_t stamp = stamp_of(path);
  if (stamp == folder.stamp && !folder.young) return {};
  folder.stamp = stamp;
  folder.young = stamp + kYoungNs > now;
  MASC_TRY(const auto refs, workspace_->state().refs(folder.prefix));
  const bool inbox = folder.prefix == kInboxRefs;
  for (const git::Ref& ref : refs) {
    std::string& tip = folder.tips[ref.name];
    const std::string next = ref.id.hex();
    if (tip == next) continue;
    const std::string box(base_name(ref.name));
    if (inbox && !tell) {
      MASC_TRY(mail_seen_[box], mail_.newest(box));
    } else if (inbox) {
      MASC_CHECK(tell_mail(box, events));
    } else if (tell) {
      MASC_CHECK(tell_chain(tip, next, events));
    }
    tip = next;
  }
  return {};
}

void Feed::tell_journal(bool tell, std::vector<wire::Event>& events) {
  const std::int64_t stamp = stamp_of(workspace_->masc_dir() + "/log");
  if (stamp == journal_stamp_ && stamp + kYoungNs < clock_ns()) return;
  journal_stamp_ = stamp;
  const auto steps = read_journal(workspace_->masc_dir());
  if (!steps) return;
  const std::size_t lines = steps->size();
  const std::size_t fresh = tell && lines > journal_lines_ ? lines - journal_lines_ : 0;
  journal_lines_ = lines;
  for (std::size_t i = fresh; i-- > 0;) {
    const model::Step& step = (*steps)[i];
    wire::Event event;
    event.name = step.change.event;
    event.at = step.change.at;
    event.agent = step.change.agent;
    event.task = step.task.id.str();
    event.generation = step.task.generation;
    event.text = step.change.text;
    events.push_back(std::move(event));
  }
}

Result<std::vector<wire::Event>> Feed::look() {
  if (listener_) listener_->drain();
  watch();
  std::vector<wire::Event> events;
  const std::int64_t packed = stamp_of(workspace_->state().directory() + "/packed-refs");
  if (packed != packed_)
    for (Folder& folder : folders_) folder.young = true;
  packed_ = packed;
  for (Folder& folder : folders_) MASC_CHECK(look_at(folder, true, events));
  tell_journal(true, events);
  if (!fresh_.empty()) told_ = std::exchange(fresh_, {});
  std::stable_sort(events.begin(), events.end(),
                   [](const wire::Event& a, const wire::Event& b) { return a.at < b.at; });
  return events;
}

void Feed::wait(Duration limit) {
  const bool young = std::any_of(folders_.begin(), folders_.end(),
                                 [](const Folder& folder) { return folder.young; });
  if (young) limit = std::min(limit, kYoungNap);
  // What another user sends is dropped, and no reason to look.
  watch_->wait(limit, listener_ ? listener_->fd() : -1, [&] { return listener_->drain() > 0; });
}

}  // namespace masc::store
