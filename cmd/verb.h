// A verb of the command line: what it is called, what it takes, what it does, how it answers.
//
// One file a verb: an Options struct, `params()` that ties each parameter to a field, `execute()`
// that does the work, and two renderings of its Reply. The parameter list alone feeds the parser,
// --help, the manual and the completions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace masc::cmd {

class Context;

// What completes a value.
enum class Completes { kNothing, kTask, kAgent, kVerb, kFile, kDirectory, kCommand, kWords };

// Where a parsed value goes. A list may be given more than once; every other only once.
using Target = std::variant<bool*, std::optional<std::string>*, std::optional<int>*,
                            std::optional<Duration>*, std::vector<std::string>*>;

struct Param {
  std::string names;  // "-p,--priority"; a positional has a bare name: "ID"
  Target target;
  std::string value;  // "N"; "" for flags and positionals
  std::string help;   // one line
  Completes completes = Completes::kNothing;
  std::vector<std::string> words = {};  // for kWords: "open", "claimed", …
  bool required = false;                // positionals only
  bool rest = false;                    // takes everything behind "--" (a command line)

  bool positional() const { return names[0] != '-'; }
  bool flag() const { return std::holds_alternative<bool*>(target); }
  bool list() const { return std::holds_alternative<std::vector<std::string>*>(target); }
};

// What the outcome of a verb looks like: both renderings, made by its own functions.
struct Rendered {
  std::string text;       // what stdout gets without --json: verdict first, final newline included
  std::string json;       // the fields of the JSON object, without the outer braces; "" for none
  std::string quiet;      // what stdout gets with -q
  bool whole = false;     // no line limit
  bool bare = false;      // no verdict in front, whose tail could tell of mail: content, or rows
  bool streamed = false;  // all was printed already, line by line, with --json too
  std::string more;       // the command that shows what a cut reply left out, "" = masc VERB --json
  int status = 0;         // exit status of a successful run (checks: 1, 3, 6; `run`: the command's)
};

enum class Form {
  kPlain,       // text, or one JSON object
  kPassThrough  // the verb's own output goes straight to the terminal; --json is refused
};

// One row of verbs.def.
struct Verb {
  std::string_view name;
  std::string_view summary;                // one line, no full stop
  std::string_view usage;                  // "add TITLE [OPTION]…"
  std::string_view exits;                  // "0 2 4 7": statuses --help explains
  std::vector<std::string_view> examples;  // two at least: "masc add 'Fix login' -p 1"
  Form form = Form::kPlain;
  bool raw = false;  // everything behind the verb is its own, options too (`masc git …`)
  std::vector<std::string_view> raw_after = {};  // the same behind these first words (`hook run`)
  bool acts = true;                              // its agent counts as alive afterwards
  bool tells_mail = true;                        // its first line says how many messages wait
  // The parameters, tied to a fresh Options that `use` may then run.
  std::function<void(const std::function<void(std::vector<Param>,
                                              const std::function<Result<Rendered>(Context&)>&)>&)>
      with;
};

// All verbs, sorted by name.
const std::vector<const Verb*>& verbs();
const Verb* find_verb(std::string_view name);

// Ties a verb's parts together:
//   params:  std::vector<Param> params(Options&)
//   execute: Result<Reply> execute(Context&, const Options&)
//   render:  Rendered render(Context&, const Reply&)
template <class Options, class Params, class Execute, class Render>
Verb define(Verb verb, Params params, Execute execute, Render render) {
  verb.with = [=](const auto& use) {
    Options options;
    use(params(options), [&](Context& context) -> Result<Rendered> {
      auto reply = execute(context, options);
      if (!reply) return tl::unexpected(std::move(reply).error());
      return render(context, *reply);
    });
  };
  return verb;
}

}  // namespace masc::cmd
