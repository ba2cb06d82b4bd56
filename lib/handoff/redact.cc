#include "handoff/redact.h"

#include <algorithm>

#include "handoff/secrets.h"

namespace masc::handoff {
namespace {

constexpr int kMostKeyLines = 500;

}  // namespace

std::uint64_t Redactor::total() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : counts_) sum += count;
  return sum;
}

// `line` with what was there of it before: only what is new is put out.
void Redactor::redact_line(std::string_view line, bool open, std::string& out) {
  std::string joined;
  std::string_view text = line;
  if (!before_.empty()) {
    joined.append(before_).append(line);
    text = joined;
  }
  std::size_t copied = before_.size(), from = 0;
  bool key = false;
  if (key_lines_ > 0) {
    const Secret rest = rest_of_key(text, open);
    key = rest.key_goes_on;
    from = rest.end;
    if (rest.end > std::max(rest.begin, copied)) {
      if (rest.begin > copied) out.append(text.substr(copied, rest.begin - copied));
      copied = rest.end;
    }
  }
  while (const auto secret = next_secret(text, from, open)) {
    from = secret->end;
    if (secret->key_goes_on) key = true;
    if (secret->begin == secret->end || secret->end <= copied) continue;
    const std::size_t begin = std::max(secret->begin, copied);
    out.append(text.substr(copied, begin - copied));
    out.append("[redacted:").append(secret->kind).append("]");
    ++counts_[std::string(secret->kind)];
    copied = secret->end;
  }
  out.append(text.substr(copied));
  if (open) {
    if (before_.size() + line.size() > kMostBefore) {
      before_.assign(text.substr(text.size() - kMostBefore));
    } else {
      before_ += line;
    }
    return;
  }
  before_.clear();
  key_lines_ = !key ? 0 : key_lines_ > 0 ? key_lines_ - 1 : kMostKeyLines;
}

void Redactor::redact(std::string_view text, std::string& out) {
  while (true) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end == text.npos ? end : end + 1);
    redact_line(line, false, out);
    text.remove_prefix(line.size());
    if (text.empty()) return;
  }
}

void Redactor::redact_part(std::string_view part, std::string& out) {
  redact_line(part, true, out);
}

void Redactor::resume(std::string_view before) {
  const auto counts = counts_;
  std::string unused;
  const std::size_t end = before.rfind('\n');
  if (end != before.npos) redact(before.substr(0, end + 1), unused);
  const std::string_view part = end == before.npos ? before : before.substr(end + 1);
  if (!part.empty()) redact_part(part, unused);
  counts_ = counts;
}

}  // namespace masc::handoff
