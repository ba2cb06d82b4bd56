#include "cmd/dispatch.h"

#include <algorithm>
#include <exception>

#include "base/file.h"
#include "base/text.h"
#include "cmd/help.h"
#include "cmd/parser.h"
#include "cmd/verb.h"
#include "guard/hooks.h"

namespace masc::cmd {
namespace {

constexpr std::string_view kLinkPrefix = "masc-";

// A link named masc-VERB runs that verb, and one named like a git hook runs that hook.
void expand_link_name(std::vector<std::string>& args) {
  const std::string name(base_name(args[0]));
  if (name.starts_with(kLinkPrefix)) {
    args.insert(args.begin() + 1, name.substr(kLinkPrefix.size()));
  } else if (guard::is_git_hook(name)) {
    args.insert(args.begin() + 1, {"hook", "fire", name});
  }
}

Error unknown_verb(const std::string& word) {
  Error made = error(ErrorCode::kUsage, "there is no verb '{}'", printable(word));
  for (const Verb* verb : verbs()) {
    if (edit_distance(word, verb->name) <= 2)
      made = std::move(made).hint(fmt::format("masc {}", verb->name));
  }
  return std::move(made).hint("masc help   (lists the verbs)");
}

bool wants_json(const std::vector<std::string>& args) {
  for (std::size_t i = 1; i < args.size() && args[i] != "--"; ++i) {
    if (args[i] == "--json") return true;
  }
  return false;
}

// Where the error itself knows no next step.
Error with_help(Error error, const Verb& verb) {
  if (!error.hints.empty()) return error;
  switch (error.code) {
    case ErrorCode::kUsage:
    case ErrorCode::kInvalid: return std::move(error).hint(fmt::format("masc help {}", verb.name));
    case ErrorCode::kBusy: return std::move(error).hint("repeat the command");
    default: return error;
  }
}

// What stood before the verb joins what stood behind it; a value may be given on one side only.
Result<void> join_globals(const Globals& before, Globals& globals) {
  const auto join = [](std::string_view name, const std::optional<std::string>& early,
                       std::optional<std::string>& late) -> Result<void> {
    if (early && late) return fail(ErrorCode::kUsage, "{} was given twice", name);
    if (early) late = early;
    return {};
  };
  MASC_CHECK(join("-C", before.directory, globals.directory));
  MASC_CHECK(join("--agent", before.agent, globals.agent));
  MASC_CHECK(join("--color", before.color, globals.color));
  globals.json |= before.json;
  globals.quiet |= before.quiet;
  globals.help |= before.help;
  const std::string color = globals.color.value_or("auto");
  if (color == "auto" || color == "always" || color == "never") return {};
  return fail(error(ErrorCode::kUsage, "there is no --color {}", printable(color))
                  .hint("use auto, always or never"));
}

// `git` and the hooks take their words as they are; global options stand before the verb then.
Result<void> parse_behind(const Verb& verb, std::vector<std::string> words,
                          const std::vector<Param>& params, Globals& globals) {
  const auto& after = verb.raw_after;
  const bool raw = verb.raw || (!words.empty() &&
                                std::find(after.begin(), after.end(), words[0]) != after.end());
  if (raw) {
    globals.help = words.size() == 1 && (words[0] == "--help" || words[0] == "-h");
    *std::get<std::vector<std::string>*>(params.front().target) = std::move(words);
    return {};
  }
  return parse(verb.name, words, params, globals);
}

Result<void> parse_words(const Verb& verb, const std::vector<std::string>& before,
                         const std::vector<std::string>& words, const std::vector<Param>& params,
                         Globals& globals) {
  Globals early;
  if (!before.empty()) MASC_CHECK(parse(verb.name, before, {}, early));
  if (early.help) {
    globals.help = true;
    return {};
  }
  MASC_CHECK(parse_behind(verb, words, params, globals));
  return join_globals(early, globals);
}

// Behind a raw verb, --json is not masc's.
std::vector<std::string> before_with_program(const std::vector<std::string>& args, std::size_t at) {
  return {args.begin(), args.begin() + static_cast<std::ptrdiff_t>(at)};
}

Printed run_verb(const Verb& verb, const Outside& outside, const std::vector<std::string>& args,
                 std::size_t at) {
  const auto split_at = args.begin() + static_cast<std::ptrdiff_t>(at);
  const std::vector<std::string> before(args.begin() + 1, split_at);
  const std::vector<std::string> words(split_at + 1, args.end());
  const bool json = wants_json(verb.raw ? before_with_program(args, at) : args);
  Printed printed;
  verb.with([&](const std::vector<Param>& params, const auto& execute) {
    Globals globals;
    if (auto parsed = parse_words(verb, before, words, params, globals); !parsed) {
      printed = print_error(with_help(parsed.error(), verb), json, {});
      return;
    }
    if (globals.help) {
      Rendered help;
      help.text = help_text(verb, params);
      help.whole = help.bare = true;
      help.json = JsonWriter().field("help", help.text).take();
      printed = print_reply(help, json, false, verb.name, {});
      return;
    }
    if (globals.json && verb.form == Form::kPassThrough) {
      printed = print_error(
          error(ErrorCode::kUsage, "{} has no --json: its output is not masc's own", verb.name),
          json, {});
      return;
    }
    Context context(outside, globals);
    const Result<Rendered> reply = execute(context);
    if (reply) {
      printed = print_reply(*reply, globals.json, globals.quiet, verb.name, context.warnings());
      printed.afterwards = context.afterwards();
      if (verb.acts && verb.tells_mail && !reply->bare && !globals.json && !globals.quiet)
        add_unread(printed.out, context.unread());
    } else {
      printed = print_error(with_help(reply.error(), verb), globals.json, context.warnings());
    }
    if (verb.acts) context.mark_alive();
  });
  return printed;
}

// `masc`, `masc --version`, `masc --help`, with other global options or without.
Printed run_without_verb(const Outside& outside, std::vector<std::string> args) {
  const bool bare = args.size() == 1;
  const bool version = std::erase(args, "--version") > 0;
  Globals globals;
  const auto parsed = parse("help", {args.begin() + 1, args.end()}, {}, globals);
  if (!parsed) return print_error(parsed.error(), wants_json(args), {});
  if (!version && !bare && !globals.help) {
    return print_error(error(ErrorCode::kUsage, "no verb was given").hint("masc help"),
                       wants_json(args), {});
  }
  std::vector<std::string> words = {args[0], version ? "version" : "help"};
  if (globals.json) words.emplace_back("--json");
  if (globals.quiet) words.emplace_back("--quiet");
  return run_verb(*find_verb(words[1]), outside, words, 1);
}

Printed dispatch(const Outside& outside, std::vector<std::string> args) {
  expand_link_name(args);
  const std::size_t at = find_verb_word(args);
  if (at == args.size()) return run_without_verb(outside, std::move(args));
  if (args[at] == "__complete") return complete_words(outside, args, at);
  const Verb* verb = find_verb(args[at]);
  if (verb == nullptr) return print_error(unknown_verb(args[at]), wants_json(args), {});
  return run_verb(*verb, outside, args, at);
}

}  // namespace

Printed run_command(const Outside& outside, std::vector<std::string> args) {
  const bool json = wants_json(args);
  try {
    return dispatch(outside, std::move(args));
  } catch (const std::exception& e) {
    return print_error(error(ErrorCode::kBug, "a bug in masc: {}", e.what()), json, {});
  }
}

}  // namespace masc::cmd
