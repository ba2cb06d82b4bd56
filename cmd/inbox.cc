#include <algorithm>
#include <cstdint>
#include <memory>

#include "base/text.h"
#include "cmd/mails.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "store/feed.h"

namespace masc::cmd {
namespace {

// Of a reply, without its head and the line that says how many messages wait behind it.
constexpr std::size_t kRoomLines = kMostLines - 2;

struct Options {
  std::optional<Duration> wait;
  std::optional<int> limit;
  bool peek = false;
};
struct Reply {
  store::MailStore::Unread unread;
  bool peek = false;
};

std::vector<Param> params(Options& o) {
  return {{"--wait", &o.wait, "D", "sleep until there is a message, at most D"},
          {.names = "--peek", .target = &o.peek, .value = "", .help = "leave them unread"},
          {"--limit", &o.limit, "N", "at most N messages, however long"}};
}

// All of them for programs, N where that was asked for; else as many as fit into a reply whole, and
// one at least.
store::MailStore::Room room_for(const Context& context, const Options& o) {
  if (o.limit || context.globals().json) {
    const auto most = o.limit ? static_cast<std::size_t>(*o.limit) : SIZE_MAX;
    return [most, count = std::size_t{0}](const store::Mail&) mutable { return ++count <= most; };
  }
  return [lines = std::size_t{0}, now = context.now()](const store::Mail& mail) mutable {
    const bool first = lines == 0;
    lines += split_lines(mail_text(mail, now)).size();
    return first || lines <= kRoomLines;
  };
}

// They were shown all the same, and will be again.
Result<void> unmarked(Result<void> tried) {
  if (tried) return {};
  Error why = std::move(tried).error();
  why.message = "these messages could not be marked as read: " + why.message;
  return fail(std::move(why).hint("masc inbox   (once that is mended; it shows them again)"));
}

// How long to wait for another reader of the same messages, whose output may be stuck.
Duration patience_until(const Options& o, std::chrono::steady_clock::time_point deadline) {
  const Duration most = std::chrono::seconds(10);
  if (!o.wait) return most;
  const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
  return std::clamp(left, Duration(0), most);
}

Error in_use(const std::string& agent, const Options& o) {
  return error(o.wait ? ErrorCode::kTimedOut : ErrorCode::kBusy,
               "another process shows {}'s messages and has not ended", agent)
      .hint("masc inbox --peek   (shows them without marking them as read)");
}

Result<Reply> execute(Context& context, const Options& o) {
  if (o.limit && *o.limit < 1) return fail(ErrorCode::kInvalid, "--limit must be at least 1");
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(store::MailStore * mail, context.mail());
  MASC_TRY(const Identity* identity, context.identity());
  const std::string& agent = identity->agent;
  const bool marks = !o.peek && (context.globals().json || !context.globals().quiet);
  const auto deadline = std::chrono::steady_clock::now() + o.wait.value_or(Duration(0));
  std::optional<store::Feed> feed;
  if (o.wait) {
    context.mark_alive();  // not only once it was waited for
    MASC_TRY(store::Feed opened, store::Feed::open(*workspace, agent));
    feed.emplace(std::move(opened));
  }
  for (;;) {
    // Held until the reply has been written: two at once show each message once. Where nothing can
    // be written, that can't be, and the messages are shown all the same.
    std::shared_ptr<FileLock> held;
    if (marks) {
      auto lock = mail->reading(agent, patience_until(o, deadline));
      if (!lock && lock.error().code == ErrorCode::kBusy) return fail(in_use(agent, o));
      if (!lock && lock.error().code != ErrorCode::kUnwritable) return fail(lock.error());
      if (lock) held = std::make_shared<FileLock>(std::move(*lock));
    }
    Reply reply;
    MASC_TRY(reply.unread, mail->unread(agent, room_for(context, o), context.now()));
    reply.peek = o.peek;
    const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
    if (!reply.unread.mails.empty() || !o.wait || left.count() <= 0) {
      if (reply.unread.mails.empty() && o.wait)
        return fail(error(ErrorCode::kTimedOut, "no message came in {}", format_duration(*o.wait))
                        .hint("masc agents   (who is here)"));
      if (marks) {
        const std::string& place = workspace->masc_dir();
        context.afterwards(
            [held, place, agent,
             ready = store::MailStore::prepare_mark(place, agent, reply.unread.next)] {
              return unmarked(ready ? store::MailStore::mark_read(place, agent) : ready);
            });
      }
      if (reply.unread.again && !reply.unread.mails.empty())
        context.warn("it was not known how far " + agent +
                     " has read (a restored backup?); these may have been shown already");
      return reply;
    }
    held.reset();
    feed->wait(left);
    MASC_CHECK(feed->look());
  }
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.whole = true;
  const auto& mails = reply.unread.mails;
  out.text = mails.empty()
                 ? "no messages\n"
                 : fmt::format("{} message{}{}\n", mails.size(), mails.size() == 1 ? "" : "s",
                               reply.peek ? ", still unread" : "");
  for (const store::Mail& mail : mails) out.text += mail_text(mail, context.now());
  if (reply.unread.left > 0)
    out.text += fmt::format(
        "… {} more: masc inbox{}\n", reply.unread.left,
        reply.peek ? fmt::format(" --peek --limit {}", mails.size() + reply.unread.left) : "");
  JsonWriter json(context.globals().json);
  json.key("messages").begin_array();
  for (const store::Mail& mail : mails) put_mail(json, mail);
  json.end_array().field("count", static_cast<std::uint64_t>(mails.size() + reply.unread.left));
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_inbox() {
  static const Verb verb = define<Options>({.name = "inbox",
                                            .summary = "read the messages that wait",
                                            .usage = "inbox [--wait D] [--peek] [--limit N]",
                                            .exits = "0 1 2 4 6 7",
                                            .examples = {"masc inbox", "masc inbox --wait 10m"},
                                            .tells_mail = false,
                                            .with = {}},
                                           params, execute, render);
  return verb;
}

}  // namespace masc::cmd
