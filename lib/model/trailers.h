// git trailers ("Key: value" lines in the last paragraph of a commit message;
// git-interpret-trailers(1)) with one escape rule for values, so that any text fits one line:
//
//   \\ backslash · \n newline · \t tab · \xHH any other control byte, and a space at either end
//
// Nothing else is escaped, so ordinary values read as they are in `git log`.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace masc::model {

std::string escape_value(std::string_view value);
// kFormat for an escape that escape_value() never writes.
Result<std::string> unescape_value(std::string_view text);

struct Trailer {
  std::string key;
  std::string value;  // unescaped
};

// A subject line, and the trailers of the message's last paragraph. Text between them is ignored.
struct Message {
  std::string subject;
  std::vector<Trailer> trailers;
};

std::string format_message(const Message& message);
// kFormat where a line of the last paragraph is no trailer or a value is badly escaped.
Result<Message> parse_message(std::string_view text);

}  // namespace masc::model
