// Names: task ids and agent names, and the refs they stand for.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace masc::model {

// "m-" and 4 to 26 digits of Crockford's base 32 (https://www.crockford.com/base32.html), lower
// case. Parsed once at the edge, valid ever after.
class TaskId {
 public:
  TaskId() = default;  // no id: str() is ""
  // kInvalid names the first bad byte and its offset.
  static Result<TaskId> parse(std::string_view text);
  // The first `digits` × 5 bits of `bytes`, most significant first (5 bytes: 8 digits).
  static TaskId from_bytes(const unsigned char* bytes, std::size_t digits);

  const std::string& str() const noexcept { return text_; }
  std::string_view digits() const noexcept { return std::string_view(text_).substr(2); }
  bool empty() const noexcept { return text_.empty(); }
  std::string branch() const { return "masc/" + text_; }
  // "refs/masc/tasks/<last digit>/<id>"
  std::string ref() const;
  // "refs/masc/keep/<id>"
  std::string keep_ref() const { return "refs/masc/keep/" + text_; }
  auto operator<=>(const TaskId&) const = default;

 private:
  std::string text_;
};

constexpr std::size_t kRandomIdDigits = 8;
constexpr std::size_t kKeyIdDigits = 12;
constexpr std::string_view kTaskRefs = "refs/masc/tasks/";

// Checks a prefix of an id: "m-" and at least `least` digits. kInvalid.
Result<void> check_id_prefix(std::string_view text, std::size_t least);

// An agent's name: 1–64 bytes of [a-z0-9._-], first a letter or digit; no "..", no final "." or
// ".lock"; not "all". kInvalid.
Result<std::string> parse_agent_name(std::string_view text);
// The nearest valid name to any text, "" if nothing is left of it.
std::string agent_slug(std::string_view text);

// The task a branch belongs to: "masc/m-…" or "refs/heads/masc/m-…"; an empty id for others.
TaskId task_of_branch(std::string_view branch);

}  // namespace masc::model
