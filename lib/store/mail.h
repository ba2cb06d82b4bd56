// Messages: one append-only chain for each agent, refs/masc/inbox/<agent>, and one for all,
// refs/masc/inbox/@all.
//
// A message is a commit on top of its chain; its number, Masc-Seq, grows by one. What stands far
// below the tip is sealed: the chain begins anew with a commit that holds the older messages as
// batches (wire/FORMAT.md), 100 a batch, and the younger ones follow. How far an agent has read is
// a local file, <masc>/inbox/<agent>. REFS.md has the layout.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/id.h"
#include "store/workspace.h"
#include "wire/event.h"

namespace masc::store {

inline constexpr std::string_view kInboxRefs = "refs/masc/inbox/";
inline constexpr std::string_view kEverybody = "@all";
inline constexpr std::size_t kMostBody = std::size_t{1} << 20;

struct Mail {
  std::string id;    // "msg-" and 10 digits of Crockford's base 32
  std::string from;  // an agent
  std::string to;    // as its sender wrote it: an agent, "@all", "@LABEL"
  Instant at{};
  std::string body;    // any bytes
  std::string task;    // "" = none
  std::string portal;  // "" = none
  std::int64_t seq = 0;
};
// "@name" anywhere in a body but within a word (an address, "x@y.com"), each once.
std::vector<std::string> mentions_in(std::string_view body);

// How far an agent has read its own chain and that for all: the last message's number (-1 = not
// known, the file is damaged), and its id ("" = not known).
struct Place {
  std::int64_t seq = 0;
  std::string id;
};
struct Cursor {
  Place own, all;
  // All that came before this second of Unix time is read; 0 = something is left.
  std::int64_t complete = 0;
};

class MailStore {
 public:
  explicit MailStore(Workspace& workspace) : workspace_(workspace) {}

  static std::string fresh_id();
  // The same for the same `seed`.
  static std::string id_of(std::string_view seed);
  // Whether a message of this id came since then, as far as messages are not sealed yet.
  Result<bool> holds(const std::string& box, std::string_view id, Instant since) const;
  static std::string ref_of(std::string_view box);
  struct Letter {
    Mail mail;
    std::string box;  // an agent or "@all"
  };
  // Appends each to the chain of its box, all or on error none (StateRepo::swap_all). Their numbers
  // are set, and with a clock their times too: only once their places in the chains are certain,
  // so that times grow along each chain and reading two of them by time keeps every sender's order.
  Result<std::vector<Mail>> send(std::vector<Letter> letters, const Clock* clock = nullptr);
  Result<Mail> send(Mail mail, const std::string& box);
  // Writes all that is needed to append a message, and sets its number; nobody sees it before the
  // move is made. The caller holds the flock of ref_of(box).
  Result<git::RefMove> prepare(Letter& letter);

  struct Unread {
    std::vector<Mail> mails;  // oldest first, by time; those of one sender keep their order
    std::size_t left = 0;     // more than were asked for
    Cursor next;              // behind the last of them
    bool again = false;       // how far it has read was not known: some of it may be read already
  };
  // Whether there is room for one more. Not asked again once there is none.
  using Room = std::function<bool(const Mail&)>;
  // What `agent` has not read; nothing that it sent to all itself. Changes nothing.
  Result<Unread> unread(const std::string& agent, const Room& room, Instant now) const;
  // Quickly where nothing came since all was read, by two files' times.
  Result<std::size_t> count_unread(const std::string& agent, Instant now) const;
  // In two steps, so that next to nothing happens between showing messages and marking them as
  // read: the first writes the cursor beside the old one, the second puts it in its place. The
  // caller holds reading().
  static Result<void> prepare_mark(const std::string& masc_dir, const std::string& agent,
                                   const Cursor& cursor);
  static Result<void> mark_read(const std::string& masc_dir, const std::string& agent);
  // Whether what it marked as read is none of its messages: a cursor was damaged, or the messages
  // come from a backup. They would be hidden, so unread() begins anew, and mark_anew() writes that.
  Result<bool> is_adrift(const std::string& agent) const;
  Result<void> mark_anew(const std::string& agent, Instant now) const;
  // Whether the chain of a box can be read. kFormat, kNotFound, kIo.
  Result<void> check(const std::string& box) const;
  // Whether it has ever marked messages as read.
  static bool has_read(const std::string& masc_dir, const std::string& agent);
  // Held from reading to marking, so that nothing is shown twice. kBusy.
  Result<FileLock> reading(const std::string& agent,
                           Duration patience = std::chrono::seconds(10)) const;

  // Messages of a chain with numbers above `after`, oldest first.
  Result<std::vector<Mail>> since(const std::string& box, std::int64_t after) const;
  // The number of a chain's newest message, 0 where there is none.
  Result<std::int64_t> newest(const std::string& box) const;

 private:
  Result<std::optional<Cursor>> cursor(const std::string& agent) const;
  struct Start {
    Cursor cursor;
    bool anew = false;  // not where it had read to
  };
  Result<Start> start(const std::string& agent, Instant now) const;
  Result<bool> is_on(const std::string& box, const Place& place) const;
  Result<git::ObjectId> seal(const git::ObjectId& tip, const std::string& author,
                             std::int64_t seconds);
  Result<git::ObjectId> append(const Mail& mail, const git::ObjectId& blob,
                               const std::optional<git::ObjectId>& parent);

  void tell(const std::vector<Mail>& sent) const;

  Workspace& workspace_;
};

wire::Event event_of(const Mail& mail);

// A message to an agent whose claim or lock was overridden, about `task` ("" = none).
Result<void> tell_overridden(Workspace& workspace, const std::string& from, const std::string& to,
                             const model::TaskId& task, std::string_view text, Instant now);

}  // namespace masc::store
