#include "model/id.h"

#include <algorithm>

#include "base/text.h"

namespace masc::model {
namespace {

constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view kPrefix = "m-";
constexpr std::size_t kLeastDigits = 4;
constexpr std::size_t kMostDigits = 26;
constexpr std::string_view kBranchPrefix = "masc/";

Result<void> check_digits(std::string_view text) {
  const std::size_t bad = text.substr(kPrefix.size()).find_first_not_of(kDigits);
  if (bad == text.npos) return {};
  const std::size_t at = bad + kPrefix.size();
  return fail(ErrorCode::kInvalid, "'{}' is no task id: byte {} ('{}') is no base-32 digit",
              printable(text), at, printable(text.substr(at, 1)));
}

Result<void> check_id(std::string_view text, std::size_t least) {
  if (!text.starts_with(kPrefix)) {
    return fail(error(ErrorCode::kInvalid, "'{}' is no task id: it must begin with 'm-'",
                      printable(text.substr(0, 80)))
                    .hint("masc list   (shows the ids)"));
  }
  MASC_CHECK(check_digits(text));
  const std::size_t count = text.size() - kPrefix.size();
  if (count >= least && count <= kMostDigits) return {};
  return fail(ErrorCode::kInvalid, "'{}' is no task id: {} digits, {} to {} are allowed",
              printable(text.substr(0, 80)), count, least, kMostDigits);
}

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

Result<TaskId> TaskId::parse(std::string_view text) {
  MASC_CHECK(check_id(text, kLeastDigits));
  TaskId id;
  id.text_ = std::string(text);
  return id;
}

TaskId TaskId::from_bytes(const unsigned char* bytes, std::size_t digits) {
  TaskId id;
  id.text_ = kPrefix;
  for (std::size_t i = 0; i < digits; ++i) {
    const std::size_t bit = i * 5;
    const unsigned two =
        static_cast<unsigned>(bytes[bit / 8]) << 8 | (bit % 8 > 3 ? bytes[bit / 8 + 1] : 0U);
    id.text_ += kDigits[two >> (11 - bit % 8) & 31];
  }
  return id;
}

std::string TaskId::ref() const { return fmt::format("{}{}/{}", kTaskRefs, text_.back(), text_); }

Result<void> check_id_prefix(std::string_view text, std::size_t least) {
  return check_id(text, least);
}

Result<std::string> parse_agent_name(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(
        error(ErrorCode::kInvalid, "'{}' is no agent name: {}", printable(text.substr(0, 80)), why)
            .hint("names are 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit"));
  };
  if (text.empty() || text.size() > 64) return bad("1 to 64 bytes are allowed");
  if (!std::all_of(text.begin(), text.end(), is_name_byte))
    return bad("only a-z 0-9 . _ - may be used");
  if (text[0] == '.' || text[0] == '_' || text[0] == '-')
    return bad("it must begin with a letter or digit");
  if (text.find("..") != text.npos) return bad("it may not hold '..'");
  if (text.back() == '.' || text.ends_with(".lock")) return bad("it may not end in '.' or '.lock'");
  if (text == "all") return bad("'all' means everybody");
  return std::string(text);
}

std::string agent_slug(std::string_view text) {
  std::string name = slug(text).substr(0, 64);
  while (!name.empty() && name.back() == '-') name.pop_back();
  return parse_agent_name(name) ? name : "";
}

TaskId task_of_branch(std::string_view branch) {
  constexpr std::string_view kHeads = "refs/heads/";
  if (branch.starts_with(kHeads)) branch.remove_prefix(kHeads.size());
  if (!branch.starts_with(kBranchPrefix)) return {};
  return TaskId::parse(branch.substr(kBranchPrefix.size())).value_or(TaskId{});
}

}  // namespace masc::model
