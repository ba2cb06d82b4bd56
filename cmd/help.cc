#include "cmd/help.h"

#include <algorithm>

#include "base/text.h"
#include "cmd/embedded.h"
#include "cmd/parser.h"

namespace masc::cmd {
namespace {

constexpr std::size_t kColumn = 26;

struct ExitRow {
  char status;
  std::string_view text;
};
constexpr ExitRow kExits[] = {{'0', "done"},
                              {'1', "environment: disk, git, not a repository"},
                              {'2', "usage"},
                              {'3', "conflict: another agent holds it or won the race"},
                              {'4', "not found, or nothing to do"},
                              {'5', "refused: policy, a hook, a superseded claim"},
                              {'6', "timed out"},
                              {'7', "the repository can't be written from here"}};

const char* find_embedded(std::string_view name) {
  for (const Embedded* entry = kEmbedded; entry->name != nullptr; ++entry) {
    if (name == entry->name) return entry->text;
  }
  return nullptr;
}

// "-p, --priority N"
std::string spelled(const Param& param) {
  std::string text;
  for (const std::string_view name : split(param.names, ',')) {
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  if (param.rest) text = "-- " + text + "…";
  return param.value.empty() ? text : text + " " + param.value;
}

// Columns as a terminal counts them; only "…" is more than a byte here.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string row(std::string_view left, std::string_view right) {
  std::string line = "  " + std::string(left);
  line += width_of(line) < kColumn ? std::string(kColumn - width_of(line), ' ')
                                   : "\n" + std::string(kColumn, ' ');
  return line + std::string(right) + "\n";
}

std::string option_rows(const std::vector<Param>& params) {
  std::string text;
  for (const Param& param : params) {
    const std::string more = param.list() && !param.rest ? " (may be repeated)" : "";
    text += row(spelled(param), param.help + more);
  }
  return text;
}

std::string exit_rows(std::string_view exits) {
  std::string text;
  for (const ExitRow& exit : kExits) {
    if (exits.find(exit.status) != exits.npos) text += row(std::string(1, exit.status), exit.text);
  }
  return text;
}

struct Options {
  std::optional<std::string> verb;
  bool man = false;
};
struct Reply {
  std::string text;
};

std::vector<Param> params(Options& o) {
  return {{.names = "VERB",
           .target = &o.verb,
           .value = "",
           .help = "the verb to explain",
           .completes = Completes::kVerb},
          {"--man", &o.man, "", "print the manual page (roff) instead"}};
}

std::string man_or_help(const Verb& verb) {
  std::string text;
  verb.with([&](const std::vector<Param>& list, const auto&) {
    text = help_text(verb, list);
    if (const char* page = prose(verb.name))
      text += "\n" + std::string(page).substr(std::string(page).find('\n') + 1);
  });
  return text;
}

Result<Reply> execute(Context&, const Options& o) {
  if (o.man) {
    MASC_TRY(std::string page, man_page(o.verb.value_or("masc")));
    return Reply{std::move(page)};
  }
  if (!o.verb) return Reply{overview()};
  if (*o.verb == "masc") return Reply{overview() + "\n" + prose("masc")};
  const Verb* verb = find_verb(*o.verb);
  if (verb == nullptr) {
    return fail(error(ErrorCode::kUsage, "there is no verb '{}'", printable(*o.verb))
                    .hint("masc help   (lists the verbs)"));
  }
  return Reply{man_or_help(*verb)};
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.text = reply.text;
  out.whole = out.bare = true;
  JsonWriter json(context.globals().json);
  json.field("help", reply.text);
  out.json = json.take();
  return out;
}

}  // namespace

const char* prose(std::string_view name) { return find_embedded(name); }

const char* completion_shim(std::string_view shell) {
  if (shell == "bash") return find_embedded("completion:masc.bash");
  if (shell == "zsh") return find_embedded("completion:_masc");
  if (shell == "fish") return find_embedded("completion:masc.fish");
  return nullptr;
}

std::string overview() {
  std::string text = "usage: masc [-C DIR] [--agent NAME] [--json] [-q] VERB …\n\n";
  for (const Verb* verb : verbs()) text += row(verb->name, verb->summary);
  return text + "\n`masc VERB --help` explains a verb; `masc help VERB` shows its manual.\n";
}

std::string help_text(const Verb& verb, const std::vector<Param>& list) {
  Globals globals;
  std::string text = fmt::format("usage: masc {}\n\n{}\n", verb.usage, verb.summary);
  if (!list.empty()) text += "\noptions:\n" + option_rows(list);
  text += "\nglobal options:\n" + option_rows(global_params(globals));
  text += "\nexit status:\n" + exit_rows(verb.exits) + "\nexamples:\n";
  for (const std::string_view example : verb.examples) text += fmt::format("  {}\n", example);
  return text;
}

const Verb& verb_help() {
  static const Verb verb = define<Options>({.name = "help",
                                            .summary = "list the verbs, or explain one",
                                            .usage = "help [VERB] [--man]",
                                            .exits = "0 2",
                                            .examples = {"masc help", "masc help claim"},
                                            .acts = false,
                                            .with = {}},
                                           params, execute, render);
  return verb;
}

}  // namespace masc::cmd
