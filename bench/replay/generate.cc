#include <random>

#include "replay/history.h"

namespace masc::replay {
namespace {

constexpr const char* kNouns[] = {"cache", "token", "user",  "limit",  "route", "queue", "index",
                                  "claim", "frame", "store", "worker", "page",  "lease", "retry"};
constexpr const char* kVerbs[] = {"load", "store", "check", "drop", "merge", "send", "parse"};

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  History make(bool plant);

 private:
  std::size_t pick(std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(0, most - 1)(random_);
  }
  template <std::size_t N>
  std::string word(const char* const (&words)[N]) {
    return words[pick(N)];
  }
  // Code-like lines, some of them equal: braces, blank ones, returns.
  std::string code() {
    switch (pick(8)) {
      case 0: return "}";
      case 1: return "";
      case 2: return "  return " + word(kNouns) + ";";
      default:
        return fmt::format("  {}_{}({}, {});", word(kVerbs), word(kNouns), word(kNouns), ++unique_);
    }
  }
  Lines block(std::size_t least, std::size_t more) {
    Lines lines;
    for (std::size_t i = 0, n = least + pick(more); i < n; ++i) lines.push_back(code());
    return lines;
  }
  std::string file() {
    auto at = history_.files.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(pick(history_.files.size())));
    return at->first;
  }
  void put(Agent& agent, Step step) { agent.steps.push_back(std::move(step)); }
  void commit(Agent& agent, const std::string& message) {
    Step step;
    step.verb = "commit";
    step.text = message;
    put(agent, step);
  }
  void change(Agent& agent, const std::string& path, const std::string& name);
  void work(Agent& agent);
  void after_sync(Agent& agent);

  std::mt19937 random_;
  History history_;
  int unique_ = 0;
};

void Maker::change(Agent& agent, const std::string& path, const std::string& name) {
  Step step;
  step.path = path;
  step.line = 1 + pick(200);
  switch (pick(6)) {
    case 0:
    case 1:
    case 2:
      step.verb = "insert";
      step.text = fmt::format("  {}_{}(\"{}\", {});", word(kVerbs), word(kNouns), name, ++unique_);
      break;
    case 3:
      step.verb = "append";
      step.text = fmt::format("  // {} {}", name, ++unique_);
      break;
    case 4: step.verb = "drop"; break;
    default:
      step.verb = "move";
      step.count = 1 + pick(3);
      step.to = pick(2) == 0 ? path : file();
  }
  put(agent, step);
}

void Maker::work(Agent& agent) {
  for (std::size_t c = 0, commits = 1 + pick(2); c < commits; ++c) {
    for (std::size_t i = 0, n = 1 + pick(2); i < n; ++i) change(agent, file(), agent.name);
    if (pick(8) == 0) {
      Step step;
      step.verb = "write";
      step.path = fmt::format("src/{}_{}.cc", agent.name, ++unique_);
      step.lines = block(4, 12);
      put(agent, step);
    }
    if (pick(20) == 0) {
      Step step;
      step.verb = "indent";
      step.path = file();
      put(agent, step);
    }
    commit(agent, fmt::format("{} the {}", word(kVerbs), word(kNouns)));
  }
}

// What people do with others' fresh lines without taking them back.
void Maker::after_sync(Agent& agent) {
  Step step;
  step.verb = "sync";
  put(agent, step);
  for (std::size_t i = 0, n = 1 + pick(3); i < n; ++i) {
    Step more;
    more.path = file();
    more.line = 1 + pick(200);
    switch (pick(4)) {
      case 0:
        more.verb = "append";
        more.text = "  // checked";
        break;
      case 1: more.verb = "indent"; break;
      case 2:
        more.verb = "move";
        more.count = 1 + pick(4);
        more.to = file();
        break;
      default:
        more.verb = "insert";
        more.text =
            fmt::format("  {}_{}(\"{}\", {});", word(kVerbs), word(kNouns), agent.name, ++unique_);
    }
    put(agent, more);
    commit(agent, fmt::format("{} what came in", word(kVerbs)));
  }
  if (pick(4) != 0) return;
  Step back;
  back.verb = "drop";
  back.path = file();
  back.line = 1 + pick(200);
  put(agent, back);
  commit(agent, "Revert a line that broke the build");
}

History Maker::make(bool plant) {
  constexpr const char* kStrategies[] = {"merge", "squash", "rebase"};
  for (std::size_t i = 0, n = 5 + pick(6); i < n; ++i)
    history_.files[fmt::format("{}/{}.cc", pick(2) == 0 ? "src" : "lib", word(kNouns))] =
        block(80, 120);
  bool synced = plant;
  for (std::size_t i = 0, n = 3 + pick(6); i < n; ++i) {
    Agent agent{fmt::format("agent{}", i), "", {}};
    work(agent);
    if (pick(3) == 0) {
      after_sync(agent);
      synced = true;
    }
    history_.agents.push_back(std::move(agent));
  }
  history_.strategy = synced ? kStrategies[pick(2)] : kStrategies[pick(3)];
  if (!plant) return history_;
  // The last one, whose own work is elsewhere, keeps the file as it knew it, though the first one's
  // line has come in.
  Agent& victim = history_.agents.front();
  Agent& culprit = history_.agents.back();
  const std::string path = file();
  for (Agent& agent : history_.agents) agent.after = victim.name;
  victim.after.clear();
  culprit.steps.clear();
  Step own;
  own.verb = "write";
  own.path = "src/own.cc";
  own.lines = block(4, 12);
  put(culprit, own);
  commit(culprit, "write a file of its own");
  Step fresh;
  fresh.verb = "insert";
  fresh.path = path;
  fresh.line = 1 + pick(150);
  fresh.text = fmt::format("  guard_{}(\"landed\", {});", word(kNouns), ++unique_);
  put(victim, fresh);
  commit(victim, "guard it");
  Step step;
  step.verb = "sync";
  put(culprit, step);
  step.verb = "stale";
  step.path = path;
  put(culprit, step);
  if (pick(2) == 0) change(culprit, path, culprit.name);
  commit(culprit, "bring it up to date");
  return history_;
}

}  // namespace

History make_history(unsigned seed, bool plant) { return Maker(seed).make(plant); }

}  // namespace masc::replay
