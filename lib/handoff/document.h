// Cuts one big JSON object into the elements of the arrays at its top, without holding it whole.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace masc::handoff {

// Fed with pieces of any size. Only strings and brackets are looked at; whether an element is JSON
// is for its parser to say.
class DocumentSplitter {
 public:
  // `limit`: elements of more bytes are skipped and counted.
  DocumentSplitter(std::size_t limit,
                   std::function<void(std::string_view list, std::string element)> out)
      : limit_(limit), out_(std::move(out)) {}

  void feed(std::string_view piece);
  std::uint64_t skipped() const noexcept { return skipped_; }
  // Whether the object's last bracket has been seen.
  bool complete() const noexcept { return depth_ == 0 && begun_; }

 private:
  void step(char c);
  void end_string();

  std::size_t limit_;
  std::function<void(std::string_view, std::string)> out_;
  std::string element_, key_, list_;
  std::uint64_t skipped_ = 0;
  int depth_ = 0;
  bool begun_ = false, in_string_ = false, escaped_ = false, key_string_ = false;
  bool in_list_ = false, in_element_ = false, too_long_ = false, after_colon_ = false;
};

// The keys at the top of what begins like this.
std::vector<std::string> top_keys(std::string_view beginning);

}  // namespace masc::handoff
