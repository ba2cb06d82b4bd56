#include "store/journal.h"

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "base/text.h"

namespace masc::store {
namespace {

constexpr off_t kMostBytes = off_t{4} << 20;

std::string path_of(const std::string& masc_dir) { return masc_dir + "/log"; }

Result<model::Step> parse_line(std::string_view line) {
  model::Step step;
  MASC_TRY(step.change.at, parse_time(take_until(line, '\t')));
  step.change.event = std::string(take_until(line, '\t'));
  step.change.agent = std::string(take_until(line, '\t'));
  if (const std::string_view task = take_until(line, '\t'); task != "-") {
    MASC_TRY(step.task.id, model::TaskId::parse(task));
  }
  const std::string_view number = take_until(line, '\t');
  std::from_chars(number.data(), number.data() + number.size(), step.task.generation);
  MASC_TRY(step.change.text, model::unescape_value(line));
  return step;
}

}  // namespace

void write_journal(const std::string& masc_dir, const model::Change& change,
                   const model::TaskId& task, std::int64_t generation) {
  const std::string path = path_of(masc_dir);
  const std::string line = fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", format_time_exact(change.at),
                                       change.event, change.agent, task.empty() ? "-" : task.str(),
                                       generation, model::escape_value(change.text));
  if (!append_file(path, line)) return;
  const auto info = stat_of(path);
  if (info && info->st_size > kMostBytes) static_cast<void>(rename_path(path, path + ".1"));
}

Result<std::vector<model::Step>> read_journal(const std::string& masc_dir) {
  std::vector<model::Step> steps;
  for (const char* part : {".1", ""}) {
    MASC_TRY(const auto text, read_file_if_any(path_of(masc_dir) + part));
    if (!text) continue;
    for (const std::string_view line : split_lines(*text)) {
      if (auto step = parse_line(line)) steps.push_back(std::move(*step));
    }
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

}  // namespace masc::store
