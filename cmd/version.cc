#include "cmd/context.h"
#include "cmd/verb.h"
#include "git/state_repo.h"
#include "wire/model.h"

namespace masc::cmd {
namespace {

struct Options {};
struct Reply {
  std::string libgit2;
  std::string model;  // with --json only: naming it reads all of it
};

std::vector<Param> params(Options&) { return {}; }

Result<Reply> execute(Context& context, const Options&) {
  Reply reply{git::libgit2_version(), ""};
  if (context.globals().json) reply.model = wire::content_name(wire::Model::compiled_in().bytes());
  return reply;
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = fmt::format("masc {} (libgit2 {})\n", MASC_VERSION, reply.libgit2);
  JsonWriter json(context.globals().json);
  json.field("version", MASC_VERSION).key("libraries").begin_object();
  json.field("libgit2", reply.libgit2).end_object().field("model", reply.model);
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_version() {
  static const Verb verb =
      define<Options>({.name = "version",
                       .summary = "print the version of masc and its libraries",
                       .usage = "version",
                       .exits = "0 2",
                       .examples = {"masc version", "masc --version"},
                       .acts = false,
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
