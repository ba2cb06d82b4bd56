// Messages as `wire` reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace masc::cmd {

// A line that is a JSON string is that text, of any bytes; an object with a string "m" is "m"; any
// other is itself, with the blanks around it.
std::string message_of_line(std::string_view whole);
std::vector<std::string> messages_of_lines(std::string_view input);

}  // namespace masc::cmd
