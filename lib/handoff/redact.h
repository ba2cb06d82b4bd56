// Takes secrets out of a transcript before anything of it is stored.
//
// Private keys, tokens of the usual providers, passwords in URLs, values of variables that are
// named like secrets: see secrets.h. What replaces them, "[redacted:KIND]", has no character that
// JSON would have to escape, so a record stays a record.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace masc::handoff {

class Redactor {
 public:
  // Appends `text` to `out`, without its secrets: whole lines, or the end of one. A private key may
  // reach over several lines.
  void redact(std::string_view text, std::string& out);
  // The same with a part of a line, of which more may follow. A secret that is cut is taken out of
  // both parts; what only may be the beginning of one is taken out as well.
  void redact_part(std::string_view part, std::string& out);
  // What was stored of the transcript before, as it was: its end will do.
  void resume(std::string_view before);
  // Bytes that are enough for that: more than any secret has.
  static constexpr std::size_t kMostBefore = std::size_t{32} << 10;

  const std::map<std::string, std::uint64_t>& counts() const noexcept { return counts_; }
  std::uint64_t total() const noexcept;

 private:
  void redact_line(std::string_view line, bool open, std::string& out);

  std::map<std::string, std::uint64_t> counts_;
  std::string before_;  // of the line, as it was
  int key_lines_ = 0;   // that a private key may still have, at the line's beginning
};

}  // namespace masc::handoff
