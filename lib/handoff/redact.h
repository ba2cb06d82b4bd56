// Takes secrets out of a transcript before anything of it is stored.
//
// Private keys, tokens of the usual providers, passwords in URLs, values of environment variables
// that are named like secrets. What replaces them, "[redacted:KIND]", has no character that JSON
// would have to escape, so a record stays a record.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace masc::handoff {

class Redactor {
 public:
  // Appends `piece` (a line, or a part of a very long one) to `out`, without its secrets. A private
  // key may reach over several pieces.
  void redact(std::string_view piece, std::string& out);

  const std::map<std::string, std::uint64_t>& counts() const noexcept { return counts_; }
  std::uint64_t total() const noexcept;

 private:
  std::size_t secret_at(std::string_view text, std::size_t at, std::string_view& kind) const;
  std::size_t private_key(std::string_view text, std::size_t at);

  std::map<std::string, std::uint64_t> counts_;
  int key_lines_ = 0;  // lines that a private key may still have
};

}  // namespace masc::handoff
