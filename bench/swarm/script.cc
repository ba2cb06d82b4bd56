// Reads a scenario file; the format is in README.md.
#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"
#include "scenario.h"

namespace masc::bench {
namespace {

constexpr std::size_t kMostFiles = 1'000'000;

Result<double> number(std::string_view text, double least, double most) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed == std::errc{} && end == text.data() + text.size() && value >= least && value <= most)
    return value;
  return fail(ErrorCode::kInvalid, "'{}' is no number from {} to {}", text, least, most);
}

class Reader {
 public:
  explicit Reader(const Recipe& defaults) { script_.recipe = defaults; }

  Result<Script> read(std::string_view text) {
    std::size_t line_number = 0;
    for (std::string_view line : split_lines(text)) {
      ++line_number;
      line = trim(line.substr(0, line.find('#')));
      if (line.empty()) continue;
      auto read = read_line(line);
      if (!read) return fail(ErrorCode::kInvalid, "line {}: {}", line_number, read.error().message);
    }
    if (!script_.agents.empty()) script_.recipe.agents = script_.agents.size();
    return std::move(script_);
  }

 private:
  Result<void> read_line(std::string_view line) {
    const std::string_view key = take_until(line, ' ');
    const std::string_view value = trim(line);
    if (key == "task") return read_task(value);
    if (key == "agent") return read_agent(value);
    if (key == "shape") {
      MASC_TRY(script_.recipe.shape, parse_shape(value));
      script_.names_shape = true;
      return {};
    }
    if (key == "locks") {
      if (value != "on" && value != "off") return fail(ErrorCode::kInvalid, "locks: on or off");
      script_.recipe.locks = value == "on";
      return {};
    }
    return read_number(key, value);
  }

  Result<void> read_number(std::string_view key, std::string_view value) {
    Recipe& r = script_.recipe;
    const std::pair<std::string_view, std::size_t*> counts[] = {
        {"agents", &r.agents},
        {"files", &r.files},
        {"files_per_task", &r.files_per_task},
        {"tasks_per_agent", &r.tasks_per_agent},
        {"labels", &r.labels}};
    for (const auto& [name, target] : counts) {
      if (key != name) continue;
      MASC_TRY(const double parsed, number(value, 1, kMostFiles));
      *target = static_cast<std::size_t>(parsed);
      return {};
    }
    struct Real {
      std::string_view name;
      double* target;
      double most;
    };
    const Real reals[] = {{"load", &r.load, 100},    {"declared", &r.declared, 1},
                          {"skill", &r.skill, 10},   {"minutes", &r.minutes, 100'000},
                          {"spread", &r.spread, 10}, {"rework", &r.rework, 100},
                          {"commit", &r.commit, 1}};
    for (const Real& real : reals) {
      if (key != real.name) continue;
      MASC_TRY(*real.target, number(value, 0, real.most));
      return {};
    }
    return fail(ErrorCode::kInvalid, "unknown word '{}'", key);
  }

  Result<void> read_agent(std::string_view text) {
    SimAgent agent;
    for (const std::string_view pace : split(text, ',')) {
      MASC_TRY(const double factor, number(trim(pace), 0.001, 1000));
      agent.pace.push_back(factor);
    }
    script_.agents.push_back(std::move(agent));
    return {};
  }

  Result<void> read_task(std::string_view text) {
    SimTask task;
    task.name = std::string(take_until(text, ' '));
    if (task.name.empty() || names_.contains(task.name))
      return fail(ErrorCode::kInvalid, "a task needs a name of its own");
    for (const std::string_view word : split(text, ' ')) {
      if (word.empty()) continue;
      std::string_view value = word;
      const std::string_view key = take_until(value, '=');
      MASC_CHECK(read_field(task, key, value));
    }
    if (task.touches.empty()) return fail(ErrorCode::kInvalid, "{} touches no file", task.name);
    names_[task.name] = script_.tasks.size();
    script_.tasks.push_back(std::move(task));
    return {};
  }

  Result<void> read_field(SimTask& task, std::string_view key, std::string_view value) {
    if (key == "after") {
      for (const std::string_view name : split(value, ',')) {
        const auto found = names_.find(std::string(name));
        if (found == names_.end())
          return fail(ErrorCode::kInvalid, "{} comes after '{}', which no line above names",
                      task.name, name);
        task.after.push_back(found->second);
      }
      return {};
    }
    if (key == "touches") {
      for (const std::string_view file : split(value, ',')) {
        MASC_TRY(const double parsed, number(file, 0, kMostFiles - 1));
        task.touches.push_back(static_cast<FileId>(parsed));
      }
      std::sort(task.touches.begin(), task.touches.end());
      const auto twice = std::unique(task.touches.begin(), task.touches.end());
      task.touches.erase(twice, task.touches.end());
      return {};
    }
    if (key == "declared") {
      if (value != "yes" && value != "no") return fail(ErrorCode::kInvalid, "declared: yes or no");
      task.declared = value == "yes";
      return {};
    }
    MASC_TRY(const double parsed, number(value, 0, 10'000'000));
    if (key == "priority" && parsed <= 4)
      return task.priority = static_cast<int>(parsed), Result<void>{};
    if (key == "label") return task.label = static_cast<std::uint32_t>(parsed), Result<void>{};
    if (key == "epic") return task.epic = static_cast<std::uint32_t>(parsed), Result<void>{};
    if (key == "minutes" && parsed > 0) return task.minutes = parsed, Result<void>{};
    if (key == "at")
      return task.created = Duration(static_cast<std::int64_t>(parsed * 60'000)), Result<void>{};
    return fail(ErrorCode::kInvalid, "'{}={}' says nothing about a task", key, value);
  }

  Script script_;
  std::map<std::string, std::size_t> names_;
};

}  // namespace

Result<Script> parse_script(std::string_view text, const Recipe& defaults) {
  MASC_TRY(Script script, Reader(defaults).read(text));
  std::size_t labels = script.recipe.labels;
  for (const SimTask& task : script.tasks)
    labels = std::max<std::size_t>(labels, task.label + std::size_t{1});
  for (const SimAgent& agent : script.agents) {
    if (agent.pace.size() != labels)
      return fail(ErrorCode::kInvalid, "an agent has {} paces, but there are {} labels",
                  agent.pace.size(), labels);
  }
  script.recipe.labels = labels;
  return script;
}

Scenario scenario_of(const Script& script, std::uint64_t seed) {
  Scenario scenario = make_scenario(script.recipe, seed);
  if (!script.agents.empty()) scenario.agents = script.agents;
  if (script.tasks.empty()) return scenario;
  scenario.tasks = script.tasks;
  for (const SimTask& task : scenario.tasks) {
    for (const FileId file : task.touches)
      scenario.files = std::max(scenario.files, file + std::size_t{1});
  }
  return scenario;
}

}  // namespace masc::bench
