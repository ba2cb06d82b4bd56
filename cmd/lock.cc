#include "cmd/locking.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

struct Options {
  std::vector<std::string> paths;
  bool shared = false;
  bool check = false;
  std::optional<Duration> lease, wait;
};
struct Reply {
  std::vector<store::HeldLock> locks;
  bool checked = false;
};

std::vector<Param> params(Options& o) {
  return {{.names = "PATH",
           .target = &o.paths,
           .value = "",
           .help = "a file, a folder with what is below it, or a pattern of gitignore",
           .completes = Completes::kFile,
           .required = true},
          {"--shared", &o.shared, "", "others may hold them shared as well"},
          {"--lease", &o.lease, "D", "how long; 45m if unsaid, under a claim as long as that"},
          {"--wait", &o.wait, "D", "wait for them, at most D"},
          {"--check", &o.check, "", "only say whether they could be had"}};
}

Result<Reply> execute(Context& context, const Options& o) {
  if (o.check && o.wait) return fail(ErrorCode::kUsage, "--check and --wait exclude each other");
  const auto mode = o.shared ? model::LockMode::kShared : model::LockMode::kExclusive;
  MASC_TRY(const model::LockWish wish, lock_wish(context, o.paths, mode, o.lease));
  MASC_TRY(store::LockStore locks, lock_store(context));
  Reply reply;
  reply.checked = o.check;
  if (o.check) {
    MASC_TRY(const auto held, locks.in_the_way(wish, context.now()));
    if (!held.empty()) return fail(store::locked_error(held, context.now()));
    return reply;
  }
  if (o.wait) {
    MASC_TRY(reply.locks, locks.take_waiting(wish, *o.wait, *context.outside().clock));
  } else {
    MASC_TRY(reply.locks, locks.take(wish, context.now()));
  }
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  if (reply.checked) {
    out.text = "free\n";
  } else {
    const store::HeldLock& first = reply.locks.front();
    const std::string under =
        first.lock.task.empty() ? "" : fmt::format("under {}, ", first.lock.task.str());
    out.text = fmt::format("locked {} ({}, {}until {})\n", names_of(reply.locks),
                           model::mode_name(first.lock.mode), under,
                           format_time_short(first.ends, context.now()));
  }
  out.json = locks_field(reply.locks);
  return out;
}

}  // namespace

const Verb& verb_lock() {
  static const Verb verb = define<Options>(
      {.name = "lock",
       .summary = "lock files, folders or patterns, all or none",
       .usage = "lock PATH… [--shared] [--lease D] [--wait D] [--check]",
       .exits = "0 1 2 3 4 5 6 7",
       .examples = {"masc lock src/login.cc tests", "masc lock 'src/**/*.h' --wait 10m"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
