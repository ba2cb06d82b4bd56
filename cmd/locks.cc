#include "cmd/locking.h"
#include "cmd/verb.h"

namespace masc::cmd {
namespace {

struct Options {};
struct Reply {
  std::vector<store::HeldLock> locks;
};

Result<Reply> execute(Context& context, const Options&) {
  MASC_TRY(const store::LockStore locks, lock_store(context));
  Reply reply;
  MASC_TRY(reply.locks, locks.live(context.now()));
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  for (const store::HeldLock& held : reply.locks) out.text += lock_line(held, context.now());
  out.bare = !reply.locks.empty();
  if (reply.locks.empty()) out.text = "no locks\n";
  out.json = locks_field(reply.locks);
  return out;
}

}  // namespace

const Verb& verb_locks() {
  static const Verb verb = define<Options>(
      {.name = "locks",
       .summary = "who holds which paths",
       .usage = "locks",
       .exits = "0 1 2 4 6",
       .examples = {"masc locks", "masc locks --json"},
       .with = {}},
      [](Options&) { return std::vector<Param>{}; }, execute, render);
  return verb;
}

}  // namespace masc::cmd
