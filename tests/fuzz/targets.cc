#include "fuzz/targets.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "base/time.h"
#include "model/document.h"
#include "model/fields.h"
#include "model/glob.h"
#include "model/id.h"
#include "model/lock.h"
#include "model/policy_text.h"
#include "model/record.h"
#include "model/task.h"
#include "model/trailers.h"

namespace masc::fuzz {
namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

// An error of a file names a place in it.
template <class T>
void placed(const Result<T>& result, std::string_view input) {
  if (result) return;
  const auto& facts = result.error().facts;
  must(facts.size() >= 2 && facts[0].name == "line" && facts[1].name == "column");
  const auto lines = static_cast<long>(std::count(input.begin(), input.end(), '\n')) + 1;
  const long line = std::atol(facts[0].json.c_str());
  // yaml-cpp takes a carriage return for a line end too.
  const auto returns = static_cast<long>(std::count(input.begin(), input.end(), '\r'));
  must(line >= 1 && line <= lines + returns + 1);
  must(std::atol(facts[1].json.c_str()) >= 1);
}

bool same(const model::Message& a, const model::Message& b) {
  if (a.subject != b.subject || a.trailers.size() != b.trailers.size()) return false;
  for (std::size_t i = 0; i < a.trailers.size(); ++i) {
    if (a.trailers[i].key != b.trailers[i].key || a.trailers[i].value != b.trailers[i].value)
      return false;
  }
  return true;
}

void records(std::string_view input, model::RecordFormat format) {
  const auto read = model::read_records(input, format);
  placed(read, input);
  if (!read) return;
  for (const model::Record& record : *read) {
    must(check_line(record.task.title, "title").has_value());
    must(check_body(record.body, "body").has_value());
    must(record.task.priority >= 0 && record.task.priority <= 4);
    must(record.task.status != model::Status::kClaimed && !record.task.claim);
    for (const std::string& path : record.task.paths) must(model::check_glob(path).has_value());
  }
}

}  // namespace

void trailers(std::string_view input) {
  const std::string escaped = model::escape_value(input);
  must(escaped.find('\n') == escaped.npos);
  const auto back = model::unescape_value(escaped);
  must(back && *back == input);
  const auto message = model::parse_message(input);
  if (!message || message->trailers.empty()) return;
  const auto again = model::parse_message(model::format_message(*message));
  must(again && same(*message, *again));
}

void step(std::string_view input) {
  const auto read = model::parse_step(input);
  if (!read) return;
  const std::string text = model::format_step(read->task, read->change);
  const auto again = model::parse_step(text);
  must(again.has_value());
  must(model::format_step(again->task, again->change) == text);
}

void policy(std::string_view input) { placed(model::parse_policy(input), input); }

void import_json(std::string_view input) { records(input, model::RecordFormat::kJsonLines); }

void import_yaml(std::string_view input) { records(input, model::RecordFormat::kYaml); }

void names(std::string_view input) {
  const std::string text(input);
  if (const auto id = model::TaskId::parse(input)) {
    must(id->str() == input && id->ref().ends_with(text));
    must(model::task_of_branch(id->branch()) == *id);
  }
  if (const auto name = model::parse_agent_name(input)) must(*name == input);
  const std::string slug = model::agent_slug(input);
  must(slug.empty() || model::parse_agent_name(slug).has_value());
  if (model::check_glob(text)) must(!text.empty() && text[0] != '/' && is_utf8(text));
  if (const auto at = parse_time(input)) {
    const auto again = parse_time(format_time_exact(*at));
    must(again && *again == *at);
  }
  if (const auto length = parse_duration(input)) {
    const auto again = parse_duration(format_duration(*length));
    must(again && *again == *length);
  }
  must(is_utf8(printable(input)));
}

void globs(std::string_view input) {
  const auto one = model::Glob::parse(take_until(input, '\n'));
  const auto two = model::Glob::parse(take_until(input, '\n'));
  if (one && two) must(one->overlaps(*two) == two->overlaps(*one));
  // What is asked about is a path in a repository: relative, without empty names.
  if (input.starts_with('/') || input.ends_with('/') || input.find("//") != input.npos) return;
  const model::Glob exact = model::Glob::literal(input);
  if (one && one->covers(input)) must(one->overlaps(exact) && one->overlaps(*one));
  const auto escaped = model::Glob::parse(model::escape_glob(input));
  if (escaped) must(escaped->covers(input));
}

void locks(std::string_view input) {
  const auto table = model::parse_locks(input, false);
  if (!table) return;
  const std::string text = model::format_locks(*table, "locks");
  const auto again = model::parse_locks(text, false);
  must(again && model::format_locks(*again, "locks") == text);
}

}  // namespace masc::fuzz
