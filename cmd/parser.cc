#include "cmd/parser.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace masc::cmd {
namespace {

bool has_name(const Param& param, std::string_view name) {
  const auto names = split(param.names, ',');
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Param* find_param(const std::vector<Param>& params, std::string_view name) {
  for (const Param& param : params) {
    if (!param.positional() && has_name(param, name)) return &param;
  }
  return nullptr;
}

// Whether a word may name the option: "--note", "--note=x", "-n", "-nx", or among others in "-qn".
bool mentioned(const Param& param, const std::vector<std::string>& words) {
  const auto names = split(param.names, ',');
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    if (!word.starts_with('-')) return false;
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      if (name.starts_with("--"))
        return word.starts_with(name) && (word.size() == name.size() || word[name.size()] == '=');
      return !word.starts_with("--") && word.find(name[1]) != word.npos;
    });
  });
}

// CLI11 takes a value that looks like an option for one ("--label -x"), and reads "--note=" as if
// the value were missing; so each value is put behind its option's long name here.
Result<std::vector<std::string>> join_values(const std::vector<std::string>& words,
                                             const std::vector<Param>& all) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--") {
      out.insert(out.end(), words.begin() + static_cast<std::ptrdiff_t>(i), words.end());
      break;
    }
    std::string_view name(words[i]);
    std::optional<std::string> value;
    if (const std::size_t equals = name.find('='); name.starts_with("--") && equals != name.npos) {
      value = std::string(name.substr(equals + 1));
      name = name.substr(0, equals);
    }
    const Param* param = find_param(all, name);
    if (param != nullptr && param->flag() && value)
      return fail(ErrorCode::kUsage, "{} takes no value", name);
    if (param == nullptr || param->flag()) {
      out.push_back(words[i]);
      continue;
    }
    if (!value && i + 1 < words.size()) value = words[++i];
    const std::string longest(split(param->names, ',').back());
    if (!value) {
      out.push_back(longest);
    } else if (value->empty()) {
      out.insert(out.end(), {longest, ""});
    } else {
      out.push_back(longest.starts_with("--") ? longest + "=" + *value : longest + *value);
    }
  }
  return out;
}

// CLI11 takes "[a,b]" among several words for a list written as one. This in front keeps a word
// what it is.
constexpr char kWhole = '\x01';

void keep_whole(std::vector<std::string>& words) {
  for (std::string& word : words) {
    if (word.starts_with('[') || word.starts_with(kWhole)) word.insert(word.begin(), kWhole);
  }
}

std::vector<std::string> as_written(std::vector<std::string> words) {
  for (std::string& word : words) {
    if (word.starts_with(kWhole)) word.erase(0, 1);
  }
  return words;
}

// Gives a parsed text to its field.
struct Assign {
  const std::vector<std::string>& values;

  Result<void> operator()(bool* out) const { return *out = true, Result<void>{}; }
  Result<void> operator()(std::optional<std::string>* out) const {
    return *out = values.front(), Result<void>{};
  }
  Result<void> operator()(std::vector<std::string>* out) const {
    out->insert(out->end(), values.begin(), values.end());
    return {};
  }
  Result<void> operator()(std::optional<Duration>* out) const {
    MASC_TRY(*out, parse_duration(values.front()));
    return {};
  }
  Result<void> operator()(std::optional<int>* out) const {
    const std::string& text = values.front();
    int value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, value);
    if (text.empty() || failed != std::errc{} || stop != end) {
      return fail(ErrorCode::kInvalid, "'{}' is no whole number", printable(text));
    }
    return *out = value, Result<void>{};
  }
};

void add_param(CLI::App& app, const Param& param, std::optional<Error>& failure) {
  const auto take = [&param, &failure](const CLI::results_t& values) {
    const auto written = param.positional() ? as_written(values) : values;
    auto assigned = std::visit(Assign{written}, param.target);
    if (!assigned && !failure) failure = std::move(assigned).error();
    return true;
  };
  if (param.flag()) {
    auto* option = app.add_flag_function(
        param.names, [&param](std::int64_t) { *std::get<bool*>(param.target) = true; });
    option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    return;
  }
  CLI::Option* option = app.add_option(param.names, take);
  option->type_size(1);
  if (param.list()) {
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    if (param.positional())
      option->expected(param.required ? 1 : 0, CLI::detail::expected_max_vector_size);
  }
  option->allow_extra_args(false);
  if (param.list() && param.positional()) option->allow_extra_args(true);
  option->required(param.required);
}

