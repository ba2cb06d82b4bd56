// What completes a word: `masc __complete -- WORD…`, called by the shims in completions/.
#include <algorithm>

#include "base/text.h"
#include "cmd/help.h"
#include "cmd/parser.h"
#include "cmd/records.h"

namespace masc::cmd {
namespace {

using Candidates = std::vector<std::pair<std::string, std::string>>;  // word, description

void add_tasks(Context& context, Candidates& out) {
  const auto tasks = context.tasks();
  if (!tasks) return;
  const auto all = (*tasks)->unfolded();
  if (!all) return;
  for (const model::Task& task : *all) {
    out.emplace_back(task.id.str(),
                     fmt::format("{}: {}", model::status_name(task.status), printable(task.title)));
  }
}

void add_agents(Context& context, Candidates& out) {
  const auto agents = context.agents();
  if (!agents) return;
  const auto list = (*agents)->list();
  if (!list) return;
  for (const store::AgentRecord& agent : *list)
    out.emplace_back(agent.name, agent.human ? "human" : "agent");
}

void add_verbs(Candidates& out) {
  for (const Verb* verb : verbs()) out.emplace_back(verb->name, verb->summary);
}

void add_values(Context& context, const Param& param, Candidates& out) {
  switch (param.completes) {
    case Completes::kTask: add_tasks(context, out); break;
    case Completes::kAgent: add_agents(context, out); break;
    case Completes::kVerb: add_verbs(out); break;
    case Completes::kFile: out.emplace_back(":files", ""); break;
    case Completes::kDirectory: out.emplace_back(":dirs", ""); break;
    case Completes::kCommand: out.emplace_back(":commands", ""); break;
    case Completes::kWords:
      for (const std::string& word : param.words) out.emplace_back(word, "");
      break;
    case Completes::kNothing: break;
  }
}

const Param* named(const std::vector<Param>& params, std::string_view word) {
  for (const Param& param : params) {
    if (param.positional()) continue;
    const auto names = split(param.names, ',');
    if (std::find(names.begin(), names.end(), word) != names.end()) return &param;
  }
  return nullptr;
}

void add_options(const std::vector<Param>& params, Candidates& out) {
  for (const Param& param : params) {
    if (param.positional()) continue;
    out.emplace_back(std::string(split(param.names, ',').back()), param.help);
  }
}

// The positional that the next bare word would fill: the last one if it takes many.
const Param* next_positional(const std::vector<Param>& params, std::size_t filled) {
  const Param* last = nullptr;
  for (const Param& param : params) {
    if (!param.positional()) continue;
    last = &param;
    if (filled-- == 0) return last;
  }
  return last != nullptr && last->list() ? last : nullptr;
}

// `words`: from the verb's first argument to the word under the cursor.
void complete_verb(Context& context, const Verb& verb, const std::vector<std::string>& words,
                   Candidates& out) {
  verb.with([&](const std::vector<Param>& own, const auto&) {
    Globals globals;
    std::vector<Param> params = global_params(globals);
    params.insert(params.end(), own.begin(), own.end());
    std::size_t filled = 0;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "--") {
        if (i + 2 == words.size())
          out.emplace_back(":commands", "");
        else
          out.emplace_back(":files", "");
        return;
      }
      const Param* option = named(params, words[i]);
      if (option == nullptr) {
        if (!words[i].starts_with('-')) ++filled;
      } else if (!option->flag() && ++i + 1 == words.size()) {
        add_values(context, *option, out);
        return;
      }
    }
    if (words.back().starts_with('-')) return add_options(params, out);
    if (const Param* positional = next_positional(own, filled))
      add_values(context, *positional, out);
  });
}

}  // namespace

Printed complete_words(const Outside& outside, const std::vector<std::string>& args,
                       std::size_t at) {
  std::vector<std::string> words(args.begin() + static_cast<std::ptrdiff_t>(at) + 1, args.end());
  if (!words.empty() && words[0] == "--") words.erase(words.begin());
  if (words.empty()) words.emplace_back();
  words.insert(words.begin(), "masc");
  Globals globals;
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    if (words[i] == "-C") globals.directory = words[i + 1];
  }
  Context context(outside, globals);
  Candidates out;
  const std::size_t verb_at = find_verb_word(words);
  const std::string& current = words.back();
  if (verb_at + 1 >= words.size()) {
    if (current.starts_with('-'))
      add_options(global_params(globals), out);
    else if (words.size() > 2 && words[words.size() - 2] == "-C")
      out.emplace_back(":dirs", "");
    else if (words.size() > 2 && words[words.size() - 2] == "--agent")
      add_agents(context, out);
    else
      add_verbs(out);
  } else if (const Verb* verb = find_verb(words[verb_at])) {
    complete_verb(context, *verb,
                  {words.begin() + static_cast<std::ptrdiff_t>(verb_at) + 1, words.end()}, out);
  }
  Printed printed;
  for (const auto& [word, description] : out) {
    if (word.starts_with(':') || word.starts_with(current))
      printed.out += fmt::format("{}\t{}\n", word, description);
  }
  return printed;
}

}  // namespace masc::cmd
