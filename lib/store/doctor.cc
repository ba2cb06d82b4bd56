#include "store/doctor.h"

#include <algorithm>

namespace masc::store {
namespace {

bool same(const Problem& a, const Problem& b) { return a.code == b.code && a.subject == b.subject; }

// What is left of `before` after its mending; what came up only now is added.
Result<std::vector<Problem>> mend_all(const Check& check, Findings before) {
  std::vector<Problem> problems;
  for (Finding& finding : before) {
    if (finding.mend) {
      // Why it did not work, if it did not: the second look decides.
      if (auto mended = finding.mend(); !mended)
        finding.problem.hint = "could not be mended: " + mended.error().message;
    }
    problems.push_back(std::move(finding.problem));
  }
  MASC_TRY(Findings after, check());
  for (Problem& problem : problems) {
    problem.fixed = std::none_of(after.begin(), after.end(), [&](const Finding& finding) {
      return same(finding.problem, problem);
    });
    if (problem.fixed) problem.hint.clear();
  }
  for (Finding& finding : after) {
    const bool known = std::any_of(problems.begin(), problems.end(), [&](const Problem& problem) {
      return same(finding.problem, problem);
    });
    if (!known) problems.push_back(std::move(finding.problem));
  }
  return problems;
}

}  // namespace

std::string_view severity_name(Severity severity) noexcept {
  switch (severity) {
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  return "error";
}

void put_problem(JsonWriter& json, const Problem& problem) {
  json.begin_object().field("code", problem.code);
  json.field("severity", severity_name(problem.severity)).field("subject", problem.subject);
  json.field("text", problem.text).field("fixable", problem.fixable);
  json.field("fixed", problem.fixed).field("hint", problem.hint).end_object();
}

Result<std::vector<Problem>> examine(const std::vector<Check>& checks, bool fix) {
  std::vector<Problem> all;
  for (const Check& check : checks) {
    MASC_TRY(Findings found, check());
    std::vector<Problem> problems;
    if (fix && !found.empty()) {
      MASC_TRY(problems, mend_all(check, std::move(found)));
    } else {
      for (Finding& finding : found) problems.push_back(std::move(finding.problem));
    }
    for (Problem& problem : problems) {
      const bool known = std::any_of(all.begin(), all.end(),
                                     [&](const Problem& one) { return same(one, problem); });
      if (!known) all.push_back(std::move(problem));
    }
  }
  return all;
}

Finding mendable(std::string code, Severity severity, std::string subject, std::string text,
                 std::function<Result<void>()> mend) {
  return {{std::move(code), severity, std::move(subject), std::move(text), "", true, false},
          std::move(mend)};
}

Finding hopeless(std::string code, Severity severity, std::string subject, std::string text,
                 std::string hint) {
  return {{std::move(code), severity, std::move(subject), std::move(text), std::move(hint), false,
           false},
          {}};
}

}  // namespace masc::store