// CLI11's words, made ours: one line, no class names. `extra`: words that nothing took.
std::string explain(const CLI::ParseError& error, std::vector<std::string> extra) {
  std::string text = error.what();
  std::erase(text, kWhole);
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string name = text.substr(0, text.find(':'));
    const bool missing = text.find("missing") != text.npos;
    return missing ? name + " needs a value" : name + " was given twice";
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr || extra.empty()) return text;
  extra = as_written(std::move(extra));
  const auto option = std::find_if(extra.begin(), extra.end(), [](const std::string& word) {
    return word.size() > 1 && word.starts_with('-');
  });
  if (option == extra.end()) return fmt::format("one word too many: '{}'", extra.front());
  return fmt::format("there is no option {}", option->substr(0, option->find('=')));
}

std::string advice(std::string_view verb, std::string_view text) {
  const bool word = text.starts_with("there is no option");
  return fmt::format("masc {} --help{}", verb,
                     word ? "   (a text that begins with - goes behind --)" : "");
}

Error usage_error(std::string_view verb, std::string_view text) {
  return error(ErrorCode::kUsage, "{}", printable(text)).hint(advice(verb, text));
}

}  // namespace

std::vector<Param> global_params(Globals& globals) {
  return {
      {"-C", &globals.directory, "DIR", "act as if started in DIR", Completes::kDirectory},
      {"--agent", &globals.agent, "NAME", "act as this agent", Completes::kAgent},
      {"--json", &globals.json, "", "reply with one JSON object"},
      {"-q,--quiet", &globals.quiet, "", "print the bare id, or nothing"},
      {"--color",
       &globals.color,
       "WHEN",
       "auto, always or never",
       Completes::kWords,
       {"auto", "always", "never"}},
      {"-h,--help", &globals.help, "", "show this help"},
  };
}

std::size_t find_verb_word(const std::vector<std::string>& args) {
  for (std::size_t i = 1; i < args.size(); ++i) {
    const bool cluster = args[i].starts_with('-') && !args[i].starts_with("--");
    if ((cluster && args[i].ends_with('C')) || args[i] == "--agent" || args[i] == "--color") {
      ++i;
    } else if (!args[i].starts_with('-')) {
      return i;
    }
  }
  return args.size();
}

Result<void> parse(std::string_view verb, const std::vector<std::string>& words,
                   const std::vector<Param>& params, Globals& globals) {
  // CLI11 is told only of what may stand there: of all of it would cost more than the parse.
  std::vector<Param> all;
  for (const Param& param : params) {
    if (param.positional() || mentioned(param, words)) all.push_back(param);
  }
  // A verb's own option comes before a global one of the same name (`log --agent`).
  const bool options = std::any_of(words.begin(), words.end(),
                                   [](const std::string& word) { return word.starts_with('-'); });
  if (options) {
    for (Param& global : global_params(globals)) {
      if (mentioned(global, words) &&
          find_param(params, split(global.names, ',').back()) == nullptr)
        all.push_back(std::move(global));
    }
  }
  std::vector<std::string> own = words;
  for (const Param& param : params) {
    if (!param.rest) continue;
    const auto dashes = std::find(own.begin(), own.end(), "--");
    if (dashes == own.end()) continue;
    std::get<std::vector<std::string>*>(param.target)->assign(dashes + 1, own.end());
    own.erase(dashes, own.end());
  }
  CLI::App app;
  app.set_help_flag();
  std::optional<Error> failure;
  for (const Param& param : all) {
    if (!param.rest) add_param(app, param, failure);
  }
  auto joined = join_values(own, all);
  if (!joined) return fail(usage_error(verb, joined.error().message));
  std::vector<std::string>& reversed = *joined;
  keep_whole(reversed);
  try {
    std::reverse(reversed.begin(), reversed.end());
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    if (globals.help) return {};
    return fail(usage_error(verb, explain(error, app.remaining())));
  }
  if (failure && !globals.help) return fail(std::move(*failure));
  return {};
}

}  // namespace masc::cmd
