#include <charconv>

#include "base/text.h"
#include "cmd/input.h"
#include "cmd/tree_path.h"
#include "cmd/verb.h"
#include "git/refs.h"
#include "store/trails.h"

namespace masc::cmd {
namespace {

struct Options {
  std::vector<std::string> words;
  std::optional<std::string> as, strength, note;
};
struct Reply {
  std::vector<model::Deposit> deposits;
  std::string commit;
};

std::vector<Param> params(Options& o) {
  return {{.names = "PATH",
           .target = &o.words,
           .value = "",
           .help = "mark, and the files or folders",
           .completes = Completes::kFile,
           .required = true},
          {"--as",
           &o.as,
           "KIND",
           "success, failure, hazard or explored",
           Completes::kWords,
           {"success", "failure", "hazard", "explored"}},
          {"--strength", &o.strength, "X", "how strong, above 0 and at most 5; 1 if unsaid"},
          {"--note", &o.note, "T", "why"}};
}

Result<double> strength_of(const Options& o) {
  if (!o.strength) return 1;
  double value = 0;
  const char* end = o.strength->data() + o.strength->size();
  const auto [stop, failed] = std::from_chars(o.strength->data(), end, value);
  if (failed == std::errc{} && stop == end && value > 0 && value <= model::kMostOfOneAgent)
    return value;
  return fail(ErrorCode::kInvalid, "'{}' is no strength: a number above 0 and at most {}",
              printable(*o.strength), model::kMostOfOneAgent);
}

Result<model::TrailKind> kind_of(const Options& o) {
  if (!o.as) {
    return fail(error(ErrorCode::kUsage, "--as is missing")
                    .hint("--as success, failure, hazard or explored"));
  }
  MASC_TRY(const model::TrailKind kind, model::parse_trail_kind(*o.as));
  if (!model::is_record(kind)) return kind;
  return fail(ErrorCode::kInvalid, "'{}' is masc's own", model::trail_kind_name(kind));
}

Result<Reply> execute(Context& context, const Options& o) {
  if (o.words.front() != "mark") {
    return fail(error(ErrorCode::kUsage, "there is no `trail {}`", printable(o.words.front()))
                    .hint("masc trail mark PATH… --as success|failure|hazard|explored"));
  }
  if (o.words.size() < 2) return fail(ErrorCode::kUsage, "a path is missing");
  model::Deposit deposit;
  MASC_TRY(deposit.kind, kind_of(o));
  MASC_TRY(deposit.strength, strength_of(o));
  if (o.note) {
    MASC_TRY(deposit.note, check_note(context, *o.note, "note"));
  }
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(const Identity* identity, context.identity());
  MASC_TRY(const std::optional<git::Token>* token, context.token());
  if (*token) {
    MASC_TRY(deposit.task, model::TaskId::parse((*token)->task));
  }
  deposit.agent = identity->agent;
  deposit.at = context.now();
  Reply reply;
  for (std::size_t i = 1; i < o.words.size(); ++i) {
    MASC_TRY(deposit.path, tree_path(context, o.words[i]));
    reply.deposits.push_back(deposit);
  }
  MASC_TRY(reply.commit, head_commit(context));
  MASC_TRY(const model::Policy* policy, context.policy());
  MASC_CHECK(store::Trails(*workspace, *policy)
                 .deposit(reply.commit, reply.deposits, deposit.agent, deposit.at));
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  const model::Deposit& first = reply.deposits.front();
  std::vector<std::string> paths;
  JsonWriter json(context.globals().json);
  json.key("trails").begin_array();
  for (const model::Deposit& one : reply.deposits) {
    paths.push_back(printable(one.path));
    json.begin_object().field("path", one.path).field("kind", trail_kind_name(one.kind));
    json.field("strength", one.strength).field("deposits", 1);
    json.field("last_at", format_time(one.at)).field_or_null("note", one.note).end_object();
  }
  json.end_array().field("commit", reply.commit);
  out.text = fmt::format("marked {} as {} (strength {:g}, on {})\n", join_words(paths, " "),
                         trail_kind_name(first.kind), first.strength, reply.commit.substr(0, 7));
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_trail() {
  static const Verb verb = define<Options>(
      {.name = "trail",
       .summary = "leave a trail on paths for the others",
       .usage = "trail mark PATH… --as success|failure|hazard|explored [--strength X] [--note T]",
       .exits = "0 1 2 4 6 7",
       .examples = {"masc trail mark src/login.cc --as hazard --note 'the mock lies'",
                    "masc trail mark src/auth tests/auth --as success --strength 2"},
       .with = {}},
      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
